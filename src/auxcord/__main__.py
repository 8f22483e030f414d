"""The `auxcord` command."""

from __future__ import annotations

import sys

from auxcord.errors import AuxcordError, SettingsError


def main() -> None:
    """Run the command line; every foreseen failure is one clear sentence and a non-zero exit status."""
    from auxcord.cli.commands import app  # noqa: PLC0415 - `python -c "import auxcord"` stays instant

    try:
        app()
    except SettingsError as error:
        for problem in error.problems:
            print(f"auxcord: {problem}", file=sys.stderr)
        sys.exit(2)
    except AuxcordError as error:
        print(f"auxcord: {error} {error.advice}".rstrip(), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
