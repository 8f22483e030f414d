"""Listening: a busy port is one sentence, and leaving the block ends the server."""

from __future__ import annotations

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from auxcord.errors import AddressInUseError
from auxcord.server.listener import bind, port_of, serving


def app() -> Starlette:
    return Starlette(routes=[Route("/", lambda _request: PlainTextResponse("here"))])


@pytest.mark.anyio
async def test_an_application_is_served_until_the_block_is_left() -> None:
    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{port_of(listener)}/"
    async with httpx2.AsyncClient(trust_env=False) as http:
        async with serving(app(), listener):
            answer = await http.get(url)
        assert (answer.text, "server" in answer.headers) == ("here", False)
        with pytest.raises(httpx2.ConnectError):
            await http.get(url)


def test_a_busy_port_is_one_sentence_with_what_to_do() -> None:
    with bind("127.0.0.1", 0) as first, pytest.raises(AddressInUseError, match="is in use") as caught:
        bind("127.0.0.1", port_of(first))
    assert "--port" in caught.value.advice


def test_an_address_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(AddressInUseError, match=r"Cannot listen on 192\.0\.2\.1"):
        bind("192.0.2.1", 0)
