"""Measure and print. `--short` takes a tenth of the calls; `--json FILE` keeps the figures."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from auxcord.telemetry import logs
from bench import added, hot_path, jobs, memory, refreshes, rotation, simulator, sizes, start, users, vault

PARTS = {
    "simulator": simulator.measure,
    "sizes": sizes.measure,
    "jobs": jobs.measure,
    "hot path": hot_path.measure,
    "added to Spotify's time": added.measure,
    "start": start.measure,
    "vault": vault.measure,
    "refreshes": refreshes.measure,
    "memory": memory.measure,
    "rotation": rotation.measure,
    "users": users.measure,
}


def main() -> None:
    """Run every benchmark and print its figures, one a line."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    logs.configure("error")  # standard output is for figures
    figures: dict[str, dict[str, float]] = {}
    for name, measure in PARTS.items():
        print(f"{name}:", flush=True)
        figures[name] = asyncio.run(measure(short=options.short))
        for label, value in figures[name].items():
            print(f"  {label:<72} {value:>12,.2f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
