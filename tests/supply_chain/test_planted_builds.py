"""Unsafe workflows, a wheel that differs from build to build, a bill that lacks something: all red in CI."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from scripts.supply_chain import bill

from tests.supply_chain.copies import ROOT

if TYPE_CHECKING:
    from tests.supply_chain.copies import Repository

WORKFLOW = ".github/workflows/ci.yml"
BRANDED = """
from os import urandom
from pathlib import Path
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        brand = Path(self.root, "brand.txt")
        brand.write_text(urandom(8).hex())
        build_data["force_include"][str(brand)] = "auxcord/brand.txt"
"""


def test_what_we_have_is_fine_in_every_check(repository: Repository) -> None:
    status, said = repository.check()
    assert status == 0, said
    verdicts = re.findall(r"^(\w+): (\w+)$", said, re.MULTILINE)
    assert dict(verdicts) == dict.fromkeys(
        ["locks", "floor", "bill", "history", "workflows", "wheel"], "fine"
    )


def test_several_things_planted_at_once_are_all_named_by_one_run(repository: Repository) -> None:
    repository.append(
        "requirements/dev.txt", f"diskcache==5.6.3 \\\n    --hash=sha256:{'0' * 64}\n    # via pytest\n"
    )
    repository.append(WORKFLOW, "      - uses: actions/setup-python@v6\n")
    repository.append("README.md", "aux_" + f"at_{'0aZ' * 16}9\n")
    repository.commit()
    status, said = repository.check()
    assert status == 1
    verdicts = dict(re.findall(r"^(\w+): (\w+)$", said, re.MULTILINE))
    assert {name for name, verdict in verdicts.items() if verdict == "RED"} == {
        "floor",
        "history",
        "workflows",
    }


def test_ci_runs_this_very_check_and_stops_when_it_is_red() -> None:
    steps = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in steps
    assert re.search(r"^make supply-chain$", steps, re.MULTILINE)
    dry = subprocess.run(
        ["make", "--dry-run", "supply-chain"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert re.search(r"^\S+ -m scripts[.]supply_chain$", dry.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (r"checkout@[0-9a-f]{40} # v5.0.0", "checkout@v5", "unpinned-uses"),
        (r"\n +persist-credentials: false", "", "artipacked"),
        (r"permissions: \{\}", "permissions: write-all", "excessive-permissions"),
        (r"run: \.ci/run", "run: echo ${{ github.event.pull_request.title }}", "template-injection"),
        (r"pull_request:", "pull_request_target:", "dangerous-triggers"),
        (r"jobs:", "jobs: [", "zizmor cannot read it"),
    ],
)
def test_an_unsafe_workflow_is_red(repository: Repository, old: str, new: str, rule: str) -> None:
    file = repository.root / WORKFLOW
    text, count = re.subn(old, new, file.read_text(encoding="utf-8"))
    assert count == 1
    file.write_text(text, encoding="utf-8")
    status, said = repository.check("workflows")
    assert status == 1
    assert rule in said


def test_no_workflow_at_all_is_no_pass(repository: Repository) -> None:
    shutil.rmtree(repository.root / ".github")
    status, said = repository.check("workflows")
    assert status == 1
    assert ".github/workflows is not there" in said


def test_a_careless_line_in_what_ci_runs_is_red(repository: Repository) -> None:
    repository.append(".ci/run", "rm -rf $place/*\n")
    status, said = repository.check("workflows")
    assert status == 1
    assert re.search(r"\.ci/run:\d+:\d+: .*\[SC2086\]", said)


def test_a_wheel_that_differs_from_build_to_build_is_red(repository: Repository) -> None:
    repository.append("pyproject.toml", "\n[tool.hatch.build.hooks.custom]\n")
    (repository.root / "hatch_build.py").write_text(BRANDED, encoding="utf-8")
    repository.commit()
    status, said = repository.check("wheel")
    assert status == 1
    assert "two builds of the same source differ in auxcord-" in said
    assert "auxcord/brand.txt" in said


def test_the_bill_lists_what_is_locked_with_hashes_and_who_needs_it(repository: Repository) -> None:
    assert repository.check("bill")[0] == 0
    (file,) = (repository.root / "dist").glob("auxcord-*.cdx.json")
    once = file.read_bytes()
    assert repository.check("bill")[0] == 0
    assert file.read_bytes() == once
    listed = json.loads(once)
    lock = (repository.root / "requirements/runtime.txt").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))
    assert {part["name"]: part["version"] for part in listed["components"]} == pins
    hashes = {digest["content"] for part in listed["components"] for digest in part["hashes"]}
    assert hashes == set(re.findall(r"--hash=sha256:(\w+)", lock))
    needs = {entry["ref"].partition("@")[0]: entry["dependsOn"] for entry in listed["dependencies"]}
    assert any(part.startswith("pkg:pypi/starlette@") for part in needs["pkg:pypi/auxcord"])
    assert any(part.startswith("pkg:pypi/cffi@") for part in needs["pkg:pypi/cryptography"])


def test_a_bill_that_breaks_its_schema_is_named() -> None:
    whole = bill.bill(ROOT)
    assert list(bill.invalid(whole)) == []
    for old, new in [('"library"', '"libary"'), ('"SHA-256"', '"SHA-265"'), ('"bomFormat"', '"bomformat"')]:
        assert "does not keep to CycloneDX" in next(bill.invalid(whole.replace(old, new)))
