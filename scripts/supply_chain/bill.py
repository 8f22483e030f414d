"""The software bill of materials: what a server runs with, in CycloneDX JSON, told by the lock alone."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.supply_chain.commands import answer, python
from scripts.supply_chain.locks import PROJECT, RUNTIME, Locked, read

if TYPE_CHECKING:
    from collections.abc import Iterator

SPECIFICATION = "1.6"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/auxcord")


def version(root: Path) -> str:
    """Return the version of the package under `root`."""
    text = (root / "src" / "auxcord" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__(?:: \S+)? = "(.+)"', text, re.MULTILINE)
    assert found is not None, "src/auxcord/__init__.py names no version"
    return found[1]


def bill(root: Path) -> str:
    """Write down every locked runtime requirement, its hashes, and who needs it.

    It has no time stamp: the lock it is made from is what it is of.
    """
    entries = read(root, RUNTIME).entries
    references = {entry.name: _reference(entry) for entry in entries}
    own = f"pkg:pypi/auxcord@{version(root)}"
    needs: dict[str, list[str]] = {reference: [] for reference in (own, *references.values())}
    for entry in entries:
        for asker in entry.askers:
            needs[own if asker == PROJECT else references[asker]].append(references[entry.name])
    content: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPECIFICATION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "auxcord",
                "version": version(root),
                "purl": own,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [_component(entry) for entry in entries],
        "dependencies": [
            {"ref": reference, "dependsOn": sorted(needed)} for reference, needed in sorted(needs.items())
        ],
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    content["serialNumber"] = f"urn:uuid:{uuid.uuid5(_SPACE, digest)}"
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def complaints(root: Path) -> Iterator[str]:
    """Write the bill into dist/, and yield what its schema, read by another program, holds against it."""
    try:
        text = bill(root)
    except KeyError as missing:
        yield f"the bill of materials: requirements/runtime.txt lacks {missing}, which needs another"
        return
    file = root / "dist" / f"auxcord-{version(root)}.cdx.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    yield from invalid(text)


def invalid(text: str) -> Iterator[str]:
    """Yield what the CycloneDX schema says about a bill, if anything."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "bill.json"
        file.write_text(text, encoding="utf-8")
        done = answer([python(), Path(__file__).with_name("schema.py"), SPECIFICATION, file])
    if done.returncode:
        yield f"the bill of materials: {done.stdout.strip() or done.stderr.strip()}"


def _reference(entry: Locked) -> str:
    return f"pkg:pypi/{entry.name}@{entry.version}"


def _component(entry: Locked) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": _reference(entry),
        "name": entry.name,
        "version": str(entry.version),
        "purl": _reference(entry),
        # One for every file of the release: which one is installed depends on the machine.
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in entry.hashes],
    }
    if entry.marker:
        component["scope"] = "optional"
        component["properties"] = [{"name": "auxcord:marker", "value": entry.marker}]
    return component
