"""Start a server and let programs we did not write use it: MCP clients, and the conformance suite.

    python scripts/external_checks.py              # everything; exits 1 if anything failed
    python scripts/external_checks.py --only mcp_remote --only conformance

It installs Node and the pinned npm programs into `.node/` the first time (scripts/node.py). The server and
the simulator run on free loopback ports; nothing else is contacted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from node import FOLDER, ROOT, NodeMissingError, install

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CLIENTS = ROOT / "tests" / "clients"
SCRIPTS = {
    "python_sdk": CLIENTS / "python_sdk.py",
    "fastmcp_client": CLIENTS / "fastmcp_client.py",
    "typescript_sdk": CLIENTS / "typescript_sdk.py",
    "mcp_remote": CLIENTS / "mcp_remote.py",
    "inspector_cli": CLIENTS / "inspector_cli.py",
    "conformance": ROOT / "tests" / "conformance" / "run.py",
}
START_SECONDS = 60.0
SCRIPT_SECONDS = 170.0
LINE = re.compile(r"^(?P<word>PASS|FAIL)  (?P<what>[^:]+): (?P<figures>.*)$")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a script: what was tried, and what came of it."""

    good: bool
    what: str
    figures: str


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def end(process: subprocess.Popen[str]) -> None:
    """End a program we started: politely, then with its whole process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for(ports: Sequence[int], process: subprocess.Popen[str]) -> None:
    """Wait until the program listens on every port.

    Raises:
        RuntimeError: It ended, or did not listen in time.
    """
    until = time.monotonic() + START_SECONDS
    for port in ports:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with {process.returncode} before it listened")
            if time.monotonic() > until:
                raise RuntimeError(f"the server did not listen on port {port} in {START_SECONDS:.0f} s")
            time.sleep(0.1)


@contextlib.contextmanager
def served(diary: Path) -> Iterator[list[str]]:
    """The product, serving on loopback. Gives the options that lead the scripts there."""
    ports = free_ports(3)
    names = ("--port", "--simulator-port", "--control-port")
    options = [word for name, port in zip(names, ports, strict=True) for word in (name, str(port))]
    with diary.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, str(CLIENTS / "server.py"), *options],
            stdout=said,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            wait_for(ports, process)
            port, simulator, control = (f"http://127.0.0.1:{port}" for port in ports)
            yield ["--url", f"{port}/mcp", "--simulator", simulator, "--control", control]
        finally:
            end(process)


def run(name: str, options: Sequence[str]) -> list[Result]:
    """Run one script to its end, at most 170 seconds, and show what it says as it says it."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPTS[name]), *(options[:2] if name == "conformance" else options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said, complaints = process.communicate(timeout=SCRIPT_SECONDS)
    except subprocess.TimeoutExpired:
        return [
            Result(good=False, what=name, figures=f"still running after {SCRIPT_SECONDS:.0f} s, and ended")
        ]
    finally:
        end(process)
    print(said, end="", flush=True)
    found = [LINE.match(line) for line in said.splitlines()]
    results = [Result(line["word"] == "PASS", line["what"], line["figures"]) for line in found if line]
    if process.returncode or not results:
        print(complaints[-6000:], flush=True)
    if process.returncode and all(result.good for result in results):
        results.append(Result(good=False, what=name, figures=f"ended with status {process.returncode}"))
    return results or [Result(good=False, what=name, figures="said nothing")]


def look_into(diary: Path) -> Result:
    """Whatever clients do, the server must not meet an exception it did not foresee."""
    text = diary.read_text(errors="replace")
    tracebacks = text.count("Traceback (most recent call last)") + text.count("unforeseen error")
    if tracebacks:
        start = text.index("Traceback (most recent call last)")
        print(f"--- the server's log, from its first traceback\n{text[start : start + 4000]}", flush=True)
    return Result(not tracebacks, "server log", f"{tracebacks} tracebacks in {text.count(chr(10))} lines")


def versions() -> str:
    """Whose programs these were, by version."""
    wanted: dict[str, str] = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    ours = {name: version(name) for name in ("mcp", "fastmcp-slim")}
    return ", ".join(f"{name} {number}" for name, number in (ours | wanted).items())


def summary(results: Sequence[Result], seconds: float) -> str:
    """A table of everything, and one closing line."""
    wide = max(len(result.what) for result in results)
    rows = [f"{'PASS' if row.good else 'FAIL'}  {row.what:<{wide}}  {row.figures}" for row in results]
    failed = sum(not row.good for row in results)
    closing = f"{failed} of {len(results)} failed" if failed else f"all {len(results)} passed"
    return "\n".join(["", f"With {versions()}", *rows, f"External checks: {closing} in {seconds:.0f} s"])


def main() -> int:
    """Run what is asked for. Returns 1 if anything failed."""
    parser = argparse.ArgumentParser(description="Let MCP programs of others use a server.")
    parser.add_argument("--only", action="append", choices=SCRIPTS, help="run only this one; may be repeated")
    names = parser.parse_args().only or list(SCRIPTS)
    try:
        install()
    except NodeMissingError as error:
        print(error, file=sys.stderr)
        return 1
    began = time.monotonic()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="auxcord-external-") as folder:
        diary = Path(folder) / "server.log"
        try:
            with served(diary) as options:
                for name in names:
                    results += run(name, options)
        except RuntimeError as error:
            print(f"{error}; it said:\n{diary.read_text(errors='replace')[-3000:]}", flush=True)
            return 1
        results.append(look_into(diary))
    print(summary(results, time.monotonic() - began), flush=True)
    return 0 if all(result.good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
