"""The way in: welcome, the keyboard that stays, and what a search that found nobody offers."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from cdm_core.words import Language
from templates.actions import Action, CallFilter
from templates.buttons import Button, Keyboard, ReplyKeyboard, Url, keyboard
from templates.speech import Speech
from templates.text import clean
from templates.translations import translations
from templates.vocabulary import render_words

_VARIATION_SELECTOR = "\ufe0f"


def welcome(speech: Speech) -> Keyboard:
    first = Button("▶️ " + speech.pgettext("button", "First call"), Action("next"))
    return keyboard([first, language_switch(speech)])


def language_switch(speech: Speech) -> Button:
    """Labelled in the language it leads to."""
    other = Language.EN if speech.language is Language.BN else Language.BN
    name = render_words("language", other, replace(speech, language=other))
    return Button(f"🌐 {name}", Action("language", (other,)))


def persistent(language: Language) -> ReplyKeyboard:
    """The keyboard in place of the phone's own: pressing types a label, which ``label_action`` understands."""
    return ReplyKeyboard(tuple(tuple(label for label, _ in row) for row in _keys(translations(language).pgettext)))


def label_action(text: str) -> Action | None:
    """What a label of the keyboard that stays asks for, in either language, with its icon or without."""
    return _labels().get(_bare(text))


def new_lead(speech: Speech, *, phone: str) -> Keyboard:
    """Nobody has the number: ``phone`` in E.164."""
    return keyboard([Button("🆕 " + speech.pgettext("button", "New lead"), Action("lead", (phone,)))])


def open_in_private(speech: Speech, *, bot_username: str) -> Keyboard:
    return _in_private(speech, f"https://t.me/{bot_username}")


def open_card_in_private(speech: Speech, *, bot_username: str, customer_id: int) -> Keyboard:
    return _in_private(speech, f"https://t.me/{bot_username}?start=c_{customer_id}")


def open_list_in_private(speech: Speech, *, bot_username: str, name: str) -> Keyboard:
    """``name``: of the command that shows the list."""
    return _in_private(speech, f"https://t.me/{bot_username}?start=l_{name}")


def _in_private(speech: Speech, address: str) -> Keyboard:
    return keyboard([Button("🔒 " + speech.pgettext("button", "Open in private"), Url(address))])


def _keys(pgettext: Callable[[str, str], str]) -> tuple[tuple[tuple[str, Action], ...], ...]:
    return (
        (
            ("▶️ " + pgettext("button", "Next"), Action("next")),
            ("📞 " + pgettext("button", "Calls"), Action("calls", (CallFilter.ALL, 0))),
            ("⏰ " + pgettext("button", "Due"), Action("due", (0,))),
        ),
        (
            ("🎂 " + pgettext("button", "Events"), Action("events", (7, 0))),
            ("📊 " + pgettext("button", "My day"), Action("me", (1,))),
        ),
    )


@lru_cache
def _labels() -> dict[str, Action]:
    return {
        _bare(label): action
        for language in Language
        for row in _keys(translations(language).pgettext)
        for label, action in row
    }


def _bare(label: str) -> str:
    """A label as compared: without icon, variation selectors and case."""
    text = clean(label).replace(_VARIATION_SELECTOR, "").casefold()
    while text and unicodedata.category(text[0]) in ("So", "Zs"):
        text = text[1:]
    return text
