"""Win-back as managers and agents read it: campaigns, what they brought, a call's line on the card, greetings."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from cdm_core.access import CustomerRef
from cdm_core.advice import Advice
from cdm_core.calls import Entry, Part
from cdm_core.campaigns import Campaign
from cdm_core.facts import CallFacts, NearOccasion, WinBack
from cdm_core.recovery import Figures
from cdm_core.words import (
    BuiltInCampaign,
    CampaignCause,
    CustomerType,
    DropoffStage,
    EventType,
    Language,
    LifecycleStage,
    NextAction,
    OfferType,
    RecoveryBy,
    Temperature,
)
from templates import greetings
from templates.actions import CampaignStep, GreetingFor
from templates.keyboards import campaigns as keyboards
from templates.keyboards import card as card_keyboards
from templates.render import render
from templates.text import letters
from tests.golden import Golden
from tests.templates.cards import HOT
from tests.templates.speeches import BN, EN, NOW

CARTS = Campaign(
    campaign_id=1,
    name=BuiltInCampaign.CARTS,
    cause=CampaignCause.DROPOFF,
    stage=None,
    min_value=None,
    days_quiet=None,
    greeting_en="Hello {name}, your {product} is still waiting in the cart. Shall we send it?",
    greeting_bn="আসসালামু আলাইকুম {name}, আপনার {product} কার্টে রয়ে গেছে। পাঠিয়ে দেব?",
    tries=2,
    days_apart=2,
    active=True,
)
PAYMENTS = replace(
    CARTS,
    campaign_id=3,
    name="Failed <b>payments</b>",
    stage=DropoffStage.PAYMENT_FAILED,
    min_value=Decimal(5000),
    active=False,
)
QUIET = replace(
    CARTS, campaign_id=2, name=BuiltInCampaign.LONG_QUIET, cause=CampaignCause.INACTIVE, tries=3, days_apart=7
)
FIGURES = Figures(BuiltInCampaign.CARTS, 46, 20, 6, 3, Decimal(14_200))
NOTHING = Figures(None, 0, 0, 0, 0, Decimal(0))
RAHIM = CustomerRef(123, "রহিম উদ্দিন", 7)


def test_the_list(golden: Golden) -> None:
    golden(
        "campaigns",
        EN,
        lambda s: (
            render(
                "campaigns/list",
                s,
                campaigns=(CARTS, QUIET, PAYMENTS),
                figures={BuiltInCampaign.CARTS: FIGURES},
                first=1,
                total=3,
                days=30,
            ),
            keyboards.campaigns(s, campaign_ids=[1, 2, 3]),
        ),
    )


@pytest.mark.parametrize(
    ("name", "campaign", "figures"),
    [
        ("campaign", CARTS, FIGURES),
        ("campaign_off", PAYMENTS, None),
        ("campaign_quiet", replace(QUIET, days_quiet=180), replace(FIGURES, recovered=0, amount=Decimal(0))),
    ],
)
def test_a_campaign(golden: Golden, name: str, campaign: Campaign, figures: Figures | None) -> None:
    golden(
        name,
        EN,
        lambda s: (
            render("campaigns/campaign", s, campaign=campaign, figures=figures, days=30),
            keyboards.campaign(s, campaign_id=campaign.campaign_id, cause=campaign.cause, active=campaign.active),
        ),
    )


@pytest.mark.parametrize("field", [step for step in CampaignStep if step not in ("show", "on", "off")])
def test_a_field_asked_for(golden: Golden, field: CampaignStep) -> None:
    refused = {"fault": "place", "limit": 300} if field is CampaignStep.ENGLISH else None
    golden(
        f"campaign_ask_{field}",
        EN,
        lambda s: (
            render("campaigns/ask", s, campaign=PAYMENTS, field=field, refused=refused),
            keyboards.ask(s, field, campaign_id=3),
        ),
    )


@pytest.mark.parametrize(
    ("name", "cause", "asked"),
    [
        ("campaign_new", None, False),
        ("campaign_new_dropoff", CampaignCause.DROPOFF, False),
        ("campaign_new_quiet", CampaignCause.INACTIVE, False),
        ("campaign_new_named", CampaignCause.INACTIVE, True),
    ],
)
def test_a_new_one(golden: Golden, name: str, cause: CampaignCause | None, asked: bool) -> None:
    refused = {"fault": "taken", "limit": 40} if asked else None
    golden(
        name,
        EN,
        lambda s: (
            render("campaigns/new", s, cause=cause, asked=asked, refused=refused),
            keyboards.new(s, cause=cause, asked=asked),
        ),
    )


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        (RecoveryBy.CAMPAIGN, tuple(BuiltInCampaign)),
        (RecoveryBy.STAGE, ("checkout_initiated", "loyal")),
        (RecoveryBy.REASON, ("High shipping cost, and more than I wanted to pay", None)),
        (RecoveryBy.AGENT, ("Tanvir", "Nusrat")),
    ],
)
def test_what_came_back(golden: Golden, by: RecoveryBy, keys: tuple[str | None, str | None]) -> None:
    figures = (
        Figures(keys[0], 46, 20, 6, 3, Decimal(14_200)),
        Figures(keys[1], 9, 4, 0, 0, Decimal(0)),
    )
    golden(
        f"recovery_{by}",
        EN,
        lambda s: (
            render(
                "campaigns/recovery",
                s,
                by=by,
                figures=figures,
                more=2 if by is RecoveryBy.AGENT else 0,
                total=replace(FIGURES, key=None, chased=55, contacted=24),
                days=30,
            ),
            keyboards.recovery(s, by=by, days=30),
        ),
    )


def test_nothing_came_back(golden: Golden) -> None:
    golden(
        "recovery_none",
        EN,
        lambda s: render("campaigns/recovery", s, by=RecoveryBy.AGENT, figures=(), more=0, total=NOTHING, days=7),
    )


def test_a_card_says_which_try_it_is(golden: Golden) -> None:
    card = replace(HOT, win_back=WinBack(BuiltInCampaign.CARTS, 1, 2, date(2026, 11, 22)))
    golden(
        "card_win_back",
        EN,
        lambda s: (
            render("customer_card", s, card=card, queue=None),
            card_keyboards.card(
                s, customer_id=123, phone="+8801712345678", greeting=(GreetingFor.WIN_BACK, Language.BN)
            ),
        ),
    )


def test_a_win_back_call_in_the_list(golden: Golden) -> None:
    facts = CallFacts(
        stage=LifecycleStage.INACTIVE,
        type=CustomerType.INACTIVE,
        temperature=Temperature.COLD,
        do_not_call=False,
        created_at=NOW,
        win_back=WinBack(BuiltInCampaign.LONG_QUIET, 2, 3, NOW.date()),
    )
    advice = Advice(6, NextAction.WIN_BACK, NOW, OfferType.REACTIVATION, (), None)
    entry = Entry(388, "Rahim Sheikh", None, Part.WIN_BACK, frozenset([Part.WIN_BACK]), facts, advice)
    golden("calls_win_back", EN, lambda s: render("calls", s, entries=(entry,), again={}, first=1, total=1, full=False))


@pytest.mark.parametrize(("name", "own", "can_write"), [("greeting", False, True), ("greeting_own", True, False)])
def test_a_greeting(golden: Golden, name: str, own: bool, can_write: bool) -> None:
    text = greetings.filled(CARTS.greeting_bn, EN, Language.BN, name=RAHIM.name, product="Honey 1 kg")
    link = greetings.link("+8801712345678", text) if can_write else None
    golden(
        name,
        EN,
        lambda s: (
            render("greeting", s, customer=RAHIM, text=text, own=own, can_write=can_write),
            keyboards.greeting(
                s, customer_id=123, from_queue=False, why=GreetingFor.WIN_BACK, language=Language.BN, link=link
            ),
        ),
    )


def test_another_text_is_asked_for(golden: Golden) -> None:
    golden(
        "greeting_ask",
        EN,
        lambda s: (
            render("greeting_ask", s, customer=RAHIM, text="Hello", refused={"fault": "long", "limit": 300}),
            keyboards.reword(s, customer_id=123, why=GreetingFor.WIN_BACK, language=Language.BN),
        ),
    )


DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("name", "occasion"),
    [
        ("wish_birthday", NearOccasion(EventType.BIRTHDAY, DAY, 42)),
        ("wish_anniversary", NearOccasion(EventType.ANNIVERSARY, DAY, 10)),
        ("wish_son", NearOccasion(EventType.BIRTHDAY, DAY, 8, "Arif", "child", "male")),
        ("wish_parents", NearOccasion(EventType.ANNIVERSARY, DAY, 40, "Rokeya Begum", "parent", "female")),
    ],
)
def test_wishes(golden: Golden, name: str, occasion: NearOccasion) -> None:
    """In the customer's language, whatever the agent reads."""
    golden(
        name,
        EN,
        lambda s: "\n".join(
            greetings.wish(occasion, s, language, name=to) for language in Language for to in ("Rahim Uddin", "")
        ),
    )


