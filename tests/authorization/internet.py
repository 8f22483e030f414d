"""A small internet on loopback: names, public addresses, https servers; and every connection tried.

Nothing of what is tested is switched off: names are resolved and judged as ever, certificates are checked
against a test authority, and a connection goes to the address that was judged. Only the last step leads to a
server on loopback instead of out of the house.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import json
import socket
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.authorization.house import REDIRECT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    import pytest

PUBLIC: Final = "93.184.215.14"
"""A public address; nothing is ever sent there."""
ADDRESS: Final = "https://client.example/oauth/client.json"
"""Where a client publishes what it is."""


@dataclass
class Site:
    """What one host answers.

    Attributes:
        body: The body, or what makes one of a path.
        kind: Its media type.
        status: HTTP status and reason.
        headers: Further headers.
        silent: Take the request and never answer.
        drip: Seconds between the bytes of the body, which has no length and no end.
        asked: The paths asked for so far.
    """

    body: bytes | Callable[[str], bytes] = b""
    kind: str = "application/json"
    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    drip: float | None = None
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> bytes:
        """The bytes that go over the wire."""
        body = self.body if isinstance(self.body, bytes) else self.body(path)
        headers = {"Content-Type": self.kind, "Content-Length": str(len(body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


class Internet:
    """Who has which name and address, and who was asked.

    Attributes:
        sites: Host names to what they answer.
        zone: Host names to their addresses: one list for each time somebody asks, the last one for good.
        attempts: Every address and port a connection was tried to, but for the tests' own.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.sites: dict[str, Site] = {}
        self.zone: dict[str, list[list[str]]] = {}
        self.attempts: list[tuple[str, int]] = []
        self.own_ports: set[int] = set()
        self._tried = asyncio.Event()

    def publish(self, address: str, document: Any, **how: Any) -> Site:
        """Let a document stand at an https address, on a public host."""
        host = address.split("/")[2]
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.zone.setdefault(host, [[PUBLIC]])
        site = self.sites[host] = Site(body=body, **how)
        return site

    @property
    def private_attempts(self) -> list[tuple[str, int]]:
        """The connections tried to addresses that are not public."""
        return [
            attempt
            for attempt in self.attempts
            if not ipaddress.ip_address(attempt[0].partition("%")[0]).is_global
        ]

    async def until_tried(self, times: int) -> None:
        """Wait until so many connections were tried."""
        while len(self.attempts) < times:
            self._tried.clear()
            await self._tried.wait()

    def resolve(self, host: str) -> list[str]:
        """Resolve a name, as the system does; numbers in any notation stand for themselves."""
        if host in self.zone:
            answers = self.zone[host]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        for family, read in ((socket.AF_INET6, ipaddress.ip_address), (socket.AF_INET, socket.inet_aton)):
            with contextlib.suppress(OSError, ValueError):
                if family == socket.AF_INET:
                    return [socket.inet_ntoa(read(host))]  # type: ignore[arg-type]
                return [str(read(host))]
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = head.split("\r\n")
            host = next(line[6:] for line in lines if line.lower().startswith("host: "))
            site = self.sites[host]
            site.asked.append(lines[0].split(" ")[1])
            if site.silent:
                await reader.read()
            elif site.drip is not None:
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {site.kind}\r\n\r\n".encode())
                while not writer.is_closing():
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(site.drip)
            else:
                writer.write(site.answer(site.asked[-1]))
                await writer.drain()
        writer.close()

    def reroute(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Resolve names here, and lead connections to public addresses here."""
        real_lookup, real_connect = socket.getaddrinfo, socket.socket.connect

        def lookup(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            found = [real_lookup(address, port, *arguments, **options) for address in self.resolve(name)]
            return [entry for entries in found for entry in entries]

        def connect(this: socket.socket, address: Any) -> None:
            if this.family not in {socket.AF_INET, socket.AF_INET6} or address[1] in self.own_ports:
                real_connect(this, address)
                return
            self.attempts.append((address[0], address[1]))
            self._tried.set()
            if address[:2] != (PUBLIC, 443):
                raise ConnectionRefusedError
            real_connect(this, ("127.0.0.1", self._port))

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        monkeypatch.setattr(socket.socket, "connect", connect)


@asynccontextmanager
async def internet(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, names: tuple[str, ...] = ("client.example",)
) -> AsyncIterator[Internet]:
    """Open an internet whose test authority vouches for some names."""
    context = certified(folder, names)
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
    net = Internet(0)
    server = await asyncio.start_server(net.serve, "127.0.0.1", 0, ssl=context)
    net._port = server.sockets[0].getsockname()[1]
    net.reroute(monkeypatch)
    async with server:
        yield net


def certified(folder: Path, names: tuple[str, ...]) -> ssl.SSLContext:
    """Make a test authority (`authority.pem` in the folder) and a server certificate for some names."""
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    root = _certificate(issuer, issuer, authority, authority, x509.BasicConstraints(ca=True, path_length=0))
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test server")])
    leaf = _certificate(subject, issuer, server, authority, alternatives)
    (folder / "authority.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    pair = folder / "server.pem"
    pair.write_bytes(
        leaf.public_bytes(serialization.Encoding.PEM)
        + server.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    return context


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    extension: x509.BasicConstraints | x509.SubjectAlternativeName,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )


def document(address: str = ADDRESS, **changes: Any) -> dict[str, Any]:
    """What a client publishes about itself."""
    return {"client_id": address, "client_name": "Published program", "redirect_uris": [REDIRECT], **changes}
