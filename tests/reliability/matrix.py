"""One cell of the fault matrix: a call that meets trouble, what came of it, and whether that was right."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from auxcord.errors import AuxcordError
from auxcord.spotify.transport import Transport
from auxcord.spotify.wire import TOTAL
from tests.reliability.exceptions import due_of
from tests.reliability.lab import CEILING, ORIGIN, Lab
from tests.reliability.reads import READS
from tests.reliability.troubles import DONE, TROUBLES
from tests.reliability.writes import WRITES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auxcord.simulator.settings import Profile
    from tests.reliability.operations import Row
    from tests.reliability.troubles import Trouble

ROWS: tuple[Row, ...] = (*READS, *WRITES)
SECONDS_A_REQUEST = CEILING + TOTAL
"""Longest time one request may take, whatever happens: waiting for its turn, and exchanges with Spotify."""
LEFT_OPEN = ("asking for it again is safe", "may have taken effect")
"""Words by which an error leaves open what happened."""
REAL_SECONDS = 5.0
"""Longest time a case may take by our own clock; it should take some milliseconds."""


@dataclass
class Case:
    """What came of a call.

    Attributes:
        outcome: `done`, the code of an error, or the name of an exception nobody foresaw.
        effect: How often the change happened: `0`, `1`, a part such as `1/3`; empty for reads.
        seconds: How long the call took by the simulated clock.
        took: How long the whole case took by ours.
        requests: How many requests were sent.
        wrong: What was not right, in words, by kind.
    """

    row: Row
    trouble: Trouble
    profile: Profile
    outcome: str = ""
    effect: str = ""
    seconds: float = 0.0
    took: float = 0.0
    requests: int = 0
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        """Outcome and effect as one word."""
        return f"{self.outcome} {self.effect}".strip()

    def __str__(self) -> str:
        about = f"{self.row.name} meets {self.trouble.name!r} [{self.profile}]: {self.cell}"
        return "; ".join([about, *(f"{kind}: {words}" for kind, words in self.wrong.items())])


async def cases_of(row: Row, profile: Profile) -> list[Case]:
    """Everything that can happen to one row."""
    return [await run_case(row, trouble, profile) for trouble in TROUBLES if trouble.fits(row)]


async def run_case(row: Row, trouble: Trouble, profile: Profile, *, way: type[Transport] = Transport) -> Case:
    """Make one call while there is trouble, and judge it; `way` is the class of the client's transport."""
    began = time.perf_counter()
    case = Case(row, trouble, profile)
    async with Lab.opened(profile, way=way) as lab:
        if row.prepare is not None:
            await row.prepare(lab)
        before = row.watch.look(lab) if row.watch else None
        await _arrange(lab, row, trouble)
        start = lab.now()
        error = await _outcome(case, row, lab)
        case.seconds = lab.now() - start
        case.requests = len(lab.wire.sent)
        await lab.wire.settle()
        if row.watch is not None:
            case.effect = row.watch.count(before, row.watch.look(lab), lab.sample)
        case.wrong |= _secrets(error, lab) | _strangers(lab)
    case.took = time.perf_counter() - began
    case.wrong |= _judged(case, error)
    return case


async def _arrange(lab: Lab, row: Row, trouble: Trouble) -> None:
    rules = [(trouble.fault, trouble.times, row.skip), (trouble.then, None, row.skip)]
    passing = row.skip
    for fault in trouble.schedule:
        rules += [(fault, 1, passing)] if fault else []
        passing += fault is None  # a request that one rule has struck is not counted by the others
    for fault, times, skip in rules:
        if fault:
            await lab.control("POST", "/faults", path="/v1/*", times=times, skip=skip, **fault)
    lab.wire.breakdown, lab.wire.times, lab.wire.skip = trouble.breakdown, trouble.times, row.skip


async def _outcome(case: Case, row: Row, lab: Lab) -> BaseException | None:
    try:
        await row.call(lab.client, lab)
    except AuxcordError as error:
        case.outcome = error.code
        return error
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what the matrix looks for
        case.outcome = type(error).__name__
        case.wrong["untyped"] = f"{type(error).__name__} is no error of ours"
        return error
    case.outcome = DONE
    return None


# --- What is never right ------------------------------------------------------------------------------------


def _secrets(error: BaseException | None, lab: Lab) -> dict[str, str]:
    """Tokens in an error, in anything it was raised from, or in anything those hold."""
    for one in chain(error):
        held = [str(one), repr(one), *map(str, one.args), *(repr(value) for value in vars(one).values())]
        if any(token in text for token in lab.tokens.issued for text in held):
            return {"secret": f"a token in {type(one).__name__}"}
        if hasattr(one, "request"):
            return {"secret": f"{type(one).__name__} holds the request, and with it the token"}
    return {}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and everything it was raised from, or beside."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
        yield one


def _strangers(lab: Lab) -> dict[str, str]:
    """Requests to anybody else than the configured Spotify."""
    elsewhere = {str(sent.url) for sent in lab.wire.sent if not str(sent.url).startswith(f"{ORIGIN}/v1/")}
    return {"elsewhere": f"asked {', '.join(sorted(elsewhere))}"} if elsewhere else {}


def _judged(case: Case, error: BaseException | None) -> dict[str, str]:
    wrong: dict[str, str] = {}
    row = case.row
    ceiling = SECONDS_A_REQUEST * row.requests
    if case.seconds > ceiling:
        wrong["hang"] = f"took {case.seconds:.1f} s, more than {ceiling:.0f}"
    if case.took > REAL_SECONDS:
        wrong["hang"] = f"took {case.took:.1f} s of real time"
    if row.watch is not None:
        wrong |= _claims(case, str(error))
    due, effect = due_of(row, case.trouble, case.profile)
    if (case.outcome, case.effect) != (due, effect):
        wrong["unexpected"] = f"due is {due} {effect}".rstrip()
    return wrong


def _claims(case: Case, sentence: str) -> dict[str, str]:
    """Hold what a change was said to have done against what it did."""
    if case.effect not in {"0", "1"} and "/" not in case.effect:
        return {"duplicate": f"happened {case.effect} times"}
    if case.outcome == DONE:
        return {} if case.effect == "1" else {"lost": "said to be done"}
    is_open = case.outcome == "ambiguous" or any(words in sentence for words in LEFT_OPEN)
    return {} if is_open or case.effect == "0" else {"denied": f"said not to be done: {sentence}"}


def figures(cases: list[Case]) -> dict[str, Any]:
    """What the matrix is about, in numbers."""
    kinds = [kind for case in cases for kind in case.wrong]
    return {
        "cases run": len(cases),
        "duplicates": kinds.count("duplicate"),
        "lost writes reported as done": kinds.count("lost"),
        "writes denied that happened": kinds.count("denied"),
        "hangs": kinds.count("hang"),
        "untyped errors": kinds.count("untyped"),
        "tokens in errors": kinds.count("secret"),
        "requests to strangers": kinds.count("elsewhere"),
        "other than expected": kinds.count("unexpected"),
        "longest call, simulated s": round(max(case.seconds for case in cases), 1),
        "longest case, real ms": round(1000 * max(case.took for case in cases)),
    }
