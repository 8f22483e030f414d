"""The list of commands. Each is imported only when it runs, so that stdio starts fast."""

from __future__ import annotations

from cyclopts import App

from auxcord import __version__

app = App(
    name="auxcord",
    help="A multi-user MCP server for Spotify. Without a command it serves one person over stdio.",
    version=__version__,
    result_action="return_value",
)
app.command("auxcord.cli.demo:demo", name="demo")
app.command("auxcord.cli.serve:serve", name="serve")
app.command("auxcord.cli.login:login", name="login")
app.command("auxcord.cli.login:logout", name="logout")
app.command("auxcord.cli.simulator:simulator", name="simulator")

keys = App(name="keys", help="Make encryption keys.")
keys.command("auxcord.cli.keys:new", name="new")
app.command(keys)


@app.default
def stdio() -> None:
    """Serve one person over stdio; their MCP client starts this."""
    from auxcord.cli import stdio as command  # noqa: PLC0415 - imported only when it runs

    command.stdio()
