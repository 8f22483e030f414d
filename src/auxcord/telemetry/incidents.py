"""What nobody foresaw: logged with a reference, without the error's own words, which may quote anything."""

from __future__ import annotations

import secrets
import traceback
from typing import Final

import structlog

_FRAMES: Final = 8

log = structlog.get_logger(__name__)


def record(error: Exception, doing: str) -> str:
    """Log an unforeseen error; returns the reference under which the operator finds it."""
    reference = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    log.error(
        "unforeseen error",
        reference=reference,
        doing=doing,
        kind=type(error).__qualname__,
        where=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
    return reference
