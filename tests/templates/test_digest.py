"""The morning list in both languages, as the style sheet draws it, and that it fits a screen."""

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from cdm_core.absences import Away
from cdm_core.advice import Advice
from cdm_core.calls import Entry, Part
from cdm_core.digest import Digest, Greeting, TopCall
from cdm_core.due import Promise
from cdm_core.factors import Factor, FactorCode
from cdm_core.facts import CallFacts
from cdm_core.occasions import Occasion, OccasionCall
from cdm_core.results import Result
from cdm_core.staff import Staff
from cdm_core.team_day import TeamDay
from cdm_core.words import (
    CustomerType,
    EventType,
    Gender,
    Language,
    LifecycleStage,
    NextAction,
    OfferType,
    PaymentMethod,
    Relationship,
    Role,
    Temperature,
)
from jobs.digest_message import MOST_LINES, MOST_NUMBERS, word
from templates.keyboards import lists
from templates.markup import length, plain
from templates.render import render
from templates.speech import Speech
from tests.golden import Golden
from tests.templates.offers import CHIA, SUGGESTIONS
from tests.templates.speeches import EN, at

TUESDAY = replace(EN, now=at("2026-11-24T09:00"))
THURSDAY = replace(EN, now=at("2026-11-26T09:00"))
TANVIR = Staff(
    id=1,
    name="Tanvir",
    role=Role.AGENT,
    team_id=None,
    team=None,
    telegram_user_id=1,
    language=Language.EN,
    digest_time=time(9),
    working_days=frozenset({7, 1, 2, 3, 4}),
    alerts=True,
    active=True,
)


def greeting(
    customer_id: int,
    customer: str,
    phone: str,
    day: date,
    years: int | None,
    *,
    offer: str | None,
    event: EventType = EventType.BIRTHDAY,
    stage: LifecycleStage = LifecycleStage.REPEAT_BUYER,
    vip: bool = False,
    value: int = 0,
    contact: datetime | None = None,
    ordered: datetime | None = None,
    relative: str | None = None,
    relationship: Relationship | None = None,
    gender: Gender | None = None,
) -> Greeting:
    occasion = Occasion(customer_id, customer, event, day, years, relative, relationship, gender)
    call = OccasionCall(
        customer_id=customer_id,
        customer=customer,
        owner_id=1,
        phone=phone,
        type=CustomerType.VIP if vip else CustomerType.REPEAT,
        stage=stage,
        lifetime_value=Decimal(value),
        last_contact_at=contact,
        last_order_at=ordered,
        occasions=(occasion,),
    )
    return Greeting(call, offer)


def promise(customer_id: int, name: str, due_at: datetime, now: datetime, *, asked: bool = False) -> Promise:
    return Promise(
        customer_id=customer_id,
        name=name,
        phone_e164=None,
        temperature=Temperature.WARM,
        due_at=due_at,
        asked=asked,
        overdue=due_at < now,
        today=due_at.date() == now.date(),
        note=None,
        noted_at=None,
    )


def top(
    customer_id: int, name: str, factor: Factor, action: NextAction, payment: PaymentMethod | None = None
) -> TopCall:
    facts = CallFacts(
        stage=LifecycleStage.REPEAT_BUYER,
        type=CustomerType.REPEAT,
        temperature=Temperature.WARM,
        do_not_call=False,
        created_at=at("2026-01-01T00:00"),
    )
    advice = Advice(score=7, next_action=action, deadline=None, offer=OfferType.NONE, factors=(factor,), blocked=None)
    part = Part.CONFIRM if action is NextAction.CONFIRM_ORDER else None
    return TopCall(Entry(customer_id, name, None, part, frozenset(), facts, advice), payment)


