"""The `auxcord` command."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from auxcord.errors import AuxcordError, KeyRingError, SettingsError

if TYPE_CHECKING:
    from cyclopts.exceptions import CycloptsError


def main() -> None:
    """Run the command line; every foreseen failure is one clear sentence and a non-zero exit status."""
    try:
        if sys.argv[1:]:
            _command()
        else:
            _stdio()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read what we print, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except SettingsError as error:
        for problem in error.problems:
            print(f"auxcord: {problem}", file=sys.stderr)
        sys.exit(2)
    except AuxcordError as error:
        print(f"auxcord: {error} {error.advice}".rstrip(), file=sys.stderr)
        sys.exit(2 if isinstance(error, KeyRingError) else 1)  # 2: what was configured is wrong
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - a bug; whoever looks for it needs all of it but the secrets
        _crash(error)


def _stdio() -> None:
    """Serve one person over stdio; their client waits for it: nothing is imported that is not needed."""
    gc.disable()  # what is imported stays; to look for garbage in it is a tenth of the start
    from auxcord.cli.stdio import stdio  # noqa: PLC0415 - as said

    stdio()


def _command() -> None:
    from cyclopts.exceptions import CycloptsError  # noqa: PLC0415 - stdio needs none of it

    from auxcord.cli.commands import app  # noqa: PLC0415 - as above

    try:
        app(exit_on_error=False, print_error=False)
    except CycloptsError as error:
        print(f"auxcord: {_mistake(error)} Run `auxcord --help` for what there is.", file=sys.stderr)
        sys.exit(2)


def _crash(error: Exception) -> NoReturn:
    """Print what Python would, less what looks like a credential: errors quote what they were given."""
    import traceback  # noqa: PLC0415 - only a crash needs them

    from auxcord.telemetry.logs import mask  # noqa: PLC0415 - as above

    print(mask("".join(traceback.format_exception(error))), end="", file=sys.stderr)
    sys.exit(1)


def _mistake(error: CycloptsError) -> str:
    """One sentence about a command line that cannot be understood."""
    from cyclopts.exceptions import UnusedCliTokensError  # noqa: PLC0415 - as above

    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return f"There is no command or option {error.unused_tokens[0]!r}."
    sentence = " ".join(str(error).split())
    return sentence if sentence.endswith(".") else f"{sentence}."


if __name__ == "__main__":
    main()
