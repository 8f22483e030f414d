"""The official MCP conformance suite against Auxcord, in both protocol revisions.

    python tests/conformance/run.py --url http://127.0.0.1:8000/mcp     # a running demo or server

Five legs: everything a revision requires, against the fixture app (fixture.py: our HTTP factory, the suite's
tools), twice; everything that needs no tools of the suite's own, against the running product with a real
person's token, twice; and the authorization server. What may fail is in expected.yml, each with its reason:
anything else that fails is a failure, and so is anything listed that passes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2
from suite import HERE, Verdict, command, environment, expected, judge, read, run_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CLIENTS = HERE.parent / "clients"
REVISIONS = ("2025-11-25", "2026-07-28")
BOTH = (
    *("tools-list", "resources-list", "prompts-list", "server-sse-multiple-streams"),
    "dns-rebinding-protection",
)
GENERIC = {
    "2025-11-25": (*BOTH, "server-initialize", "server-session-lifecycle", "logging-set-level", "ping"),
    "2026-07-28": (
        *(*BOTH, "server-stateless", "caching", "http-header-validation", "sep-2164-resource-not-found"),
        "input-required-result-unsupported-methods",
    ),
}
START_SECONDS = 30.0
SIGN_IN_SECONDS = 60.0


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def end(process: subprocess.Popen[str]) -> None:
    """End a program we started and whatever it started, by its own process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def started(program: Sequence[str], *, first_line: bool = False) -> Iterator[str]:
    """Run a Python program of ours beside the suite; gives its first line of output if that is waited for."""
    process = subprocess.Popen(
        [sys.executable, *program], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process.stdout.readline().strip() if first_line and process.stdout else ""
    finally:
        end(process)
        process.wait()


def wait_for(port: int) -> None:
    """Wait until something listens.

    Raises:
        TimeoutError: Nothing did within 30 seconds.
    """
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listened on port {port} within {START_SECONDS:.0f} s")


def fixture_leg(revision: str, results: Path) -> Verdict:
    """Everything the revision requires, and what the suite runs beside it unscored."""
    port = free_port()
    with started([str(HERE / "fixture.py"), "--port", str(port)]):
        wait_for(port)
        run_server(f"http://127.0.0.1:{port}/mcp", results, "--requirements", revision)
    leg = f"fixture {revision}"
    return judge(leg, read(results), expected(leg))


def product_leg(revision: str, results: Path, url: str) -> Verdict:
    """What any server must do, against the running product and its own access tokens."""
    lender = [str(CLIENTS / "bearer.py"), "--url", url, "--person", "ada"]
    with started(lender, first_line=True) as address:
        for scenario in GENERIC[revision]:
            run_server(address, results, "--scenario", scenario, "--spec-version", revision)
    leg = f"product {revision}"
    checks = read(results)
    missing = set(GENERIC[revision]) - {check.scenario for check in checks}
    if missing:
        raise RuntimeError(f"{leg}: the suite wrote nothing down for {', '.join(sorted(missing))}")
    return judge(leg, checks, expected(leg))


def issuer_of(url: str) -> str:
    """The authorization server that the protected resource names."""
    at = urlsplit(url)
    document = f"{at.scheme}://{at.netloc}/.well-known/oauth-protected-resource{at.path}"
    answer = httpx2.get(document, timeout=10, trust_env=False).raise_for_status()
    issuer: str = answer.json()["authorization_servers"][0]
    return issuer


def register(issuer: str, port: int) -> str:
    """Register the suite as a client. Returns its client id."""
    document = {
        "client_name": "MCP conformance suite",
        "redirect_uris": [f"http://127.0.0.1:{port}/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    answer = httpx2.post(f"{issuer.rstrip('/')}/register", json=document, timeout=10, trust_env=False)
    client_id: str = answer.raise_for_status().json()["client_id"]
    return client_id


def page_asked_for(said: IO[str]) -> str:
    """The address the suite wants a person to visit."""
    for line in said:
        if found := re.search(r"https?://\S+/authorize\?\S+", line):
            return found[0]
    raise RuntimeError("the conformance suite ended without asking for a sign-in")


def authorization_leg(results: Path, url: str) -> Verdict:
    """The authorization server: its metadata, and one code grant with a person at the browser."""
    issuer, port = issuer_of(url), free_port()
    options = ["--url", issuer, "--client-id", register(issuer, port), "--resource", url, "-p", str(port)]
    with subprocess.Popen(
        command("authorization", *options, "-o", str(results)),
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as suite:
        deadline = threading.Timer(SIGN_IN_SECONDS, end, [suite])
        deadline.start()
        try:
            assert suite.stdout is not None
            page = page_asked_for(suite.stdout)
            browser = [sys.executable, str(CLIENTS / "browser.py"), "--person", "bram", page]
            subprocess.run(browser, check=True, timeout=SIGN_IN_SECONDS)
            suite.communicate()
        finally:
            deadline.cancel()
            end(suite)
    return judge("authorization", read(results), expected("authorization"))


def main() -> int:
    """Run every leg and print what came of it."""
    parser = argparse.ArgumentParser(description="Run the MCP conformance suite against a running server.")
    parser.add_argument("--url", required=True, help="the server, such as http://127.0.0.1:8000/mcp")
    parser.add_argument("--keep", type=Path, help="keep the suite's own results in this folder")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended as well
    with tempfile.TemporaryDirectory(prefix="auxcord-conformance-") as name:
        folder = asked.keep or Path(name)
        verdicts = [
            *(fixture_leg(revision, folder / f"fixture-{revision}") for revision in REVISIONS),
            *(product_leg(revision, folder / f"product-{revision}", asked.url) for revision in REVISIONS),
            authorization_leg(folder / "authorization", asked.url),
        ]
    sys.stdout.writelines(f"{line}\n" for verdict in verdicts for line in verdict.lines())
    return 0 if all(verdict.good for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