REORDER = top(
    388,
    "Rahim Sheikh",
    Factor(FactorCode.REORDER, 2, count=4, days=35, gap_days=30),
    NextAction.REORDER,
)
CONFIRM = top(
    540,
    "Mitu Das",
    Factor(FactorCode.PENDING, 5, at=at("2026-11-22T08:00"), amount=Decimal(2100)),
    NextAction.CONFIRM_ORDER,
    PaymentMethod.COD,
)
DUE_AGAIN = replace(
    REORDER,
    entry=replace(REORDER.entry, facts=replace(REORDER.entry.facts, suggested=SUGGESTIONS)),
)
LIKELY = top(412, "Salma Ara", Factor(FactorCode.LIKELY, 1, share=0.62, days=90), NextAction.CALL_NOW)
LIKELY = replace(LIKELY, entry=replace(LIKELY.entry, advice=replace(LIKELY.entry.advice, products=(CHIA,))))
RESULT = Result(day=date(2026, 11, 23), calls=46, answered=21, orders=6, amount=Decimal(14200))
RAHIM = greeting(
    123,
    "রহিম উদ্দিন",
    "+8801712345678",
    date(2026, 11, 24),
    8,
    offer="Honey gift box",
    vip=True,
    value=125_000,
    contact=at("2026-11-23T18:42"),
    ordered=at("2026-11-19T12:00"),
    relative="Arif",
    relationship=Relationship.CHILD,
    gender=Gender.MALE,
)
KARIM = greeting(
    77,
    "Karim Mia",
    "+8801512345678",
    date(2026, 11, 24),
    10,
    offer=None,
    event=EventType.ANNIVERSARY,
    value=8_900,
    contact=at("2026-11-18T12:00"),
    ordered=at("2026-11-06T12:00"),
    relative="Shirin",
    relationship=Relationship.SPOUSE,
    gender=Gender.FEMALE,
)
NORMAL = Digest(
    person=TANVIR,
    day=date(2026, 11, 24),
    free_days=(),
    greetings=(RAHIM, KARIM),
    greetings_total=2,
    ahead_day=date(2026, 11, 25),
    ahead=("Jahid Hasan",),
    at_seven=2,
    week=6,
    due=(promise(215, "Nasrin Sultana", at("2026-11-23T09:00"), TUESDAY.now),),
    due_total=4,
    overdue=1,
    top=(REORDER, CONFIRM),
    calls_total=12,
    carts=2,
    carts_value=Decimal(7300),
    result=RESULT,
)
WEEKEND = replace(
    NORMAL,
    day=date(2026, 11, 26),
    free_days=(date(2026, 11, 27), date(2026, 11, 28)),
    greetings=(
        greeting(
            480,
            "Sumaiya Akter",
            "+8801812345678",
            date(2026, 11, 27),
            29,
            offer="Ghee 500 g",
            stage=LifecycleStage.FIRST_BUYER,
            value=1450,
            ordered=at("2026-09-09T12:00"),
        ),
        greeting(
            540,
            "Mitu Das",
            "+8801612345679",
            date(2026, 11, 28),
            5,
            offer=None,
            event=EventType.ANNIVERSARY,
            contact=at("2026-11-23T12:00"),
            relative="Rana",
            relationship=Relationship.SPOUSE,
            gender=Gender.MALE,
        ),
    ),
    ahead_day=date(2026, 11, 29),
    ahead=("Nasrin Sultana",),
    at_seven=1,
    due=(
        promise(77, "Karim Mia", at("2026-11-26T16:00"), THURSDAY.now),
        promise(902, "Jahid Hasan", at("2026-11-27T16:00"), THURSDAY.now, asked=True),
    ),
    due_total=3,
    overdue=0,
    top=(REORDER,),
    result=replace(RESULT, day=date(2026, 11, 25)),
)
EMPTY = replace(
    NORMAL,
    greetings=(),
    greetings_total=0,
    ahead=(),
    at_seven=0,
    week=0,
    due=(),
    due_total=0,
    overdue=0,
    top=(),
    calls_total=0,
    carts=0,
    carts_value=Decimal(0),
    result=None,
)


TEAM = TeamDay(
    team="Mirpur",
    away=("Nusrat",),
    unclaimed=2,
    overdue=(("Tanvir", 4), ("Nusrat", 3)),
    carts=5,
    carts_value=Decimal(27_300),
    day=date(2026, 11, 23),
    results=(
        ("Tanvir", RESULT),
        ("Nusrat", replace(RESULT, calls=64, answered=30, orders=1, amount=Decimal(1250))),
        ("Shuvo", replace(RESULT, calls=0, answered=0, orders=0, amount=Decimal(0))),
    ),
)
NOTHING = TeamDay(None, (), 0, (), 0, Decimal(0), date(2026, 11, 23), ())
LEADS = replace(EMPTY, person=replace(TANVIR, name="Farhana", role=Role.MANAGER), team=TEAM)


def said(digest: Digest, speech: Speech, *, late: bool = False) -> tuple[str, Any]:
    worded = word(digest, speech, late=late)
    return worded.text, worded.keyboard


def test_a_normal_day(golden: Golden) -> None:
    golden("digest", TUESDAY, lambda speech: said(NORMAL, speech))


