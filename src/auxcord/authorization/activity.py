"""What happened to a person's account, from the audit trail, in words for the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from auxcord.audit import Event
from auxcord.audit.lines import Details

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from auxcord.audit.lines import Line

_WORDS: Final[Mapping[str, str]] = {
    Event.SIGNED_IN: "You signed in.",
    Event.CONSENT_GIVEN: "You gave {app} access.",
    Event.CONSENT_CHANGED: "You changed what {app} may do.",
    Event.DATA_DOWNLOADED: "You downloaded your data.",
    Event.TOKEN_ISSUED: "{app} was connected.",
    Event.TOKEN_REFRESHED: "{app} renewed its access.",
    Event.TOKEN_REUSED: "A key of {app} was used twice, as happens when somebody has copied it.",
    Event.CODE_REPLAYED: "A one-time code of {app} was used twice, as happens when somebody has copied it.",
    Event.PERMISSION_DENIED: "{app} tried to {tool}, which you did not allow. It was refused.",
    Event.DESTRUCTIVE_TOOL: "{app} was about to {tool}.",
    Event.LINK_MADE: "Your Spotify account was linked.",
    Event.LINK_RENEWED: "The link to your Spotify account was renewed.",
    Event.LINK_LOST: "Spotify ended the link to your account.",
    Event.DATA_KEY_ROTATED: "The key that protects your data was made anew.",
    Event.RECORD_CORRUPT: "Something kept about you could not be read.",
}
_ENDED: Final[Mapping[str, str]] = {
    "person": "You removed the access of {app}.",
    "client": "{app} gave its access back.",
    "operator": "Whoever runs this server ended the access of all apps.",
}
_ALARMING: Final = frozenset({Event.TOKEN_REUSED, Event.CODE_REPLAYED, Event.LINK_LOST, Event.RECORD_CORRUPT})


class Happening(NamedTuple):
    """One entry of the list.

    Attributes:
        at: Unix seconds; of several of the same, the newest.
        sentence: What happened.
        times: How often in a row.
        is_alarming: Whether the person should look.
    """

    at: float
    sentence: str
    times: int
    is_alarming: bool


def clients_in(lines: Iterable[Line]) -> set[str]:
    """Name the clients that lines are about."""
    return {details.client for line in lines if (details := line.details) and details.client}


def happenings(lines: Iterable[Line], name_of: Callable[[str | None], str]) -> list[Happening]:
    """Tell lines in words; the same several times in a row is one entry.

    Args:
        lines: Of one person, newest first.
        name_of: Tells what to call a client.
    """
    told: list[Happening] = []
    for happening in _each(lines, name_of):
        if told and told[-1].sentence == happening.sentence:
            told[-1] = told[-1]._replace(times=told[-1].times + 1)
        else:
            told.append(happening)
    return told


def _each(lines: Iterable[Line], name_of: Callable[[str | None], str]) -> Iterator[Happening]:
    for line in lines:
        details = line.details or Details()
        words = _words(line.event, details)
        if words is not None:
            tool = (details.tool or "something").replace("_", " ")
            sentence = words.format(app=name_of(details.client), tool=tool)
            yield Happening(line.at, _begun(sentence), 1, line.event in _ALARMING)


def _begun(sentence: str) -> str:
    """Begin with a capital, but leave a client's own name as it writes it."""
    return f"A{sentence[1:]}" if sentence.startswith("an app ") else sentence


def _words(event: str, details: Details) -> str | None:
    if event == Event.ACCESS_REVOKED:
        return _ENDED.get(details.facts.get("by", ""), "The access of {app} was ended to protect you.")
    return _WORDS.get(event)
