"""An urgent alert in each of its states, as the style sheet draws it in both languages."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from cdm_core.alert_copies import Copy
from cdm_core.words import AlertEnd, AlertSign, AlertState, Outcome
from templates.buttons import keyboard
from templates.keyboards import alerts as keyboards
from templates.render import render
from templates.speech import Speech
from tests.golden import Golden, Said
from tests.templates.speeches import EN, at

OPEN = Copy(
    alert_id=7,
    customer_id=123,
    name="রহিম উদ্দিন",
    phone_e164="+8801712345678",
    vip=True,
    sign=AlertSign.PAYMENT_FAILED,
    sign_at=at("2026-11-22T11:02"),
    amount=Decimal(5500),
    products=(("Honey 1 kg", 2), ("Ghee 500 g", 2)),
    state=AlertState.OPEN,
    again=False,
    below=False,
    tries=0,
    tried_by="Tanvir",
    tried_at=at("2026-11-22T11:04"),
    reopened=None,
    mine=False,
    claimer=None,
    until=None,
    up_at=at("2026-11-22T11:12"),
    up_to="Farhana",
    up_mine=False,
    up_again=False,
    closer=None,
    closed_at=None,
    end=None,
    outcome=None,
    order_amount=None,
)
LAST = replace(OPEN, up_at=at("2026-11-22T15:12"), up_again=True)
CLAIMED = replace(OPEN, state=AlertState.CLAIMED, claimer="Nusrat", until=at("2026-11-22T13:04"), up_at=None)
CLOSED = replace(
    OPEN,
    state=AlertState.CLOSED,
    closer="Nusrat",
    closed_at=at("2026-11-22T11:09"),
    end=AlertEnd.CONTACTED,
    outcome=Outcome.ORDER_CONFIRMED,
    order_amount=Decimal(5500),
    up_at=None,
)


def _said(copy: Copy, speech: Speech) -> Said:
    buttons = keyboard()
    if copy.state is AlertState.OPEN and not copy.below:
        buttons = keyboards.unclaimed(speech, customer_id=copy.customer_id, alert_id=copy.alert_id)
    elif copy.mine:
        buttons = keyboards.mine(speech, customer_id=copy.customer_id)
    return render("alert", speech, copy=copy), buttons


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("alert_open", OPEN),
        ("alert_cart_at_lead", replace(OPEN, sign=AlertSign.CART, vip=False, up_to=None, products=())),
        ("alert_at_managers", replace(LAST, sign=AlertSign.CHECKOUT, up_to=None, products=(("Honey 1 kg", 1),))),
        ("alert_again", replace(LAST, again=True, up_mine=True)),
        ("alert_up_another_day", replace(OPEN, up_at=at("2026-11-28T09:00"))),
        ("alert_again_another_day", replace(LAST, up_at=at("2026-11-28T09:00"), up_to=None)),
        ("alert_newer_below", replace(OPEN, below=True)),
        ("alert_from_yesterday", replace(OPEN, sign=AlertSign.INBOUND, amount=None, sign_at=at("2026-11-21T22:10"))),
        ("alert_payment_of_yesterday", replace(OPEN, sign_at=at("2026-11-21T15:07"))),
        ("alert_vip_back", replace(OPEN, sign=AlertSign.VIP_BACK, amount=None, products=(), phone_e164=None)),
        ("alert_reopened", replace(OPEN, again=True, reopened=timedelta(hours=2))),
        ("alert_reopened_tried", replace(OPEN, again=True, reopened=timedelta(hours=2), tries=1)),
        ("alert_mine", replace(CLAIMED, mine=True)),
        ("alert_mine_tried", replace(CLAIMED, mine=True, tries=2)),
        ("alert_tried_yesterday", replace(OPEN, again=True, tries=2, tried_at=at("2026-11-21T15:24"))),
        ("alert_claimed_tried", replace(CLAIMED, tries=1)),
        ("alert_claimed", CLAIMED),
        ("alert_closed", CLOSED),
        ("alert_ordered", replace(CLOSED, closer=None, end=AlertEnd.ORDERED, outcome=None)),
        ("alert_do_not_call", replace(CLOSED, end=AlertEnd.DO_NOT_CALL, outcome=Outcome.DO_NOT_CALL)),
        ("alert_recovered", replace(CLOSED, closer=None, end=AlertEnd.RECOVERED, outcome=None, order_amount=None)),
        ("alert_stale", replace(CLOSED, closer=None, end=AlertEnd.STALE, outcome=None, order_amount=None)),
        (
            "alert_stale_tried",
            replace(CLOSED, closer=None, end=AlertEnd.STALE, outcome=None, order_amount=None, tries=3),
        ),
        ("alert_talked", replace(CLOSED, outcome=Outcome.CONNECTED, order_amount=None)),
        ("alert_in_touch", replace(CLOSED, outcome=None, order_amount=None)),
    ],
)
def test_alert(golden: Golden, name: str, copy: Copy) -> None:
    golden(name, EN, lambda speech: _said(copy, speech))


def test_an_odd_name_is_cut_and_harmless() -> None:
    text = render("alert", EN, copy=replace(OPEN, name="<b>" + "x" * 200))
    assert "<b>&lt;b&gt;xxx" in text
    assert len(text.splitlines()[0]) < 60
