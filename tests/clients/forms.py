"""The HTML forms on a page, read as a browser reads them: hidden fields, choices, buttons, labels."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID_TYPES = frozenset({"submit", "button", "reset", "image"})


@dataclass(slots=True)
class Option:
    """One thing a person can pick: a radio, a select option, or a button that sends the form."""

    name: str
    value: str
    label: str = ""

    def mentions(self, word: str) -> bool:
        """Whether the words a person reads on it, or its value, contain `word` as a word of its own."""
        return re.search(rf"\b{re.escape(word)}\b", f"{self.value} {self.label}", re.IGNORECASE) is not None


@dataclass(slots=True)
class Form:
    """A form as sent: where, how, what is in it already, and what can still be picked."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: list[Option] = field(default_factory=list)
    buttons: list[Option] = field(default_factory=list)


class FormReader(HTMLParser):
    """Collects the forms of one page; `forms_of` is the way in."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""
        self._labelled: Option | None = None
        self._in_label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(has.get("action", ""), has.get("method", "get").lower())
            self.forms.append(self._open)
        if self._open is None:
            return
        if tag == "input":
            self._input(self._open, has)
        elif tag == "button" and has.get("type", "submit") == "submit":
            self._labelled = Option(has.get("name", ""), has.get("value", ""))
            self._open.buttons.append(self._labelled)
        elif tag == "select":
            self._select = has.get("name", "")
        elif tag == "option":
            self._choice(self._open, self._select, has, chosen="selected" in has)
        elif tag == "label":
            self._in_label = " "

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag in {"label", "button", "option"}:
            self._labelled, self._in_label = None, ""

    def handle_data(self, data: str) -> None:
        if self._labelled is not None:
            self._labelled.label += data
        elif self._in_label:
            self._in_label += data

    def _input(self, form: Form, has: dict[str, str]) -> None:
        kind, name = has.get("type", "text").lower(), has.get("name", "")
        if kind == "submit":
            form.buttons.append(Option(name, has.get("value", ""), has.get("value", "")))
        elif kind in {"radio", "checkbox"}:
            self._choice(form, name, has, chosen="checked" in has)
        elif name and kind not in VOID_TYPES:
            form.fields[name] = has.get("value", "")

    def _choice(self, form: Form, name: str, has: dict[str, str], *, chosen: bool) -> None:
        option = Option(name, has.get("value", "on"), self._in_label)
        form.choices.append(option)
        self._labelled = option
        if chosen:
            form.fields[name] = option.value


def forms_of(html: str) -> list[Form]:
    """The forms of a page, in order."""
    reader = FormReader()
    reader.feed(html)
    return reader.forms
