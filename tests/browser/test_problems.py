"""Every page that tells a problem, in Chromium: axe-core minds nothing and everything fits."""

from __future__ import annotations

from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from auxcord.authorization import problems
from auxcord.authorization.pages import Pages
from auxcord.authorization.problems import Problem, of_app, unexpected
from auxcord.server.listener import bind, port_of, serving
from tests.browser.looks import judged
from tests.browser.scenes import LONG_HOST

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from tests.browser.conftest import OpenWindow

pytestmark = [pytest.mark.anyio, pytest.mark.server]

PROBLEMS: Final[dict[str, Problem]] = {
    found.code: found for found in vars(problems).values() if isinstance(found, Problem)
} | {
    "unexpected": unexpected("7f3c-not-a-real-reference"),
    "app_with_another": of_app(problems.NOT_ALLOW_LISTED, "app 2", is_last=False),
}
WAYS: Final = {
    "faulty_request": {"back": f"https://{LONG_HOST}/oauth/callback?error=invalid_request"},
    "app_with_another": {"retry": "/again", "another": "/another"},
    "spotify_unavailable": {"retry": "/again"},
    "already_linked": {"retry": "/again"},
    "server_full": {"retry": "/again"},
}
"""Where the pages lead that lead anywhere."""


@asynccontextmanager
async def showing_problems() -> AsyncIterator[Any]:
    """The pages of all problems, also of those that no test can bring about, rendered as the server does."""
    listener = bind("127.0.0.1", 0)
    base = f"http://127.0.0.1:{port_of(listener)}"
    pages = Pages(base, spotify_origin="https://accounts.spotify.com")

    async def show(request: Request) -> Response:
        code = request.path_params["code"]
        return pages.problem(PROBLEMS[code], **WAYS.get(code, {}))

    app = Starlette(routes=[*pages.routes(), Route("/problem/{code}", show)])
    async with serving(app, listener):
        yield SimpleNamespace(base=base)


@pytest.fixture(scope="module")
async def shown(anyio_backend: str) -> AsyncIterator[Any]:
    async with showing_problems() as shown:
        yield shown


@pytest.mark.parametrize("code", PROBLEMS)
async def test_a_problem_is_told_readably_to_all_and_fits(
    window: OpenWindow, shown: Any, tally: Counter[str], code: str
) -> None:
    page = await (await window(shown)).tab(f"{shown.base}/problem/{code}")
    assert await judged(page, f"problem-{code}", tally) == []
