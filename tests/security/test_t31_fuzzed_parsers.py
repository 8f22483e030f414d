"""T31: whatever the parsers are given, they refuse in their own words, and what they accept others read alike

Redirect URIs and the addresses of client documents are held against three readers that share no code with
ours: the HTTP client's, and the one that browsers and Node use. The long form (`AUXCORD_TEST_FORM=nightly`)
is fifty times as long, and another one each time.
"""

from __future__ import annotations

import ipaddress
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxcord.authorization import documents, redirects
from auxcord.authorization.documents import DocumentError
from auxcord.authorization.fetching import LARGEST, Fetched
from auxcord.authorization.parameters import Audience
from tests.security.fuzzing.material import SAID
from tests.security.fuzzing.reading import FORM, SEEN, Tally, addresses, anything, read_by_node

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.figures import Figures

pytestmark = pytest.mark.timeout(3600)  # at night
DOCUMENT: Final = "https://client.example/oauth/client.json"


def test_an_accepted_redirect_leads_where_every_reader_says_it_leads(figures: Figures) -> None:
    tally = Tally()

    @FORM
    @given(addresses(SEEN), st.sampled_from([None, "web", "native", "", "other"]))
    def check(uri: str, kind: str | None) -> None:
        tally.tried += 1
        problem = redirects.problem_with(uri, kind)
        if problem is not None:
            assert problem.isascii()
            assert len(uri) < 8 or uri not in problem
            return
        tally.accepted.append(uri)
        assert uri.isascii()
        assert uri.isprintable()
        parts = urlsplit(uri)
        assert parts.username is parts.password is None
        assert not parts.fragment
        if parts.scheme == "http":
            assert parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if parts.scheme in {"http", "https"}:  # of an app's own scheme, the system reads only the scheme
            other = httpx2.URL(uri)
            assert (other.scheme, other.userinfo) == (parts.scheme, b"")
            assert other.raw_host.strip(b"[]") == (parts.hostname or "").encode()
        assert redirects.matches(uri, uri)
        assert redirects.place_of(uri)
        assert redirects.origin_of(uri).isprintable()
        assert not {"code", "state", "iss"} & {name for name, _ in parse_qsl(parts.query)}

    check()
    accepted = sorted(set(tally.accepted))
    for uri, read in zip(accepted, read_by_node(accepted), strict=True):
        assert read is not None, uri
        parts = urlsplit(uri)
        assert (read["protocol"], read["username"], read["hash"]) == (f"{parts.scheme}:", "", ""), uri
        if parts.scheme in {"http", "https"}:
            assert read["host"] == parts.netloc, uri
            assert read["href"] in {uri, f"{uri}/", uri.replace("?", "/?", 1)}, uri
    tally.report(figures, "redirect URIs", least=50)
    figures.measure(
        "different accepted redirect URIs that Node and our client read alike", len(accepted), ">= 50"
    )


def test_what_matches_a_registered_redirect_differs_from_it_in_its_port_at_most(figures: Figures) -> None:
    tally = Tally()
    fine = tuple(uri for uri in SEEN if redirects.problem_with(uri) is None)

    @FORM
    @given(st.sampled_from(fine), st.data())
    def check(registered: str, data: st.DataObject) -> None:
        requested = data.draw(addresses((registered,)))
        tally.tried += 1
        if not redirects.matches(registered, requested):
            return
        tally.accepted.append(requested)
        one, other = urlsplit(registered), urlsplit(requested)
        assert (one.scheme, one.hostname, one.query) == (other.scheme, other.hostname, other.query)
        assert (one.path or "/") == (other.path or "/")
        assert "@" not in other.netloc
        if one.port != other.port:
            assert one.scheme == "http"
            assert one.hostname in {"127.0.0.1", "::1", "localhost"}
        if one.scheme in {"http", "https"}:
            assert httpx2.URL(requested).raw_host.strip(b"[]") == (one.hostname or "").encode()

    check()
    tally.report(figures, "matching redirect URIs", least=20)


