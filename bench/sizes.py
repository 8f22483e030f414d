"""What a model has to read: the list of tools, and everyday answers, in bytes."""

from __future__ import annotations

from rich.console import Console

from auxcord.cli.demo import stage
from auxcord.cli.report import Report
from auxcord.cli.visitor import Visitor


async def measure(*, short: bool) -> dict[str, float]:
    """Bytes of `tools/list` (name, description and input schema of every tool) and of answers."""
    del short
    async with stage(0, 0, seed=1) as place:
        quiet = Report(Console(quiet=True))
        async with Visitor("Ada", "ada", f"{place.server}/mcp", level="everything", report=quiet) as ada:
            return await _sizes(ada)


async def _sizes(ada: Visitor) -> dict[str, float]:
    tools = await ada.client.list_tools()
    parts = [
        (tool.name, tool.description or "", str(tool.model_dump_json(include={"input_schema"})))
        for tool in tools
    ]
    found = await ada.call("search", query="silver", types=["track"], limit=50)
    more = await ada.call("search", query="open", types=["track"], limit=50)
    uris = (found.uris("track") + more.uris("track"))[:100]
    made = await ada.call("create_playlist", name="A hundred tracks", uris=uris)
    playlist = made.uris("playlist")[0]
    listed = await ada.call("get_playlist", playlist=playlist, limit=100)
    library = await ada.call("list_library", kind="tracks", limit=50)
    return {
        f"tools/list, {len(tools)} tools (budget 12,000 for 30)": sum(
            len("".join(part).encode()) for part in parts
        ),
        f"a playlist of {len(listed.uris('track'))} tracks (budget 8,500 for 100)": len(listed.text.encode()),
        f"search, {len(found.uris('track'))} tracks": len(found.text.encode()),
        f"library, {len(library.uris('track'))} tracks": len(library.text.encode()),
        "create_playlist with a hundred URIs": len(made.text.encode()),
    }
