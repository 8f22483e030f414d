"""The simulator's knobs; the control API turns them while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Profile = Literal["development", "legacy-development", "extended"]
PROFILES: tuple[Profile, ...] = ("development", "legacy-development", "extended")
Rotation = Literal["none", "always", "sometimes"]
PlayerAnswers = Literal["documented", "opaque", "mixed"]


@dataclass
class Settings:
    """How the simulated Spotify behaves where the real one varies. Durations are seconds."""

    latency: float = 0.0
    """Real time every answer takes at least."""
    player_lag: float = 0.2
    """How long after a player write a read still shows the old state (simulator's clock)."""
    items_lag: float = 0.0
    """How long after a playlist write a read still shows the old items (simulator's clock)."""
    snapshot_lag: float = 30.0
    """How long after a playlist write a read shows neither the old nor the new snapshot id.

    Simulator's clock.
    """
    player_answers: PlayerAnswers = "documented"
    """Player writes answer 204 (documented), 200 with opaque text (opaque), or by turns (mixed)."""
    access_seconds: int = 3600
    """How long access tokens issued from now on live (simulator's clock)."""
    rotation: Rotation = "none"
    """Whether a refresh answers with a new refresh token and ends the old one.

    Sometimes = every second time.
    """
    secret_with_verifier: bool = True
    """Whether a token request may carry a client secret and a PKCE verifier together (both are checked)."""
    idle_after: float = 1800.0
    """How long a paused device stays the active one (simulator's clock)."""
    rate_limit: int = 100_000
    """Calls an app may make in any 30 seconds."""
    cover_limit: int = 100
    """Playlist covers an app may upload in any 30 seconds, a limit of its own."""
    private_reads_public: bool = False
    """Whether a playlist made private goes on reading as public, as has been seen."""
    quota: int | None = None
    """Calls a developer account may make to one endpoint family in any 24 hours; None = no limit."""
    quotas: dict[str, int] = field(default_factory=dict)
    """Quotas of single endpoint families, by path template, such as `/playlists/{playlist_id}/items`."""
