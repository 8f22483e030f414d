"""T46: strangers who register or name an address get no further than the page, and send us nowhere

Real HTTP to us, real TLS from us. The bar: names are escaped and the host is shown; whatever stands at a
client's address and wherever its name leads, no connection is tried to an address that is not public; what is
no proper document starts no sign-in. (Ten thousand registrations from one address: `tests/reliability`.)
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from auxcord.authorization import fetching
from tests.authorization.house import Program, open_consent, tokens_for
from tests.authorization.internet import PUBLIC, internet
from tests.security.strangers import ADDRESSES, DOCUMENTS, HOSTILE, good

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx2

    from bench.figures import Figures
    from tests.authorization.internet import Internet
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio

NAMES = ("client.example", "mixed.example", "turning.example", *(f"c{n}.example" for n in range(60)))
BIDI = "\u202e\u202d\u202a\u202b\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\U000e0041"


@pytest.fixture
async def net(
    standing: ServedHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Internet]:
    async with internet(tmp_path, monkeypatch, names=NAMES) as net:
        net.own_ports.add(standing.port)
        yield net


async def start(house: ServedHouse, client_id: str) -> httpx2.Response:
    """Begin a sign-in for a client id, from an address of one's own."""
    program = Program(house, house.browser(), client_id=client_id)
    return await program.http.get(program.authorize_url())


def starts_nothing(answer: httpx2.Response) -> bool:
    return answer.status_code in {400, 503} and "location" not in answer.headers


async def test_no_odd_address_is_even_looked_up(
    standing: ServedHouse, net: Internet, figures: Figures
) -> None:
    net.publish("https://client.example/client", good("https://client.example/client"))
    wrong = [address for address in ADDRESSES if not starts_nothing(await start(standing, address))]
    assert wrong == []
    figures.count("connections tried for odd addresses", len(net.attempts), "== 0")
    figures.count("odd addresses tried", len(ADDRESSES), ">= 50")


async def test_no_name_leads_us_off_the_public_internet(
    standing: ServedHouse, net: Internet, figures: Figures
) -> None:
    wrong = []
    for number, place in enumerate(HOSTILE):
        address = f"https://h{number}.example/client"
        net.zone[f"h{number}.example"] = [[place]]
        if not starts_nothing(await start(standing, address)):
            wrong.append(place)
    for name, places in (("mixed", [PUBLIC, "127.0.0.1"]), ("swapped", ["10.0.0.1", PUBLIC])):
        net.zone[f"{name}.example"] = [places]
        if not starts_nothing(await start(standing, f"https://{name}.example/client")):
            wrong.append(str(places))
    assert wrong == []
    figures.count("connections tried to addresses that are not public", len(net.private_attempts), "== 0")
    figures.count("connections tried at all for such names", len(net.attempts), "== 0")
    figures.count("addresses names were made to stand for", len(HOSTILE) + 2, ">= 40")


async def test_a_name_that_turns_after_it_was_judged_leads_nowhere_else(
    standing: ServedHouse, net: Internet, figures: Figures
) -> None:
    address = "https://turning.example/client"
    net.publish(address, good(address), headers={"Cache-Control": "no-store"})
    net.zone["turning.example"] = [[PUBLIC], ["127.0.0.1"], ["169.254.169.254"]]
    assert (await start(standing, address)).status_code == 302
    assert net.attempts == [(PUBLIC, 443)]
    standing.clock.advance(100)
    assert (await start(standing, address)).status_code == 400
    assert (await start(standing, address)).status_code == 400
    figures.count("connections to where a name turned to", len(net.private_attempts), "== 0")
    assert net.attempts == [(PUBLIC, 443)]


