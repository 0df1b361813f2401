"""The style sheet's customers as cards, and what stands behind their tabs."""

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal

from cdm_core.access import CustomerRef
from cdm_core.advice import Advice, Blocked
from cdm_core.call_hours import AnswerWindow
from cdm_core.customer360 import Card, LastContact, Numbers, OpenFollowUp, Owner
from cdm_core.factors import Factor, FactorCode
from cdm_core.facts import NearOccasion
from cdm_core.skips import LeftOut
from cdm_core.words import (
    CustomerType,
    Direction,
    EventType,
    HoursBasis,
    InteractionType,
    LifecycleStage,
    NextAction,
    OfferType,
    Outcome,
    Temperature,
)
from tests.templates.speeches import NOW, at

NOBODYS = Numbers(
    lifetime_value=Decimal(0),
    total_orders=0,
    avg_order_value=Decimal(0),
    avg_days_between_orders=None,
    last_order_at=None,
    delivered=0,
    delivered_of=0,
    returned=0,
    pending=0,
    total_interactions=0,
    total_calls=0,
    outbound_calls=0,
    answered_calls=0,
    total_whatsapp=0,
    total_sms=0,
    total_emails=0,
    products_viewed=0,
    total_activities=0,
    family_members=0,
)
WAIT = Advice(1, NextAction.WAIT, None, OfferType.NONE, (), None)
TANVIR = Owner(7, "Tanvir", mine=True)

HOT = Card(
    ref=CustomerRef(123, "রহিম উদ্দিন", 7),
    customer_id=123,
    name="রহিম উদ্দিন",
    phone="+8801712345678",
    phone_e164="+8801712345678",
    place="Dhaka",
    source="Facebook",
    stage=LifecycleStage.LOYAL,
    type=CustomerType.VIP,
    temperature=Temperature.HOT,
    owner=TANVIR,
    do_not_call_at=None,
    numbers=replace(
        NOBODYS,
        lifetime_value=Decimal(125_000),
        total_orders=8,
        avg_order_value=Decimal(15_625),
        avg_days_between_orders=Decimal("24.3"),
        last_order_at=at("2026-11-17T12:00"),
        delivered=8,
        delivered_of=9,
        returned=1,
        total_interactions=12,
        total_calls=5,
        outbound_calls=5,
        answered_calls=3,
        total_whatsapp=4,
        total_sms=2,
        total_emails=1,
        products_viewed=25,
        total_activities=41,
        family_members=3,
    ),
    last_product="Honey 1 kg",
    last_contact=LastContact(
        at=at("2026-11-20T18:42"),
        staff="Nusrat",
        channel=InteractionType.CALL,
        direction=Direction.OUTBOUND,
        outcome="callback_requested",
        outcome_code=Outcome.CALLBACK_REQUESTED,
        note="দাম বেশি",
    ),
    follow_up=OpenFollowUp(at("2026-11-22T18:00"), overdue=False),
    occasion=None,
    stated_hours="18:00-20:00",
    hours=(time(18), time(20)),
    answers=AnswerWindow(time(18), time(20), HoursBasis.STATED, calls=4, answered=3),
    claim=None,
    advice=Advice(
        score=10,
        next_action=NextAction.CALL_NOW,
        deadline=NOW + timedelta(hours=24),
        offer=OfferType.UPSELL,
        factors=(
            Factor(FactorCode.CART, 4, at=NOW - timedelta(hours=3), amount=Decimal(5500)),
            Factor(FactorCode.PROMISED, 3, at=at("2026-11-22T18:00")),
            Factor(FactorCode.CALLED, -1, at=at("2026-11-20T18:42")),
            Factor(FactorCode.ORDERED, 1, at=at("2026-11-17T12:00")),
        ),
        blocked=None,
    ),
)
RELATIVES_DAY = replace(HOT, occasion=NearOccasion(EventType.BIRTHDAY, date(2026, 11, 24), 8, "Arif", "child", "male"))
COLD = Card(
    ref=CustomerRef(480, "Sumaiya Akter", 7),
    customer_id=480,
    name="Sumaiya Akter",
    phone="+8801812345678",
    phone_e164="+8801812345678",
    place="Chattogram",
    source=None,
    stage=LifecycleStage.FIRST_BUYER,
    type=CustomerType.NEW,
    temperature=Temperature.COLD,
    owner=TANVIR,
    do_not_call_at=None,
    numbers=replace(
        NOBODYS,
        lifetime_value=Decimal(1450),
        total_orders=1,
        avg_order_value=Decimal(1450),
        last_order_at=at("2026-09-09T12:00"),
        delivered=1,
        delivered_of=1,
    ),
    last_product="Ghee 500 g",
    last_contact=None,
    follow_up=None,
    occasion=None,
    stated_hours=None,
    hours=None,
    answers=None,
    claim=None,
    advice=replace(WAIT, factors=(Factor(FactorCode.NO_VISIT, -2),)),
)
SHOP_HOURS = replace(COLD, answers=AnswerWindow(time(18), time(20), HoursBasis.SHOP, calls=1200, answered=None))
LEAD = replace(
    COLD,
    customer_id=902,
    name="Jahid Hasan",
    phone="+8801912345678",
    place="Sylhet",
    source="Facebook",
    stage=LifecycleStage.LEAD,
    owner=None,
    numbers=NOBODYS,
    last_product=None,
    advice=Advice(
        1,
        NextAction.CALL_NOW,
        NOW + timedelta(hours=24),
        OfferType.NONE,
        (Factor(FactorCode.NEW_LEAD, 2, days=1),),
        None,
    ),
)
FORBIDDEN = replace(
    HOT, do_not_call_at=at("2026-11-03T12:00"), advice=replace(WAIT, blocked=Blocked.DO_NOT_CALL), follow_up=None
)
OLD_LEAD = replace(
    LEAD,
    advice=replace(
        LEAD.advice,
        next_action=NextAction.WAIT,
        factors=(Factor(FactorCode.SUCH_LEADS, 1, share=0.21), Factor(FactorCode.OLD_LEAD, 0, days=40)),
    ),
)
LEFT_OUT = LeftOut("Nusrat", NOW + timedelta(days=30), owed=False, back_at=None, change_id=7)
PUT_OFF = replace(LEFT_OUT, owed=True, back_at=NOW + timedelta(hours=1))
OWED = replace(LEFT_OUT, owed=True)
UNKNOWN = replace(LEAD, name="", phone=None, phone_e164=None, place=None, source=None, advice=WAIT)
LONG = replace(
    HOT,
    name="<b>" + "মোহাম্মদ " * 25,
    place="<script>alert(1)</script> & company limited",
    last_product="Sundarban honey with black cumin, 1 kg jar",
    last_contact=replace(HOT.last_contact, note="I said: “" + "দাম বেশি " * 40) if HOT.last_contact else None,
)
