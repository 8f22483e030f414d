"""GET and POST /authorize: the page where a person picks an account and agrees, or does not."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.responses import RedirectResponse, Response

from auxcord.simulator.accounts import pages
from auxcord.simulator.oauth.apps import is_insecure
from auxcord.simulator.oauth.tokens import CODE_SECONDS, SCOPES, Code, Consent

if TYPE_CHECKING:
    from starlette.requests import Request

    from auxcord.simulator.oauth.apps import App
    from auxcord.simulator.simulation import Simulation

SESSION_COOKIE = "simulator_session"
TICKET_SECONDS = 600.0
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class SignIn:
    """A sign-in somebody has begun."""

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str | None
    show_dialog: bool
    begun_at: float


@dataclass(frozen=True)
class _Bad:
    """A sign-in that goes back to the app at once, with an error."""

    error: str
    description: str | None = None


async def authorize(request: Request) -> Response:
    """Begin (GET) or finish (POST) a sign-in."""
    if request.method == "POST":
        return await _finish(request)
    simulation: Simulation = request.app.state.simulation
    query = request.query_params
    app = simulation.apps.get(query.get("client_id", ""))
    if app is None:
        return pages.refusal("INVALID_CLIENT: Invalid client")
    redirect_uri = query.get("redirect_uri", "")
    if redirect_uri and is_insecure(redirect_uri):
        return pages.refusal("INVALID_CLIENT: Insecure redirect URI")
    if not app.accepts_redirect(redirect_uri):
        return pages.refusal("INVALID_CLIENT: Invalid redirect URI")
    begun = _read(request, app, redirect_uri, simulation.now())
    if isinstance(begun, _Bad):
        return _back(redirect_uri, query.get("state"), error=begun.error, error_description=begun.description)
    return _decide(request, simulation, begun)


def _read(request: Request, app: App, redirect_uri: str, now: float) -> SignIn | _Bad:
    query = request.query_params
    if query.get("response_type") != "code":
        return _Bad("unsupported_response_type", "response_type must be code")
    scopes = tuple(query.get("scope", "").split())
    if any(scope not in SCOPES for scope in scopes):
        return _Bad("invalid_scope", "Illegal scope")
    challenge, method = query.get("code_challenge"), query.get("code_challenge_method")
    if (challenge is None) != (method is None) or method not in {None, "S256"}:
        return _Bad("invalid_request", "code_challenge_method must be S256")
    if challenge is not None and not _CHALLENGE.fullmatch(challenge):
        return _Bad("invalid_request", "Invalid code_challenge")
    dialog = query.get("show_dialog", "false").lower() == "true"
    return SignIn(app, redirect_uri, tuple(dict.fromkeys(scopes)), query.get("state"), challenge, dialog, now)


def _decide(request: Request, simulation: Simulation, begun: SignIn) -> Response:
    """Redirect at once where the person need not be asked, else show the page."""
    automatic = simulation.auto_approve
    handle = automatic or request.cookies.get(SESSION_COOKIE)
    if handle in simulation.world.people and handle is not None:
        standing = simulation.tokens.consent(begun.app.client_id, handle, simulation.now())
        if standing is not None and not begun.show_dialog and standing.scopes.issuperset(begun.scopes):
            return _approved(simulation, begun, standing)
        if automatic:
            return _approved(simulation, begun, _agree(simulation, begun, handle))
    ticket = secrets.token_urlsafe(24)
    simulation.pending[ticket] = begun
    signed_in = handle if handle in simulation.world.people else None
    return pages.consent(begun.app.name, ticket, simulation.sign_in_choices(), begun.scopes, signed_in)


async def _finish(request: Request) -> Response:
    simulation: Simulation = request.app.state.simulation
    form = await request.form()
    begun = simulation.pending.pop(str(form.get("ticket", "")), None)
    if not isinstance(begun, SignIn) or simulation.now() > begun.begun_at + TICKET_SECONDS:
        return pages.refusal("This sign-in has expired or was finished already. Begin again from the app.")
    handle = str(form.get("user", ""))
    if form.get("decision") != "approve":
        return _back(begun.redirect_uri, begun.state, error="access_denied")
    person = simulation.world.people.get(handle)
    if person is None or not person.sketch.signs_in:
        return pages.refusal("There is no such simulated user.")
    response = _approved(simulation, begun, _agree(simulation, begun, handle))
    response.set_cookie(SESSION_COOKIE, handle, httponly=True, samesite="lax")
    return response


def _agree(simulation: Simulation, begun: SignIn, handle: str) -> Consent:
    """Record a new consent, to what is asked now and what was given before; its six months begin now."""
    before = simulation.tokens.consent(begun.app.client_id, handle, simulation.now())
    scopes = frozenset(begun.scopes) | (before.scopes if before else frozenset())
    given = Consent(begun.app.client_id, handle, scopes, simulation.now())
    simulation.tokens.consents.append(given)
    return given


def _approved(simulation: Simulation, begun: SignIn, given: Consent) -> Response:
    expires = simulation.now() + CODE_SECONDS
    code = Code(given, begun.redirect_uri, begun.challenge, expires, frozenset(begun.scopes))
    return _back(begun.redirect_uri, begun.state, code=simulation.tokens.new_code(code))


def _back(redirect_uri: str, state: str | None, **answer: str | None) -> Response:
    """Redirect to the app with an answer and its state."""
    parts = urlsplit(redirect_uri)
    given = [(name, value) for name, value in (*answer.items(), ("state", state)) if value is not None]
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *given])
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 302, {"cache-control": "no-store"})