def test_an_accepted_address_of_a_document_is_a_domain_of_the_public_web_to_every_reader(
    figures: Figures,
) -> None:
    tally = Tally()

    @FORM
    @given(addresses((DOCUMENT, "https://a.example/x?y=z", "https://xn--bcher-kva.example/a", *SEEN[:20])))
    def check(address: str) -> None:
        tally.tried += 1
        problem = documents.problem_with_address(address)
        if documents.is_address(address) and problem is not None:
            assert len(address) < 8 or address not in problem
        if problem is not None:
            return
        tally.accepted.append(address)
        host = documents.host_of(address)
        assert host == httpx2.URL(address).raw_host.decode() == urlsplit(address).netloc
        with pytest.raises(ValueError, match="does not appear to be"):
            ipaddress.ip_address(host)

    check()
    accepted = sorted(set(tally.accepted))
    for address, read in zip(accepted, read_by_node(accepted), strict=True):
        assert read is not None, address
        assert (read["protocol"], read["host"], read["href"]) == (
            "https:",
            documents.host_of(address),
            address,
        )
    tally.report(figures, "addresses of client documents", least=20)


json_values: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
MEMBERS: Final = (
    "client_id", "client_name", "redirect_uris", "application_type", "token_endpoint_auth_method", "jwks",
    "token_endpoint_auth_methods_supported", "client_secret", "scope", "grant_types", "logo_uri",
    "client_uri",
)  # fmt: skip


def test_a_document_is_a_client_that_may_be_served_or_refused_in_our_words(figures: Figures) -> None:
    tally, refusals = Tally(), set[str]()
    right: dict[str, Any] = {
        "client_id": DOCUMENT,
        "redirect_uris": ["http://127.0.0.1/cb"],
        "client_name": "A",
    }

    @FORM
    @given(
        st.dictionaries(
            st.sampled_from(MEMBERS), json_values | st.lists(addresses(SEEN), max_size=3), max_size=2
        ),
        st.sampled_from(["application/json", "application/json; charset=utf-8", *SAID]),
        st.none() | st.binary(max_size=60),
        st.integers(0, 300),
    )
    def check(changes: dict[str, Any], kind: str, instead: bytes | None, where: int) -> None:
        tally.tried += 1
        body = json.dumps({**right, **changes}).encode()
        if instead is not None:
            body = body[:where] + instead + body[where:]
        try:
            client = documents.read(DOCUMENT, Fetched(kind, body[:LARGEST], 60.0))
        except DocumentError as error:
            refusals.add(str(error))
            return
        tally.accepted.append(str(client.client_id))
        assert client.client_id == DOCUMENT
        assert client.client_secret is None
        assert client.redirect_uris
        assert [uri for uri in map(str, client.redirect_uris) if redirects.problem_with(uri)] == []

    check()
    assert [said for said in refusals if not said.isascii() or len(said) > 100] == []
    tally.report(figures, "client documents", least=20)


def test_only_our_own_address_is_our_resource(figures: Figures) -> None:
    tally = Tally()
    ours = Audience("https://music.example/mcp")

    @FORM
    @given(addresses(("https://music.example/mcp", "https://music.example:443/mcp/?a=b", *SEEN[:9])))
    def check(resource: str) -> None:
        tally.tried += 1
        if ours.is_meant(resource):
            tally.accepted.append(resource)
            parts = urlsplit(resource)
            assert (parts.scheme, parts.hostname) == ("https", "music.example")
            assert (parts.port or 443, parts.path.rstrip("/")) == (443, "/mcp")
            assert "@" not in parts.netloc
            assert not parts.fragment

    check()
    for resource, read in zip(tally.accepted, read_by_node(tally.accepted), strict=True):
        assert read is not None, resource
        assert (read["protocol"], read["hostname"], read["port"]) == ("https:", "music.example", ""), resource
    tally.report(figures, "resource indicators", least=20)


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (lambda uri: urlsplit(uri).hostname, "https://client.example\\@evil.example/cb"),
        (lambda uri: urlsplit(uri).hostname, "http://0x7f.1/cb"),
    ],
)
def test_readers_that_differ_are_told_apart(reader: Callable[[str], str], text: str) -> None:
    """The oracle sees a difference where there is one: such addresses are why nothing odd is accepted."""
    (read,) = read_by_node([text])
    assert read is not None
    assert read["hostname"] != reader(text)
    assert redirects.problem_with(text) is not None
