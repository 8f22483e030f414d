"""How a request that works is bent: drawn without knowing it, applied to whatever it is.

A bend is small, so that the rest of the request still leads deep into the server.
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from hypothesis import strategies as st

from tests.security.fuzzing.knocks import FORM, JSON, Knock
from tests.security.fuzzing.material import HEADERS, KINDS, METHODS, NOISE, SAID, TAILS, VALUES
from tests.tools.hostile import ANYTHING, TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.security.fuzzing.knocks import Pairs

    Bend = Callable[[Knock], Knock]

_LONGEST: Final = 9_000
values: Final = (
    st.sampled_from(VALUES)
    | st.sampled_from(SAID)
    | st.text(max_size=24)
    | st.sampled_from(TEXTS).map(lambda text: text[:_LONGEST])
)
places: Final = st.integers(0, 30)


def _at(pairs: Pairs, place: int, new: Callable[[str, str], Pairs]) -> Pairs:
    """Put something else in the place of one pair."""
    if not pairs:
        return pairs
    spot = place % len(pairs)
    return (*pairs[:spot], *new(*pairs[spot]), *pairs[spot + 1 :])


def _nibbled(text: str, where: int, value: str) -> str:
    spot = where % (len(text) + 1)
    return text[:spot] + value + text[spot + 1 :]


def _turned(pairs: Pairs, by: int) -> Pairs:
    """Give every name the value of another."""
    return tuple((name, pairs[(n + 1 + by) % len(pairs)][1]) for n, (name, _) in enumerate(pairs))


@st.composite
def _pair_bends(draw: st.DrawFn) -> Callable[[Pairs], Pairs]:
    """Something that is done to a list of names and values."""
    place, value, where = draw(places), draw(values), draw(places)
    one: dict[str, Callable[[str, str], Pairs]] = {
        "set": lambda name, _: ((name, value),),
        "set again": lambda name, _: ((name, value),),
        "drop": lambda _, __: (),
        "twice": lambda name, old: ((name, old), (name, old)),
        "double": lambda name, old: ((name, old), (name, value)),
        "name": lambda _, old: ((value, old),),
        "nibble": lambda name, old: ((name, _nibbled(old, where, value)),),
        "cut": lambda name, old: ((name, old[:where]),),
    }
    many: dict[str, Callable[[Pairs], Pairs]] = {
        "turn": lambda pairs: _turned(pairs, place),
        "more": lambda pairs: (*pairs, *((f"{value[:9]}{n}", value[:9]) for n in range(place * 4))),
        "one more": lambda pairs: (*pairs, (value, value)),
    }
    kind = draw(st.sampled_from([*one, *many]))
    return many[kind] if kind in many else lambda pairs: _at(pairs, place, one[kind])


def _inside(document: Any, steps: list[int], value: Any, *, drop: bool) -> Any:
    """Replace something within a document, some steps down."""
    whole = copy.deepcopy(document)
    at: Any = whole
    for depth, step in enumerate(steps):
        if not isinstance(at, dict | list) or not at:
            break
        key = list(at)[step % len(at)] if isinstance(at, dict) else step % len(at)
        if depth == len(steps) - 1 or not isinstance(at[key], dict | list) or not at[key]:
            if drop:
                del at[key]
            else:
                at[key] = value
            return whole
        at = at[key]
    return whole if drop else value


def _with_a_member_twice(document: dict[str, Any], step: int, value: Any) -> str:
    again = json.dumps({list(document)[step % len(document)]: value})
    return f"{json.dumps(document)[:-1]},{again[1:]}"


@st.composite
def _document_bends(draw: st.DrawFn) -> Bend:
    steps = draw(st.lists(places, min_size=1, max_size=4))
    value, name = draw(ANYTHING | values), draw(values)
    kind = draw(st.sampled_from(("set", "set", "drop", "key", "twice", "text", "other")))

    def bend(one: Knock) -> Knock:
        document = one.document
        if kind == "text" and document is not None:
            text = _nibbled(json.dumps(document), steps[0] * 7, name)
            return replace(one, raw=text.encode("utf-8", "surrogatepass"), kind=JSON)
        if kind == "twice" and isinstance(document, dict) and document:
            text = _with_a_member_twice(document, steps[0], value)
            return replace(one, raw=text.encode("utf-8", "surrogatepass"), kind=JSON)
        if kind == "key" and isinstance(document, dict):
            document = {**document, name: value}
        elif kind in {"set", "drop"} and document is not None:
            document = _inside(document, steps, value, drop=kind == "drop")
        elif document is not None:
            document = value
        return replace(one, document=document)

    return bend


def _as_it_was(one: Knock) -> str:
    """The content type that goes with the body a request has."""
    return one.kind or (FORM if one.form is not None else JSON)


def _in_json(one: Knock) -> Knock:
    return one if one.form is None else replace(one, form=None, document=dict(one.form))


def _in_a_form(one: Knock) -> Knock:
    if not isinstance(one.document, dict):
        return one
    pairs = tuple((str(name), str(value)) for name, value in one.document.items())
    return replace(one, form=pairs, document=None)


def _in_chunks(one: Knock) -> Knock:
    body = one.body()
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    headers = (*one.headers, ("Transfer-Encoding", "chunked"))
    return replace(one, raw=chunks, headers=headers, kind=_as_it_was(one))


@st.composite
def _body_bends(draw: st.DrawFn) -> Bend:
    said, where, raw = draw(st.sampled_from(KINDS)), draw(st.integers(0, 400)), draw(st.binary(max_size=60))
    much = b"&" + b"x" * (70_000 if where % 2 else 2_000)
    ways: dict[str, Bend] = {
        "kind": lambda one: replace(one, kind=said),
        "raw": lambda one: replace(one, raw=raw, kind=_as_it_was(one)),
        "cut": lambda one: replace(one, raw=one.body()[:where], kind=_as_it_was(one)),
        "long": lambda one: replace(one, raw=one.body() + much, kind=one.kind or FORM),
        "as json": _in_json,
        "as form": _in_a_form,
        "chunks": _in_chunks,
    }
    return ways[draw(st.sampled_from(sorted(ways)))]


@st.composite
def _header_bends(draw: st.DrawFn) -> Bend:
    added = (draw(st.sampled_from(HEADERS)), draw(st.sampled_from(SAID) | values))
    own, bend_own = draw(st.booleans()), draw(_pair_bends())

    def bend(one: Knock) -> Knock:
        return replace(one, headers=bend_own(one.headers) if own else (*one.headers, added))

    return bend


def _escaped(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


@st.composite
def _target_bends(draw: st.DrawFn) -> Bend:
    method, value, where = draw(st.sampled_from(METHODS)), draw(values), draw(places)
    tail = draw(st.sampled_from(TAILS) | values.map(_escaped))
    ways: dict[str, Bend] = {
        "method": lambda one: replace(one, method=method),
        "tail": lambda one: replace(one, tail=tail),
        "quoted": lambda one: replace(one, path="/" + "".join(f"%{ord(c):02x}" for c in one.path[1:])),
        "slashes": lambda one: replace(one, path="/" * (where + 1) + one.path),
        "absolute": lambda one: replace(one, path=f"http://{one.host}{one.path}"),
        "host": lambda one: replace(one, host=value),
        "nibble": lambda one: replace(one, path=_nibbled(one.path, where, _escaped(value))),
    }
    return ways[draw(st.sampled_from([*ways, "method", "tail"]))]


def _part(name: str) -> st.SearchStrategy[Bend]:
    """Bends of one part of a request that holds names and values."""

    def bend_of(change: Callable[[Pairs], Pairs]) -> Bend:
        def bend(one: Knock) -> Knock:
            pairs = getattr(one, name)
            return one if pairs is None else replace(one, **{name: change(pairs)})

        return bend

    return _pair_bends().map(bend_of)


_FIELDS: Final = _part("query") | _part("form") | _document_bends()
_AROUND: Final = _part("cookies") | _body_bends() | _header_bends() | _header_bends() | _target_bends()
distortions: Final[st.SearchStrategy[list[Bend]]] = st.lists(
    _FIELDS | _FIELDS | _FIELDS | _FIELDS | _AROUND, min_size=1, max_size=3
)
"""What is done to one request."""


@st.composite
def garbled(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """What noise does to the bytes of a request."""
    if draw(st.integers(0, 9)) == 0:
        noise = draw(st.binary(min_size=1, max_size=300))
        return lambda _: noise
    put = st.binary(max_size=12) | st.sampled_from(NOISE)
    hits = draw(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 12), put), min_size=1, max_size=4))

    def garble(sent: bytes) -> bytes:
        for where, length, more in hits:
            spot = where % (len(sent) + 1)
            sent = sent[:spot] + more + sent[spot + length :]
        return sent

    return garble
