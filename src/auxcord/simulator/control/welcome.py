"""The small page that explains what this is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from auxcord.simulator.accounts.pages import page
from auxcord.simulator.clock import iso_utc

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from auxcord.simulator.simulation import Simulation


async def welcome(request: Request) -> Response:
    """GET /: what this is, who lives here, and where to point a program."""
    simulation: Simulation = request.app.state.simulation
    origin = f"{request.url.scheme}://{request.url.netloc}"
    people = "".join(
        f"<tr><td><code>{escape(person.handle)}</code></td>"
        f"<td>{escape(person.sketch.display_name or '-')}</td>"
        f"<td>{person.country}</td><td>{'Premium' if person.premium else 'free'}</td></tr>"
        for person in simulation.sign_in_choices()
    )
    return page(
        "A Spotify that is not Spotify",
        "<p>This is the simulator that comes with Auxcord: sign-in, Web API and player of a music service "
        "whose artists, listeners and songs are all invented. Nothing here reaches the internet or any real "
        "account.</p>"
        f"<h2>Point a program here</h2><ul><li>Accounts service: <code>{escape(origin)}</code></li>"
        f"<li>Web API: <code>{escape(origin)}/v1</code></li>"
        f"<li>Control: <code>{escape(origin)}/_simulator/…</code>, from this machine only</li></ul>"
        "<h2>Who can sign in</h2>"
        "<table><thead><tr><th>Handle</th><th>Name</th><th>Country</th><th>Plan</th></tr></thead>"
        f"<tbody>{people}</tbody></table>"
        f'<p class="soft">World {simulation.seed}, {len(simulation.log)} requests so far, '
        f"simulated time {iso_utc(simulation.now())}.</p>",
    )
