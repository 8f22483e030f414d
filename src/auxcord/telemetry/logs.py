"""Logs for people and machines: one line an event on standard error, with secrets masked at the sink.

Masking here is the last line of defence. Nothing above hands secrets to a logger in the first place.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_SECRETS = re.compile(
    r"\baux_[a-z]+_[\w-]+"  # tokens of our own making
    r"|\b(?:Bearer|Basic)\s+[\w.~+/=-]+"
    r"|\b(?:code|state|ticket|code_verifier|refresh_token|access_token|client_secret)=[^&\s\"']+",
)
MASK = "[masked]"


def mask(text: str) -> str:
    """Replace everything that looks like a credential."""
    return _SECRETS.sub(MASK, text)


def printable(text: str) -> str:
    """Escape control characters, so that no value can forge a line or drive a terminal."""
    # Not by a codec: that would be imported here and now, and importing fails when files run out.
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _clean(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key.startswith("_"):
            continue
        if isinstance(value, str):
            safe = mask(value)
            event[key] = safe if key == "exception" else printable(safe)
    return event


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def _tell_audit(*, told: bool) -> None:
    """Send the audit trail's lines to standard error too, each a JSON object, whatever else is logged."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        ),
    )
    audit = logging.getLogger("audit")
    audit.handlers, audit.propagate = [handler], False
    audit.setLevel(logging.INFO if told else logging.CRITICAL)


def configure(level: str, *, audit: bool = False) -> None:
    """Send all logs of this process to standard error.

    Args:
        level: debug, info, warning or error; other libraries never log below warning.
        audit: Whether the lines of the audit trail are logged as well.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _clean,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared[:-2],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _clean,
                structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
            ],
        ),
    )
    for name in ("fastmcp", "mcp", "uvicorn", "uvicorn.error"):  # they bring handlers of their own
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
        # Not warnings: FastMCP's repeat what the guards answer anyway.
        logging.getLogger(name).setLevel(logging.ERROR)
    # Its lines hold the query strings that tickets, states and codes travel in. A filter, because hosts that
    # serve us configure the logger again.
    logging.getLogger("uvicorn.access").addFilter(_nothing)
    _tell_audit(told=audit)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("auxcord").setLevel(level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
