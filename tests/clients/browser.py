"""A person at a web browser who signs in when a client program asks for it.

It follows redirects, keeps cookies, reads forms and presses buttons; it knows nothing about Auxcord but the
words on the page. As a program it is what a client starts when it "opens the browser":

    python tests/clients/browser.py --person ada 'http://127.0.0.1:8000/authorize?…'
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import anyio
import httpx2
from forms import Form, Option, forms_of

if TYPE_CHECKING:
    from types import TracebackType

SIGN_IN_SECONDS = 30.0  # from the first page to the client's own callback
PAGES_AT_MOST = 20  # more than any sign-in needs; a redirect loop ends here
AGREE = ("allow", "agree", "approve", "accept", "continue", "connect")
REFUSE = ("deny", "cancel", "refuse")
AGENT = "Mozilla/5.0 (X11; Linux x86_64) a person in a test"


class StuckError(Exception):
    """The person at the browser cannot go on: an error page, or a page without a way forward."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person wants: who they are on Spotify, how much the client may do, and yes or no."""

    person: str
    level: str = "everything"
    agree: bool = True


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(slots=True)
class Browser:
    """One person's browser window with its own cookies. Use it as `async with Browser(wishes) as browser`."""

    wishes: Wishes
    asked_at: list[str] = field(default_factory=list)
    _http: httpx2.AsyncClient = field(
        default_factory=lambda: httpx2.AsyncClient(headers={"User-Agent": AGENT}, timeout=10, trust_env=False)
    )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def sign_in(self, url: str) -> str:
        """Walk from the authorization URL until the server sends the browser back to the client.

        Returns:
            The address the browser was sent to, `code` and `state` included; it is not visited.

        Raises:
            StuckError: An error page, a page with nothing to press, or too many pages.
        """
        back = parse_qs(urlsplit(url).query).get("redirect_uri", [""])[0]
        if not back:
            raise StuckError(f"The authorization URL names no redirect_uri: {url}")
        with anyio.fail_after(SIGN_IN_SECONDS):
            page = await self._http.get(url)
            for _ in range(PAGES_AT_MOST):
                if page.is_redirect:
                    target = urljoin(str(page.url), page.headers["location"])
                    if target.startswith(back):
                        self._demand_consent(url)
                        return target
                    page = await self._http.get(target)
                else:
                    page = await self._answer(page)
        raise StuckError(f"More than {PAGES_AT_MOST} pages without an end; the last one was {page.url}")

    async def deliver(self, address: str) -> None:
        """Visit the client's callback, which may start to listen only now.

        Raises:
            StuckError: The client answered with an error page, or did not listen in time.
        """
        try:
            with anyio.fail_after(SIGN_IN_SECONDS):
                while True:
                    try:
                        page = await self._http.get(address, follow_redirects=True)
                        break
                    except httpx2.ConnectError:
                        await anyio.sleep(0.05)
        except TimeoutError:
            raise StuckError("The client never listened at its own redirect URI") from None
        if page.is_error:
            raise StuckError(f"The client's callback answered {page.status_code}: {page.text[:300]}")

    def _demand_consent(self, url: str) -> None:
        """A new client must not get through without the server itself asking the person."""
        if origin(url) not in self.asked_at:
            raise StuckError(f"{origin(url)} asked nobody whether this client may go on")

    async def _answer(self, page: httpx2.Response) -> httpx2.Response:
        forms = forms_of(page.text)
        if page.is_error or not forms:
            raise StuckError(
                f"{page.request.method} {page.url.path} answered {page.status_code}: {page.text[:600]}"
            )
        self.asked_at.append(origin(str(page.url)))
        form, button = self._press(forms)
        data = self._fill(form)
        if button.name:
            data[button.name] = button.value
        return await self._send(page, form, data)

    def _press(self, forms: list[Form]) -> tuple[Form, Option]:
        """The button a person with these wishes presses, and its form."""
        buttons = [(form, button) for form in forms for button in form.buttons]
        words = AGREE if self.wishes.agree else REFUSE
        for wanted in (*words, self.wishes.person):
            for form, button in buttons:
                if button.mentions(wanted):
                    return form, button
        raise StuckError(f"No button says any of {', '.join(words)}: {[button for _, button in buttons]}")

    def _fill(self, form: Form) -> dict[str, str]:
        """What is in the form, with the person's own choices made."""
        data = dict(form.fields)
        for option in form.choices:
            if option.value == self.wishes.level or option.mentions(self.wishes.person):
                data[option.name] = option.value
        return data

    async def _send(self, page: httpx2.Response, form: Form, data: dict[str, str]) -> httpx2.Response:
        target = urljoin(str(page.url), form.action)
        if form.method == "get":
            return await self._http.get(target, params=data)
        headers = {"Origin": origin(str(page.url)), "Referer": str(page.url)}
        return await self._http.post(target, data=data, headers=headers)


async def open_page(url: str, wishes: Wishes) -> None:
    """Sign in and hand the answer to the client that asked, as a browser window does."""
    async with Browser(wishes) as browser:
        await browser.deliver(await browser.sign_in(url))


def main() -> int:
    """Be the browser a client program starts."""
    parser = argparse.ArgumentParser(description="Sign in as a simulated person and press Allow.")
    parser.add_argument("url")
    parser.add_argument("--person", default=os.environ.get("AUXCORD_PERSON", "ada"))
    parser.add_argument("--level", default="everything")
    asked = parser.parse_args()
    try:
        anyio.run(open_page, asked.url, Wishes(asked.person, asked.level))
    except (StuckError, httpx2.HTTPError, TimeoutError) as error:
        sys.stderr.write(f"browser: {type(error).__name__}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
