"""Texts that go to customers: in their language, polite, and short enough for a link."""

import re
from dataclasses import replace
from typing import Protocol

from cdm_core.words import EventType, Language
from templates.phones import whatsapp_link
from templates.render import render_plain
from templates.speech import Speech
from templates.text import clean, clean_lines

LONGEST_LINK = 2048
"""Characters of an address that Telegram and phones take; a Bengali letter is nine of them."""

_PLACE = re.compile(r"(\s*)\{(name|product)\}")


class Occasion(Protocol):
    @property
    def event(self) -> EventType: ...
    @property
    def name(self) -> str | None: ...
    @property
    def relationship(self) -> str | None: ...
    @property
    def gender(self) -> str | None: ...


def filled(greeting: str, speech: Speech, language: Language, *, name: str, product: str | None) -> str:
    """A campaign's greeting to a customer; without a name nobody is named, without a product it is their favourite."""
    favourite = replace(speech, language=language).gettext("favourite")
    facts = {"name": clean(name), "product": clean(product or "") or favourite}
    return clean_lines(_PLACE.sub(lambda at: at[1] + facts[at[2]] if facts[at[2]] else "", greeting)).strip()


def wish(occasion: Occasion, speech: Speech, language: Language, *, name: str) -> str:
    """A wish for a day of the customer or of a relative."""
    return render_plain("greetings/wish", replace(speech, language=language), occasion=occasion, to=clean(name))


def link(e164: str, text: str) -> str:
    """The WhatsApp chat with the text ready to send, or the empty chat where the text is too long for a link."""
    whole = whatsapp_link(e164, text)
    return whole if len(whole) <= LONGEST_LINK else whatsapp_link(e164)
