"""Whatever resources, prompts and completions are given, they answer, or refuse in one clear sentence."""

import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any
from urllib.parse import quote, unquote

import anyio
import pytest
from fastmcp import Client, FastMCP
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, PromptReference, ResourceTemplateReference

from auxcord.caller import LEVELS, Caller
from auxcord.prompts import prompts
from auxcord.resources import templates
from auxcord.server.surface import PromptGuard, ResourceGuard, offer
from tests.tools.door import House
from tests.tools.hostile import ANSWER_LIMIT, HUGE, STRANGE, TEXTS, faults_of, unseen_in

pytestmark = pytest.mark.anyio

HANGS = 60.0
"""Seconds after which a request counts as one that never ends."""
CALM = 60.0
"""Seconds between requests, so that the app's pace refuses none of them."""


class Surface:
    """A client of Ada's that looks closely at what it is told, and at what FastMCP writes into the log."""

    def __init__(self, house: House, client: Client, log: list[str]) -> None:
        self.house, self.client, self.log = house, client, log

    async def check(self, asked: Callable[[], Coroutine[Any, Any, Any]], sent: str) -> str:
        """Ask, and see that it is answered or refused as it should; what was said in a refusal."""
        self.house.clock.now += CALM
        about = f"{sent[:200]!a}"
        refusal: MCPError | None = None
        text = ""
        with anyio.fail_after(HANGS):
            try:
                text = str(await asked())
            except MCPError as error:
                refusal = error
        assert self.log == [], about
        assert len(text) <= ANSWER_LIMIT, about
        if refusal is None:
            return text
        assert refusal.error.code == INVALID_PARAMS, about
        assert faults_of(str(refusal), sent) == [], (about, str(refusal)[:500])
        return str(refusal)


@pytest.fixture
def log() -> Iterator[list[str]]:
    """What FastMCP warns of: whatever a client sends is nothing for the operator's log."""
    lines: list[str] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    noting = Noting(logging.WARNING)
    logging.getLogger("fastmcp").addHandler(noting)
    yield lines
    logging.getLogger("fastmcp").removeHandler(noting)


class Always:
    def __init__(self, house: House, user_id: str) -> None:
        self.house, self.user_id = house, user_id

    async def of_call(self) -> Caller:
        return self.house.caller(self.user_id, LEVELS["look"])


@pytest.fixture(params=["auto", "legacy"])
async def surface(house: House, log: list[str], request: pytest.FixtureRequest) -> AsyncIterator[Surface]:
    async with house.door("ada") as ada:
        callers: Any = Always(house, ada.user_id)
        server = FastMCP(
            "auxcord", middleware=[ResourceGuard(callers), PromptGuard(prompts())], mask_error_details=True
        )
        offer(server, callers, prompts())
        async with Client(server, mode=request.param) as client:
            yield Surface(house, client, log)


def as_sent(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _fits_a_header(name: str) -> bool:
    """Whether a client can send it as a name or address, which the later revision repeats in a header."""
    return "\ud83d" not in name


async def test_no_address_of_a_resource_is_more_than_a_wrong_address(surface: Surface) -> None:
    read = surface.client.session.read_resource
    places = [template.uri_template.removesuffix("{id}") for template in templates()]
    addresses = [*TEXTS, *(f"spotify://{text}" for text in TEXTS)]
    for number, text in enumerate(TEXTS):
        place = places[number % len(places)]
        addresses += [f"{place}{text}", f"{place}{as_sent(text)}"]
    for address in filter(_fits_a_header, addresses):
        said = await surface.check(lambda address=address: read(address), unquote(address))
        assert said.endswith("[invalid_input]") or "/" + "0" * 22 in address or "z" * 22 in address
    (mine,) = (await read("spotify://me")).contents
    assert "Ada" in mine.text


async def test_a_prompt_puts_anything_into_one_quoted_line_or_says_what_it_lacks(surface: Surface) -> None:
    for prompt in await surface.client.list_prompts():
        names = [argument.name for argument in prompt.arguments or ()]
        for value in (*TEXTS, *STRANGE):
            for given in (dict.fromkeys(names, value), {"caller": value, **dict.fromkeys(names[:1], value)}):
                await surface.check(
                    lambda prompt=prompt, given=given: surface.client.get_prompt(prompt.name, given),
                    repr(given),
                )
            answer = await surface.client.get_prompt(prompt.name, dict.fromkeys(names, value))
            assert unseen_in(answer.messages[0].content.text) == []
        if any(argument.required for argument in prompt.arguments or ()):
            said = await surface.check(lambda prompt=prompt: surface.client.get_prompt(prompt.name), "")
            assert said.startswith(f"The prompt {prompt.name} needs {names[0]}.")
    for name in filter(_fits_a_header, TEXTS):
        said = await surface.check(lambda name=name: surface.client.get_prompt(name, {"a": name}), name)
        assert said.startswith("There is no such prompt.")


@pytest.mark.parametrize(
    ("count", "songs"), [("5", 5), ("0", 1), ("999", 50), (" 12 ", 12), ("-3", 20), ("١٢", 20), (HUGE, 20)]
)
async def test_a_number_of_songs_is_understood_or_taken_for_twenty(
    surface: Surface, count: str, songs: int
) -> None:
    answer = await surface.client.get_prompt("more_like_this", {"artist": "Miro", "count": count})
    assert f"choose {songs} songs" in answer.messages[0].content.text


async def test_completing_anything_offers_something_or_nothing(surface: Surface) -> None:
    playlist, template = PromptReference(name="tidy_playlist"), "spotify://playlist/{id}"
    for text in TEXTS:
        for ref, argument in (
            (playlist, {"name": "playlist", "value": text}),
            (playlist, {"name": text, "value": "x"}),
            (PromptReference(name=text), {"name": "device", "value": text}),
            (ResourceTemplateReference(uri=template), {"name": "id", "value": text}),
            (ResourceTemplateReference(uri=template), {"name": text, "value": text}),
            (ResourceTemplateReference(uri=text), {"name": "id", "value": text}),
        ):
            said = await surface.check(
                lambda ref=ref, argument=argument: surface.client.complete(ref, argument), text
            )
            assert unseen_in(said) == []
    assert (await surface.client.complete(playlist, {"name": "playlist", "value": "sun"})).values
