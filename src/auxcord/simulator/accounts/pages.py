"""The simulator's few HTML pages.

Sign-in, refusal, and what this is. No scripts, light and dark, readable aloud.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auxcord.simulator.world.people import Person

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1f; --soft: #5b5b66; --paper: #f6f4ef; --card: #fff;
--line: #d9d5cb;
  --accent: #1d6b45; --accent-ink: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf1; --soft: #a9a9b6; --paper: #141417; --card:
#1f1f24;
  --line: #3a3a44; --accent: #59c48b; --accent-ink: #0d1f16; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color:
var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; padding: 1.5rem; }
main { background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 2rem;
max-width: 36rem;
  width: 100%; }
h1 { font-size: 1.4rem; margin: 0 0 .75rem; } h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p { margin: .5rem 0; } .soft { color: var(--soft); }
fieldset { border: 1px solid var(--line); border-radius: .75rem; margin: 1rem 0; padding: .5rem 1rem 1rem; }
legend { padding: 0 .4rem; font-weight: 600; }
label { display: flex; gap: .6rem; align-items: baseline; padding: .35rem 0; }
ul { padding-left: 1.2rem; margin: .5rem 0; } code { font-size: .92em; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3rem .5rem .3rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; }
.choices { display: flex; gap: .75rem; flex-wrap: wrap; margin-top: 1.5rem; }
input[type=radio] { accent-color: var(--accent); }
button { font: inherit; padding: .6rem 1.4rem; border-radius: 2rem; border: 1px solid var(--accent);
cursor: pointer;
  background: transparent; color: var(--accent); }
button.main { background: var(--accent); color: var(--accent-ink); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""


def page(title: str, content: str, status: int = 200) -> HTMLResponse:
    """Wrap content (HTML) into a whole page."""
    html = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )
    headers = {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
    }
    return HTMLResponse(html, status, headers)


def refusal(text: str, status: int = 400) -> HTMLResponse:
    """Show why a sign-in cannot even begin; there is nowhere safe to redirect to."""
    note = (
        '<p class="soft">This is the Spotify simulator. '
        "The app sent a sign-in that Spotify would refuse too.</p>"
    )
    return page("Sign-in refused", f'<p role="alert"><code>{escape(text)}</code></p>{note}', status)


def consent(
    app_name: str, ticket: str, people: Sequence[Person], scopes: Sequence[str], signed_in: str | None
) -> HTMLResponse:
    """Ask who signs in and whether the app may have what it asks for."""
    chosen = signed_in or people[0].handle
    rows = "".join(
        f'<label><input type="radio" name="user" value="{escape(person.handle)}"'
        f"{' checked' if person.handle == chosen else ''}><span><strong>{escape(person.handle)}</strong> "
        f'<span class="soft">{escape(_about(person))}</span></span></label>'
        for person in people
    )
    wishes = (
        "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scopes) or "<li>public data only</li>"
    )
    return page(
        f"{app_name} wants to use a simulated account",
        '<p class="soft">This is the Spotify simulator: nobody here is real, and no password is needed.</p>'
        '<form method="post" action="/authorize">'
        f'<input type="hidden" name="ticket" value="{escape(ticket)}">'
        f"<fieldset><legend>Sign in as</legend>{rows}</fieldset>"
        f"<h2>It asks for</h2><ul>{wishes}</ul>"
        '<div class="choices"><button class="main" name="decision" value="approve">Agree</button>'
        '<button name="decision" value="deny">Cancel</button></div></form>',
    )


def _about(person: Person) -> str:
    kind = "Premium" if person.premium else "free"
    return f"{person.sketch.display_name or 'no display name'}, {person.country}, {kind}"
