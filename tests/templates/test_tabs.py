"""The tabs behind the card, as the style sheet draws them, in both languages."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from cdm_core.access import CustomerRef
from cdm_core.activity import Activity, Dropoff, ViewedProduct
from cdm_core.advice import Blocked
from cdm_core.changes import Change
from cdm_core.contact_files import ContactFile, SentFile
from cdm_core.customer360 import Card, Claim
from cdm_core.factors import Factor, FactorCode
from cdm_core.facts import NearOccasion
from cdm_core.family import Relative
from cdm_core.orders import Order, OrderHistory, OrderItem
from cdm_core.profile import FIELDS, Profile, Sharers
from cdm_core.recommend.fits import Fit
from cdm_core.tab_head import Head
from cdm_core.timeline import Entry, Timeline
from cdm_core.words import (
    BehaviorType,
    Direction,
    DropoffStage,
    EventType,
    FileKind,
    FileState,
    Gender,
    InteractionType,
    Language,
    MaritalStatus,
    NextAction,
    OfferType,
    OrderStatus,
    Outcome,
    PaymentMethod,
    Reason,
    Relationship,
    Temperature,
)
from templates.actions import Tab
from templates.keyboards import card as keyboards
from templates.render import render
from templates.speech import Speech
from tests.golden import Golden, Said
from tests.templates.cards import COLD, FORBIDDEN, HOT, LEFT_OUT, OLD_LEAD, OWED, PUT_OFF, SHOP_HOURS, UNKNOWN
from tests.templates.offers import MODEL, RANKING, offered
from tests.templates.speeches import BN, EN, NOW, at

HEAD = Head(CustomerRef(123, "রহিম উদ্দিন", 7), 123, "রহিম উদ্দিন", Temperature.HOT, do_not_call=False)
PROFILE = Profile(
    name="রহিম উদ্দিন",
    phone="+8801712345678",
    email="r@example.com",
    address="House 12, Road 5, Mirpur",
    city="Dhaka",
    district=None,
    gender=Gender.MALE,
    date_of_birth=date(1984, 3, 12),
    birthday=(3, 12),
    anniversary=date(2015, 12, 20),
    marital_status=MaritalStatus.MARRIED,
    profession="Doctor",
    stated_hours="18:00-20:00",
    hours=(time(18), time(20)),
    channel=InteractionType.WHATSAPP,
    language=Language.BN,
    owner="Tanvir",
    source="Facebook",
    tags=(),
    do_not_call_at=None,
    consents={},
    sharers=Sharers(),
    missing=("district",),
)
EMPTY_PROFILE = replace(
    PROFILE,
    name="",
    phone=None,
    email=None,
    address=None,
    city=None,
    gender=None,
    date_of_birth=None,
    birthday=None,
    anniversary=None,
    marital_status=None,
    profession=None,
    stated_hours=None,
    hours=None,
    channel=None,
    language=None,
    owner=None,
    source=None,
    missing=FIELDS,
)
SARAH = Relative(
    relative_id=1,
    name="Sarah",
    relationship=Relationship.SPOUSE,
    gender=Gender.FEMALE,
    phone="+8801712345679",
    same_phone=False,
    also_customer=None,
    email=None,
    profession=None,
    date_of_birth=date(1992, 5, 15),
    birthday=(5, 15),
    anniversary=date(2015, 12, 20),
    near=None,
    updated_at=datetime(2026, 1, 10, tzinfo=UTC),
)
ARIF = replace(
    SARAH,
    relative_id=2,
    name="Arif",
    relationship=Relationship.CHILD,
    gender=Gender.MALE,
    phone=None,
    date_of_birth=date(2018, 11, 24),
    anniversary=None,
    near=NearOccasion(EventType.BIRTHDAY, date(2026, 11, 24), 8),
)
ROKEYA = replace(
    SARAH,
    relative_id=3,
    name="Rokeya Begum",
    relationship=Relationship.PARENT,
    phone="+8801712345678",
    same_phone=True,
    date_of_birth=None,
    birthday=None,
    anniversary=None,
)
CALLED = Entry(
    interaction_id=1,
    at=at("2026-11-20T18:42"),
    staff="Nusrat",
    channel=InteractionType.CALL,
    direction=Direction.OUTBOUND,
    outcome="callback_requested",
    outcome_code=Outcome.CALLBACK_REQUESTED,
    reason=Reason.PRICE,
    duration=timedelta(minutes=3),
    note="দাম বেশি, রবিবার কল দিবেন",
)
WROTE = replace(
    CALLED,
    at=at("2026-11-17T11:05"),
    staff=None,
    channel=InteractionType.WHATSAPP,
    direction=Direction.INBOUND,
    outcome=None,
    outcome_code=None,
    reason=None,
    duration=None,
    note="honey ar ase?",
)
TIMELINE = Timeline((CALLED, WROTE), page=0, has_older=True, total=12)
ACTIVITY = Activity(
    counts={
        BehaviorType.PRODUCT_VIEW: 31,
        BehaviorType.ADD_TO_CART: 3,
        BehaviorType.WISHLIST: 1,
        BehaviorType.SEARCH: 6,
    },
    most_viewed=(ViewedProduct("Honey 1 kg", 9), ViewedProduct("Chia seed", 5), ViewedProduct("Mustard oil 5 L", 4)),
    searches=("kalojira", "খেজুর"),
    dropoffs=(
        Dropoff(
            dropoff_id=1,
            stage=DropoffStage.CHECKOUT_INITIATED,
            at=NOW - timedelta(hours=3),
            product=None,
            cart_value=Decimal(5500),
            reason="High shipping cost",
            recovered=False,
        ),
    ),
)
HISTORY = OrderHistory(
    orders=(
        Order(
            order_id=2,
            at=at("2026-11-17T12:00"),
            status=OrderStatus.COMPLETED,
            total=Decimal(2450),
            payment=PaymentMethod.COD,
            items=(OrderItem("Honey 1 kg", Decimal("2.000"), Decimal(2450), OrderStatus.COMPLETED),),
        ),
        Order(
            order_id=1,
            at=at("2026-10-12T12:00"),
            status=OrderStatus.COMPLETED,
            total=Decimal(5800),
            payment=PaymentMethod.COD,
            items=(
                OrderItem("Ghee 500 g", Decimal(4), Decimal(5800), OrderStatus.COMPLETED),
                OrderItem("Chia seed", Decimal(2), Decimal(-900), OrderStatus.RETURNED),
            ),
        ),
    ),
    page=0,
    has_older=True,
    completed=8,
    returned=1,
    lifetime_value=Decimal(125_000),
)


def _tab(speech: Speech, tab: Tab, *, has_older: bool = False, left_out: int | None = None, **facts: object) -> Said:
    buttons = keyboards.tab(
        speech,
        tab,
        customer_id=123,
        has_older=has_older,
        open_dropoff=facts.get("activity") is ACTIVITY,
        left_out=left_out,
    )
    return render(f"tabs/{tab}", speech, **{"change": None, **facts}), buttons


def test_overview(golden: Golden) -> None:
    golden("tab_overview", EN, lambda speech: _tab(speech, Tab.OVERVIEW, card=HOT))
    golden("tab_overview_unknown", EN, lambda speech: _tab(speech, Tab.OVERVIEW, card=UNKNOWN))


def test_profile(golden: Golden) -> None:
    golden("tab_profile", EN, lambda speech: _tab(speech, Tab.PROFILE, head=HEAD, profile=PROFILE))
    golden("tab_profile_empty", EN, lambda speech: _tab(speech, Tab.PROFILE, head=HEAD, profile=EMPTY_PROFILE))


def test_interactions(golden: Golden) -> None:
    golden(
        "tab_interactions",
        EN,
        lambda speech: _tab(speech, Tab.INTERACTIONS, has_older=True, head=HEAD, timeline=TIMELINE),
    )
    voice = ContactFile(1, 1, SentFile(FileKind.VOICE, 42, "a", "b", duration_seconds=72), FileState.KEPT, "a.ogg", NOW)
    photo = replace(voice, sent=SentFile(FileKind.PHOTO, 42, "c", "d"))
    silent = replace(CALLED, interaction_id=3, channel=InteractionType.OTHER, outcome_code=None, outcome=None)
    with_files = Timeline(
        (
            replace(CALLED, files=(voice, photo, photo)),
            WROTE,
            replace(silent, reason=None, duration=None, note=None, files=(photo,)),
        ),
        page=0,
        has_older=False,
        total=3,
    )
    given = [(1, FileKind.VOICE), (3, FileKind.PHOTO)]
    golden(
        "tab_interactions_files",
        EN,
        lambda speech: (
            render("tabs/interactions", speech, head=HEAD, timeline=with_files, change=None),
            keyboards.tab(speech, Tab.INTERACTIONS, customer_id=123, files=given),
        ),
    )
    nothing = Timeline((), page=0, has_older=False, total=0)
    golden("tab_interactions_none", EN, lambda speech: _tab(speech, Tab.INTERACTIONS, head=HEAD, timeline=nothing))


def test_a_long_note_is_a_quote() -> None:
    long = replace(CALLED, note="দাম বেশি, " * 30)
    said = render("tabs/interactions", EN, head=HEAD, timeline=Timeline((long,), 0, False, 1))
    assert said.split("\n")[-1].startswith("<blockquote>দাম বেশি, দাম")
    assert said.endswith("…</blockquote>")


def test_behaviour(golden: Golden) -> None:
    golden("tab_behaviour", EN, lambda speech: _tab(speech, Tab.BEHAVIOUR, head=HEAD, activity=ACTIVITY))
    nothing = Activity(dict.fromkeys(BehaviorType, 0), (), (), ())
    golden("tab_behaviour_none", EN, lambda speech: _tab(speech, Tab.BEHAVIOUR, head=HEAD, activity=nothing))


def _insights(
    speech: Speech,
    card: Card,
    model: Fit | None = MODEL,
    change: Change | None = None,
    *,
    figures: bool = False,
    such: int | None = None,
) -> Said:
    left_out = card.left_out.change_id if card.left_out else None
    return _tab(
        speech, Tab.INSIGHTS, left_out=left_out, card=card, model=model, change=change, figures=figures, such=such
    )


def _lines(speech: Speech, card: Card, *, figures: bool = False) -> list[str]:
    """Of the insights."""
    told = render("tabs/insights", speech, card=card, model=MODEL, change=None, figures=figures, such=None)
    return told.split("\n")


def test_insights(golden: Golden) -> None:
    golden("tab_insights", EN, lambda speech: _insights(speech, offered(HOT)))
    golden("tab_insights_figures", EN, lambda speech: _insights(speech, offered(HOT), figures=True))
    little = replace(COLD, own_calls=1)
    golden("tab_insights_little", EN, lambda speech: _insights(speech, little, model=None, figures=True))
    shop = replace(SHOP_HOURS, own_calls=1)
    golden("tab_insights_shop_hours", EN, lambda speech: _insights(speech, shop, model=None))
    golden("tab_insights_such_leads", EN, lambda speech: _insights(speech, OLD_LEAD, such=40))


@pytest.mark.parametrize(
    ("card", "english", "bengali"),
    [
        (replace(COLD, own_calls=3), "<b>When</b> too few calls to say (3)", "<b>কখন</b> বলার মতো কল হয়নি (৩)"),
        (
            replace(COLD, own_calls=60, judged=True),
            "<b>When</b> no hour is better (60 calls)",
            "<b>কখন</b> সব সময় সমান (৬০ কল)",
        ),
        (replace(SHOP_HOURS, own_calls=3), "Their own: too few to say (3)", "এই কাস্টমারের কল কম (৩)"),
        (
            replace(SHOP_HOURS, own_calls=60, judged=True),
            "Their own: no hour is better (60)",
            "এই কাস্টমারের সব সময় সমান (৬০)",
        ),
    ],
)
def test_enough_calls_are_not_said_to_be_too_few(card: Card, english: str, bengali: str) -> None:
    for speech, line in ((EN, english), (BN, bengali)):
        assert line in _lines(speech, card)


def test_a_bad_suggestion_is_seen_as_long_as_it_lasts(golden: Golden) -> None:
    golden("tab_insights_left_out", EN, lambda speech: _insights(speech, replace(offered(HOT), left_out=LEFT_OUT)))
    for left_out, english, bengali in (
        (LEFT_OUT, "👎 Nusrat: no call until 22 Dec", "👎 Nusrat: ২২ ডিসে পর্যন্ত কল নয়"),
        (PUT_OFF, "👎 Nusrat: no call until 12:10", "👎 Nusrat: দুপুর ১২:১০ পর্যন্ত কল নয়"),
        (OWED, "👎 Nusrat: other calls from 22 Dec", "👎 Nusrat: অন্য কল ২২ ডিসে থেকে"),
    ):
        card = replace(HOT, left_out=left_out)
        for speech, line in ((EN, english), (BN, bengali)):
            for lines in (_lines(speech, card), render("tabs/overview", speech, card=card).split("\n")):
                assert line in lines
                scored = [one for one in lines if speech.gettext("%(n)s of 10", n="") in one]
                assert bool(scored) is (left_out is OWED)


CALLING = replace(offered(HOT), claim=Claim("Nusrat", False, NOW))
CALLING_FAMILY = replace(offered(HOT), kin_claim=Claim("Nusrat", False, NOW))
YOU_CALL_FAMILY = replace(offered(HOT), kin_claim=Claim("Tanvir", True, NOW))
COOLED = replace(HOT.advice, blocked=Blocked.COOLDOWN, rests_until=at("2026-11-23T18:42"))


def test_while_somebody_is_at_them_the_tabs_say_who(golden: Golden) -> None:
    golden("tab_overview_calling_family", EN, lambda speech: _tab(speech, Tab.OVERVIEW, card=CALLING_FAMILY))
    golden("tab_insights_calling_family", EN, lambda speech: _insights(speech, CALLING_FAMILY))


@pytest.mark.parametrize(
    ("card", "english", "bengali"),
    [
        (CALLING, ["🙋 Nusrat is calling"], ["🙋 Nusrat কল দিচ্ছেন"]),
        (CALLING_FAMILY, ["🙋 Nusrat is calling the family"], ["🙋 Nusrat পরিবারে কল দিচ্ছেন"]),
        (YOU_CALL_FAMILY, ["🙋 You are calling the family"], ["🙋 আপনি পরিবারে কল দিচ্ছেন"]),
        (
            replace(CALLING, advice=COOLED),
            ["🙋 Nusrat is calling", "💡 No call until tomorrow 18:42"],
            ["🙋 Nusrat কল দিচ্ছেন", "💡 আগামীকাল সন্ধ্যা ৬:৪২ পর্যন্ত কল নয়"],
        ),
        (
            replace(CALLING, left_out=LEFT_OUT),
            ["🙋 Nusrat is calling", "👎 Nusrat: no call until 22 Dec"],
            ["🙋 Nusrat কল দিচ্ছেন", "👎 Nusrat: ২২ ডিসে পর্যন্ত কল নয়"],
        ),
        (
            replace(CALLING, left_out=OWED),
            ["🙋 Nusrat is calling", "👎 Nusrat: other calls from 22 Dec"],
            ["🙋 Nusrat কল দিচ্ছেন", "👎 Nusrat: অন্য কল ২২ ডিসে থেকে"],
        ),
    ],
)
def test_who_is_at_them_is_named_instead_of_an_urgent_call(card: Card, english: list[str], bengali: list[str]) -> None:
    for speech, said in ((EN, english), (BN, bengali)):
        for lines in (render("tabs/overview", speech, card=card).split("\n"), _lines(speech, card)):
            assert [line for line in lines if line[0] in "🙋💡👎"] == said
            assert not [line for line in lines if speech.gettext("%(n)s of 10", n="") in line]
            assert "URGENT" not in "".join(lines)
            assert "জরুরি" not in "".join(lines)
    mine = replace(card, claim=Claim("Tanvir", True, NOW), kin_claim=None, left_out=None, advice=HOT.advice)
    assert "💡 <b>10 of 10</b>" in _lines(EN, mine)


def test_who_was_just_served_has_no_score() -> None:
    underway = Factor(FactorCode.UNDERWAY, 1, at=NOW)
    card = replace(HOT, advice=replace(COOLED, next_action=NextAction.WAIT, factors=(underway,)))
    lines = _lines(EN, card)
    assert not [line for line in lines if "of 10" in line]
    assert "<b>Why</b> ordered just now, on its way (+1)" in lines
    assert "of 10" not in render("tabs/overview", EN, card=card)
    figures = _lines(EN, replace(card, ranking=RANKING), figures=True)
    assert "<b>Model</b> ৳375 a call, without the order underway" in figures


def test_an_order_is_confirmed_before_anything_is_offered() -> None:
    advice = replace(HOT.advice, next_action=NextAction.CONFIRM_ORDER, offer=OfferType.NONE)
    card = replace(offered(HOT), advice=advice, numbers=replace(HOT.numbers, pending=1))
    assert "<b>Offer</b> First confirm" in _lines(EN, card)
    assert render("tabs/overview", EN, card=card).split("\n")[1:5] == [
        "📦 ৳1,25,000 · 8 orders · 1 pending",
        "avg ৳15,625 · every 24 d · 1 returned",
        "Delivered 8 of 9, last 5 d ago",
        "📞 12 contacts · answered 3 of 5 calls",
    ]
    assert "💡 ১০/১০ · আগে কনফার্ম" in render("tabs/overview", BN, card=card).split("\n")


def test_averages_are_whole_taka() -> None:
    card = replace(HOT, numbers=replace(HOT.numbers, avg_order_value=Decimal("3763.33")))
    assert "avg ৳3,763 · every 24 d · 1 returned" in render("tabs/overview", EN, card=card).split("\n")


def test_orders(golden: Golden) -> None:
    golden("tab_orders", EN, lambda speech: _tab(speech, Tab.ORDERS, has_older=True, head=HEAD, history=HISTORY))
    nothing = OrderHistory((), 0, False, 0, 0, Decimal(0))
    golden("tab_orders_none", EN, lambda speech: _tab(speech, Tab.ORDERS, head=HEAD, history=nothing))


def test_an_order_of_many_lines_is_cut() -> None:
    items = tuple(OrderItem(f"Tea {n}", Decimal("1.5"), Decimal(90), OrderStatus.PENDING) for n in range(20))
    order = replace(HISTORY.orders[0], items=items, status=OrderStatus.PENDING)
    said = render("tabs/orders", EN, head=HEAD, history=replace(HISTORY, orders=(order,))).split("\n")
    assert said[2] == "<b>Tue 17 Nov</b> · ৳2,450 · COD · pending"
    assert said[3] == "Tea 0 ×1.5 · Tea 1 ×1.5 · Tea 2 ×1.5 · Tea 3 ×1.5 · 16 more"


@pytest.mark.parametrize("tab", [Tab.OVERVIEW, Tab.INSIGHTS])
@pytest.mark.parametrize("speech", [EN, BN])
def test_nobody_is_told_to_call_who_must_not_be_called(tab: Tab, speech: Speech) -> None:
    card = replace(FORBIDDEN, advice=replace(FORBIDDEN.advice, factors=HOT.advice.factors))
    said = render(f"tabs/{tab}", speech, card=card, model=None, change=None, such=None, figures=True)
    assert "🚫" in said
    assert not {"💡", "(+4)", "(+৪)"} & set(said.replace("\n", " ").split(" "))


@pytest.mark.parametrize(
    ("action", "english", "bengali"),
    [
        (NextAction.FOLLOW_UP, "Follow up today 18:00", "ফলো-আপ আজ সন্ধ্যা ৬টা"),
        (NextAction.REORDER, "Offer a reorder by Sun 22 Nov", "রি-অর্ডার অফার, রবি ২২ নভে পর্যন্ত"),
        (NextAction.WIN_BACK, "Win back by Sun 22 Nov", "কল দিয়ে ফেরান, রবি ২২ নভে পর্যন্ত"),
        (NextAction.CONFIRM_ORDER, "Confirm the order today", "আজই অর্ডার কনফার্ম করুন"),
    ],
)
def test_the_next_action_says_by_when(action: NextAction, english: str, bengali: str) -> None:
    card = replace(HOT, advice=replace(HOT.advice, next_action=action, deadline=at("2026-11-22T18:00")))
    said = [render("tabs/overview", speech, card=card).split("\n")[-1] for speech in (EN, BN)]
    assert said == [english, bengali]
