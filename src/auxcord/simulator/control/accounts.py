"""Control of people, apps, consents and tokens."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from auxcord.simulator.control.requests import MisuseError, person_of, sent, simulation_of
from auxcord.simulator.oauth.apps import ALLOW_LIST_SIZE, DEFAULT_CLIENT_ID, App
from auxcord.simulator.oauth.tokens import SCOPES, Consent
from auxcord.simulator.settings import PROFILES
from auxcord.simulator.world.people import Sketch
from auxcord.simulator.world.player import Device

if TYPE_CHECKING:
    from starlette.requests import Request

    from auxcord.simulator.simulation import Simulation
    from auxcord.simulator.world.people import Person

_SAVED = ("saved_tracks", "saved_albums", "saved_shows", "saved_episodes", "saved_audiobooks")
_DEVICE_TYPES = ("Computer", "Smartphone", "Speaker", "TV")


def _describe(person: Person) -> dict[str, Any]:
    return {
        "handle": person.handle,
        "id": person.user_id,
        "account_id": person.account_id,
        "display_name": person.sketch.display_name,
        "country": person.country,
        "premium": person.premium,
        "filter_explicit": person.filter_explicit,
        "signs_in": person.sketch.signs_in,
    }


async def list_users(request: Request) -> Response:
    """GET /users."""
    return JSONResponse(
        {"users": [_describe(person) for person in simulation_of(request).world.people.values()]}
    )


async def add_user(request: Request) -> Response:
    """POST /users: somebody new, with a library and devices of the sizes asked for."""
    kinds: dict[str, Any] = {
        "handle": str, "id": str, "display_name": (str, type(None)), "country": str, "premium": bool,
        "follows": int,
        "plays": int, "devices": int, **dict.fromkeys(_SAVED, int),
    }  # fmt: skip
    data = await sent(request, kinds)
    simulation = simulation_of(request)
    handle = data.get("handle", "")
    if not handle or handle in simulation.world.people:
        raise MisuseError("field 'handle' must be given and new")
    count = data.get("devices", 1)
    sketch = Sketch(
        handle,
        data.get("id", handle),
        data.get("display_name", handle.capitalize()),
        data.get("country", "GB"),
        premium=data.get("premium", True),
        saved=tuple(data.get(name, 0) for name in _SAVED),
        follows=data.get("follows", 0),
        plays=data.get("plays", 0),
        devices=tuple(Device("1", f"Device {n + 1}", _DEVICE_TYPES[n % 4]) for n in range(count)),
    )
    if simulation.world.person_by_user_id(sketch.user_id) is not None:
        raise MisuseError("field 'id' must be new")
    return JSONResponse(_describe(simulation.world.add_person(sketch)), 201)


async def change_user(request: Request) -> Response:
    """PATCH /users/{handle}: premium, country, filter_explicit."""
    data = await sent(request, {"premium": bool, "country": str, "filter_explicit": bool})
    person = person_of(simulation_of(request), request.path_params["handle"])
    for name, value in data.items():
        setattr(person, name, value)
    return JSONResponse(_describe(person))


def _describe_app(app: App) -> dict[str, Any]:
    return {
        "client_id": app.client_id,
        "name": app.name,
        "redirect_uris": app.redirect_uris,
        "profile": app.profile,
        "allow_list": None if app.allow_list is None else sorted(app.allow_list),
        "owner_premium": app.owner_premium,
        "developer": app.developer,
    }


async def list_apps(request: Request) -> Response:
    """GET /apps; secrets are not shown."""
    return JSONResponse({"apps": [_describe_app(app) for app in simulation_of(request).apps.values()]})


async def set_app(request: Request) -> Response:
    """POST /apps: register an app, or change the one with this client id.

    Its secret is shown once, when made up here.
    """
    kinds: dict[str, Any] = {
        "client_id": str, "client_secret": str, "name": str, "redirect_uris": list, "profile": str,
        "allow_list": (list, type(None)), "owner_premium": bool, "developer": str,
    }  # fmt: skip
    data = await sent(request, kinds)
    simulation = simulation_of(request)
    if data.get("profile", "development") not in PROFILES:
        raise MisuseError(f"profile must be one of {', '.join(PROFILES)}")
    if len(data.get("allow_list") or ()) > ALLOW_LIST_SIZE:
        raise MisuseError(f"an allow-list holds at most {ALLOW_LIST_SIZE} users")
    client_id = data.pop("client_id", None) or secrets.token_hex(16)
    app, made_up = simulation.apps.get(client_id), {}
    if app is None:
        if "client_secret" not in data:
            made_up["client_secret"] = data["client_secret"] = secrets.token_hex(16)
        app = simulation.apps[client_id] = App(client_id, data["client_secret"])
    app.secret = data.pop("client_secret", app.secret)
    if data.get("allow_list") is not None:
        data["allow_list"] = frozenset(person_of(simulation, handle).handle for handle in data["allow_list"])
    for name, value in data.items():
        setattr(app, name, value)
    return JSONResponse({**_describe_app(app), **made_up}, 201)


async def revoke(request: Request) -> Response:
    """POST /revoke: a person takes their consent back, from one app or from all."""
    data = await sent(request, {"user": str, "client_id": str})
    simulation = simulation_of(request)
    person = person_of(simulation, data.get("user"))
    return JSONResponse({"revoked": simulation.tokens.revoke(person.handle, data.get("client_id"))})


async def auto_approve(request: Request) -> Response:
    """POST /auto-approve: from now on this person agrees at once to every sign-in; null ends that."""
    data = await sent(request, {"user": (str, type(None))})
    simulation = simulation_of(request)
    wanted = data.get("user")
    simulation.auto_approve = None if wanted is None else person_of(simulation, wanted).handle
    return JSONResponse({"user": simulation.auto_approve})


async def issue_tokens(request: Request) -> Response:
    """POST /tokens: tokens for a person without the sign-in, as if they had just agreed."""
    data = await sent(request, {"user": str, "scopes": list, "client_id": str})
    simulation = simulation_of(request)
    person = person_of(simulation, data.get("user"))
    scopes = frozenset(data.get("scopes", SCOPES))
    client_id = data.get("client_id", DEFAULT_CLIENT_ID)
    if not scopes <= set(SCOPES) or client_id not in simulation.apps:
        raise MisuseError("unknown scope or client_id")
    return JSONResponse(_issue(simulation, Consent(client_id, person.handle, scopes, simulation.now())), 201)


async def look_at_token(request: Request) -> Response:
    """POST /tokens/look: whose a token is, its number if it is an access token, and whether it works."""
    data = await sent(request, {"token": str})
    simulation, text = simulation_of(request), data.get("token", "")
    access, refresh, now = simulation.tokens.access(text), simulation.tokens.refresh(text), simulation.now()
    if access is not None:
        user = access.consent.handle if access.consent else None
        found = {"kind": "access", "user": user, "number": access.number, "works": now < access.expires_at}
    elif refresh is not None:
        found = {"kind": "refresh", "user": refresh.consent.handle, "works": refresh.works(now)}
    else:
        found = {"kind": None, "works": False}
    return JSONResponse(found)


def _issue(simulation: Simulation, consent: Consent) -> dict[str, Any]:
    tokens, seconds = simulation.tokens, simulation.settings.access_seconds
    tokens.consents.append(consent)
    return {
        "access_token": tokens.new_access(
            consent.client_id, consent, consent.scopes, simulation.now(), seconds=seconds
        ),
        "refresh_token": tokens.new_refresh(consent, consent.scopes, confidential=False),
        "expires_in": seconds,
        "scope": " ".join(sorted(consent.scopes)),
    }