def test_what_is_not_known_is_left_out() -> None:
    said = greetings.filled(CARTS.greeting_en, BN, Language.EN, name="", product=None)
    assert said == "Hello, your favourite is still waiting in the cart. Shall we send it?"
    said = greetings.filled(CARTS.greeting_bn, EN, Language.BN, name=" ", product="")
    assert said == "আসসালামু আলাইকুম, আপনার পছন্দের জিনিস কার্টে রয়ে গেছে। পাঠিয়ে দেব?"


def test_a_name_cannot_ask_for_more_to_be_filled_in() -> None:
    assert greetings.filled("{name}: {product}", EN, Language.EN, name="{product}", product="Tea") == "{product}: Tea"


def test_the_link_carries_the_text_while_it_is_short_enough() -> None:
    text = "আসসালামু আলাইকুম, 1 kg & more?"
    address = urlsplit(greetings.link("+8801712345678", text))
    assert (address.netloc, address.path) == ("wa.me", "/8801712345678")
    assert parse_qs(address.query) == {"text": [text]}
    assert greetings.link("+8801712345678", "ক" * 300) == "https://wa.me/8801712345678"


@pytest.mark.parametrize("stored", [CARTS.greeting_bn, CARTS.greeting_en])
def test_the_greetings_that_come_with_it_fit_a_link(stored: str) -> None:
    said = greetings.filled(stored, EN, Language.BN, name="রহিম উদ্দিন", product="খাঁটি সরিষার তেল ৫ লিটার")
    assert "text=" in greetings.link("+8801712345678", said)
    assert len(letters(said)) < 160