def test_what_to_offer_who_is_called_first(golden: Golden) -> None:
    calls = replace(EMPTY, top=(DUE_AGAIN, LIKELY, CONFIRM), calls_total=3)
    golden("digest_offers", TUESDAY, lambda speech: said(calls, speech))


def test_alerts_that_nobody_took_come_first(golden: Golden) -> None:
    golden("digest_urgent", TUESDAY, lambda speech: said(replace(NORMAL, urgent=6), speech))


def test_before_the_weekend_the_days_that_do_not_fit_are_counted(golden: Golden) -> None:
    of = {date(2026, 11, 26): 2, date(2026, 11, 27): 6, date(2026, 11, 28): 4}
    digest = replace(WEEKEND, greetings_total=12, greetings_of=of)
    golden("digest_weekend_more", THURSDAY, lambda speech: said(digest, speech))


def test_before_the_weekend(golden: Golden) -> None:
    golden("digest_weekend", THURSDAY, lambda speech: said(WEEKEND, speech))


def test_the_team_of_who_leads(golden: Golden) -> None:
    golden("digest_team", TUESDAY, lambda speech: said(LEADS, speech))


def test_the_team_of_who_calls_too(golden: Golden) -> None:
    everybody = replace(
        TEAM,
        team=None,
        away=("Nusrat", "Shuvo", "Rumi", "Mitu"),
        overdue=(*TEAM.overdue, ("Shuvo", 2), ("Rumi", 1)),
        carts=0,
        results=TEAM.results * 3,
        day=date(2026, 11, 21),
    )
    golden("digest_team_and_own", TUESDAY, lambda speech: said(replace(NORMAL, team=everybody), speech))


def test_a_team_with_nothing_to_say_makes_no_list() -> None:
    assert replace(EMPTY, team=NOTHING).empty
    for one in ({"away": ("N",)}, {"unclaimed": 1}, {"overdue": (("N", 1),)}, {"carts": 1}, {"results": TEAM.results}):
        assert not replace(EMPTY, team=replace(NOTHING, **one)).empty


def test_sent_late(golden: Golden) -> None:
    late = replace(TUESDAY, now=at("2026-11-24T11:20"))
    golden("digest_late", late, lambda speech: said(NORMAL, speech, late=True))


def test_the_first_line_says_when_it_is_late() -> None:
    late = replace(TUESDAY, now=at("2026-11-24T11:20"))
    english = word(NORMAL, late, late=True).text.split("\n")[0]
    bengali = word(NORMAL, replace(late, language=Language.BN), late=True).text.split("\n")[0]
    assert english == "☀️ <b>Tanvir, Tue 24 Nov</b> · sent 11:20"
    assert bengali == "☀️ <b>Tanvir, মঙ্গল ২৪ নভে</b> · এসেছে ১১:২০"


@pytest.mark.parametrize(
    ("free", "head"),
    [
        ((27,), "<b>Tanvir, Thu 26 Nov</b>, with Fri"),
        ((27, 28), "<b>Tanvir, Thu 26 Nov</b>, with Fri and Sat"),
        ((27, 28, 29), "<b>Tanvir, Thu 26 Nov</b>, with Fri to Sun"),
        ((24, 25, 26, 27, 28, 29, 30), "<b>Tanvir, Thu 26 Nov</b>, with Tue to Mon 30 Nov"),
    ],
)
def test_the_days_off_it_carries(free: tuple[int, ...], head: str) -> None:
    digest = replace(WEEKEND, free_days=tuple(date(2026, 11, day) for day in free))
    assert word(digest, THURSDAY).text.split("\n")[0] == f"☀️ {head}"


@pytest.mark.parametrize(("name", "carts"), [("digest_win_back", 0), ("digest_carts_and_win_back", 2)])
def test_win_back_calls(golden: Golden, name: str, carts: int) -> None:
    digest = replace(EMPTY, calls_total=5, win_backs=5, carts=carts, carts_value=Decimal(7300 if carts else 0))
    golden(name, TUESDAY, lambda speech: said(digest, speech))


def test_nothing_to_say() -> None:
    assert EMPTY.empty
    for one in (
        {"greetings_total": 1},
        {"ahead": ("Jahid",)},
        {"at_seven": 1},
        {"due_total": 1},
        {"calls_total": 1},
        {"carts": 1},
        {"result": RESULT},
    ):
        assert not replace(EMPTY, **one).empty


def test_empty_sections_vanish() -> None:
    only_week = replace(EMPTY, at_seven=2, week=2)
    assert word(only_week, TUESDAY).text == "☀️ <b>Tanvir, Tue 24 Nov</b>\nIn 7 d: 2"


