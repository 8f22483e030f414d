"""What every test shares: one async backend, and no network but loopback."""

from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

from bench.figures import Figures

LOOPBACK = ["127.0.0.1", "::1", "localhost"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _loopback_only() -> None:
    socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Keeps what this test file counts and measures for docs/evidence.md."""
    source = Path(request.path).relative_to(request.config.rootpath)
    title = (request.module.__doc__ or source.stem).strip().splitlines()[0].rstrip(".")
    return Figures(source.as_posix(), title)
