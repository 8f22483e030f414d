"""Every kind of trouble Spotify or the network can give, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tests.reliability.fields import OPTIONAL_EVERYWHERE, REQUIRED_SOMEWHERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.operations import Row
    from tests.reliability.wire import Breakdown

DONE = "done"


class Due(NamedTuple):
    """What must come of a call: `done` or the code of an error; and how often its change has happened.

    `happened` is about the request that met the trouble; those before it have happened.
    """

    outcome: str
    happened: bool = False


Expected: TypeAlias = "Callable[[Row], Due]"


@dataclass(frozen=True)
class Trouble:
    """One kind of trouble.

    Args:
        name: What to call it.
        group: The heading it stands under.
        due: What must come of a call that meets it.
        fault: A rule for the simulator, without the requests it is about.
        then: Another one, for the requests after the one that the first rule struck.
        schedule: Rules of which each strikes one request, one after the other; None lets one pass.
        breakdown: How the network fails.
        times: How often it strikes; None = always.
        answers: Whether it answers in place of the change while saying that all is well: a lie no client can
            see through, so that changes are left out.
        spoils: Whether it spoils answers only, of refusals as well, which need no body to be understood.
    """

    name: str
    group: str
    due: Expected
    fault: dict[str, Any] = field(default_factory=dict)
    then: dict[str, Any] = field(default_factory=dict)
    schedule: tuple[dict[str, Any] | None, ...] = ()
    breakdown: Breakdown | None = None
    times: int | None = None
    answers: bool = False
    spoils: bool = False

    def fits(self, row: Row) -> bool:
        """Whether the row can meet it."""
        return row.kind == "read" or not self.answers


# --- What must come of it -----------------------------------------------------------------------------------


def _done(_row: Row) -> Due:
    return Due(DONE, happened=True)


def _refused(code: str) -> Expected:
    """Everything is refused, and nothing has happened."""
    return lambda _row: Due(code)


def _lost(*, passing: bool, happened: bool) -> Expected:
    """No answer came, once or always; the request took effect or did not."""

    def due(row: Row) -> Due:
        if row.kind == "post":
            return Due("ambiguous", happened)
        return Due(DONE, happened=True) if passing else Due("spotify_unavailable", happened)

    return due


def _unreadable(code: str) -> Expected:
    """The status came and the body did not: enough for a change, nothing for a read."""

    def due(row: Row) -> Due:
        if row.kind == "read":
            return Due(code)
        return Due(DONE if row.answer == "no" else "ambiguous", happened=True)

    return due


def _cut_once(row: Row) -> Due:
    return _done(row) if row.kind == "read" else _unreadable("")(row)


def _empty(row: Row) -> Due:
    return _done(row) if row.answer == "may" else _unreadable("spotify_answer_malformed")(row)


def _without_required(row: Row) -> Due:
    return _done(row) if row.lenient else _unreadable("spotify_answer_malformed")(row)


def _bare_object(row: Row) -> Due:
    return _done(row) if row.empty else _unreadable("spotify_answer_malformed")(row)


def _error(status: int, body: Any, code: str, name: str, **headers: str) -> Trouble:
    fault = {"kind": "status", "status": status, "body": body, "headers": headers}
    return Trouble(name, "Refusals", _refused(code), fault)


def _said(status: int, message: str, **more: str) -> dict[str, Any]:
    return {"error": {"status": status, "message": message, **more}}


_HTML = "<html><head><title>Error</title></head><body>nginx</body></html>"
_PREMIUM = "Active premium subscription required for the owner of the app."
_UNREGISTERED = "Check settings on developer.spotify.com/dashboard, the user may not be registered."
_MALFORMED = _unreadable("spotify_answer_malformed")
_UNAVAILABLE = _unreadable("spotify_unavailable")


def _twice(name: str, *, happened: bool, **trouble: Any) -> tuple[Trouble, Trouble]:
    """A loss that happens once, and one that goes on."""
    return (
        Trouble(f"{name}, once", "Network", _lost(passing=True, happened=happened), times=1, **trouble),
        Trouble(name, "Network", _lost(passing=False, happened=happened), **trouble),
    )


_NETWORK = (
    Trouble("slow, within our patience", "Network", _done, {"kind": "latency", "seconds": 9}),
    Trouble(
        "too slow, once", "Network", _lost(passing=True, happened=True), {"kind": "latency", "seconds": 20},
        times=1,
    ),
    Trouble("too slow", "Network", _lost(passing=False, happened=True), {"kind": "latency", "seconds": 20}),
    Trouble("refused, once", "Network", _done, breakdown="refused", times=1),
    Trouble("refused", "Network", _refused("spotify_unavailable"), breakdown="refused"),
    Trouble("no connection in time", "Network", _refused("spotify_unavailable"), breakdown="connect-timeout"),
    Trouble("no write in time", "Network", _lost(passing=False, happened=False), breakdown="write-timeout"),
    *_twice("hung up", happened=False, breakdown="hung-up"),
    *_twice("reset before", happened=False, fault={"kind": "reset-before"}),
    *_twice("reset after", happened=True, fault={"kind": "reset-after"}),
)  # fmt: skip


def _answer(name: str, due: Expected, *, times: int | None = None, **fault: Any) -> Trouble:
    return Trouble(name, "Answers", due, fault, times=times, spoils=True)


_ANSWERS = (
    _answer("truncated, once", _cut_once, kind="truncated", times=1),
    _answer("truncated", _UNAVAILABLE, kind="truncated"),
    Trouble("dripping", "Answers", _UNAVAILABLE, breakdown="dripping", spoils=True),
    Trouble("endless", "Answers", _MALFORMED, breakdown="endless", spoils=True),
    Trouble("huge", "Answers", _MALFORMED, {"kind": "huge", "size": 9_000_000}, answers=True),
    Trouble("broken zip", "Answers", _UNAVAILABLE, breakdown="half-zip", spoils=True),
    _answer("wrong content type", _done, kind="wrong-type"),
    _answer("garbage", _MALFORMED, kind="garbage"),
    _answer("an HTML page", _MALFORMED, kind="garbage", body=_HTML),
    _answer("a text", _MALFORMED, kind="garbage", body='"ok"'),
    _answer("null", _MALFORMED, kind="garbage", body="null"),
    _answer("a list of numbers", _MALFORMED, kind="garbage", body="[1, 2]"),
    _answer("nested without end", _MALFORMED, kind="garbage", body="[" * 20_000),
    _answer("an empty object", _bare_object, kind="garbage", body="{}"),
    _answer("nothing", _empty, kind="garbage", body=""),
    _answer("required fields missing", _without_required, kind="missing-fields", fields=REQUIRED_SOMEWHERE),
    _answer("optional fields missing", _done, kind="missing-fields", fields=OPTIONAL_EVERYWHERE),
    Trouble(
        "no content (204)", "Answers", _empty, {"kind": "status", "status": 204, "body": ""}, answers=True
    ),
)  # fmt: skip

_LIMITS = (
    *(
        Trouble(
            f"429, once, Retry-After {after}", "Limits", _done,
            {"kind": "rate-limited", "retry_after": after}, times=1,
        )
        for after in (2, None, "soon")
    ),
    Trouble(
        "429 as plain text, once", "Limits", _done,
        {"kind": "status", "status": 429, "body": "Too many requests", "headers": {"Retry-After": "1"}},
        times=1,
    ),
    *(
        Trouble(
            f"429, Retry-After {after}", "Limits", _refused("spotify_rate_limited"),
            {"kind": "rate-limited", "retry_after": after},
        )
        for after in (2, None, 3600)
    ),
    *(
        Trouble(
            f"quota used up, Retry-After {after}", "Limits", _refused("spotify_quota_exceeded"),
            {"kind": "quota", "retry_after": after},
        )
        for after in (48_925, None)
    ),
    Trouble("token refused, once", "Limits", _done, {"kind": "unauthorized"}, times=1),
    Trouble("token refused", "Limits", _refused("spotify_token_refused"), {"kind": "unauthorized"}),
)  # fmt: skip


def _failing(name: str, *, times: int | None, **fault: Any) -> Trouble:
    due = _lost(passing=times is not None, happened=False)
    return Trouble(name, "Failures", due, {"kind": "server-error", **fault}, times=times)


_FAILURES = (
    _failing("502, once", times=1),
    _failing("502, twice", times=2),
    _failing("502", times=None),
    _failing("500", times=None, status=500),
    _failing("503, once, Retry-After 3", times=1, status=503, retry_after=3),
    _failing("503, Retry-After 3600", times=None, status=503, retry_after=3600),
    _failing("504", times=None, status=504),
    Trouble(
        "408, once", "Failures", _lost(passing=True, happened=False),
        {"kind": "status", "status": 408, "body": _HTML}, times=1,
    ),
)  # fmt: skip


def _then(code: str, name: str, *, happened: bool = True, **then: Any) -> Trouble:
    """An answer is lost, and asking again is refused: whether the change happened is still unknown."""

    def due(row: Row) -> Due:
        return Due("ambiguous" if row.kind == "post" else code, happened)

    first = "reset after" if happened else "502"
    fault = {"kind": "reset-after" if happened else "server-error"}
    return Trouble(f"{first}, then {name}", "Failures", due, fault, then, times=1)


_IN_A_ROW = (
    _then("spotify_rate_limited", "429", kind="rate-limited", retry_after=3600),
    _then("spotify_rate_limited", "429", happened=False, kind="rate-limited", retry_after=3600),
    _then("spotify_quota_exceeded", "quota used up", kind="quota", retry_after=48_925),
    _then("spotify_unavailable", "503", kind="server-error", status=503, retry_after=3600),
    _then("spotify_forbidden", "403", kind="status", status=403, body=_said(403, "Forbidden")),
    _then("not_found", "404", kind="status", status=404, body=""),
    *(
        Trouble(f"{name}, then reset after", "Failures", _lost(passing=False, happened=True), first,
                {"kind": "reset-after"}, times=1)
        for name, first in (
            ("401", {"kind": "unauthorized"}),
            ("429", {"kind": "rate-limited", "retry_after": 1}),
        )
    ),
)  # fmt: skip

_REFUSALS = (
    _error(400, _said(400, "Invalid base62 id"), "spotify_bad_request", "400"),
    _error(400, "", "spotify_bad_request", "400, empty"),
    _error(400, _HTML, "spotify_bad_request", "400, HTML"),
    _error(400, "Bad request", "spotify_bad_request", "400, plain text"),
    _error(403, _said(403, "Insufficient client scope"), "insufficient_scope", "403, scope"),
    _error(403, _PREMIUM, "spotify_owner_premium_required", "403, owner without Premium"),
    _error(403, _UNREGISTERED, "spotify_user_not_registered", "403, not on the list"),
    _error(
        403,
        _said(403, "Player command failed: Premium required", reason="PREMIUM_REQUIRED"),
        "premium_required",
        "403, Premium",
    ),
    _error(403, _said(403, "Forbidden"), "spotify_forbidden", "403"),
    _error(403, "", "spotify_forbidden", "403, empty"),
    _error(403, _HTML, "spotify_forbidden", "403, HTML"),
    _error(404, _said(404, "Resource not found"), "not_found", "404"),
    _error(404, "", "not_found", "404, empty"),
    _error(404, _HTML, "not_found", "404, HTML"),
    _error(
        404,
        _said(404, "Player command failed: No active device found", reason="NO_ACTIVE_DEVICE"),
        "no_active_device",
        "404, no device",
    ),
    _error(405, _said(405, "Method not allowed"), "spotify_refused", "405"),
    _error(409, "", "spotify_refused", "409"),
    _error(411, _HTML, "spotify_bad_request", "411"),
    _error(413, "Payload too large", "spotify_bad_request", "413"),
    _error(304, "", "spotify_answer_malformed", "304, unasked"),
    *(
        _error(
            code, "", "spotify_answer_malformed", f"{code} elsewhere", Location="https://elsewhere.test/v1/me"
        )
        for code in (301, 302, 303, 307, 308)
    ),
)

TROUBLES: tuple[Trouble, ...] = (
    *_NETWORK, *_ANSWERS, *_LIMITS, *_FAILURES, *_IN_A_ROW, *_REFUSALS,
)  # fmt: skip
