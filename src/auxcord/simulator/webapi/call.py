"""One call of the Web API: who makes it, with which token, and what it asks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from auxcord.simulator.identifiers import Uri, is_base62_id, parse_uri
from auxcord.simulator.webapi.answers import ApiError, bad_id, missing
from auxcord.simulator.world.catalogue import MARKETS

if TYPE_CHECKING:
    from auxcord.simulator.oauth.apps import App
    from auxcord.simulator.simulation import Simulation
    from auxcord.simulator.world.catalogue import Catalogue
    from auxcord.simulator.world.people import Person

_MORE_MARKETS = """
AF AG AL AM AO AZ BB BD BF BH BI BJ BN BO BS BT BW BY BZ CD CG CI CM CN CU CV DJ DM ET FJ FM GA
GD GE GM GN GQ GT GW GY HN HT IQ JM KG KH KI KM KN KW KZ LA LC LI LK LR LS LY MC MD ME MG MH MK
ML MM MN MO MR MU MV MW MZ NA NE NI NP NR OM PA PG PR PS PW PY QA RW SB SC SL SM SN SR ST SV SZ
TD TG TJ TL TM TO TT TV UG UZ VC VE VU WS XK YE ZM ZW RU
"""
OTHER_MARKETS = frozenset(_MORE_MARKETS.split())
"""Countries that exist and have none of this world's music."""
LIBRARY_TYPES = frozenset({"track", "album", "episode", "show", "audiobook", "artist", "user", "playlist"})


class Lens(NamedTuple):
    """What decides how an object is shown.

    `reduced`: the app sees the fields of 2026. `market`: the country asked for, when one was. `resume`:
    whether
    resume points are shown.
    """

    base: str
    reduced: bool
    market: str | None
    user: Person | None
    resume: bool


@dataclass
class Call:
    """A request that has passed the gates; `params` are the decoded parts of the path."""

    simulation: Simulation
    app: App
    user: Person | None
    scopes: frozenset[str]
    method: str
    path: str
    params: dict[str, str]
    query: dict[str, str]
    body: bytes
    content_type: str
    base: str

    @property
    def catalogue(self) -> Catalogue:
        """What can be played."""
        return self.simulation.world.catalogue

    @property
    def me(self) -> Person:
        """The person whose token this is; operations that use it are closed to app tokens."""
        assert self.user is not None
        return self.user

    @cached_property
    def now(self) -> float:
        """The moment of the call, unix seconds."""
        return self.simulation.now()

    @property
    def reduced(self) -> bool:
        """Whether the app lives under the rules of 2026."""
        return self.app.profile == "development"

    @cached_property
    def lens(self) -> Lens:
        """How objects are shown to this caller."""
        resume = self.user is not None and "user-read-playback-position" in self.scopes
        return Lens(self.base, self.reduced, self.market(), self.user, resume)

    # -- parameters --------------------------------------------------------------------------------

    def market(self) -> str | None:
        """Give the country content is asked for.

        The account's own when a market is named, None when none is.
        """
        asked = self.query.get("market")
        if asked is None:
            return None
        if asked != "from_token" and asked not in MARKETS and asked not in OTHER_MARKETS:
            raise ApiError(400, "Invalid market code")
        return self.user.country if self.user else (None if asked == "from_token" else asked)

    @cached_property
    def country(self) -> str | None:
        """Where the listener is: the account's country, else the market asked for."""
        return self.user.country if self.user else self.market()

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        """Read a whole number from the query; outside its range it is refused."""
        text = self.query.get(name)
        if text is None:
            return default
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or not lowest <= int(text) <= highest:
            raise ApiError(400, f"Invalid {name}")
        return int(text)

    def limit(self, default: int = 20, highest: int = 50) -> int:
        """Read `limit`."""
        return self.number("limit", default, 1, highest)

    def offset(self, highest: int = 10_000_000) -> int:
        """Read `offset`."""
        return self.number("offset", 0, 0, highest)

    def need(self, name: str) -> str:
        """Read a query parameter that has to be there."""
        value = self.query.get(name)
        if not value:
            raise missing(name)
        return value

    def id(self, name: str = "id") -> str:
        """Read an id from the path; a malformed one is refused before anything is looked up."""
        value = self.params[name]
        if not is_base62_id(value):
            raise bad_id()
        return value

    def ids(self, highest: int) -> list[str]:
        """Read the `ids` of a batch call from the query."""
        return check_ids(self.need("ids").split(","), highest)

    def ids_anywhere(self, highest: int) -> list[str]:
        """Read `ids` from the query or else from the body (an object with `ids`, or a bare list)."""
        if self.query.get("ids"):
            return self.ids(highest)
        sent = self.json(default=None)
        listed = sent.get("ids") if isinstance(sent, dict) else sent
        if not isinstance(listed, list) or not listed:
            raise missing("ids")
        return check_ids([str(entry) for entry in listed], highest)

    def library_uris(self, highest: int = 40) -> list[Uri]:
        """Read the `uris` of a library call: in the query and nowhere else."""
        texts = [text.strip() for text in self.need("uris").split(",")]
        if len(texts) > highest:
            raise ApiError(400, f"Too many uris. Maximum: {highest}.")
        return [check_uri(text, LIBRARY_TYPES) for text in texts]

    def json(self, default: Any = missing) -> Any:
        """Read the JSON body; `default` stands for an empty one, which is otherwise refused."""
        if not self.body.strip():
            if default is missing:
                raise ApiError(400, "Error parsing JSON.")
            return default
        try:
            data = json.loads(self.body)
            if b"\\u" in self.body:
                json.dumps(data, ensure_ascii=False).encode()  # halves of surrogate pairs are not text
        except (ValueError, RecursionError):
            raise ApiError(400, "Error parsing JSON.") from None
        return data

    def fields_of_body(self) -> dict[str, Any]:
        """Read a JSON object from the body; an empty body counts as an empty object."""
        sent = self.json(default={})
        if not isinstance(sent, dict):
            raise ApiError(400, "Error parsing JSON.")
        return sent

    def require(self, *scopes: str) -> None:
        """Refuse unless the token has all these scopes."""
        if not self.scopes.issuperset(scopes):
            raise ApiError(403, "Insufficient client scope")


def check_ids(ids: list[str], highest: int) -> list[str]:
    """Refuse too many ids, and malformed ones."""
    if len(ids) > highest:
        raise ApiError(400, "Too many ids requested")
    if not all(is_base62_id(entry) for entry in ids):
        raise bad_id()
    return ids


def check_uri(text: str, types: frozenset[str]) -> Uri:
    """Refuse what is not a URI of one of these types, or has a malformed id."""
    uri = parse_uri(text)
    if uri is None or uri.type not in types:
        raise ApiError(400, f"Invalid or unsupported uri: {text}")
    if uri.type != "user" and not is_base62_id(uri.id):
        raise bad_id()
    return uri
