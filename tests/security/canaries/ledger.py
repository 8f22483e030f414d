"""Which secrets there are, and where each may be seen: in the answer that hands it out, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tests.security.canaries.search import PIECE, Needles

if TYPE_CHECKING:
    from collections.abc import Mapping

MCP_ACCESS: Final = "MCP access token"
MCP_REFRESH: Final = "MCP refresh token"
MCP_CODE: Final = "MCP authorization code"
CLIENT_VERIFIER: Final = "PKCE verifier of a client"
CLIENT_STATE: Final = "state of a client"
CLIENT_SECRET: Final = "secret a client sends"
SPOTIFY_ACCESS: Final = "Spotify access token"
SPOTIFY_REFRESH: Final = "Spotify refresh token"
SPOTIFY_CODE: Final = "Spotify authorization code"
SPOTIFY_VERIFIER: Final = "PKCE verifier towards Spotify"
SPOTIFY_STATE: Final = "state towards Spotify"
APP_SECRET: Final = "Spotify client secret"
ENCRYPTION_KEY: Final = "encryption key"
DERIVED_KEY: Final = "key derived from it, or a person's own"
NEW_KEY: Final = "encryption key just made"
COOKIE: Final = "cookie"
TICKET: Final = "ticket of a sign-in"
PROOF: Final = "form token (CSRF)"
LOCAL_TICKET: Final = "ticket of a sign-in on this computer"
REQUEST_STATE: Final = "request state"
WORD: Final = "confirming word"
SESSION: Final = "MCP session"
NAME: Final = "display name at Spotify"
EMAIL: Final = "e-mail address at Spotify"
PASSWORD: Final = "password in an address"
MISPLACED: Final = "secret in a wrong setting"
TRACE_HEADER: Final = "credential for the traces' collector"
PASTED: Final = "what somebody pasted into an argument"

USED: Final = "secret of a server in this process"
KINDS: Final = (
    MCP_ACCESS, MCP_REFRESH, MCP_CODE, CLIENT_VERIFIER, CLIENT_STATE, CLIENT_SECRET, SPOTIFY_ACCESS,
    SPOTIFY_REFRESH, SPOTIFY_CODE, SPOTIFY_VERIFIER, SPOTIFY_STATE, APP_SECRET, ENCRYPTION_KEY, DERIVED_KEY,
    NEW_KEY, COOKIE, TICKET, PROOF, LOCAL_TICKET, REQUEST_STATE, WORD, SESSION, NAME, EMAIL, PASSWORD,
    MISPLACED, TRACE_HEADER, PASTED, USED,
)  # fmt: skip
"""All of them."""

_CALLS: Final = "tools/call *: body"
ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    MCP_ACCESS: ("POST /token: body",),
    MCP_REFRESH: ("POST /token: body",),
    MCP_CODE: ("GET /callback: location",),
    # a client's state comes back to it, whatever became of the sign-in (RFC 6749 section 4.1.2)
    CLIENT_STATE: (
        "GET /callback: location",
        "POST /consent: location",
        "GET /authorize: location",
        "GET /authorize: body",  # a mistake of a client on the web is told with a link
    ),
    SPOTIFY_STATE: (
        "POST /consent: location",
        "GET /callback: location",
        "POST /account/sign-in: location",
        "POST /account/renew: location",
        "GET /<local ticket>: location",
        "auxcord login*",  # the address to open
    ),
    COOKIE: (
        "GET /consent: set-cookie",
        "GET /callback: set-cookie",
        "POST /account/sign-in: set-cookie",
        "POST /account/renew: set-cookie",
        "GET /<local ticket>: set-cookie",
    ),
    TICKET: (
        "GET /authorize: location",
        "GET /renew: location",
        "GET /consent: body",
        "GET /callback: body",  # to try once more
    ),
    LOCAL_TICKET: ("auxcord over stdio: output", "GET /<local ticket>: set-cookie"),  # it names the cookie
    PROOF: ("GET /consent: body", "GET /account: body", "GET /account/erase: body"),
    REQUEST_STATE: (_CALLS,),
    WORD: (_CALLS, "auxcord over stdio: output"),
    SESSION: ("*: mcp-session-id",),
    NAME: (
        "tools/call get_account: body",
        "tools/call connect_account: body",
        "tools/call disconnect_account: body",
        "resources/read: body",
        "GET /account: body",
        "GET /account/erase: body",
        "POST /account/data: body",
        "auxcord users list --names*",
        "auxcord login*",
        "auxcord import*",
        "auxcord over stdio: output",
    ),
    NEW_KEY: ("auxcord keys new",),
    PASTED: (_CALLS, "auxcord over stdio: output"),
}
"""Each kind of secret that anybody ever receives, with the answers it may stand in. All others: nowhere."""


class Text(NamedTuple):
    """Something the server told.

    Attributes:
        kind: The sort of thing: `logs`, `responses`, ...
        place: Where exactly, as `ALLOWED` calls it.
        content: All of it.
    """

    kind: str
    place: str
    content: bytes


class Leak(NamedTuple):
    """A secret where it has no business.

    Attributes:
        kind: Of the secret.
        place: Where it stood.
        form: How it was written, as far as that may be shown.
    """

    kind: str
    place: str
    form: str


@dataclass
class Verdict:
    """What the search came to.

    Attributes:
        secrets: How many were looked for, by kind.
        needles: How many different byte strings that were.
        sizes: Bytes searched, by kind of text.
        hits: What was found where it has no business.
        unused: Kinds with places where they were allowed, and never were.
    """

    secrets: dict[str, int]
    needles: int
    sizes: dict[str, int]
    hits: set[Leak]
    unused: set[tuple[str, str]]


@dataclass
class Ledger:
    """All secrets and all texts of a run.

    Attributes:
        secrets: The kind of each.
        texts: What was told.
    """

    secrets: dict[str, str] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)

    def note(self, kind: str, secret: object) -> None:
        """Remember a secret; what is too short to be one is something that was made up to be wrong."""
        if isinstance(secret, str) and len(secret) >= PIECE:
            self.secrets.setdefault(secret, kind)

    def hear(self, kind: str, place: str, content: bytes | str) -> None:
        """Keep something that was told, to be searched at the end."""
        told = content.encode() if isinstance(content, str) else content
        if told:
            self.texts.append(Text(kind, place, told))

    def judge(self, allowed: Mapping[str, tuple[str, ...]] = ALLOWED) -> Verdict:
        """Look for every secret in every text."""
        needles = Needles({secret: secret for secret in self.secrets})
        sizes: dict[str, int] = {}
        hits: set[Leak] = set()
        unused = {(kind, place) for kind, places in allowed.items() for place in places}
        for text in self.texts:
            sizes[text.kind] = sizes.get(text.kind, 0) + len(text.content)
            for found in needles.found_in(text.content):
                kind = self.secrets[found.name]
                fits = {place for place in allowed.get(kind, ()) if fnmatchcase(text.place, place)}
                unused -= {(kind, place) for place in fits}
                if not fits:
                    hits.add(Leak(kind, text.place, f"{found.needle[:12]!r}…"))
        kinds = [*self.secrets.values()]
        return Verdict({kind: kinds.count(kind) for kind in set(kinds)}, needles.count, sizes, hits, unused)


# --- Learning secrets from what passes by -------------------------------------------------------------------

_BY_PARAMETER: Final = {
    "ticket": TICKET,
    "csrf": PROOF,
    "access_token": MCP_ACCESS,
    "refresh_token": MCP_REFRESH,
    "client_secret": CLIENT_SECRET,
    "code_verifier": CLIENT_VERIFIER,
    "requestState": REQUEST_STATE,
}
_HIDDEN: Final = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_IN_JSON: Final = re.compile(
    r'\\?"(requestState|access_token|refresh_token|client_secret)\\?": ?\\?"([^"\\]+)'
)
_WORD: Final = re.compile(r"confirm=([\w-]{16,})")
_COOKIE: Final = re.compile(r"^(?!aux_app=)[^=]+=([^;]*)")
"""But for the one that names the Spotify app used last, whose client id is no secret."""


def learn_parameters(ledger: Ledger, text: str, *, of: str) -> None:
    """Note the secrets in a query or a form; `code` and `state` are `of` Spotify's leg or of the client's."""
    both = {
        "Spotify": {"code": SPOTIFY_CODE, "state": SPOTIFY_STATE},
        "client": {"code": MCP_CODE, "state": CLIENT_STATE},
    }[of]
    for name, value in parse_qsl(text):
        if kind := (both | _BY_PARAMETER).get(name):
            ledger.note(kind, value)


def learn_token(ledger: Ledger, token: str) -> None:
    """Note an MCP token, of whichever kind it is."""
    ledger.note(MCP_REFRESH if token.startswith("aux_rt_") else MCP_ACCESS, token)


def learn_answer(ledger: Ledger, body: str, location: str, cookies: list[str], spotify: str) -> None:
    """Note the secrets that one of our answers hands out."""
    for name, value in [*_HIDDEN.findall(body), *_IN_JSON.findall(body)]:
        if name in _BY_PARAMETER:
            ledger.note(_BY_PARAMETER[name], value)
    for word in _WORD.findall(body):
        ledger.note(WORD, word)
    for cookie in cookies:
        if match := _COOKIE.match(cookie):
            ledger.note(COOKIE, match[1])
    if location:
        of = "Spotify" if location.startswith(spotify) else "client"
        learn_parameters(ledger, urlsplit(location).query, of=of)
