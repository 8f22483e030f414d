"""What every test shares: one async backend, and no network but loopback."""

import pytest
from pytest_socket import socket_allow_hosts

LOOPBACK = ["127.0.0.1", "::1", "localhost"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _loopback_only() -> None:
    socket_allow_hosts(LOOPBACK, allow_unix_socket=True)
