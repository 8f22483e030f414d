"""Logs: nothing that looks like a credential gets through, and no value forges a line."""

from __future__ import annotations

import logging

import pytest
import structlog

from auxcord.telemetry import logs

SECRETS = [
    "aux_at_test-token_1",
    "aux_rt_test-token_2",
    "Bearer test.token~3",
    "Basic dGVzdA==",
    "http://127.0.0.1/callback?code=test-code&state=test-state",
    "refresh_token=test-refresh&client_secret=test-secret",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_credentials_are_masked(secret: str) -> None:
    masked = logs.mask(f"before {secret} after")
    assert "test" not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


def test_every_log_goes_to_standard_error_masked_and_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.configure("info")
        logging.getLogger("auxcord.test").info("name %s", "evil\nERROR forged \x1b[31m aux_at_test")
        structlog.get_logger("auxcord.test").info("event", name="evil\nforged")
        logging.getLogger("httpx2").info("library chatter")
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 2
    assert "aux_at_test" not in captured.err
    assert "\x1b" not in captured.err
    assert "chatter" not in captured.err
