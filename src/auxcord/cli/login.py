"""`auxcord login` and `auxcord logout`: this computer's one person and their Spotify account."""

# No postponed annotations: cyclopts reads the parameters at run time.
import asyncio
import sys
import webbrowser
from typing import Annotated

from cyclopts import Parameter

from auxcord.server.assembly import Parts
from auxcord.server.connections import keep
from auxcord.server.keys import local_keys
from auxcord.server.local import DEFAULT_REDIRECT, LoopbackSignIn
from auxcord.server.settings import Settings
from auxcord.spotify.oauth import TokenSet
from auxcord.telemetry import logs
from auxcord.views import clean


def login(
    *,
    browser: Annotated[bool, Parameter(help="Open a browser; the address is printed either way.")] = True,
    paste: Annotated[
        bool,
        Parameter(help="For a browser on another computer (SSH): paste the final address here.", negative=""),
    ] = False,
) -> None:
    """Link your Spotify account to Auxcord on this computer."""
    settings = Settings.load(command="stdio")
    logs.configure(settings.log_level)
    asyncio.run(_login(settings, browser=browser, paste=paste))


def logout() -> None:
    """Forget the Spotify account of this computer and erase everything kept about it."""
    settings = Settings.load(command="stdio")
    logs.configure(settings.log_level)
    asyncio.run(_logout(settings))


async def _login(settings: Settings, *, browser: bool, paste: bool) -> None:
    parts = Parts.of(settings, local_keys(settings), alone=True)
    try:
        await parts.open()
        app = parts.apps.first
        sign_in = LoopbackSignIn(app.oauth, redirect_uri=settings.redirect_uri or DEFAULT_REDIRECT)
        tokens = await (_pasted(sign_in) if paste else _from_browser(sign_in, browser=browser))
        user = await keep(tokens, parts.vault, parts.accounts, app)
    finally:
        await parts.close()
    name = clean(user.display_name) or clean(user.id)
    print(f"Linked: {name}. Your MCP client can start `auxcord` now.", file=sys.stderr)


async def _logout(settings: Settings) -> None:
    parts = Parts.of(settings, local_keys(settings), alone=True)
    try:
        await parts.open()
        user_id = await parts.vault.sole_user()
        forgotten = user_id is not None and await parts.accounts.forget(user_id)
    finally:
        await parts.close()
    print(
        "Everything kept about your Spotify account is erased. "
        "To withdraw the consent itself, remove the app at spotify.com/account/apps."
        if forgotten
        else "No Spotify account is linked here.",
        file=sys.stderr,
    )


async def _from_browser(sign_in: LoopbackSignIn, *, browser: bool) -> TokenSet:
    def opened(url: str) -> None:
        print(f"Open this address in a browser to sign in to Spotify:\n\n  {url}\n", file=sys.stderr)
        if browser and not webbrowser.open(url):
            print(
                "No browser opened here. Open the address yourself; if your browser is on another computer, "
                "end this with Ctrl-C and run `auxcord login --paste`.",
                file=sys.stderr,
            )

    return await sign_in.wait(sign_in.listen(), opened=opened)


async def _pasted(sign_in: LoopbackSignIn) -> TokenSet:
    sign_in.listen().close()
    print(
        f"Open this address in any browser and approve:\n\n  {sign_in.url}\n\n"
        "The browser will end on a page it cannot open. Paste that page's whole address here:",
        file=sys.stderr,
    )
    return await sign_in.redeem_address(await asyncio.to_thread(sys.stdin.readline))
