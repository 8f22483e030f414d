"""What parsers are given, how many they took, and how a reader that is not ours takes the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from hypothesis import settings
from hypothesis import strategies as st

from tests.needed import missing
from tests.security.fuzzing.material import SAID, VALUES
from tests.security.redirects import MATCHES, MAY_BE_REGISTERED, MAY_NOT_BE_REGISTERED

if TYPE_CHECKING:
    from bench.figures import Figures

NIGHTLY: Final = os.environ.get("AUXCORD_TEST_FORM") == "nightly"
EXAMPLES: Final = 100_000 if NIGHTLY else 2_000
FORM: Final = settings(max_examples=EXAMPLES, derandomize=not NIGHTLY, database=None, deadline=None)

SIGNS: Final = (
    "%2f", "%00", "%0d%0a", "%5c", "%40", "%23", "//", "\\", "@", "#", "?", ":", "/", ".", "..", "[", "]",
    "::1",
    "127.0.0.1", "localhost", "evil.example", "xn--", "*", " ", "\t", "\n", "\0", "é", "\u3002", "\uff45",
    "\u202e",
    "0x7f", "2130706433", ":80", ":443", ":0", ":99999", "https:", "http:", "javascript:", "code=1",
    "&state=",
    "user:pw@", "%25lo", ";", "=", "|", "^", "`", "{", "<",
)  # fmt: skip
SEEN: Final = tuple(
    sorted({*MAY_BE_REGISTERED, *MAY_NOT_BE_REGISTERED, *(uri for pair in MATCHES for uri in pair[:2])})
)
anything: Final = st.text(max_size=60) | st.sampled_from(VALUES) | st.sampled_from(SAID)


@st.composite
def addresses(draw: st.DrawFn, seeds: tuple[str, ...]) -> str:
    """An address that people knew already, with a few signs put in, taken out or exchanged; or any text."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.text(max_size=80))
    text = draw(st.sampled_from(seeds))
    put = st.sampled_from(SIGNS) | st.characters() | st.just("")
    for where, length, more in draw(
        st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3), put), max_size=3)
    ):
        spot = where % (len(text) + 1)
        text = text[:spot] + more + text[spot + length :]
    return text


class Tally:
    """How many examples a parser has had, and how many it accepted."""

    def __init__(self) -> None:
        self.tried = 0
        self.accepted: list[str] = []

    def report(self, figures: Figures, parser: str, *, least: int = 1) -> None:
        """Keep the figures; at least so many have to be accepted, or nothing was tried."""
        figures.measure(f"examples for {parser}", self.tried, f">= {EXAMPLES // 2}")
        figures.measure(f"of those accepted ({parser})", len(self.accepted), f">= {least}")


def read_by_node(texts: list[str]) -> list[dict[str, str] | None]:
    """How the reader of browsers and Node (WHATWG URL) takes addresses; None for those it does not."""
    node = shutil.which("node")
    if node is None:
        missing("Node (Debian: nodejs)")
    program = (
        "let t='';process.stdin.on('data',d=>t+=d).on('end',()=>console.log(JSON.stringify(JSON.parse(t).map("
        "u=>{try{const p=new URL(u);return{protocol:p.protocol,host:p.host,hostname:p.hostname,port:p.port,"
        "username:p.username,hash:p.hash,pathname:p.pathname,search:p.search,href:p.href}}"
        "catch{return null}}))))"
    )
    done = subprocess.run(
        [node, "-e", program],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: list[dict[str, str] | None] = json.loads(done.stdout)
    return found
