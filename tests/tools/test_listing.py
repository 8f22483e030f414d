"""What every model reads before its first call: small, complete, and never changed by accident."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client, FastMCP

from auxcord.caller import LEVELS, SPOTIFY_SCOPES, Permission
from auxcord.tools import TOOLSETS
from auxcord.tools.toolset import DESCRIPTION_LIMIT, Toolset, ToolSpec, tool

SNAPSHOTS = Path(__file__).parent / "snapshots"
ROOT = Path(__file__).parents[2]
SPECS = [spec for toolset in TOOLSETS for spec in toolset]
LISTING_CEILING = 12_000
"""Bytes of name, description and input schema of these tools; 30 tools must fit 12,000."""

FOR_EVERYBODY = {"connect_account", "disconnect_account"}
"""They change something, and any client may call them, because it is the person who does it."""

every_tool = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)


def listed(spec: ToolSpec) -> dict[str, Any]:
    return spec.bind().to_mcp_tool().model_dump(mode="json", by_alias=True, exclude_none=True)


@pytest.mark.anyio
async def test_the_list_of_tools_fits_its_budget() -> None:
    async with Client(FastMCP("listing", tools=[spec.bind() for spec in SPECS])) as client:
        tools = await client.list_tools()
    sizes = {}
    for listing in tools:
        told = {"name": listing.name, "description": listing.description, "inputSchema": listing.input_schema}
        sizes[listing.name] = len(json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode())
    total = sum(sizes.values())
    largest = max(sizes, key=lambda name: sizes[name])
    print(f"tools/list: {total:,} bytes, {len(tools)} tools, largest {largest} {sizes[largest]}")  # noqa: T201
    assert total <= LISTING_CEILING


@every_tool
def test_a_tool_is_as_its_snapshot_says(spec: ToolSpec) -> None:
    file = SNAPSHOTS / f"{spec.name}.json"
    now = json.dumps(listed(spec), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        SNAPSHOTS.mkdir(exist_ok=True)
        file.write_text(now, encoding="utf-8")
    assert file.is_file(), f"{file} is missing; write it with UPDATE_SNAPSHOTS=1"
    assert now == file.read_text(encoding="utf-8"), "the tool changed; if so meant, UPDATE_SNAPSHOTS=1"


def test_no_snapshot_is_left_of_a_tool_that_is_gone() -> None:
    assert {file.stem for file in SNAPSHOTS.glob("*.json")} == {spec.name for spec in SPECS}


@every_tool
def test_a_tool_says_what_it_is_and_what_it_does_to_things(spec: ToolSpec) -> None:
    shown = listed(spec)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", spec.name)
    assert shown["title"] == spec.title == shown["annotations"]["title"]
    assert 20 < len(spec.description) <= DESCRIPTION_LIMIT
    hints = {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    assert hints <= set(shown["annotations"])
    assert not (spec.read_only and spec.destructive)
    assert "outputSchema" not in shown
    assert spec.read_only == (spec.needs is Permission.READ) or spec.name in FOR_EVERYBODY
    assert spec.premium == (spec.needs is Permission.PLAYBACK)
    if spec.premium:
        assert "Premium" in spec.description


@every_tool
def test_a_schema_spends_no_tokens_on_what_tells_nothing(spec: ToolSpec) -> None:
    told = listed(spec)["inputSchema"]
    arguments = set(told.get("properties", {}))
    assert {"title", "anyOf", "additionalProperties", "$defs"} & (_keys(told) - arguments) == set()
    assert "null" not in json.dumps(told)


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    return set(value).union(*map(_keys, value.values())) if isinstance(value, dict) else set()


def test_tool_names_are_unique() -> None:
    assert len({spec.name for spec in SPECS}) == len(SPECS)


def test_spotify_is_asked_for_exactly_the_scopes_the_tools_need() -> None:
    asked: frozenset[Any] = frozenset()
    for permission in Permission:
        needed = {scope for spec in SPECS if spec.needs is permission for scope in spec.scopes}
        before = SPOTIFY_SCOPES[Permission.READ] if permission is not Permission.READ else frozenset()
        assert SPOTIFY_SCOPES[permission] == needed - before
        asked |= needed
    assert asked == frozenset().union(*(SPOTIFY_SCOPES[permission] for permission in LEVELS["everything"]))


def test_levels_only_ever_add() -> None:
    assert LEVELS["look"] < LEVELS["control"] < LEVELS["everything"] == frozenset(Permission)


def test_a_description_that_is_missing_or_too_long_is_refused_at_once() -> None:
    async def silent(caller: object) -> str:
        return ""

    with pytest.raises(ValueError, match="1 to 300 characters"):
        tool(title="Silent", needs=Permission.READ)(silent)
    silent.__doc__ = "x" * (DESCRIPTION_LIMIT + 1)
    with pytest.raises(ValueError, match="1 to 300 characters"):
        tool(title="Silent", needs=Permission.READ)(silent)


def test_toolsets_are_named_once() -> None:
    names = [toolset.name for toolset in TOOLSETS]
    assert all(isinstance(toolset, Toolset) for toolset in TOOLSETS)
    assert len(set(names)) == len(names)


def test_the_tool_reference_is_up_to_date() -> None:
    checked = subprocess.run(
        [sys.executable, "scripts/tool_reference.py", "--check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_tool_is_in_the_reference() -> None:
    text = (ROOT / "docs" / "tools.md").read_text(encoding="utf-8")
    for spec in SPECS:
        assert f"### `{spec.name}`: {spec.title}\n" in text
        assert spec.description in text