@pytest.mark.parametrize("speech", [TUESDAY, replace(TUESDAY, language=Language.BN)], ids=["en", "bn"])
@pytest.mark.parametrize("occasions", [0, 1, 3, 10, 400])
@pytest.mark.parametrize("calls", [0, 1, 10])
@pytest.mark.parametrize("covers", [None, Away("Nusrat", date(2026, 11, 26))], ids=["own", "covered"])
@pytest.mark.parametrize("team", [None, replace(TEAM, results=TEAM.results * 3)], ids=["alone", "leads"])
def test_it_fits_the_screen_and_numbers_match_the_buttons(
    speech: Speech, occasions: int, calls: int, covers: Away | None, team: TeamDay | None
) -> None:
    many = tuple(
        replace(RAHIM, call=replace(RAHIM.call, customer_id=1000 + n)) for n in range(min(occasions, MOST_NUMBERS))
    )
    digest = replace(
        NORMAL,
        greetings=many,
        greetings_total=occasions,
        due=tuple(replace(promise(2000 + n, "Nasrin", speech.now, speech.now), covers=covers) for n in range(calls)),
        due_total=calls,
        top=tuple(
            replace(REORDER, entry=replace(REORDER.entry, customer_id=3000 + n, covers=covers)) for n in range(calls)
        ),
        calls_total=calls,
        team=team,
    )
    worded = word(digest, speech)
    lines = plain(worded.text).split("\n")
    assert len(lines) <= MOST_LINES
    assert length(worded.text) < 4096
    numbers = [number for row in worded.keyboard.rows for button in row if (number := _number(button.label))]
    assert numbers == list(range(1, len(worded.numbers) + 1))
    for number in numbers:
        assert any(line.startswith(f"{_shown(number, speech)} ") for line in lines)
    assert len(worded.keyboard.rows) <= 4
    if occasions and calls:
        assert {1000, 2000, 3000} <= set(worded.numbers.values())
    if occasions == 400:
        shown = sum(1000 <= customer < 2000 for customer in worded.numbers.values())
        assert any(str(400 - shown) in line or _shown(400 - shown, speech) in line for line in lines)


def _shown(number: int, speech: Speech) -> str:
    return str(number).translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")) if speech.language == "bn" else str(number)


def _number(label: str) -> int | None:
    return int(label) if label.isdigit() else None


def test_names_can_neither_format_nor_break_it() -> None:
    call = replace(
        RAHIM.call,
        customer="<b>%(n)s</b>" + "x" * 200,
        phone=None,
        occasions=(replace(RAHIM.call.occasions[0], customer="<b>%(n)s</b>" + "x" * 200, relative="100%"),),
    )
    text = word(replace(NORMAL, greetings=(Greeting(call, None),), greetings_total=1), TUESDAY).text
    assert "&lt;b&gt;%(n)s&lt;/b&gt;" in text
    assert "No phone" in text
    assert "x" * 25 not in text


def test_two_days_of_one_household_are_one_entry() -> None:
    own = Occasion(123, "Rahim", EventType.BIRTHDAY, date(2026, 11, 26), 42)
    son = Occasion(123, "Rahim", EventType.BIRTHDAY, date(2026, 11, 27), 8, "Arif", Relationship.CHILD, Gender.MALE)
    neighbour = Occasion(9, "Shirin", EventType.BIRTHDAY, date(2026, 11, 26), None)
    call = replace(RAHIM.call, customer="Rahim", occasions=(own, neighbour, son))
    digest = replace(WEEKEND, greetings=(Greeting(call, None),), greetings_total=1)
    lines = word(digest, THURSDAY).text.split("\n")
    assert lines[1:5] == ["🎂 <b>Today</b>", "1 Rahim turns 42", "Shirin: birthday", "Fri 27: son Arif turns 8"]


def test_events(golden: Golden) -> None:
    calls = [RAHIM.call, KARIM.call, WEEKEND.greetings[0].call, WEEKEND.greetings[1].call]
    facts: dict[str, Any] = {"calls": calls, "first": 1, "days": 7, "total": 6}
    ids = [call.customer_id for call in calls]
    golden(
        "events",
        TUESDAY,
        lambda s: (render("events", s, **facts), lists.events(s, customer_ids=ids, days_ahead=7, remaining=2)),
    )
    golden(
        "events_none",
        TUESDAY,
        lambda s: (
            render("events", s, calls=[], first=1, days=7, total=0),
            lists.events(s, customer_ids=[], days_ahead=7),
        ),
    )
