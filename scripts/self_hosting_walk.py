"""Walk through docs/self-hosting.md: run its commands in order, and sign in through the nginx it sets up.

python scripts/self_hosting_walk.py (in a checkout, with the development environment)

The walk has folders, a host and ports of its own, and a simulated Spotify; the commands are otherwise the
page's. What needs root (a user, systemd) is indented in the page and not run; the unit's ExecStart and the
signals that systemd would send are.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2
from rich.console import Console

from auxcord.cli.report import Report
from auxcord.cli.visitor import Visitor
from auxcord.simulator.oauth.apps import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "self-hosting.md"
NEEDED: Final = ("nginx", "openssl", "curl", "sqlite3")
START_SECONDS: Final = 60.0
LANDMARKS: Final = ("auxcord doctor --settings", "/readyz", "keys rotate")
"""What the blocks between which something is started or signalled contain."""


class Walk:
    """One walk through the page, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port, inner, spotify = _free_ports(3)
        self.spotify = f"http://127.0.0.1:{spotify}"
        self.spotify_port = spotify
        self._instead = {
            "/opt/auxcord": f"{folder}/opt/auxcord",
            "/etc/auxcord": f"{folder}/etc/auxcord",
            "/var/lib/auxcord": f"{folder}/var/lib/auxcord",
            "https://music.example.org": f"https://127.0.0.1:{self.port}",
            "music.example.org": "127.0.0.1",
            "SPOTIFY_CLIENT_ID=0123456789abcdef0123456789abcdef": f"SPOTIFY_CLIENT_ID={DEFAULT_CLIENT_ID}",
            "the-client-secret-from-the-dashboard": DEFAULT_CLIENT_SECRET,
            "AUXCORD_TRUSTED_PROXIES=127.0.0.1": (
                f"AUXCORD_TRUSTED_PROXIES=127.0.0.1\nAUXCORD_PORT={inner}\n"
                f"AUXCORD_SPOTIFY_API_URL={self.spotify}/v1\nAUXCORD_SPOTIFY_ACCOUNTS_URL={self.spotify}"
            ),
            "http://127.0.0.1:8000": f"http://127.0.0.1:{inner}",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "proxy_set_header Host $host": "proxy_set_header Host $http_host",
        }
        self.certificate = folder / "etc" / "auxcord" / "tls" / "fullchain.pem"
        self.environment = _plain_environment() | {"SSL_CERT_FILE": str(self.certificate)}
        self.environment |= {"CURL_CA_BUNDLE": str(self.certificate), "HOME": str(folder)}
        (folder / "opt").mkdir()

    def told(self, text: str) -> str:
        """Return a text of the page with our places instead of its own."""
        pattern = "|".join(map(re.escape, sorted(self._instead, key=len, reverse=True)))
        return re.sub(pattern, lambda match: self._instead[match[0]], text)

    def run(self, block: str) -> None:
        """Run one block of the page.

        Raises:
            CalledProcessError: It failed.
        """
        print("\n".join(f"    $ {line}" for line in block.splitlines()), flush=True)
        command = ["bash", "-euo", "pipefail", "-c", f"cd {ROOT}\n{self._settings()}{self.told(block)}"]
        subprocess.run(command, check=True, env=self.environment)

    def _settings(self) -> str:
        """The page's reader has set them in their shell since step 4."""
        file = self._folder / "etc" / "auxcord" / "auxcord.env"
        return f"set -a; . {file}; set +a\n" if file.exists() else ""

    def register(self) -> None:
        """Register the page's redirect URI with the app at the simulated Spotify: step 1."""
        address = re.search(r"^    (https://\S+/callback)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        assert address is not None
        app = {"client_id": DEFAULT_CLIENT_ID, "redirect_uris": [self.told(address[1])]}
        answer = httpx2.post(f"{self.spotify}/_simulator/apps", json=app, trust_env=False)
        assert answer.is_success, answer.text

    def certify(self) -> None:
        """Make the certificate that the page's reader brings along."""
        folder = self.certificate.parent
        folder.mkdir(parents=True)
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
                *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
                *("-keyout", str(folder / "privkey.pem"), "-out", str(self.certificate)),
            ],
            check=True,
            capture_output=True,
        )

    def nginx(self) -> list[str]:
        """Write the site of deploy/nginx into a configuration of our own, and return the command."""
        site = self.told((ROOT / "deploy" / "nginx" / "auxcord.conf").read_text(encoding="utf-8"))
        main = (
            f"daemon off; pid {self._folder}/nginx.pid; error_log stderr;\n"
            f"events {{}}\nhttp {{ client_body_temp_path {self._folder}/body; "
            f"proxy_temp_path {self._folder}/proxy; {site} }}\n"
        )
        file = self._folder / "nginx.conf"
        file.write_text(main, encoding="utf-8")
        return ["nginx", "-e", "stderr", "-p", str(self._folder), "-c", str(file)]

    def unit(self) -> list[str]:
        """Return the command of deploy/systemd."""
        unit = (ROOT / "deploy" / "systemd" / "auxcord.service").read_text(encoding="utf-8")
        command = re.search(r"^ExecStart=(.+)$", unit, re.MULTILINE)
        assert command is not None
        return self.told(command[1]).split()

    @contextlib.contextmanager
    def running(self, command: Sequence[str], more: Mapping[str, str], url: str) -> Iterator[int]:
        """Run a program until the block is left; it answers at `url` when the block begins."""
        process = subprocess.Popen(command, env=self.environment | more)
        try:
            _await_answer(url, process, str(self.certificate))
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)

    def settings(self) -> dict[str, str]:
        """What systemd reads from the file of settings."""
        file = self._folder / "etc" / "auxcord" / "auxcord.env"
        pairs = (line.partition("=") for line in file.read_text(encoding="utf-8").splitlines() if line)
        return {name: value for name, _, value in pairs}


