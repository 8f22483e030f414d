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
    ("import", "importing:import_", "Take over the tokens another program left in a file."),
    ("logout", "login:logout", "Forget the Spotify account of this computer."),
    ("doctor", "doctor:doctor", "Look after settings, keys, data and Spotify; change nothing."),
    ("rescue", "rescue:rescue", "Copy what can be read of a damaged database into a new one."),
    ("simulator", "simulator:simulator", "Run a simulated Spotify."),
):
    app.command(f"auxcord.cli.{target}", name=name, help=what)

keys = App(name="keys", help="Make, look at and change encryption keys.")
for name, target, what in (
    ("new", "new", "Print a new encryption key."),
    ("list", "list_", "Show each key's id and how much it protects."),
    ("check", "check", "Check that the keys open everything that is stored."),
    ("rotate", "rotate", "Move everything to the newest key; servers run on."),
):
    keys.command(f"auxcord.cli.keys:{target}", name=name, help=what)
app.command(keys)

audit = App(name="audit", help="Prove that the audit trail is whole, and take it elsewhere.")
for name, target, what in (
    ("verify", "verify", "Check that no line was altered, removed or moved."),
    ("export", "export", "Print it as JSON, one line an object."),
):
    audit.command(f"auxcord.cli.audit:{target}", name=name, help=what)
app.command(audit)

users = App(name="users", help="Show who is linked, and end what they have.")
for name, target, what in (
    ("list", "list_", "Show who is linked, through which Spotify app and until when."),
    ("disconnect", "disconnect", "Erase everything kept about one person."),
    ("revoke-all", "revoke_all", "End the access of every client of everybody at once."),
):
    users.command(f"auxcord.cli.users:{target}", name=name, help=what)
app.command(users)


@app.default
def stdio() -> None:
    """Serve one person over stdio; their MCP client starts this."""
    from auxcord.cli import stdio as command  # noqa: PLC0415 - imported only when it runs

    command.stdio()
