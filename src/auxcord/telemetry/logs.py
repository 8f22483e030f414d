"""Logs for people and machines: one line an event on standard error, with secrets masked at the sink.

Masking here is the last line of defence. Nothing above hands secrets to a logger in the first place.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any, Literal

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

Form = Literal["text", "json"]

_NAMED = r"(?:code|state|ticket|code_verifier|refresh_token|access_token|id_token|client_secret|password)"
_SECRETS = re.compile(
    r"\baux_[a-z]+_[\w-]+"  # tokens of our own making
    r"|\b(?:Bearer|Basic)\s+[\w.~+/=-]+"
    rf"|\b{_NAMED}=[^&\s\"']+"
    rf"|[\"']{_NAMED}[\"']\s*:\s*[\"'][^\"']*"  # JSON, and the repr of a dictionary
    r"|(?<![\w-])[\w-]{43}=(?![\w=])"  # encryption keys
    r"|\b(?:AQ|BQ)[\w-]{60,}"  # Spotify's tokens and codes
    r"|\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+",  # e-mail addresses
)
MASK = "[masked]"
_DEEPEST = 4


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
        event[key] = mask(value) if key == "exception" else _cleaned(value)
    return event


def _cleaned(value: Any, depth: int = 0) -> Any:
    """Mask and escape a value, and what is inside it; of what is neither text nor number, its own words."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)) and depth < _DEEPEST:
        return [_cleaned(each, depth + 1) for each in value]
    if isinstance(value, dict) and depth < _DEEPEST:
        return {_cleaned(str(name), depth + 1): _cleaned(each, depth + 1) for name, each in value.items()}
    return printable(mask(str(value)))


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def _is_somebodys(record: logging.LogRecord) -> bool:
    """Whether it is about something; a client that hung up midway, a crash to the SDK, is not."""
    error = record.exc_info[0] if record.exc_info else None
    return error is None or error.__name__ != "ClientDisconnect"


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


def configure(level: str, *, form: Form = "text", audit: bool = False) -> None:
    """Send all logs of this process to standard error.

    Args:
        level: debug, info, warning or error; other libraries never log below warning.
        form: `text` for people, or `json`, one object a line, for programs.
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
    handler.addFilter(_is_somebodys)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared[:-2],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _clean,
                structlog.processors.JSONRenderer()
                if form == "json"
                else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
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
