"""The account page, as people and tests use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from auxcord.audit.reading import lines
from auxcord.store.schema import metadata
from tests.authorization.house import BASE, SPOTIFY, House, fields_of

if TYPE_CHECKING:
    import httpx2

OURS = {"Origin": BASE}
STEPS = ("renew", "remove", "data", "erase", "sign-out")
COOKIE = "aux_account"


async def visit(house: House, browser: httpx2.AsyncClient, *, person: str = "ada") -> httpx2.Response:
    """Sign a person in to the page; returns where they arrive."""
    away = await browser.post("/account/sign-in", data={"x": "y"}, headers=OURS)
    assert away.status_code == 303, away.text
    return await through_spotify(house, browser, away.headers["location"], person=person)


async def through_spotify(
    house: House, browser: httpx2.AsyncClient, where: str, *, person: str = "ada"
) -> httpx2.Response:
    while where.startswith(SPOTIFY):
        await house.at_spotify(person)
        answer = await browser.get((await house.spotify.get(where)).headers["location"])
        where = answer.headers.get("location", "")
    return await browser.get(where) if where else answer


async def page_of(browser: httpx2.AsyncClient, path: str = "/account") -> httpx2.Response:
    page = await browser.get(path)
    assert page.status_code == 200, page.text
    return page


async def press(
    browser: httpx2.AsyncClient, step: str, *, page: str = "/account", **changes: str
) -> httpx2.Response:
    """Send one of the forms on a page."""
    form = {"csrf": fields_of(await page_of(browser, page))["csrf"], **changes}
    return await browser.post(f"/account/{step}", data=form, headers=OURS)


def words(page: httpx2.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


async def count(house: House, table: str) -> int:
    return (await house.store.fetch(select(func.count()).select_from(metadata.tables[table])))[0][0]


async def told(house: House) -> list[str]:
    return [line.event async for line in lines(house.store)]
