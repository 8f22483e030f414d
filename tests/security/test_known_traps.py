"""What building an authorization server on this framework gets wrong most easily, and the test of each

Every trap in plain words beside the tests that would fall into it; those that had no home elsewhere stand
below.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from mcp.server.auth.provider import AuthorizeError, RegistrationError, TokenError
from sqlalchemy import select

from auxcord.authorization.authorize import AuthorizeRefusedError
from auxcord.authorization.availability import BearerBackend
from auxcord.authorization.clients import RegistrationRefusedError
from auxcord.authorization.exchange import UnknownClientError
from auxcord.authorization.grants import invalid_grant
from auxcord.store.schema import clients
from tests.authorization.house import Program, fields_of, open_consent, tokens_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio

TESTS: Final = Path(__file__).resolve().parents[1]
HERE: Final = "security/test_known_traps.py"
TRAPS: Final[dict[str, tuple[str, ...]]] = {
    "a frozen exception of the SDK raised inside a transaction becomes a 500": (
        f"{HERE}::test_a_refusal_passes_through_transactions_and_generators_unharmed",
        f"{HERE}::test_a_refusal_inside_a_transaction_is_an_answer_and_no_500",
    ),
    "JSON answers or missing sessions lose progress and questions to the person": (
        "authorization/test_http.py::test_progress_reaches_the_client_in_the_default_mode",
        "security/test_t28_request_state.py::test_a_question_of_one_replica_is_answered_at_another",
    ),
    "one database read for every call is too slow": (
        "authorization/test_bearer.py::test_calls_within_half_a_second_read_the_database_once",
    ),
    "a client answers a question that was never asked": (
        "tools/test_guards.py::test_an_answer_to_a_question_never_asked_does_not_reach_a_tool",
        "security/test_t28_request_state.py::test_answers_without_a_state_answer_nothing",
    ),
    "HTTP 403 for a missing scope hangs clients that are widely used": (
        "security/test_t21_matrix.py::test_the_link_in_the_refusal_lets_the_same_token_do_more",
        "security/test_t21_matrix.py::test_clients_of_the_older_revision_are_never_challenged",
    ),
    "a header names another tool than the body": (
        "security/test_t21_matrix.py::test_a_name_that_lies_in_its_header_is_let_through_to_nothing",
    ),
    "a client that registered no scope may ask for none": (
        f"{HERE}::test_a_client_that_registered_no_scope_may_ask_for_every_scope",
        "authorization/test_registration.py::test_a_program_may_ask_for_a_scope_it_did_not_register",
    ),
    "a loopback redirect matches on one port only, and never without a path": (
        "authorization/test_authorize.py::test_a_program_on_this_computer_may_use_any_port",
        "authorization/test_authorize.py::test_a_registered_address_without_a_path_works",
    ),
    "the token endpoint reads bodies of any size": (
        "authorization/test_codes.py::test_a_body_over_64_kib_is_refused",
    ),
    "the middleware is asked for before the routes, when nobody knows the resource yet": (
        f"{HERE}::test_the_resource_is_known_before_the_routes_are_asked_for",
        "security/test_t18_bearers.py::test_a_token_for_another_audience_is_a_401",
    ),
    "the store is down at the authorization endpoint, and down again in its error path": (
        f"{HERE}::test_a_store_that_is_down_is_a_page_at_the_authorization_endpoint_every_time",
        "authorization/test_outage.py::test_people_are_told_on_a_page_and_can_go_on_afterwards",
    ),
    "the page's own policy stops its form on the way to Spotify and the client": (
        "authorization/test_pages.py::test_the_form_may_lead_on_to_the_program",
        "authorization/test_pages.py::test_the_page_keeps_to_itself",
    ),
    "a referrer policy, a strict cookie or a proxy turns our own form and callback away": (
        f"{HERE}::test_our_pages_let_the_browser_say_where_a_form_comes_from",
        "authorization/test_http.py::test_behind_a_proxy_that_ends_tls_our_own_form_passes",
        "authorization/test_sign_in.py::test_over_https_the_cookie_carries_its_promises",
    ),
    "an exception outside a tool reaches older clients word for word": (
        "tools/test_guards.py::test_what_breaks_outside_a_tool_stays_inside_as_well",
        "tools/test_guards.py::test_an_unforeseen_error_shows_a_reference_and_nothing_else",
    ),
    "a stream outlives the grant, and one person uses up everybody's sessions": (
        "authorization/test_streams.py::test_a_stream_ends_soon_after_its_grant_is_revoked",
        "authorization/test_streams.py::test_one_person_cannot_use_up_everybodys_sessions",
    ),
}


def test_every_trap_has_tests_that_are_there(figures: Figures) -> None:
    missing = []
    for tests in TRAPS.values():
        for test in tests:
            path, name = test.split("::")
            if not re.search(rf"^(async )?def {name}\(", (TESTS / path).read_text(), re.MULTILINE):
                missing.append(test)
    assert missing == []
    figures.count("traps with a test that names them", len(TRAPS), "== 15")
    figures.count("tests named there that are not there", len(missing), "== 0")


REFUSALS: Final = (
    lambda: invalid_grant("test"),
    UnknownClientError,
    lambda: AuthorizeRefusedError("invalid_request", "test"),
    lambda: RegistrationRefusedError("invalid_redirect_uri", "test"),
)


@pytest.mark.parametrize("number", range(len(REFUSALS)))
async def test_a_refusal_passes_through_transactions_and_generators_unharmed(
    standing: ServedHouse, number: int
) -> None:
    refusal = REFUSALS[number]()

    @contextmanager
    def generator() -> Iterator[None]:
        yield

    def refuse(connection: Connection) -> None:
        connection.execute(select(clients.c.client_id).limit(1))
        raise refusal

    with pytest.raises((TokenError, AuthorizeError, RegistrationError)):
        await standing.store.transact(refuse)
    with pytest.raises((TokenError, AuthorizeError, RegistrationError)), generator():
        async with standing.store.write():
            raise refusal


async def test_a_refusal_inside_a_transaction_is_an_answer_and_no_500(standing: ServedHouse) -> None:
    program = await Program.registered(standing)
    tokens = await tokens_for(standing, program)
    seen = await standing.provider.load_access_token(tokens.access)
    assert seen is not None
    await standing.accounts.forget(str(seen.subject))
    answers = [
        await program.refresh(tokens.refresh),
        await program.redeem("unknown"),
        await program.http.get(program.authorize_url(resource="https://other.example/mcp")),
        await program.http.post("/register", json={"redirect_uris": ["javascript:alert(1)"]}),
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 302, 400]


async def test_a_client_that_registered_no_scope_may_ask_for_every_scope(standing: ServedHouse) -> None:
    answer = await standing.browser().post(
        "/register", json={"redirect_uris": ["http://127.0.0.1:3939/callback"]}
    )
    assert "scope" not in answer.json()
    program = Program(standing, standing.browser(), client_id=answer.json()["client_id"])
    for scope in ("read", "read playback edit"):
        assert (await tokens_for(standing, program, scope=scope)).scope == "read playback edit"


async def test_the_resource_is_known_before_the_routes_are_asked_for(standing: ServedHouse) -> None:
    provider = standing.another_process()
    backends = [middleware.kwargs.get("backend") for middleware in provider.get_middleware()]
    checks = [backend for backend in backends if isinstance(backend, BearerBackend)]
    assert [backend._resource for backend in checks] == [f"{standing.base}/mcp"]


async def test_a_store_that_is_down_is_a_page_at_the_authorization_endpoint_every_time(
    served: ServedHouse,
) -> None:
    program = await Program.registered(served)
    await served.store.close()
    for _ in range(3):
        answer = await program.http.get(program.authorize_url())
        assert (answer.status_code, "our own database" in answer.text) == (503, True)
        assert "Traceback" not in answer.text


async def test_our_pages_let_the_browser_say_where_a_form_comes_from(standing: ServedHouse) -> None:
    program, browser = await Program.registered(standing), standing.browser()
    page = await open_consent(browser, program.authorize_url())
    assert page.headers["referrer-policy"] == "same-origin"  # "no-referrer" makes it say `Origin: null`
    assert "samesite=lax" in page.headers["set-cookie"].lower()  # "strict" is not sent on the way back
    form = {**fields_of(page), "level": "look", "decision": "allow"}
    assert (await browser.post("/consent", data=form, headers={"Origin": "null"})).status_code == 403
    assert (await browser.post("/consent", data=form, headers={"Origin": standing.base})).status_code == 303