async def test_nothing_that_is_no_proper_document_starts_a_sign_in(
    standing: ServedHouse, net: Internet, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.5)
    monkeypatch.setattr("auxcord.authorization.directory.HELD_SECONDS", 0.0)
    wrong = []
    for number, case in enumerate(DOCUMENTS):
        address = f"https://c{number}.example/client"
        document = json.dumps(good(address, **case.changes)).encode() if case.body is None else case.body
        net.publish(address, document.replace(b"{address}", address.encode()), **case.how)
        answer = await start(standing, address)
        if not starts_nothing(answer) or "Stranger" in answer.text:
            wrong.append((case.name, answer.status_code))
    assert wrong == []
    figures.count("improper documents that started a sign-in", len(wrong), "== 0")
    figures.count("improper documents tried", len(DOCUMENTS), ">= 50")
    figures.count("connections that left the public internet", len(net.private_attempts), "== 0")
    assert net.attempts == [(PUBLIC, 443)] * len(DOCUMENTS)  # one each, and no redirect was followed


async def test_a_certificate_for_another_name_is_not_taken(standing: ServedHouse, net: Internet) -> None:
    address = "https://uncertified.example/client"
    net.publish(address, good(address))
    assert starts_nothing(await start(standing, address))
    assert net.sites["uncertified.example"].asked == []


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}{% raw %}",
        "</title><h1>Spotify",
        "&lt;b&gt;",
        f"Claude{BIDI}exe.gnp",
        f"Cla{INVISIBLE}ude",
        "line\r\nbreak\x00\x07\x1b[31m",
        "n" * 100,
        "  ",
    ],
)
@pytest.mark.parametrize("way", ["registered", "published"])
async def test_a_name_stays_text_on_one_line_and_the_host_is_beside_it(
    standing: ServedHouse, net: Internet, name: str, way: str
) -> None:
    if way == "registered":
        program = await Program.registered(standing, client_name=name)
    else:
        address = f"https://client.example/{abs(hash(name))}"
        net.publish(address, good(address, client_name=name))
        program = Program(standing, standing.browser(), client_id=address)
    page = await open_consent(standing.browser(), program.authorize_url())
    shown = html.unescape(re.search(r'<bdi class="name">(.*?)</bdi>', page.text)[1])  # type: ignore[index]
    assert shown
    assert shown.isprintable()
    assert not set(shown) & set(BIDI + INVISIBLE)
    assert page.text.count("<script") == page.text.count("<img src=x") == page.text.count("</h1>") - 1 == 0
    assert ("client.example" in page.text) is (way == "published")
    assert ("Registered by itself" in page.text) is (way == "registered")


async def test_many_clients_with_one_redirect_uri_stay_apart(standing: ServedHouse) -> None:
    programs = [await Program.registered(standing, client_name="Claude") for _ in range(20)]
    assert len({program.client_id for program in programs}) == 20
    tokens = await tokens_for(standing, programs[0])
    for other in programs[1:]:
        assert (await other.refresh(tokens.refresh)).json()["error"] == "invalid_grant"
        assert (await other.revoke(tokens.refresh)).status_code == 200
    assert (await programs[0].whoami(tokens.access)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b"\xff\xfe",
        b"{}",
        b'{"redirect_uris": []}',
        b'{"redirect_uris": null}',
        b'{"redirect_uris": "http://127.0.0.1/"}',
        b'{"redirect_uris": [1]}',
        b'{"redirect_uris": ["http://127.0.0.1/"], "client_name": 7}',
        b'{"redirect_uris": ["http://127.0.0.1/"], "client_name": "' + b"n" * 101 + b'"}',
        b"[" * 60_000,
        b'{"a":' * 12_000,
    ],
)
async def test_a_registration_that_makes_no_sense_is_a_400(standing: ServedHouse, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await standing.browser().post("/register", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}


async def test_a_registration_cannot_bring_what_is_ours_to_give(standing: ServedHouse) -> None:
    document: dict[str, Any] = {
        "redirect_uris": ["http://127.0.0.1:3939/callback"],
        "client_id": "https://client.example/client",
        "client_secret": "test-value",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["client_credentials", "password"],
        "response_types": ["token"],
        "scope": "read admin",
        "software_statement": "x.y.z",
    }
    answer = (await standing.browser().post("/register", json=document)).json()
    assert re.fullmatch(r"[0-9a-f]{32}", answer["client_id"])
    assert answer["token_endpoint_auth_method"] == "none"
    assert answer["grant_types"] == ["authorization_code", "refresh_token"]
    assert answer["response_types"] == ["code"]
    assert answer["scope"] == "read"
    assert "client_secret" not in answer
