"""Both witnesses, heard in every access mode; what they said, held against the description."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auxcord.spotify.scopes import SpotifyScope

from .checks import answer_differences, request_differences
from .client_driver import ClientRun, drive_client
from .differences import Difference, Finding, Kind
from .edition import Edition
from .lab import Lab
from .operation_driver import OperationDriver, Trial
from .recipes import recipes

if TYPE_CHECKING:
    from .document import Description
    from .exchanges import Exchange
    from .facts import Profile


@dataclass
class Tally:
    """What was seen of one operation in one access mode."""

    methods: set[str] = field(default_factory=set)
    cases: dict[str, int] = field(default_factory=dict)
    """Case and status of everything the operation driver tried; the number of times."""
    successes: set[int] = field(default_factory=set)
    closed: int | None = None
    """The status with which it is closed to this app."""
    requests: int = 0
    """Valid requests of the operation driver."""
    answers: int = 0
    """Answers to any of its requests."""
    exchanges: int = 0
    """Requests of our client, each with its answer."""


@dataclass
class Run:
    """What was seen in one access mode."""

    profile: Profile
    edition: Edition
    client: ClientRun
    findings: list[Finding] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)

    def tally(self, operation_id: str) -> Tally:
        """The tally of an operation."""
        return self.tallies.setdefault(operation_id, Tally())


async def run(description: Description, profile: Profile) -> Run:
    """Hear both witnesses in one access mode."""
    async with Lab.opened(profile) as lab:
        sample = await lab.sample()
        trials = await OperationDriver(description, lab, sample, recipes(sample)).run()
    async with Lab.opened(profile) as lab:
        client = await drive_client(lab, await lab.sample())
    seen = Run(profile, Edition(description, profile), client)
    for trial in trials:
        _hear_simulator(description, seen, trial)
    for drive in client.drives:
        for exchange in drive.exchanges:
            _hear_client(description, seen, drive.method, exchange)
        if drive.failure:
            ended = Difference("answer", Kind.OUTCOME, "client", drive.failure)
            seen.findings.append(Finding("-", profile, drive.method, ended))
    return seen


def _hear_simulator(description: Description, seen: Run, trial: Trial) -> None:
    operation, exchange = trial.operation, trial.exchange
    tally = seen.tally(operation.id)
    differences: set[Difference] = set()
    match = description.find(exchange.method, exchange.path)
    assert match is not None
    if trial.valid:
        differences |= request_differences(seen.edition, match, exchange)
        tally.requests += 1
    differences |= answer_differences(seen.edition, operation, exchange)
    tally.answers += 1
    if exchange.status not in trial.expected:
        detail = f"expected {' or '.join(map(str, trial.expected))}"
        differences.add(Difference("answer", Kind.OUTCOME, f"{trial.case}: {exchange.status}", detail))
    case = f"{exchange.status} {trial.case}"
    tally.cases[case] = tally.cases.get(case, 0) + 1
    if trial.succeeded:
        tally.successes.add(exchange.status)
    if trial.case == "closed" and exchange.status in trial.expected:
        tally.closed = exchange.status
    seen.findings += [Finding(operation.id, seen.profile, trial.case, each) for each in differences]


def _hear_client(description: Description, seen: Run, method: str, exchange: Exchange) -> None:
    match = description.find(exchange.method, exchange.path)
    if match is None:
        unknown = Difference("request", Kind.UNKNOWN_OPERATION, f"{exchange.method} {exchange.path}")
        seen.findings.append(Finding("-", seen.profile, method, unknown))
        return
    operation = match.operation
    tally = seen.tally(operation.id)
    tally.methods.add(method)
    tally.exchanges += 1
    differences = request_differences(seen.edition, match, exchange)
    differences |= answer_differences(seen.edition, operation, exchange)
    seen.findings += [Finding(operation.id, seen.profile, method, each) for each in differences]


def scope_complaints(description: Description) -> list[str]:
    """Scopes only one of the description and our client knows."""
    ours, theirs = {str(scope) for scope in SpotifyScope}, description.scopes
    return [
        *(f"our client knows the scope {scope}, the description does not" for scope in sorted(ours - theirs)),
        *(f"the description knows the scope {scope}, our client does not" for scope in sorted(theirs - ours)),
    ]
