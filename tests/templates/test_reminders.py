"""The reminder of a promised call in each of its states, as the style sheet draws it in both languages."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from cdm_core.absences import Away
from cdm_core.factors import Factor, FactorCode
from cdm_core.reminder_copies import Copy, End, Noted
from cdm_core.words import Outcome
from templates.buttons import keyboard
from templates.keyboards import reminders as keyboards
from templates.keyboards.labels import outcomes
from templates.render import render
from templates.speech import Speech
from tests.golden import Golden, Said
from tests.templates.speeches import EN, at

SIX = replace(EN, now=at("2026-11-22T18:00"))
DUE = Copy(
    follow_up_id=7,
    customer_id=123,
    name="রহিম উদ্দিন",
    phone_e164="+8801712345678",
    due_at=at("2026-11-22T18:00"),
    noted=Noted("দাম বেশি", at("2026-11-20T18:42"), "Nusrat"),
    why=Factor(FactorCode.CART, 4, at=at("2026-11-22T15:00"), amount=Decimal(5500)),
    covers=None,
    owner=None,
    late=False,
    end=None,
)
REORDER = Factor(FactorCode.REORDER, 2, count=8, gap_days=24, days=41)


def _said(copy: Copy, speech: Speech, *, asking: bool = False) -> Said:
    text = render("reminder", speech, copy=copy, asking=asking)
    if copy.end is not None:
        return text, keyboard()
    if asking:
        return text, outcomes(copy.customer_id, speech)
    return text, keyboards.due(speech, customer_id=copy.customer_id, follow_up_id=copy.follow_up_id)


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("reminder", DUE),
        ("reminder_late", replace(DUE, late=True, due_at=at("2026-11-22T15:40"), why=None)),
        ("reminder_of_the_night", replace(DUE, due_at=at("2026-11-21T22:30"), why=REORDER)),
        ("reminder_of_a_colleague", replace(DUE, owner="Nusrat")),
        ("reminder_covered", replace(DUE, covers=Away("Nusrat", date(2026, 11, 26)))),
        ("reminder_bare", replace(DUE, phone_e164=None, noted=None, why=None)),
        ("reminder_noted_elsewhere", replace(DUE, noted=Noted("wants ghee", at("2026-11-20T18:42"), None))),
        ("reminder_done", replace(DUE, end=End("Nusrat", Outcome.ORDER_CONFIRMED))),
        (
            "reminder_replaced",
            replace(DUE, end=End("Nusrat", Outcome.CALLBACK_REQUESTED, at("2026-11-24T17:00"))),
        ),
        ("reminder_in_touch", replace(DUE, end=End("Nusrat", None))),
        ("reminder_cancelled", replace(DUE, end=End(None, None))),
    ],
)
def test_reminder(golden: Golden, name: str, copy: Copy) -> None:
    golden(name, SIX, lambda speech: _said(copy, speech))


def test_asking_how_it_went(golden: Golden) -> None:
    golden("reminder_how", SIX, lambda speech: _said(DUE, speech, asking=True))


@pytest.mark.parametrize("copy", [DUE, replace(DUE, late=True), replace(DUE, covers=Away("N", None))])
def test_it_has_four_lines_at_most(copy: Copy) -> None:
    assert len(render("reminder", SIX, copy=copy, asking=False).splitlines()) <= 4


def test_an_odd_name_is_cut_and_harmless() -> None:
    text = render("reminder", SIX, copy=replace(DUE, name="<b>" + "x" * 200), asking=False)
    assert "&lt;b&gt;xxx" in text
    assert len(text.splitlines()[0]) < 60
