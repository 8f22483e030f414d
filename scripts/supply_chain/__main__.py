"""Look after the supply chain; exits 1 and names what is wrong. Nothing outside this machine is asked.

python -m scripts.supply_chain                  # everything, of this repository
python -m scripts.supply_chain --only locks     # one check
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scripts.supply_chain import bill, floor, history, locks, wheels, workflows
from scripts.supply_chain.commands import ROOT, AuditMissingError

CHECKS = {
    "locks": locks.complaints,
    "floor": floor.complaints,
    "bill": bill.complaints,
    "history": history.complaints,
    "workflows": workflows.complaints,
    "wheel": wheels.complaints,
}


def main(arguments: list[str]) -> int:
    """Run the checks; 0 if none has anything to say."""
    parser = argparse.ArgumentParser(description="Look after the supply chain.")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository to look at")
    parser.add_argument("--only", choices=CHECKS, action="append", help="run only this check")
    chosen = parser.parse_args(arguments)
    wrong = False
    for name in chosen.only or CHECKS:
        try:
            found = list(CHECKS[name](chosen.root.resolve()))
        except AuditMissingError as error:
            found = [str(error)]
        for line in found:
            print(f"{name}: {line}")
        print(f"{name}: {'RED' if found else 'fine'}", flush=True)
        wrong = wrong or bool(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
