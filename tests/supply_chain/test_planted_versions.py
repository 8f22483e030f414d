"""A bad version, package, pin or address turns the check red that CI runs, and is named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.supply_chain.copies import Repository

RUNTIME = "requirements/runtime.txt"
HASH = f"--hash=sha256:{'0' * 64}"


def locked(repository: Repository, package: str) -> str:
    """Return the lines of a package in the lock of the server."""
    text = (repository.root / RUNTIME).read_text(encoding="utf-8")
    found = re.search(rf"^{package}==.*\n(?:    .*\n)+", text, re.MULTILINE)
    assert found is not None
    return found[0]


def pinned(repository: Repository, package: str) -> str:
    return locked(repository, package).splitlines()[0]


def test_a_locked_version_below_the_floor_is_red_with_its_advisory(repository: Repository) -> None:
    repository.replace(RUNTIME, pinned(repository, "starlette"), "starlette==1.0.0 \\")
    status, said = repository.check("floor")
    assert status == 1
    assert "requirements/runtime.txt: starlette 1.0.0 is below 1.0.1: CVE-2026-48710" in said


@pytest.mark.parametrize("lock", ["runtime", "build", "dev", "audit"])
def test_a_package_that_is_never_allowed_is_red_in_every_lock(repository: Repository, lock: str) -> None:
    repository.append(f"requirements/{lock}.txt", f"diskcache==5.6.3 \\\n    {HASH}\n    # via other\n")
    status, said = repository.check("floor")
    assert status == 1
    assert f"requirements/{lock}.txt: diskcache is never allowed: CVE-2025-69872" in said


@pytest.mark.parametrize("looser", ["starlette", "starlette>=0.40", "starlette<3", "starlette>0.1,<2"])
def test_a_bound_that_lets_an_old_version_in_is_red(repository: Repository, looser: str) -> None:
    repository.replace("pyproject.toml", '"starlette>=1.0.1"', f'"{looser}"')
    status, said = repository.check("floor")
    assert status == 1
    assert re.search(r"auxcord \(pyproject.toml\): starlette\S* allows versions below 1.0.1", said)


def test_asking_for_a_package_that_is_never_allowed_is_red(repository: Repository) -> None:
    repository.append("requirements/dev.in", "Python_Jose>=3\n")
    status, said = repository.check("floor")
    assert status == 1
    assert "-r requirements/dev.in: python-jose is never allowed" in said


def test_a_requirement_without_a_hash_is_red(repository: Repository) -> None:
    lines = locked(repository, "structlog")
    bare = re.sub(r" \\\n(?:    --hash.*\n)+", "\n", lines)
    repository.replace(RUNTIME, lines, bare)
    status, said = repository.check("locks")
    assert status == 1
    assert re.search(r"requirements/runtime.txt: structlog \S+ has no hash", said)


@pytest.mark.parametrize("line", ["structlog>=24.4 \\", "structlog \\", "structlog==24.* \\"])
def test_a_requirement_that_is_not_pinned_is_red(repository: Repository, line: str) -> None:
    repository.replace(RUNTIME, pinned(repository, "structlog"), line)
    status, said = repository.check("locks")
    assert status == 1
    assert f"is no pinned requirement (==) and no SHA-256: {line}" in said


def test_a_weaker_digest_is_red(repository: Repository) -> None:
    repository.append(RUNTIME, f"extra==1 \\\n    --hash=md5:{'0' * 32}\n    # via anyio\n")
    status, said = repository.check("locks")
    assert status == 1
    assert "no SHA-256: --hash=md5:" in said


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.invalid/simple",
        "--extra-index-url=https://packages.invalid/simple",
        "-i packages.invalid",
        "--find-links wheels",
        "structlog @ https://packages.invalid/structlog.whl",
        f"https://packages.invalid/structlog.whl {HASH}",
    ],
)
def test_an_address_in_a_lock_is_red(repository: Repository, line: str) -> None:
    repository.append(RUNTIME, f"{line}\n")
    status, said = repository.check("locks")
    assert status == 1
    assert re.search(r"requirements/runtime.txt:\d+: names an address to install from", said)


def test_an_address_where_requirements_are_asked_for_is_red(repository: Repository) -> None:
    repository.append(
        "pyproject.toml", '\n[tool.uv]\nextra-index-url = ["https://packages.invalid/simple"]\n'
    )
    repository.append("requirements/dev.in", "extra @ https://packages.invalid/extra.whl\n")
    status, said = repository.check("locks")
    assert status == 1
    assert "pyproject.toml: tool.uv.extra-index-url says where to install from" in said
    assert "-r requirements/dev.in: extra names an address to install from" in said


def test_a_lock_older_than_what_is_asked_for_is_red(repository: Repository) -> None:
    repository.replace("pyproject.toml", '"uvicorn>=', '"new-wish>=1",\n  "uvicorn>=9')
    repository.replace("requirements/dev.in", "pytest-timeout", "# pytest-timeout")
    status, said = repository.check("locks")
    assert status == 1
    assert "requirements/runtime.txt: is stale, lacks new-wish>=1" in said
    assert re.search(r"requirements/runtime.txt: is stale, uvicorn \S+ is not uvicorn>=9", said)
    assert "requirements/dev.txt: is stale, -r requirements/dev.in no longer asks for pytest-timeout" in said


def test_locks_that_disagree_are_red(repository: Repository) -> None:
    repository.replace(RUNTIME, pinned(repository, "rich"), "rich==14.0.0 \\")
    status, said = repository.check("locks")
    assert status == 1
    assert "requirements/dev.txt: rich is not the version of requirements/runtime.txt" in said


def test_an_entry_nobody_asks_for_and_a_lock_nobody_knows_are_red(repository: Repository) -> None:
    repository.append(RUNTIME, f"stowaway==1 \\\n    {HASH}\n")
    (repository.root / "requirements" / "more.txt").write_text("anything\n", encoding="utf-8")
    status, said = repository.check("locks")
    assert status == 1
    assert "requirements/runtime.txt: nobody asks for stowaway" in said
    assert "requirements/more.txt: nobody looks after this lock" in said
