"""The browser of the client checks reads forms as a person sees them."""

from __future__ import annotations

from tests.clients.forms import forms_of

PAGE = """
<form method="post" action="/consent">
  <input type="hidden" name="ticket" value="t1">
  <label><input type="radio" name="level" value="look"> Look only</label>
  <label><input type="radio" name="level" value="everything" checked> Everything</label>
  <select name="person"><option value="1">Ada Canada</option><option value="2" selected>Bram</option></select>
  <button type="button" name="help">Help</button>
  <button name="answer" value="allow">Allow</button><button name="answer" value="deny">Deny</button>
</form>
<form action="/search"><input name="q"><input type="submit" value="Search"></form>
"""


def test_fields_hold_what_is_filled_in_already() -> None:
    consent, search = forms_of(PAGE)
    assert consent.fields == {"ticket": "t1", "level": "everything", "person": "2"}
    assert (consent.method, consent.action) == ("post", "/consent")
    assert (search.method, search.fields) == ("get", {"q": ""})


def test_buttons_are_those_that_send_the_form() -> None:
    consent, search = forms_of(PAGE)
    assert [(button.name, button.value, button.label) for button in consent.buttons] == [
        ("answer", "allow", "Allow"),
        ("answer", "deny", "Deny"),
    ]
    assert search.buttons[0].mentions("search")


def test_choices_are_known_by_their_words() -> None:
    choices = forms_of(PAGE)[0].choices
    assert [choice.value for choice in choices if choice.mentions("look")] == ["look"]
    assert [choice.value for choice in choices if choice.mentions("ada")] == ["1"]
    assert not choices[0].mentions("ook")
