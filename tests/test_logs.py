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
    '{"access_token": "test-access", "refresh_token":"test-refresh"}',
    "{'client_secret': 'test-secret'}",
    "test" * 10 + "abc=",  # as long as an encryption key
    "AQ" + "test" * 20,
    "test.person@mail.example.org",
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


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_inside_lists_and_tracebacks_are_masked_in_both_forms(
    capsys: pytest.CaptureFixture[str], form: logs.Form
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.configure("info", form=form)
        log = structlog.get_logger("auxcord.test")
        log.info("event", deep=["aux_at_test", {"x": ("aux_rt_test", ValueError("Bearer test.token"))}])
        try:
            raise ValueError("refresh_token=test-refresh")  # noqa: TRY301 - it is the point
        except ValueError:
            log.exception("it broke")
        logging.getLogger("another.library").error("told %s", "code=test-code")
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count(logs.MASK) == 6  # a traceback shows the line that raised as well
    assert "test-" not in captured.err
    assert "_test" not in captured.err
    assert "test.token" not in captured.err


def test_as_json_every_event_is_one_object_with_the_name_of_its_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.configure("info", form="json")
        with named_request("request-1"):
            structlog.get_logger("auxcord.test").info("event", count=2, name="evil\nforged\u202e")
            logging.getLogger("another.library").error("told\nin two lines")
            try:
                raise KeyError("x")  # noqa: TRY301 - it is the point
            except KeyError:
                structlog.get_logger("auxcord.test").exception("it broke")
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["event", "told\\u000ain two lines", "it broke"]
    assert [line["level"] for line in lines] == ["info", "error", "error"]
    assert {line["request_id"] for line in lines} == {"request-1"}
    assert (lines[0]["count"], lines[0]["name"]) == (2, "evil\\u000aforged\\u202e")
    assert "KeyError" in lines[2]["exception"]
