"""Everything one simulator knows and remembers."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from auxcord.simulator.clock import Clock
from auxcord.simulator.faults import Faults
from auxcord.simulator.limits import Limits
from auxcord.simulator.oauth.apps import App, default_app
from auxcord.simulator.oauth.tokens import TokenBook
from auxcord.simulator.request_log import RequestLog
from auxcord.simulator.settings import Profile, Settings
from auxcord.simulator.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from auxcord.simulator.world.people import Person


class Simulation:
    """The state behind one simulated Spotify.

    Args:
        seed: Decides the whole world.
        profile: The access mode of the app that is registered from the start.
        settings: The knobs at the start; `reset` returns to them.
        clock: Where time comes from, unix seconds.
    """

    def __init__(
        self, *, seed: int, profile: Profile, settings: Settings, clock: Callable[[], float] = time.time
    ) -> None:
        self.seed = seed
        self._profile: Profile = profile
        self._first_settings = settings
        self.clock = Clock(clock)
        self.settings = replace(settings, quotas=dict(settings.quotas))
        self._begin()

    def _begin(self) -> None:
        self.world = World(self.seed, self.clock.now())
        first = default_app(self._profile)
        self.apps: dict[str, App] = {first.client_id: first}
        self.tokens = TokenBook()
        self.log = RequestLog()
        self.faults = Faults(self.seed)
        self.limits = Limits()
        self.auto_approve: str | None = None
        self.pending: dict[str, object] = {}
        self.writes = 0

    def reset(self) -> None:
        """Return to the first moment: world, apps, tokens, faults, limits, log and knobs.

        The clock keeps its time.
        """
        for knob in fields(Settings):
            setattr(self.settings, knob.name, getattr(self._first_settings, knob.name))
        self.settings.quotas = dict(self._first_settings.quotas)
        self._begin()

    def now(self) -> float:
        """Say what time it is here, unix seconds."""
        return self.clock.now()

    def sign_in_choices(self) -> list[Person]:
        """List the people who can sign in."""
        return [person for person in self.world.people.values() if person.sketch.signs_in]
