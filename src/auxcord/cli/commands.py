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
for name, target, what in (
    ("demo", "demo:demo", "Watch two people use one server; needs no Spotify account and no internet."),
    ("serve", "serve:serve", "Serve many people over HTTP."),
    ("login", "login:login", "Link your Spotify account on this computer."),
    ("logout", "login:logout", "Forget the Spotify account of this computer."),
    ("simulator", "simulator:simulator", "Run a simulated Spotify."),
):
    app.command(f"auxcord.cli.{target}", name=name, help=what)

keys = App(name="keys", help="Make encryption keys.")
keys.command("auxcord.cli.keys:new", name="new", help="Print a new encryption key.")
app.command(keys)


@app.default
def stdio() -> None:
    """Serve one person over stdio; their MCP client starts this."""
    from auxcord.cli import stdio as command  # noqa: PLC0415 - imported only when it runs

    command.stdio()
