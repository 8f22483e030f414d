"""Hold a bill of materials against the CycloneDX schema. Runs in .audit, which has the library for it."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def main(specification: str, file: str) -> int:
    """Print what the schema holds against the file; 1 if anything."""
    validator = JsonStrictValidator(SchemaVersion.from_version(specification))
    error = validator.validate_str(Path(file).read_text(encoding="utf-8"))
    if error is not None:
        print(f"does not keep to CycloneDX {specification}: {str(error)[:300]}")
    return 1 if error else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