def blocks() -> list[str]:
    """Return the page's shell blocks, in order."""
    return re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def _plain_environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("AUXCORD_", "SPOTIFY_"))
    }


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _await_answer(url: str, process: subprocess.Popen[bytes], certificate: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(httpx2.TransportError):
            httpx2.get(url, verify=certificate if url.startswith("https") else False, trust_env=False)
            return
        time.sleep(0.1)
    msg = f"nothing answers at {url}"
    raise RuntimeError(msg)


async def _visit(url: str, certificate: Path) -> None:
    """Sign in through nginx and use the server, as a person with an MCP client does."""
    report, trusted = Report(Console()), ssl.create_default_context(cafile=str(certificate))
    mcp = f"{url}/mcp"
    async with Visitor("Ada", "ada", mcp, level="everything", report=report, trusted=trusted) as ada:
        answer = await ada.call("get_account")
        assert not answer.refused, answer.text
        assert "Spotify right now: works" in answer.text, answer.text
        found = await ada.call("search", query="love", types=["track"])
        assert not found.refused, found.text


def main() -> int:
    """Walk; the exit status is 0 only if every step held."""
    if missing := [tool for tool in NEEDED if shutil.which(tool) is None]:
        print(f"NOT WALKED: {', '.join(missing)} not installed", file=sys.stderr)
        return 1 if os.environ.get("CI") == "true" else 0
    steps = blocks()
    doctor, ready, rotate = (next(i for i, step in enumerate(steps) if mark in step) for mark in LANDMARKS)
    with tempfile.TemporaryDirectory(prefix="auxcord-walk-") as directory:
        walk = Walk(Path(directory))
        url = f"https://127.0.0.1:{walk.port}"
        spotify = [sys.executable, "-m", "auxcord", "simulator", "--port", str(walk.spotify_port)]
        with walk.running(spotify, {}, f"{walk.spotify}/_simulator/clock"):
            walk.register()
            for step in steps[: doctor + 1]:
                walk.run(step)
            walk.certify()
            settings = walk.settings()
            inner = f"http://127.0.0.1:{settings['AUXCORD_PORT']}/healthz"
            with (
                walk.running(walk.unit(), settings, inner) as server,
                walk.running(walk.nginx(), {}, f"{url}/healthz"),
            ):
                os.environ["SSL_CERT_FILE"] = str(walk.certificate)
                asyncio.run(_visit(url, walk.certificate))
                for step in steps[ready:rotate]:
                    walk.run(step)
                os.kill(server, signal.SIGHUP)  # what `systemctl reload` sends
                for step in steps[rotate:]:
                    walk.run(step)
                asyncio.run(_visit(url, walk.certificate))
    print(f"Walked: {len(steps)} blocks of {PAGE.name}, one person signed in through nginx twice.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
