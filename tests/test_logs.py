"""Logs: nothing that looks like a credential gets through, and no value forges a line."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from auxcord.telemetry import logs
from auxcord.telemetry.requests import named_request

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


@pytest.mark.parametrize("told", [True, False])
def test_lines_of_the_audit_trail_are_json_objects_and_only_where_they_are_wanted(
    capsys: pytest.CaptureFixture[str], *, told: bool
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.configure("error", audit=told)
        with named_request("request-1"):
            structlog.get_logger("audit").info("user:sign-in:complete", seq=1, client="evil\n\u202e")
    finally:
        root.handlers, root.level = handlers, level
        logging.getLogger("audit").handlers.clear()
        structlog.reset_defaults()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == int(told)
    for line in lines:
        assert line.isascii()
        told_line = json.loads(line)
        assert (told_line["event"], told_line["seq"]) == ("user:sign-in:complete", 1)
        assert (told_line["request_id"], told_line["logger"]) == ("request-1", "audit")
        assert told_line["client"] == "evil\\u000a\\u202e"
