"""The drivers against the real simulator and the real client, without the published description."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scripts.description.client_calls import client_calls
from scripts.description.client_driver import drive_client
from scripts.description.differences import Kind
from scripts.description.document import Description
from scripts.description.facts import PROFILES
from scripts.description.lab import Lab
from scripts.description.recipes import recipes
from scripts.description.runs import run

from tests.description.songs import songs, songs_document

if TYPE_CHECKING:
    from scripts.description.facts import Profile

pytestmark = pytest.mark.anyio

MODES = pytest.mark.parametrize("profile", PROFILES)


@MODES
async def test_every_method_of_the_client_is_called_and_succeeds(profile: Profile) -> None:
    async with Lab.opened(profile) as lab:
        seen = await drive_client(lab, await lab.sample())
    assert seen.undriven == []
    assert [drive for drive in seen.drives if drive.failure] == []


@MODES
async def test_what_is_closed_to_an_app_is_told_to_the_one_who_asks(profile: Profile) -> None:
    async with Lab.opened(profile) as lab:
        sample = await lab.sample()
        seen = await drive_client(lab, sample)
        closed = [call.method for call in client_calls(sample) if call.is_closed(profile)]
    statuses = {
        drive.exchanges[0].status for drive in seen.drives if drive.method in closed and drive.exchanges
    }
    expected = {"development": {403}, "legacy-development": {404}, "extended": set()}
    assert statuses == expected[profile]


@MODES
async def test_what_fits_is_found_to_fit(profile: Profile) -> None:
    seen = await run(songs(), profile)
    theirs = {(finding.operation, finding.difference.kind, finding.difference.place)
              for finding in seen.findings if finding.operation != "-"}  # fmt: skip
    declared = {
        ("get-an-artist", Kind.STATUS, "304 empty"),
        ("pause-a-users-playback", Kind.STATUS, "200 text/plain"),
    }
    gateway = {
        (name, Kind.CONTENT_TYPE, "403 text/plain") for name in ("get-an-artist", "pause-a-users-playback")
    }
    assert theirs == (declared if profile == "extended" else declared | gateway)
    assert seen.tally("get-an-artist").successes == {200}
    assert {"catalog.artist", "catalog.item"} <= seen.tally("get-an-artist").methods


async def test_a_field_the_description_does_not_know_is_found_in_the_answers_of_the_simulator() -> None:
    document = songs_document()
    del document["components"]["schemas"]["ArtistObject"]["properties"]["genres"]
    seen = await run(Description(document), "extended")
    places = {finding.difference.place for finding in seen.findings if finding.source == "success"}
    assert places == {"ArtistObject.genres"}


async def test_a_field_cut_from_apps_in_development_may_not_be_sent_to_them_and_must_be_to_others() -> None:
    document = songs_document()
    document["components"]["schemas"]["ArtistObject"]["required"].append("popularity")
    for profile in PROFILES:
        seen = await run(Description(document), profile)
        assert not [finding for finding in seen.findings if finding.source == "success"]
    del document["components"]["schemas"]["ArtistObject"]["properties"]["popularity"]
    seen = await run(Description(document), "extended")
    assert "ArtistObject.popularity" in {finding.difference.place for finding in seen.findings}


async def test_a_parameter_the_description_does_not_know_is_found_in_the_requests_of_the_client() -> None:
    document = songs_document()
    document["paths"]["/me/player/pause"]["put"]["parameters"] = []
    seen = await run(Description(document), "extended")
    found = {(finding.source, finding.difference.place) for finding in seen.findings
             if finding.difference.kind is Kind.UNKNOWN_PARAMETER}  # fmt: skip
    assert found == {("playback.pause", "query.device_id")}


async def test_a_request_to_a_path_the_description_does_not_have_is_found() -> None:
    seen = await run(songs(), "extended")
    unknown = {finding.difference.place for finding in seen.findings
               if finding.difference.kind is Kind.UNKNOWN_OPERATION}  # fmt: skip
    assert "GET /me" in unknown


async def test_an_operation_closed_to_an_app_is_seen_to_be_closed() -> None:
    document = songs_document()
    top = document["paths"]["/artists/{id}"]["get"]
    document["paths"] = {"/artists/{id}/top-tracks": {"get": {**top, "deprecated": True}}}
    document["paths"]["/artists/{id}/top-tracks"]["get"]["operationId"] = "get-an-artists-top-tracks"
    seen = await run(Description(document), "development")
    assert seen.tally("get-an-artists-top-tracks").closed == 403


async def test_there_is_a_way_to_ask_for_everything_the_simulator_has() -> None:
    from auxcord.simulator.webapi.surface import OPERATIONS  # noqa: PLC0415  # beside what it is compared with

    async with Lab.opened("development") as lab:
        ways = recipes(await lab.sample())
    assert set(ways) == {operation.id for operation in OPERATIONS}
