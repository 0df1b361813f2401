"""The lists an agent works through: calls, promises, drop-offs, as the style sheet draws them in both languages."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal

from cdm_core.absences import Away
from cdm_core.advice import Advice
from cdm_core.call_queue import Coming
from cdm_core.calls import Entry, Part
from cdm_core.dropoffs import Dropoff
from cdm_core.due import Promise
from cdm_core.factors import Factor, FactorCode
from cdm_core.facts import CallFacts, NearOccasion, OpenDropoff, WinBack
from cdm_core.report_scope import Scope
from cdm_core.suggestions import NOTHING, DueAgain, Product, Suggestions
from cdm_core.team_lists import AgentList, TeamLists
from cdm_core.timing import Timing
from cdm_core.words import (
    CustomerType,
    DropoffStage,
    EventType,
    LifecycleStage,
    NextAction,
    OfferType,
    PaymentMethod,
    Temperature,
)
from templates.actions import CallFilter
from templates.keyboards import card, lists
from templates.render import render
from templates.speech import Speech
from tests.golden import Golden, Said
from tests.templates.offers import CHIA, DATES
from tests.templates.speeches import EN, NOW, at

BUYER = CallFacts(
    stage=LifecycleStage.REPEAT_BUYER,
    type=CustomerType.REPEAT,
    temperature=Temperature.WARM,
    do_not_call=False,
    created_at=at("2025-01-01T12:00"),
    total_orders=3,
    last_order_at=NOW - timedelta(days=18),
)
CART = OpenDropoff(DropoffStage.ADD_TO_CART, NOW - timedelta(hours=3), Decimal(5500), None)
FAILED = OpenDropoff(DropoffStage.PAYMENT_FAILED, NOW - timedelta(minutes=40), Decimal(3200), None)
BIRTHDAY = NearOccasion(EventType.BIRTHDAY, NOW.date(), 30)
VISITED = Factor(FactorCode.VISITED, 1, at=NOW - timedelta(days=2))
COUNTS = {
    CallFilter.ALL: 12,
    CallFilter.CONFIRM: 3,
    CallFilter.HOT: 2,
    CallFilter.DUE: 4,
    CallFilter.CART: 2,
    CallFilter.BIRTHDAY: 1,
}


AWAY = Away("Nusrat", at("2026-11-26T00:00").date())


def _entry(customer_id: int, name: str, part: Part | None, facts: CallFacts, *factors: Factor) -> Entry:
    advice = Advice(8, NextAction.CALL_NOW, NOW, OfferType.NONE, factors, None)
    return Entry(customer_id, name, "+8801712345678", part, frozenset([part] if part else []), facts, advice)


TO_CONFIRM = _entry(
    77,
    "Karim Mia",
    Part.CONFIRM,
    replace(
        BUYER,
        to_confirm=1,
        pending_since=NOW - timedelta(days=2),
        pending_amount=Decimal(1890),
        pending_payment=PaymentMethod.COD,
        delivered=3,
        returned=2,
    ),
    Factor(FactorCode.PENDING, 5, at=NOW - timedelta(days=2), amount=Decimal(1890)),
)
DUE = _entry(
    123,
    "রহিম উদ্দিন",
    Part.DUE,
    replace(BUYER, temperature=Temperature.HOT, follow_up_at=at("2026-11-22T18:00"), dropoff=CART),
    Factor(FactorCode.CART, 4, at=CART.at, amount=CART.cart_value),
    Factor(FactorCode.PROMISED, 3, at=at("2026-11-22T18:00")),
)
PAYMENT = _entry(
    215,
    "Nasrin Sultana",
    Part.CART,
    replace(BUYER, dropoff=FAILED),
    Factor(FactorCode.PAYMENT, 4, at=FAILED.at, amount=FAILED.cart_value),
)
SALMA = _entry(
    530,
    "Salma Ara",
    Part.BIRTHDAY,
    replace(BUYER, occasions=(BIRTHDAY,)),
    Factor(FactorCode.OCCASION, 2, occasion=BIRTHDAY),
    VISITED,
)
REORDER = _entry(
    388, "Rahim Sheikh", None, BUYER, Factor(FactorCode.REORDER, 2, count=4, gap_days=31, days=33), VISITED
)
OIL = DueAgain(4, "Mustard oil 5 L", Decimal(900), None, 0.3, days=33, usual_days=30)
LIKELY = Factor(FactorCode.LIKELY, 1, share=0.62, days=90)


def _offered(entry: Entry, offer: OfferType, *products: Product, suggested: Suggestions = NOTHING) -> Entry:
    return replace(
        entry,
        facts=replace(entry.facts, suggested=suggested),
        advice=replace(entry.advice, offer=offer, products=products),
    )


AGAIN = _offered(REORDER, OfferType.REORDER, OIL, suggested=Suggestions((OIL,)))


def _at(entry: Entry, start: int, end: int) -> Entry:
    return replace(entry, timing=Timing((time(start), time(end))))


def _calls(speech: Speech, *entries: Entry, total: int = 0) -> str:
    facts = {"entries": entries, "first": 1, "total": total or len(entries), "full": False}
    return render("calls", speech, **facts)


def test_the_hours_of_a_customer_stand_where_nothing_else_says_when(golden: Golden) -> None:
    eid = WinBack("Eid", 1, 3, NOW.date())
    chased = _entry(640, "Mitu Das", Part.WIN_BACK, replace(BUYER, win_back=eid))
    offered = _offered(REORDER, OfferType.CROSS_SELL, CHIA)
    entries = [_at(entry, 18, 20) for entry in (TO_CONFIRM, DUE, PAYMENT, chased, SALMA, offered)]
    golden("calls_hours", EN, lambda speech: (_calls(speech, *entries), None))


def test_the_call_list(golden: Golden) -> None:
    entries = (TO_CONFIRM, DUE, PAYMENT, SALMA, AGAIN)

    def say(speech: Speech) -> Said:
        ids = [entry.customer_id for entry in entries]
        buttons = lists.calls(speech, customer_ids=ids, counts=COUNTS, remaining=7)
        return _calls(speech, *entries, total=12), buttons

    golden("calls", EN, say)


def test_other_reasons_to_call(golden: Golden) -> None:
    overdue = replace(DUE, facts=replace(DUE.facts, follow_up_at=NOW - timedelta(days=1)))
    unknown = replace(TO_CONFIRM, facts=replace(TO_CONFIRM.facts, pending_payment=None, delivered=0, returned=0))
    lead = replace(
        _entry(902, "", None, replace(BUYER, stage=LifecycleStage.LEAD, total_orders=0, last_order_at=None)),
        advice=replace(REORDER.advice, factors=(Factor(FactorCode.NEW_LEAD, 2, days=1),)),
    )
    newborn = replace(SALMA, facts=replace(SALMA.facts, last_order_at=None, stage=LifecycleStage.LEAD))
    golden("calls_other", EN, lambda s: _calls(s, unknown, overdue, REORDER, lead, newborn))


def test_what_to_offer_stands_beside_who_is_called_for_what_they_may_buy(golden: Golden) -> None:
    entries = (
        _offered(_entry(388, "Rahim Sheikh", None, BUYER, LIKELY), OfferType.CROSS_SELL, CHIA, DATES),
        _offered(_entry(412, "Mitu Das", None, BUYER, VISITED), OfferType.UPSELL, DATES, CHIA),
        _offered(replace(REORDER, customer_id=530), OfferType.CROSS_SELL, CHIA),
        _offered(_entry(902, "Jahid", None, BUYER, Factor(FactorCode.SUCH_LEADS, 1, share=0.11)), OfferType.NONE),
        _offered(_entry(903, "Nila", None, BUYER, Factor(FactorCode.ANSWERS, 1, count=4, answered=3)), OfferType.NONE),
    )
    golden("calls_offers", EN, lambda s: _calls(s, *entries))


def test_calls_for_somebody_who_is_away(golden: Golden) -> None:
    orders = replace(TO_CONFIRM, covers=AWAY, facts=replace(TO_CONFIRM.facts, to_confirm=2))
    golden("calls_away", EN, lambda s: _calls(s, orders, replace(DUE, covers=AWAY)))


def test_a_full_list_says_there_may_be_more() -> None:
    said = render("calls", EN, entries=[SALMA], first=6, total=200, full=True)
    assert said.startswith("📞 <b>Call list: 200+</b> · Sun 22 Nov\n6 🎂 Salma Ara #530")


def test_names_are_text_and_cut() -> None:
    said = _calls(EN, replace(SALMA, name="<b>" + "Mohammad " * 20))
    assert "&lt;b&gt;Mohammad" in said
    assert "… #530" in said


def test_nobody_left(golden: Golden) -> None:
    evening = Coming(123, "রহিম উদ্দিন", at("2026-11-22T18:00"))
    golden("calls_empty", EN, lambda s: render("calls_empty", s, promised=evening, others=0, team=None))
    tomorrow = replace(evening, name="", due_at=at("2026-11-23T18:00"))
    golden("calls_empty_tomorrow", EN, lambda s: render("calls_empty", s, promised=tomorrow, others=0, team=None))
    golden("calls_empty_part", EN, lambda s: render("calls_empty", s, promised=None, others=12, team=None))
    lists_of = (AgentList("Nusrat", 87, 12, 3, 4, full=False), AgentList("Tanvir", 200, 0, 0, 0, full=True))
    team = TeamLists(Scope(1, "Mirpur"), lists_of, others=2)
    golden("calls_empty_team", EN, lambda s: render("calls_empty", s, promised=None, others=0, team=team))
    golden("team_calls", EN, lambda s: render("team_calls", s, team=team))
    golden("team_calls_nobody", EN, lambda s: render("team_calls", s, team=None))
    assert render("calls_empty", EN, promised=None, others=0, team=None) == "☑️ <b>Nobody left to call now</b>"


def test_why_skip(golden: Golden) -> None:
    golden(
        "skip_why",
        EN,
        lambda s: (render("skip_why", s, name="Karim Mia", customer_number=77), card.skip_why(s, customer_id=77)),
    )


PROMISE = Promise(
    customer_id=123,
    name="রহিম উদ্দিন",
    phone_e164="+8801712345678",
    temperature=Temperature.HOT,
    due_at=at("2026-11-21T10:00"),
    asked=True,
    overdue=True,
    today=False,
    note="দাম বেশি",
    noted_at=NOW - timedelta(days=2),
)


def test_promises(golden: Golden) -> None:
    promises = (
        PROMISE,
        replace(
            PROMISE,
            customer_id=77,
            name="Karim Mia",
            due_at=at("2026-11-22T18:00"),
            overdue=False,
            today=True,
            note=None,
        ),
        replace(PROMISE, customer_id=902, name="", phone_e164=None, due_at=at("2026-11-24T17:00"), overdue=False),
    )

    def say(speech: Speech) -> Said:
        buttons = lists.due(speech, customer_ids=[123, 77, 902], remaining=2)
        return render("due", speech, promises=promises, first=1, due=2, overdue=1, total=5), buttons

    golden("due", EN, say)
    covered = (replace(PROMISE, covers=AWAY), replace(PROMISE, covers=Away("Shuvo <b>", None)))
    golden("due_away", EN, lambda s: render("due", s, promises=covered, first=1, due=2, overdue=2, total=2))
    golden("due_nobody", EN, lambda s: render("due", s, promises=(), first=1, due=0, overdue=0, total=0))


DROPOFF = Dropoff(
    dropoff_id=1,
    customer_id=123,
    name="রহিম উদ্দিন",
    phone_e164="+8801712345678",
    temperature=Temperature.HOT,
    stage=DropoffStage.CHECKOUT_INITIATED,
    cart_value=Decimal(5500),
    product=None,
    reason="High shipping cost",
    at=NOW - timedelta(hours=3),
)


def test_dropoffs(golden: Golden) -> None:
    found = (
        DROPOFF,
        replace(DROPOFF, customer_id=215, name="Nasrin Sultana", stage=DropoffStage.PAYMENT_FAILED, reason=None),
        replace(DROPOFF, customer_id=530, name="", cart_value=None, product="Honey 1 kg", reason=None),
    )

    def say(speech: Speech) -> Said:
        buttons = lists.dropoffs(speech, customer_ids=[123, 215, 530], remaining=1)
        return render("dropoffs", speech, dropoffs=found, first=1, total=4, value=Decimal(11_000)), buttons

    golden("dropoffs", EN, say)
    golden("dropoffs_none", EN, lambda s: render("dropoffs", s, dropoffs=(), first=1, total=0, value=Decimal(0)))
