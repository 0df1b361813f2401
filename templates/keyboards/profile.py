"""Changing a profile: the menu of its fields, what a field may be, what a customer allows."""

from collections.abc import Mapping
from datetime import time

from cdm_core.words import ConsentChannel, Gender, InteractionType, Language, MaritalStatus, ProfileField
from templates.actions import Action, Consent, Tab, fits
from templates.buttons import Button, Keyboard, keyboard
from templates.dates import clock_range
from templates.keyboards.labels import back, labelled
from templates.numbers import count
from templates.speech import Speech

F = ProfileField
_PAGES: tuple[tuple[tuple[F, ...], ...], ...] = (
    (
        (F.NAME, F.PHONE, F.EMAIL),
        (F.ADDRESS, F.CITY, F.DISTRICT),
        (F.DATE_OF_BIRTH, F.ANNIVERSARY_DATE, F.GENDER),
    ),
    (
        (F.MARITAL_STATUS, F.PROFESSION, F.AVAILABLE_TIME),
        (F.PREFERRED_CHANNEL, F.PREFERRED_LANGUAGE, F.SOURCE),
        (F.FIRST_NAME, F.LAST_NAME),
    ),
)
_WORDS: Mapping[F, tuple[str, tuple[tuple[str, ...], ...]]] = {
    F.GENDER: ("gender", (tuple(Gender),)),
    F.MARITAL_STATUS: (
        "marital_status",
        ((MaritalStatus.SINGLE, MaritalStatus.MARRIED), (MaritalStatus.DIVORCED, MaritalStatus.WIDOWED)),
    ),
    F.PREFERRED_CHANNEL: (
        "channel",
        (
            (InteractionType.CALL, InteractionType.WHATSAPP, InteractionType.SMS),
            (InteractionType.EMAIL, InteractionType.FACEBOOK, InteractionType.INSTAGRAM),
        ),
    ),
    F.PREFERRED_LANGUAGE: ("language", (tuple(Language),)),
    F.SOURCE: ("source", (("facebook", "instagram", "whatsapp"), ("website", "shop", "referral"))),
}
_HOURS = (((9, 12), (12, 15)), ((15, 18), (18, 21)))
_CHANNELS = ((ConsentChannel.CALL, ConsentChannel.WHATSAPP), (ConsentChannel.SMS, ConsentChannel.EMAIL))


def fields(speech: Speech, *, customer_id: int, page: int = 0, from_queue: bool = False) -> Keyboard:
    """The fields in two pages, the tags and the way to the other page, or back to the tab, under them."""
    rows = [[_field(speech, field, customer_id) for field in row] for row in _PAGES[page > 0]]
    more = Button(speech.pgettext("button", "More") + " ›", Action("edit", (customer_id, 1)))
    to_tab = back(Action("tab", (customer_id, int(from_queue), Tab.PROFILE, 0)), speech)
    to_first = back(Action("edit", (customer_id, 0)), speech)
    return keyboard(*rows, [_field(speech, F.TAGS, customer_id), to_first] if page > 0 else [to_tab, more])


def ask(speech: Speech, field: ProfileField, *, customer_id: int, clearable: bool = True) -> Keyboard:
    """The few values of a field, emptying it, and the way back."""
    page = int(not any(field in row for row in _PAGES[0]))
    clear = Button("🗑 " + speech.pgettext("button", "Clear"), Action("clear", (customer_id, field)))
    return keyboard(
        *_values(speech, field, customer_id),
        [clear if clearable else None, back(Action("edit", (customer_id, page)), speech)],
    )


def consents(speech: Speech, *, customer_id: int, from_queue: bool = False) -> Keyboard:
    rows = [
        [Button(labelled("consent", channel, speech), Action("consent", (customer_id, channel))) for channel in row]
        for row in _CHANNELS
    ]
    return keyboard(*rows, [back(Action("tab", (customer_id, int(from_queue), Tab.PROFILE, 0)), speech)])


def consent(speech: Speech, channel: ConsentChannel, *, customer_id: int) -> Keyboard:
    def said(label: str, answer: Consent) -> Button:
        return Button(label, Action("allow", (customer_id, channel, answer)))

    return keyboard(
        [
            said(speech.pgettext("button", "Allowed"), Consent.YES),
            said(speech.pgettext("button", "Not allowed"), Consent.NO),
        ],
        [
            said(speech.pgettext("button", "Not said yet"), Consent.UNSAID),
            back(Action("consents", (customer_id,)), speech),
        ],
    )


def _field(speech: Speech, field: ProfileField, customer_id: int) -> Button:
    return Button(labelled("field", field, speech), Action("field", (customer_id, field)))


def _values(speech: Speech, field: ProfileField, customer_id: int) -> list[list[Button]]:
    def value(label: str, stored: str) -> Button:
        return Button(label, Action("value", (customer_id, field, stored)))

    if field is F.AVAILABLE_TIME:
        return [
            [value(clock_range(time(start), time(end), speech), f"{start:02}-{end:02}") for start, end in row]
            for row in _HOURS
        ]
    if field not in _WORDS:
        return []
    kind, rows = _WORDS[field]
    return [[value(labelled(kind, code, speech), code) for code in row] for row in rows]


def of_several(
    speech: Speech, field: ProfileField, *, entries: Mapping[str, int], value: str | None, clear: bool
) -> Keyboard:
    """Whose profile changes, by the numbers of a list: the ``value`` is set, or asked for where it does not fit."""

    def change(customer_id: int) -> Action:
        if clear:
            return Action("clear", (customer_id, field))
        told = Action("value", (customer_id, field, value or ""))
        return told if value and fits(told) else Action("field", (customer_id, field))

    return keyboard([Button(count(int(number), speech), change(one)) for number, one in entries.items()])
