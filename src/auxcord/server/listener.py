"""Listening: one HTTP application on one socket, in the foreground or beside other work."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from auxcord.errors import AddressInUseError
from auxcord.server.draining import Draining
from auxcord.server.protocol import OurProtocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import FrameType

    from starlette.types import ASGIApp

DRAIN_SECONDS = 8
"""For requests in flight; refreshes that outlive them get what is left of ten."""


def bind(host: str, port: int) -> socket.socket:
    """Take the address, so that nobody is told to use a port that is not ours.

    Args:
        host: An IP address or name to listen on.
        port: 1 to 65535, or 0 for any free port.

    Raises:
        AddressInUseError: If another program has it, or this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's delay (40 ms an answer) off for named TCP only.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)  # now, because until then another program could still take the port
    except OverflowError:
        listener.close()
        raise AddressInUseError(f"There is no port {port}.", advice="Choose one from 0 to 65535.") from None
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUseError(f"Port {port} on {host} is in use.") from None
        reason = error.strerror or "the address cannot be used"
        raise AddressInUseError(
            f"Cannot listen on {host}, port {port}: {reason}.",
            advice="Name an address of this machine and a free port you may use.",
        ) from None
    return listener


def port_of(listener: socket.socket) -> int:
    """The port a bound socket has."""
    port: int = listener.getsockname()[1]
    return port


def _config(app: ASGIApp, **options: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        # The access log would print tickets, states and codes, which travel in query strings.
        access_log=False,
        http=OurProtocol,
        ws="none",
        log_config=None,
        server_header=False,
        proxy_headers=False,  # `http.py` believes those that the settings name
        timeout_keep_alive=15,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        h11_max_incomplete_event_size=64 * 1024,
        **options,
    )


class _Foreground(uvicorn.Server):
    """A server for which a signal is a request to end, not a way to die: the exit status is 0.

    At SIGTERM it says that it is not ready, waits until nobody is sent here any more, and then takes no more
    requests and finishes those it has. SIGINT, from a terminal, does not wait. A second signal ends it now.
    """

    def __init__(self, config: uvicorn.Config, draining: Draining, delay: float) -> None:
        super().__init__(config)
        self._draining = draining
        self._delay = delay

    def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
        """Begin to end; called by the signal."""
        if self._draining.is_announced:
            self.should_exit = self.force_exit = True
            return
        self._draining.announce()
        delay = self._delay if sig == signal.SIGTERM else 0.0
        asyncio.get_running_loop().call_later(delay, self._leave)

    def _leave(self) -> None:
        self.should_exit = True
        self._draining.leave()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


class _Beside(uvicorn.Server):
    """A server that leaves signals to whoever started it, and tells when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket, *, lifespan: bool = True) -> AsyncIterator[None]:
    """Serve `app` beside other work until the block is left; requests in flight may finish."""
    server = _Beside(_config(app, lifespan="on" if lifespan else "off"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    up = asyncio.create_task(server.up.wait())
    try:
        await asyncio.wait({running, up}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        yield
    finally:
        up.cancel()
        server.should_exit = True
        await running
        listener.close()


def allow_many_connections() -> None:
    """Let this process open as many files as the system grants it; each connection is one."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - there is none on Windows

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    draining: Draining | None = None,
    delay: float = 0.0,
    **options: Any,
) -> None:
    """Serve `app` in the foreground until SIGINT or SIGTERM; requests in flight may finish.

    Args:
        app: What to serve.
        listener: Where.
        draining: Told when the end begins.
        delay: Seconds between SIGTERM, when `/readyz` says that we leave, and the last new request.
        options: Further ones of uvicorn's.
    """
    try:
        await _Foreground(_config(app, **options), draining or Draining(), delay).serve(sockets=[listener])
    finally:
        listener.close()
