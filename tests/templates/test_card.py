"""The customer's card, as the style sheet draws it, in both languages."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from cdm_core.advice import Advice, Blocked
from cdm_core.customer360 import Card, Claim
from cdm_core.factors import Factor, FactorCode
from cdm_core.facts import NearOccasion, WinBack
from cdm_core.resting import RETRY_AFTER
from cdm_core.words import EventType, Language, NextAction, OfferType
from templates.actions import GreetingFor
from templates.keyboards import card as keyboards
from templates.markup import plain
from templates.render import render
from templates.speech import Speech
from templates.text import letters
from tests.golden import Golden, Said
from tests.templates.cards import (
    COLD,
    FORBIDDEN,
    HOT,
    LEAD,
    LEFT_OUT,
    LONG,
    OLD_LEAD,
    OWED,
    RELATIVES_DAY,
    SHOP_HOURS,
    UNKNOWN,
)
from tests.templates.offers import CHIA, DATES, GHEE, offered
from tests.templates.speeches import BN, EN, NOW, at

DUE_AGAIN = replace(
    COLD,
    advice=Advice(
        score=7,
        next_action=NextAction.REORDER,
        deadline=at("2026-11-26T21:00"),
        offer=OfferType.REORDER,
        factors=(
            Factor(FactorCode.REORDER, 2, count=7, gap_days=24, days=41),
            Factor(FactorCode.LIKELY, 1, share=0.62, days=90),
            Factor(FactorCode.ANSWERS, 1, count=4, answered=3),
            Factor(FactorCode.GONE, -1, share=0.92),
        ),
        blocked=None,
        products=(GHEE, CHIA, DATES),
    ),
)
SUCH_LEADS = replace(
    LEAD,
    advice=replace(LEAD.advice, factors=(*LEAD.advice.factors, Factor(FactorCode.SUCH_LEADS, 1, share=0.114))),
)
PENDING = replace(
    HOT,
    numbers=replace(HOT.numbers, pending=1),
    advice=replace(
        HOT.advice,
        next_action=NextAction.CONFIRM_ORDER,
        offer=OfferType.NONE,
        factors=(Factor(FactorCode.PENDING, 5, at=at("2026-11-20T23:00"), amount=Decimal(1890)),),
    ),
)
RESTS = replace(
    HOT,
    follow_up=None,
    advice=replace(
        HOT.advice,
        next_action=NextAction.RECOVER_CART,
        factors=tuple(one for one in HOT.advice.factors if one.code is not FactorCode.PROMISED),
        blocked=Blocked.COOLDOWN,
        rests_until=at("2026-11-23T18:42"),
    ),
)
TRIED = replace(
    COLD,
    advice=replace(COLD.advice, factors=(Factor(FactorCode.UNANSWERED, -1, count=4),), blocked=Blocked.ATTEMPT_CAP),
)
FAMILY_CALLED = replace(
    RESTS,
    last_contact=replace(HOT.last_contact, at=at("2026-11-12T18:42")) if HOT.last_contact else None,
    advice=replace(
        RESTS.advice,
        factors=tuple(one for one in RESTS.advice.factors if one.code is not FactorCode.CALLED),
        blocked=Blocked.HOUSEHOLD_CALLED,
        rests_until=at("2026-11-23T00:00"),
    ),
)
FAMILY_TRIED = replace(
    FAMILY_CALLED,
    advice=replace(FAMILY_CALLED.advice, blocked=Blocked.HOUSEHOLD_TRIED, rests_until=at("2026-11-22T12:10")),
)
JUST_TRIED = replace(
    FAMILY_CALLED,
    advice=replace(FAMILY_CALLED.advice, blocked=Blocked.JUST_TRIED, rests_until=at("2026-11-22T12:10")),
)


@dataclass(frozen=True, slots=True)
class Queue:
    number: int
    total: int
    until: datetime
    full: bool = False


QUEUE = Queue(1, 12, at("2026-11-22T11:30"))


def _said(card: Card, speech: Speech, queue: Queue | None = None) -> Said:
    buttons = keyboards.card(
        speech,
        customer_id=card.customer_id,
        phone=card.phone_e164,
        from_queue=queue is not None,
        do_not_call=card.do_not_call_at is not None,
        left_out=card.left_out.change_id if card.left_out else None,
        asks_no_calls=card.asks_no_calls,
    )
    return _text(card, speech, queue), buttons


def _text(card: Card, speech: Speech, queue: Queue | None = None) -> str:
    return render("customer_card", speech, card=card, queue=queue)


@pytest.mark.parametrize(
    ("name", "card"),
    [
        ("card_hot", HOT),
        ("card_relatives_day", RELATIVES_DAY),
        ("card_cold", COLD),
        ("card_lead", LEAD),
        ("card_do_not_call", FORBIDDEN),
        ("card_unknown", UNKNOWN),
        ("card_long", LONG),
        ("card_offered", offered(HOT)),
        ("card_due_again", DUE_AGAIN),
        ("card_such_leads", SUCH_LEADS),
        ("card_rests", RESTS),
        ("card_tried_too_often", TRIED),
        ("card_family_called", FAMILY_CALLED),
        ("card_family_tried", FAMILY_TRIED),
        ("card_just_tried", JUST_TRIED),
        ("card_calling_family", replace(offered(HOT), kin_claim=Claim("Nusrat", False, NOW))),
        ("card_you_call_family", replace(offered(HOT), kin_claim=Claim("Tanvir", True, NOW))),
        (
            "card_asks_no_calls",
            replace(HOT, asks_no_calls=5, calls_held=True, advice=replace(COLD.advice, blocked=Blocked.ASKED)),
        ),
        ("card_left_out", replace(offered(HOT), left_out=LEFT_OUT)),
        ("card_old_lead", OLD_LEAD),
        ("card_pending", PENDING),
    ],
)
def test_cards(golden: Golden, name: str, card: Card) -> None:
    golden(name, EN, lambda speech: _said(card, speech))


@pytest.mark.parametrize("asks_no_calls", [None, 5])
@pytest.mark.parametrize("left_out", [None, 7])
@pytest.mark.parametrize("from_queue", [False, True])
def test_a_card_has_at_most_four_rows_of_buttons(
    asks_no_calls: int | None, left_out: int | None, from_queue: bool
) -> None:
    buttons = keyboards.card(
        EN,
        customer_id=123,
        phone="+8801711000001",
        from_queue=from_queue,
        greeting=(GreetingFor.OCCASION, Language.EN),
        left_out=left_out,
        asks_no_calls=asks_no_calls,
    )
    labels = [button.label for row in buttons.rows for button in row]
    assert len(buttons.rows) <= 4
    assert ("↩️ Undo 👎" in labels) is (left_out is not None and asks_no_calls is None), labels


@pytest.mark.parametrize(
    "card",
    [
        HOT,
        RELATIVES_DAY,
        COLD,
        LEAD,
        FORBIDDEN,
        UNKNOWN,
        LONG,
        SUCH_LEADS,
        RESTS,
        *(
            replace(offered(HOT), win_back=win_back, claim=claim, left_out=left_out)
            for left_out in (None, LEFT_OUT, OWED)
            for win_back in (None, WinBack("Eid", 1, 3, NOW.date()))
            for claim in (None, Claim("Nusrat", False, NOW), Claim("Tanvir", True, NOW))
        ),
        replace(HOT, follow_up=None, advice=replace(HOT.advice, factors=())),
    ],
)
@pytest.mark.parametrize("speech", [EN, BN])
def test_a_card_has_at_most_eleven_lines(card: Card, speech: Speech) -> None:
    assert len(_text(card, speech).split("\n")) <= 11
    if card.claim is None or card.claim.mine:  # whom a colleague calls is nobody's of the queue
        assert len(_text(card, speech, QUEUE).split("\n")) <= 11
        if card.left_out is None:
            assert len(_text(replace(card, asks_no_calls=5), speech, QUEUE).split("\n")) <= 11


@pytest.mark.parametrize(
    ("card", "said"), [(RESTS, "No call until tomorrow 18:42"), (TRIED, "No call: tried too often")]
)
def test_the_insights_contradict_no_rest(card: Card, said: str) -> None:
    lines = render("tabs/insights", EN, card=card, model=None, change=None, such=None, figures=False).split("\n")
    assert lines[1] == f"💡 {said}"


def test_from_the_queue_the_last_line_says_how_long_it_is_yours(golden: Golden) -> None:
    card = replace(offered(HOT), claim=Claim("Tanvir", True, at("2026-11-22T11:30")))
    golden("card_from_queue", EN, lambda speech: _said(card, speech, QUEUE))
    said = [_text(card, speech, QUEUE).split("\n")[-1] for speech in (EN, BN)]
    assert said == ["📞 1 of 12 · yours until 11:30", "📞 ১/১২ · ১১:৩০ পর্যন্ত আপনার"]


@pytest.mark.parametrize("card", [FAMILY_TRIED, JUST_TRIED], ids=["family", "own"])
@pytest.mark.parametrize("minutes", range(0, 24 * 60, 35))
def test_until_when_they_rest_after_an_attempt_is_one_line_at_any_hour(minutes: int, card: Card) -> None:
    now = at("2026-11-22T00:00") + timedelta(minutes=minutes)
    advice = replace(card.advice, rests_until=now + RETRY_AFTER)
    for speech, most in ((EN, 35), (BN, 28)):
        said = _text(replace(card, advice=advice), replace(speech, now=now))
        (line,) = [one for one in said.split("\n") if one.startswith("💡")]
        assert len(letters(line)) <= most, line


def test_a_colleague_at_it_is_named_before_the_reasons() -> None:
    lines = _text(replace(HOT, claim=Claim("Nusrat", False, NOW + timedelta(minutes=9))), EN).split("\n")
    assert lines[8:] == ["🙋 Nusrat is calling", "💡 Cart ৳5,500, 3 h ago (+4)", "promised today (+3)"]
    assert "🙋" not in _text(replace(HOT, claim=Claim("Tanvir", True, NOW)), EN)


@pytest.mark.parametrize(
    ("stated", "hours", "english", "bengali"),
    [
        ("18:00-20:00", (time(18), time(20)), "Call at 18–20", "কল সন্ধ্যা ৬–৮টায়"),
        ("9-9:45", (time(9), time(9, 45)), "Call: 09:00–09:45", "কল: সকাল ৯–৯:৪৫"),
        ("after Maghrib", None, "Call: after Maghrib", "কল: after Maghrib"),
    ],
)
def test_stated_hours_where_calls_say_nothing(
    stated: str, hours: tuple[time, time] | None, english: str, bengali: str
) -> None:
    card = replace(COLD, stated_hours=stated, hours=hours)
    assert (_text(card, EN).split("\n")[3], _text(card, BN).split("\n")[3]) == (english, bengali)


def test_the_shops_best_hours_are_not_said_to_be_the_customers(golden: Golden) -> None:
    golden("card_shop_hours", EN, lambda speech: _said(SHOP_HOURS, speech))


REASONS = [
    (FactorCode.LIKELY, {"share": 0.62, "days": 90}, "Likely to order: 62% in 90 d"),
    (FactorCode.GONE, {"share": 0.92}, "Probably gone: 92%"),
    (FactorCode.ANSWERS, {"answered": 3, "count": 4}, "Answered 3 of 4 calls"),
    (FactorCode.PENDING, {"amount": Decimal(1890), "at": at("2026-11-20T11:00")}, "To confirm ৳1,890, 2 d ago"),
    (FactorCode.CART, {"at": NOW - timedelta(minutes=40)}, "Cart left 40 min ago"),
    (FactorCode.PAYMENT, {"amount": Decimal(5500), "at": NOW - timedelta(minutes=8)}, "Payment failed 8 min ago"),
    (FactorCode.OVERDUE, {"at": NOW - timedelta(days=3)}, "Promised, 3 d overdue"),
    (FactorCode.INTERESTED, {"at": NOW - timedelta(days=2)}, "Wanted to buy 2 d ago"),
    (
        FactorCode.OCCASION,
        {"occasion": NearOccasion(EventType.BIRTHDAY, NOW.date(), 41)},
        "Birthday, today",
    ),
    (
        FactorCode.OCCASION,
        {"occasion": NearOccasion(EventType.ANNIVERSARY, NOW.date(), 9, "Shirin", "sibling", "female")},
        "Sister Shirin, today",
    ),
    (FactorCode.REORDER, {"count": 8, "gap_days": 24, "days": 41}, "8 orders, every 24 d, now 41"),
    (FactorCode.INACTIVE, {"days": 120}, "No order for 120 d"),
    (FactorCode.VISITED, {"at": NOW - timedelta(days=1)}, "Visited 1 d ago"),
    (FactorCode.ORDERED, {"at": NOW - timedelta(days=5)}, "Ordered 5 d ago"),
    (FactorCode.UNDERWAY, {"at": NOW}, "Ordered just now, on its way"),
    (FactorCode.IN_TOUCH, {"at": NOW - timedelta(days=2)}, "In touch 2 d ago"),
    (FactorCode.UNANSWERED, {"count": 3}, "3 calls without an answer"),
    (FactorCode.REFUSED, {"at": NOW - timedelta(days=9)}, "Said no 9 d ago"),
]


@pytest.mark.parametrize(("code", "facts", "english"), REASONS)
def test_reasons(code: FactorCode, facts: dict[str, object], english: str) -> None:
    advice = replace(COLD.advice, next_action=NextAction.CALL_NOW, factors=(Factor(code, 2, **facts),))  # type: ignore[arg-type]
    card = replace(COLD, advice=advice)
    assert _text(card, EN).split("\n")[-1] == f"💡 {english} (+2)"
    assert _text(card, BN).split("\n")[-1].startswith("💡 ")


def test_every_reason_has_its_words() -> None:
    said_elsewhere = {
        FactorCode.PROMISED,
        FactorCode.CALLED,
        FactorCode.NEW_LEAD,
        FactorCode.NO_VISIT,
        FactorCode.OLD_LEAD,
        FactorCode.SUCH_LEADS,
    }
    assert {code for code, _, _ in REASONS} | said_elsewhere == set(FactorCode)


def test_who_waits_is_told_the_reason_against_first() -> None:
    factors = (Factor(FactorCode.REORDER, 2, count=3, gap_days=9, days=9), Factor(FactorCode.CALLED, -1, at=NOW))
    text = _text(replace(COLD, advice=replace(COLD.advice, factors=factors)), EN)
    assert text.split("\n")[-2:] == ["💡 Wait: called just now (−1)", "3 orders, every 9 d, now 9 (+2)"]


def test_nothing_to_say_is_said() -> None:
    assert "💡 Nothing to do now" in _text(replace(COLD, advice=replace(COLD.advice, factors=())), EN)


def test_markup_in_data_is_text() -> None:
    said = _text(LONG, EN)
    assert "<script>" not in said
    assert plain(said).split("\n")[0].startswith("🔥 <b>মোহাম্মদ")
