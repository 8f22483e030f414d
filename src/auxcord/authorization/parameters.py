"""Request parameters, read so that two readers can never see two different values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

LONGEST: Final = 4096
FORM: Final = "application/x-www-form-urlencoded"


class ParameterError(Exception):
    """A parameter is repeated or too long, or the body is no form; the sentence says which, never a value."""


def single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Read parameters that may each occur once (RFC 6749 section 3.1); empty ones count as absent.

    Raises:
        ParameterError: One is repeated, or longer than 4096 characters.
    """
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise ParameterError("A parameter is repeated.")
        if len(name) + len(value) > LONGEST:
            raise ParameterError("A parameter is too long.")
        values[name] = value
    return {name: value for name, value in values.items() if value}


def query_of(request: Request) -> dict[str, str]:
    """Read the query of a request; see `single`."""
    return single(request.query_params.multi_items())


async def form_of(request: Request) -> dict[str, str]:
    """Read a URL-encoded form; see `single`.

    Raises:
        ParameterError: As `single`, or the body is something else.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise ParameterError("The body must be a URL-encoded form.")
    try:
        return single(parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=40))
    except ValueError:
        raise ParameterError("The form cannot be read.") from None


class Audience:
    """The one resource our tokens are for (RFC 8707).

    Args:
        url: The address of the MCP endpoint.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._key = _key(url)

    def is_meant(self, resource: str | None) -> bool:
        """Whether a `resource` parameter means us; a client that names none does.

        Scheme, host, port and path decide: some hosts add a query.
        """
        return resource is None or _key(resource) == self._key


def _key(url: str) -> tuple[str, str, int | None, str] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        return None
    return parts.scheme, parts.hostname, port, parts.path.rstrip("/")
