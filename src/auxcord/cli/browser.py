"""A very small browser for the tour: keeps cookies, follows redirects, fills in forms like a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Self

import httpx2

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

MAX_REDIRECTS = 10
_TIMEOUT = httpx2.Timeout(20)


@dataclass(slots=True)
class Form:
    """One form of a page: where it goes, its preset values, and its buttons."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """Where the browser is: a page it shows, or an address it was told not to open."""

    url: str
    status: int = 0
    title: str = ""
    text: str = ""
    forms: tuple[Form, ...] = ()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.text: list[str] = []
        self.forms: list[Form] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"title", "style", "script"}:
            self._inside.append(tag)
        elif tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif self.forms and tag == "input" and "name" in given:
            self._input(self.forms[-1], given)
        elif self.forms and tag == "button" and "name" in given:
            self.forms[-1].buttons.append((given["name"], given.get("value", "")))

    @staticmethod
    def _input(form: Form, given: dict[str, str]) -> None:
        name, value = given["name"], given.get("value", "on")
        if given.get("type") in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(value)
            if "checked" not in given:
                return
        form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.title += data if self._inside[-1] == "title" else ""
        elif data.strip():
            self.text.append(" ".join(data.split()))


class Browser:
    """One person's browser, with a cookie jar of its own.

    Args:
        stop_at: An address prefix the browser does not open but reports: the MCP client's redirect URI.
        trusted: Whose certificates it accepts; the usual authorities' when omitted.
    """

    def __init__(self, stop_at: str, *, trusted: ssl.SSLContext | None = None) -> None:
        self._stop_at = stop_at
        self._http = httpx2.AsyncClient(
            timeout=_TIMEOUT, trust_env=False, verify=True if trusted is None else trusted
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def open(self, url: str) -> Page:
        """Go to an address and follow redirects."""
        return await self._follow(self._http.build_request("GET", url))

    async def press(self, page: Page, button: str, **fields: str) -> Page:
        """Fill in `fields` of the page's form and press the button whose value is `button`.

        Raises:
            LookupError: The page has no such button or field.
        """
        for form in page.forms:
            for name, value in form.buttons:
                if value == button:
                    unknown = fields.keys() - form.fields.keys() - form.choices.keys()
                    if unknown:
                        msg = f"the page at {page.url} has no field {sorted(unknown)}"
                        raise LookupError(msg)
                    action = str(httpx2.URL(page.url).join(form.action or page.url))
                    data = form.fields | fields | {name: value}
                    origin = str(httpx2.URL(action).copy_with(raw_path=b"/")).rstrip("/")
                    return await self._follow(
                        self._http.build_request("POST", action, data=data, headers={"Origin": origin})
                    )
        msg = f"the page at {page.url} ({page.title or page.text}) has no button {button!r}"
        raise LookupError(msg)

    async def _follow(self, request: httpx2.Request) -> Page:
        for _ in range(MAX_REDIRECTS):
            response = await self._http.send(request)
            target = response.headers.get("location")
            if not response.is_redirect or target is None:
                return _read(response)
            url = str(response.url.join(target))
            if url.startswith(self._stop_at):
                return Page(url)
            request = self._http.build_request("GET", url)
        msg = f"too many redirects from {request.url}"
        raise LookupError(msg)


def _read(response: httpx2.Response) -> Page:
    reader = _Reader()
    reader.feed(response.text)
    return Page(
        url=str(response.url),
        status=response.status_code,
        title=reader.title.strip(),
        text=" ".join(reader.text),
        forms=tuple(reader.forms),
    )
