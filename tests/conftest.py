"""What every test shares: one async backend, no network but loopback, and logs as they come."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from pytest_socket import socket_allow_hosts
from structlog._config import BoundLoggerLazyProxy

from bench.figures import Figures

LOOPBACK = ["127.0.0.1", "::1", "localhost"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _loopback_only() -> None:
    socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _logs_as_they_come() -> Iterator[None]:
    """Forget after each test how it set up logging; loggers remember it from their first use on."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        logging.getLogger("audit").handlers.clear()
        root.handlers, root.level = handlers, level
    ours = [module for name, module in list(sys.modules.items()) if name.startswith("auxcord.")]
    for log in (getattr(module, "log", None) for module in ours):
        if isinstance(log, BoundLoggerLazyProxy):
            vars(log).pop("bind", None)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Keeps what this test file counts and measures for docs/evidence.md."""
    source = Path(request.path).relative_to(request.config.rootpath)
    title = (request.module.__doc__ or source.stem).strip().splitlines()[0].rstrip(".")
    return Figures(source.as_posix(), title)
