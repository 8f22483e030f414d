"""What a process begins with, whatever it serves: its log, and its traces if somebody wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.telemetry import logs, traces

if TYPE_CHECKING:
    from auxcord.server.settings import Settings


def begin_telling(settings: Settings, *, audit: bool) -> None:
    """Begin to log, and to trace if that is wanted.

    Args:
        settings: How much, and in which form.
        audit: Whether the lines of the audit trail are logged as well.

    Raises:
        SettingsError: What exports traces is not installed.
    """
    logs.configure(settings.log_level, form=settings.log_format, audit=audit)
    if settings.traces:
        traces.switch_on()
