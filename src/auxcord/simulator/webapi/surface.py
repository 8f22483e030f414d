"""The whole Web API: every operation, and the gates a request passes before one answers."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from starlette.responses import Response

from auxcord.simulator.webapi import (
    audio,
    browse,
    following,
    history,
    library,
    music,
    old_library,
    player,
    playlist_items,
    playlists,
    recommendations,
    search,
    spoken,
    users,
)
from auxcord.simulator.webapi.answers import NOT_ON_ALLOW_LIST, OWNER_WITHOUT_PREMIUM, ApiError, not_found
from auxcord.simulator.webapi.call import Call

if TYPE_CHECKING:
    from starlette.requests import Request

    from auxcord.simulator.oauth.apps import App
    from auxcord.simulator.oauth.tokens import AccessToken
    from auxcord.simulator.simulation import Simulation
    from auxcord.simulator.webapi.operation import Operation

PREFIX = "/v1"
OPERATIONS: tuple[Operation, ...] = (
    *music.OPERATIONS,
    *spoken.OPERATIONS,
    *search.OPERATIONS,
    *users.OPERATIONS,
    *library.OPERATIONS,
    *playlists.OPERATIONS,
    *playlist_items.OPERATIONS,
    *player.OPERATIONS,
    *history.OPERATIONS,
    *old_library.OPERATIONS,
    *following.OPERATIONS,
    *browse.OPERATIONS,
    *audio.OPERATIONS,
    *recommendations.OPERATIONS,
)


class Match(NamedTuple):
    """An operation and the decoded parts of the path that belong to its parameters."""

    operation: Operation
    params: dict[str, str]


class Routes:
    """Finds operations by method and path; fixed parts win over parameters."""

    def __init__(self, operations: tuple[Operation, ...]) -> None:
        self._by_length: dict[int, list[tuple[list[str], dict[str, Operation]]]] = {}
        for operation in operations:
            parts = operation.path.strip("/").split("/")
            known = self._by_length.setdefault(len(parts), [])
            methods = next((methods for shape, methods in known if shape == parts), None)
            if methods is None:
                methods = {}
                known.append((parts, methods))
            methods[operation.method] = operation
        for known in self._by_length.values():
            known.sort(key=lambda entry: [part.startswith("{") for part in entry[0]])

    def find(self, method: str, raw_path: str) -> Match:
        """Match a path that is still percent-encoded; raises 404 and 405."""
        parts = raw_path.strip("/").split("/")
        allowed: set[str] = set()
        for shape, methods in self._by_length.get(len(parts), ()):
            if all(want == got or want.startswith("{") for want, got in zip(shape, parts, strict=True)):
                if method in methods:
                    names = zip(shape, parts, strict=True)
                    return Match(
                        methods[method], {n[1:-1]: unquote(v) for n, v in names if n.startswith("{")}
                    )
                allowed |= methods.keys()
        if allowed:
            raise ApiError(405, "Method not allowed")
        raise ApiError(404, "Service not found")


ROUTES = Routes(OPERATIONS)


async def answer(request: Request) -> Response:
    """Answer one request to the Web API."""
    simulation: Simulation = request.app.state.simulation
    body = await request.body()
    try:
        return _answer(simulation, request, body)
    except ApiError as error:
        return error.response()


def _answer(simulation: Simulation, request: Request, body: bytes) -> Response:
    token = _bearer(simulation, request)
    app = simulation.apps[token.client_id]
    _check_app(app, token)
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    match = ROUTES.find(request.method, raw.decode("latin-1")[len(PREFIX) :])
    _check_limits(simulation, app, match.operation)
    _check_access(app, match.operation)
    if request.method in {"PUT", "POST"} and not {"content-length", "transfer-encoding"} & set(
        request.headers
    ):
        return Response("<html><title>411</title>Length Required</html>", 411, media_type="text/html")
    if match.operation.user and token.consent is None:
        raise ApiError(401, "Valid user authentication required")
    call = Call(
        simulation=simulation,
        app=app,
        user=simulation.world.people[token.consent.handle] if token.consent else None,
        scopes=token.scopes,
        method=request.method,
        path=request.url.path,
        params=match.params,
        query=dict(request.query_params),
        body=body,
        content_type=request.headers.get("content-type", ""),
        base=f"{request.url.scheme}://{request.url.netloc}{PREFIX}",
    )
    call.require(*match.operation.scopes)
    call.market()
    return _with_caching(request, match.operation, match.operation.answer(call))


def _bearer(simulation: Simulation, request: Request) -> AccessToken:
    header = request.headers.get("authorization")
    if not header:
        raise ApiError(401, "No token provided")
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise ApiError(400, "Only valid bearer authentication supported")
    token = simulation.tokens.access(text.strip())
    if token is None or token.client_id not in simulation.apps:
        raise ApiError(401, "Invalid access token")
    if token.expires_at <= simulation.now():
        raise ApiError(401, "The access token expired")
    return token


def _check_app(app: App, token: AccessToken) -> None:
    if app.is_development and not app.owner_premium:
        raise ApiError(403, OWNER_WITHOUT_PREMIUM, plain=True)
    listed = app.allow_list is None or token.consent is None or token.consent.handle in app.allow_list
    if app.is_development and not listed:
        raise ApiError(403, NOT_ON_ALLOW_LIST, plain=True)


def _check_limits(simulation: Simulation, app: App, operation: Operation) -> None:
    settings, now = simulation.settings, simulation.now()
    wait = simulation.limits.over_rate(app.client_id, settings.rate_limit, now)
    if wait is not None:
        raise ApiError(429, "API rate limit exceeded", retry_after=wait)
    if app.is_development:
        quota = settings.quotas.get(operation.path, settings.quota)
        wait = simulation.limits.over_quota(app.developer, operation.path, quota, now)
        if wait is not None:
            raise ApiError(429, "Too many requests", reason="QUOTA_EXCEEDED", retry_after=wait)


def _check_access(app: App, operation: Operation) -> None:
    if operation.group == "open" or app.profile == "extended":
        return
    if app.profile == "development":
        raise ApiError(403, "Forbidden")
    if operation.group == "closed-2024":
        raise not_found()


def _with_caching(request: Request, operation: Operation, response: Response) -> Response:
    """Give catalogue answers an ETag (and honour If-None-Match).

    Everything else is private and stale at once.
    """
    if not operation.catalogue or response.status_code != 200:
        response.headers["cache-control"] = "private, max-age=0"
        return response
    tag = f'"{sha256(bytes(response.body)).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "private, max-age=300", "vary": "Authorization"}
    if tag in [entry.strip() for entry in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response
