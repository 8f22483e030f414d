"""The pages a person sees: rendered on the server, no script, one style sheet, nothing from elsewhere."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from auxcord.authorization.documents import host_of
from auxcord.authorization.redirects import is_on_the_web, origin_of, place_of
from auxcord.authorization.scopes import level_for, level_of, permissions_of
from auxcord.caller import LEVELS

if TYPE_CHECKING:
    from starlette.requests import Request as HttpRequest

    from auxcord.authorization.problems import Problem
    from auxcord.authorization.tickets import Request

_ASSETS: Final = {"auxcord.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"}
_A_YEAR: Final = 365 * 24 * 3600


class Level(NamedTuple):
    """One choice on the consent page, in a person's words."""

    name: str
    title: str
    sentence: str


CHOICES: Final = (
    Level(
        "look",
        "Only look",
        "Search Spotify, and read your library, playlists, listening history and what is playing. "
        "It cannot change anything.",
    ),
    Level(
        "control",
        "Look and control playback",
        "Also play, pause, skip, queue and choose a device. Needs Spotify Premium.",
    ),
    Level(
        "everything",
        "Look, control and edit",
        "Also create and change your playlists.",
    ),
)


class Pages:
    """Renders pages and serves what they need.

    Args:
        base_url: Our public address, without a slash at the end.
        spotify_origin: Where people sign in after us; without it there is no account page to lead to.
    """

    def __init__(self, base_url: str, *, spotify_origin: str = "") -> None:
        self._base_url = base_url
        self._spotify_origin = spotify_origin
        self._templates = Environment(
            loader=PackageLoader("auxcord.authorization"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        folder = files("auxcord.authorization") / "templates"
        self._assets = {_fingerprinted(name, body): (name, body) for name, body in _read(folder)}
        self._templates.globals["asset"] = self._address_of
        self._templates.globals["home"] = f"{base_url}/"
        self._templates.globals["account"] = f"{base_url}/account" if spotify_origin else None

    def routes(self) -> list[Route]:
        """Return the routes of the style sheet and the icon."""
        return [Route("/assets/{name}", self._asset, methods=["GET"])]

    def consent(
        self, request: Request, *, csrf: str, level: str | None, app: str | None = None
    ) -> HTMLResponse:
        """Ask a person what a client may do.

        Args:
            request: What the client asked for.
            csrf: Ties the form to the person's cookie.
            level: What they chose before, if they come back to this page.
            app: The client id of the Spotify app they want to try, if they chose one.
        """
        asked = None if request.scopes is None else permissions_of(request.scopes)
        held = permissions_of(request.scopes or ()) if request.grant_id else frozenset()
        offered = [choice for choice in CHOICES if held <= LEVELS[choice.name]]
        return self._page(
            "consent.html",
            form_action=self._after_consent(request.redirect_uri),
            action=f"{self._base_url}/consent",
            ticket=request.ticket,
            csrf=csrf,
            app=app,
            client_name=request.client_name,
            host=host_of(request.client_id),
            place=None if request.redirect_uri is None else place_of(request.redirect_uri),
            is_on_the_web=request.redirect_uri is not None and is_on_the_web(request.redirect_uri),
            choices=offered,
            chosen=level or (level_of(held) if held else level_for(asked)),
        )

    def problem(
        self,
        problem: Problem,
        *,
        retry: str | None = None,
        another: str | None = None,
        back: str | None = None,
    ) -> HTMLResponse:
        """Say why a sign-in cannot go on; `ProblemError` tells what the addresses are."""
        return self._page(
            "problem.html",
            status=problem.status,
            problem=problem,
            retry=retry,
            another=another,
            back=back,
            place=None if back is None else place_of(back),
        )

    def account(self, template: str, **values: Any) -> HTMLResponse:
        """Show a page of a person's account; its forms lead to us and to Spotify.

        No client waits behind it, so whoever opened its window loses sight of it.
        """
        page = self._page(template, form_action=self._after_consent(None), **values)
        page.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return page

    def done(self, *, agreed: bool, client_name: str) -> HTMLResponse:
        """Say that a sign-in no client waits for is over."""
        return self._page("done.html", agreed=agreed, client_name=client_name)

    def welcome(self, mcp_url: str) -> HTMLResponse:
        """Say what this server is and how to connect a client to it."""
        return self._page("welcome.html", mcp_url=mcp_url)

    def _page(
        self, template: str, *, status: int = 200, form_action: str = "'none'", **values: Any
    ) -> HTMLResponse:
        html = self._templates.get_template(template).render(**values)
        return HTMLResponse(html, status, _headers(form_action))

    def _after_consent(self, redirect_uri: str | None) -> str:
        """List where sending the consent form may lead: us, Spotify, and on to the client.

        Browsers hold every redirect after a form against this list. A web client may redirect on to anywhere
        on the web from its own address, so it gets all of https rather than a sign-in that stops silently.
        """
        sources = ["'self'", self._spotify_origin]
        if self._spotify_origin.endswith(".spotify.com"):
            sources.append("https://*.spotify.com")
        if redirect_uri is not None:
            origin = origin_of(redirect_uri)
            sources.append("https:" if origin.startswith("https:") else origin)
        return " ".join(source for source in sources if source)

    def _address_of(self, name: str) -> str:
        path = next(path for path, (asset, _) in self._assets.items() if asset == name)
        return f"{self._base_url}/assets/{path}"

    async def _asset(self, request: HttpRequest) -> Response:
        found = self._assets.get(request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        name, body = found
        headers = {"Cache-Control": f"public, max-age={_A_YEAR}, immutable"}
        return Response(body, media_type=_ASSETS[name], headers=headers)


def _headers(form_action: str) -> dict[str, str]:
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        f"form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        # Not "no-referrer": that makes browsers send `Origin: null` with the form.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _read(folder: Any) -> list[tuple[str, bytes]]:
    return [(name, (folder / name).read_bytes()) for name in _ASSETS]


def _fingerprinted(name: str, body: bytes) -> str:
    """Name a file by its content too, so that browsers may keep it for good."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(body).hexdigest()[:12]}.{ending}"
