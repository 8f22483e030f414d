"""Says what is wrong: differences nobody declared, declarations nothing needs, operations nobody saw."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from auxcord.simulator.webapi.surface import OPERATIONS

from .corrections import CORRECTIONS, RENAMED, Correction
from .coverage import REPLACED, WITHOUT_REPLACEMENT, reason_unused
from .differences import Finding, Kind
from .facts import ALWAYS_THERE, LIVE_FIELDS, NARROWED, NEVER_SENT, REMOVED, REMOVED_FROM
from .operation_driver import is_closed
from .runs import scope_complaints

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .document import Description, Operation
    from .runs import Run


class Verdict:
    """The outcome of the whole check.

    Args:
        description: What was held against.
        runs: One for each access mode.
        corrections: The declared differences.
    """

    def __init__(
        self, description: Description, runs: Sequence[Run], corrections: Sequence[Correction] = CORRECTIONS
    ) -> None:
        self._description = description
        self.runs = runs
        self._corrections = corrections
        self.used: Counter[Correction] = Counter()
        self._matched: dict[Correction, set[tuple[str, str]]] = defaultdict(set)
        self.undeclared = [
            finding for run in runs for finding in run.findings if not self._is_declared(finding)
        ]

    def _is_declared(self, finding: Finding) -> bool:
        fitting = [each for each in self._corrections if each.explains(finding)]
        for correction in fitting:
            self.used[correction] += 1
            self._matched[correction].update(correction.matched(finding))
        return bool(fitting)

    def problems(self) -> Iterator[str]:
        """Everything that is wrong, a line each; nothing when all is well."""
        yield from _grouped(self.undeclared)
        yield from self._dead_corrections()
        yield from self._dead_facts()
        yield from self._uncovered()
        yield from self._unsent()
        yield from self._client_gaps()
        yield from scope_complaints(self._description)

    # -- declarations that nothing needs -------------------------------------------------------------------

    def _dead_corrections(self) -> Iterator[str]:
        for correction in self._corrections:
            for kind, name in correction.parts():
                if (kind, name) not in self._matched[correction]:
                    what = f"{correction.side}: {correction.kind}: {correction.places[0]}"
                    yield f"dead correction ({what}): {kind} {name} matches nothing"

    def _dead_facts(self) -> Iterator[str]:
        used = {each for run in self.runs for each in run.edition.used}
        seen = {place for run in self.runs for place in run.edition.schemas.seen}
        reduced = {
            place for run in self.runs if run.profile in REMOVED_FROM for place in run.edition.schemas.seen
        }
        for name, fields in ALWAYS_THERE.items():
            yield from (f"dead fact: {name}.{each} is required already, or unknown" for each in fields
                        if (name, each) not in used)  # fmt: skip
            if name not in seen:
                yield f"dead fact: no {name} was seen in any answer"
        for name, fields in REMOVED.items():
            yield from (f"dead fact: {name}.{each} cannot be removed, it is not there" for each in fields
                        if (name, each) not in used)  # fmt: skip
            if name not in reduced:
                yield f"dead fact: no {name} was seen by an app it was cut for"
        for live in LIVE_FIELDS:
            yield from (f"dead fact: no {name} with {live.name} was seen" for name in live.objects
                        if f"{name}.{live.name}" not in seen)  # fmt: skip
        for narrowing in NARROWED:
            if (f"{narrowing.where}.{narrowing.name}", narrowing.reason) not in used:
                yield f"dead fact: no valid request had a {narrowing.where} parameter {narrowing.name}"
        known = {operation.id for operation in self._description.operations}
        yield from (
            f"dead fact: nothing is renamed to {name}" for name in RENAMED.values() if name not in known
        )

    # -- what nobody saw -----------------------------------------------------------------------------------

    def _uncovered(self) -> Iterator[str]:
        declared = {operation.id for operation in OPERATIONS}
        known = set(self._description.ids)
        yield from (f"the simulator has {each}, the description has not" for each in sorted(declared - known))
        yield from (f"the simulator has no {each}" for each in self._description.ids if each not in declared)
        for operation in self._description.operations:
            for run in self.runs:
                yield from self._unseen(operation, run)

    def _unsent(self) -> Iterator[str]:
        seen = {place for run in self.runs for place in run.edition.schemas.seen}
        places = {place for run in self.runs for place in run.edition.schemas.places}
        yield from (
            f"no answer of the simulator has {each}" for each in sorted(places - seen - NEVER_SENT.keys())
        )
        yield from (f"dead fact: {each} is sent after all" for each in NEVER_SENT if each in seen)
        yield from (f"dead fact: {each} is unknown" for each in NEVER_SENT if each not in places)

    @staticmethod
    def _unseen(operation: Operation, run: Run) -> Iterator[str]:
        tally = run.tally(operation.id)
        where = f"{operation.id} [{run.profile}]"
        if is_closed(operation, run.profile):
            if tally.closed is None:
                yield f"{where}: was not seen to be closed"
            return
        for status in operation.success:
            if status not in tally.successes:
                yield f"{where}: no {status} was seen"

    def _client_gaps(self) -> Iterator[str]:
        used = {key for run in self.runs for key, tally in run.tallies.items() if tally.methods}
        for run in self.runs:
            yield from (f"client [{run.profile}]: nobody calls {name}" for name in run.client.undriven)
            for operation_id in self._description.ids:
                tally = run.tally(operation_id)
                if not tally.methods and tally.closed is None and reason_unused(operation_id) is None:
                    yield f"{operation_id} [{run.profile}]: no method of the client uses it"
        for name in (*REPLACED, *WITHOUT_REPLACEMENT):
            if name in used:
                yield f"the client uses {name} after all; its excuse can go"
        for name, instead in REPLACED.items():
            if instead not in used:
                yield f"{name} is said to be replaced by {instead}, which the client does not use"


def _grouped(findings: Sequence[Finding]) -> Iterator[str]:
    """Differences of the same kind at the same place, told once."""
    groups: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        side, kind, place, _ = finding.difference
        groups[side, kind, finding.operation if kind is Kind.OUTCOME else place].append(finding)
    for found in sorted(groups.values(), key=lambda each: str(each[0].difference)):
        operations = sorted({finding.operation for finding in found})
        places = sorted({finding.difference.place for finding in found})
        more = (
            f"; {len(found)} in all, at {', '.join(places)}, in {', '.join(operations)}"
            if len(found) > 1
            else ""
        )
        yield f"undeclared: {found[0]}{more}"
