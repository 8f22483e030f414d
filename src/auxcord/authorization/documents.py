"""Client ID Metadata Documents: clients that nobody registered, known by the address of what they publish.

Such a client's id is an https address, and what stands there describes it. Whoever can publish at an address
is that client: the host is the part a person can judge, so it is shown to them.

Source: OAuth Client ID Metadata Document (draft-ietf-oauth-client-id-metadata-document), MCP authorization,
"Client ID Metadata Documents".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from auxcord.authorization.clients import LONGEST_NAME, MOST_REDIRECTS, Client, settle
from auxcord.authorization.redirects import is_normal, problem_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auxcord.authorization.fetching import Fetched

LONGEST_ADDRESS: Final = 512
LONGEST_HOST: Final = 253
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
_JSON: Final = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json")
_SECRETS: Final = frozenset({"client_secret", "client_secret_expires_at"})


class DocumentError(Exception):
    """What stands at the address describes no client we can serve; the sentence says why, in our words."""


def is_address(client_id: str) -> bool:
    """Whether a client id is the address of a document rather than one we gave out."""
    return client_id.startswith("https:")


def host_of(client_id: str) -> str | None:
    """Name the host that vouches for a client; None for a client that registered by itself."""
    return urlsplit(client_id).hostname if is_address(client_id) else None


def problem_with_address(address: str) -> str | None:
    """Say why an address cannot be a client's id; None if it can.

    Only a domain name can: an IP address, in whatever notation, says nothing to a person.
    """
    if len(address) > LONGEST_ADDRESS:
        return f"is longer than {LONGEST_ADDRESS} characters"
    if not is_normal(address):
        return "is not an address in its normal form"
    parts = urlsplit(address)
    if parts.scheme != "https" or "#" in address:
        return "must be https, without a fragment"
    if len(parts.netloc) > LONGEST_HOST or _DOMAIN.fullmatch(parts.netloc) is None:
        return "must name a domain, and neither a user nor a port"
    if parts.path in {"", "/"}:
        return "must have a path"
    return None


def read(address: str, fetched: Fetched) -> Client:
    """Make a client of the document that stood at its address.

    Raises:
        DocumentError: It is no such document, or describes a client we cannot serve.
    """
    if _JSON.fullmatch(fetched.content_type.partition(";")[0].strip().lower()) is None:
        raise DocumentError("its media type is not application/json")
    document = _parsed(fetched.body)
    if document.get("client_id") != address:
        raise DocumentError("its client_id is not its address")
    if _SECRETS & document.keys():
        raise DocumentError("it holds a client secret")
    if not _may_be_public(document):
        raise DocumentError("its client authenticates by other means than none")
    name = document.get("client_name")
    if not isinstance(name, str | None) or len(name or "") > LONGEST_NAME:
        raise DocumentError(f"its client_name is no text of up to {LONGEST_NAME} characters")
    kept = {"redirect_uris": _redirects(document), "client_name": name, "client_id": address}
    try:
        client = Client.model_validate(kept)
    except ValidationError:
        raise DocumentError("its redirect URIs cannot be read") from None
    settle(client)
    return client


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body.decode(), object_pairs_hook=_single)
    except (ValueError, RecursionError):
        raise DocumentError("it is not JSON") from None
    if not isinstance(document, dict):
        raise DocumentError("it is not a JSON object")
    return document


def _single(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    """Refuse repeated members, of which two readers may see different ones."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DocumentError("a member is repeated")
    return members


def _may_be_public(document: Mapping[str, Any]) -> bool:
    """Whether a client goes without authentication where that is all there is, as our metadata tells it.

    One that would rather sign says so in `token_endpoint_auth_method`, and lists what else it can do (OpenID
    Connect Relying Party Metadata Choices): ChatGPT does.
    """
    method = document.get("token_endpoint_auth_method", "none")
    choices = document.get("token_endpoint_auth_methods_supported")
    return method == "none" or (
        method == "private_key_jwt" and isinstance(choices, list) and "none" in choices
    )


def _redirects(document: Mapping[str, Any]) -> list[str]:
    """Pick the redirect URIs that anybody could register here; the others are for other servers."""
    uris, kind = document.get("redirect_uris"), document.get("application_type")
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise DocumentError("its redirect_uris are no list of URIs")
    fine = [uri for uri in uris if problem_with(uri, kind if isinstance(kind, str) else None) is None]
    if not 1 <= len(fine) <= MOST_REDIRECTS:
        raise DocumentError(f"it has not 1 to {MOST_REDIRECTS} redirect URIs that can be used here")
    return fine
