"""Each kind of offer has its condition, and how cold somebody is, is none."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_facts, offer_choice, suggestions, thresholds
from cdm_core.facts import CallFacts
from cdm_core.offer_choice import choose
from cdm_core.suggestions import BoughtBefore, DueAgain, NewForThem, Suggestions
from cdm_core.words import CustomerType, LifecycleStage, NextAction, OfferType, Reason, Temperature
from tests import factories
from tests.factories import NOW

MIDNIGHT = NOW.replace(hour=0, minute=0)

GHEE = DueAgain(1, "Ghee 500 g", Decimal(850), None, 0.3, days=41, usual_days=30)
HONEY = BoughtBefore(4, "Honey 1 kg", Decimal(950), None, 0.2, days=20)
UNLIKELY = replace(HONEY, chance=0.01)
CHIA = NewForThem(2, "Chia seed", Decimal(450), None, 0.1, dearer=False)
SAFFRON = NewForThem(3, "Saffron", Decimal(2500), None, 0.05, dearer=True)
DUE, KNOWN = Suggestions((GHEE,)), Suggestions(bought_before=(HONEY,))
NEW, DEARER = Suggestions(new_for_them=(CHIA,)), Suggestions(new_for_them=(CHIA, SAFFRON))
BOTH = Suggestions((GHEE,), new_for_them=(CHIA, SAFFRON))
ALL = Suggestions((GHEE,), (HONEY,), (CHIA, SAFFRON))
BUYER = CallFacts(
    stage=LifecycleStage.REPEAT_BUYER,
    type=CustomerType.REPEAT,
    temperature=Temperature.WARM,
    do_not_call=False,
    created_at=NOW - timedelta(days=400),
    total_orders=3,
    last_order_at=NOW - timedelta(days=20),
    suggested=BOTH,
)
LEAD = replace(BUYER, stage=LifecycleStage.LEAD, type=CustomerType.NEW, total_orders=0, last_order_at=None)
TOO_DEAR = replace(BUYER, last_reason=Reason.PRICE, last_outcome_at=NOW - timedelta(days=2))


def of(facts: CallFacts, suggested: Suggestions) -> CallFacts:
    return replace(facts, suggested=suggested)


@pytest.mark.parametrize(
    ("facts", "action", "offer"),
    [
        (BUYER, NextAction.WAIT, OfferType.NONE),
        (BUYER, NextAction.CONFIRM_ORDER, OfferType.NONE),
        (BUYER, NextAction.WISH, OfferType.OCCASION),
        (BUYER, NextAction.WIN_BACK, OfferType.REACTIVATION),
        (of(BUYER, Suggestions()), NextAction.WIN_BACK, OfferType.REACTIVATION),
        (BUYER, NextAction.REORDER, OfferType.REORDER),
        (replace(BUYER, type=CustomerType.VIP), NextAction.REORDER, OfferType.REORDER),
        (of(BUYER, NEW), NextAction.REORDER, OfferType.CROSS_SELL),
        (of(BUYER, Suggestions()), NextAction.REORDER, OfferType.NONE),
        (replace(BUYER, type=CustomerType.VIP), NextAction.CALL_NOW, OfferType.UPSELL),
        (replace(BUYER, stage=LifecycleStage.LOYAL), NextAction.FOLLOW_UP, OfferType.UPSELL),
        (replace(of(BUYER, NEW), type=CustomerType.VIP), NextAction.CALL_NOW, OfferType.CROSS_SELL),
        (of(BUYER, DEARER), NextAction.CALL_NOW, OfferType.CROSS_SELL),
        (TOO_DEAR, NextAction.RECOVER_CART, OfferType.DISCOUNT),
        (replace(TOO_DEAR, last_reason=Reason.DELIVERY_CHARGE), NextAction.CALL_NOW, OfferType.DISCOUNT),
        (replace(TOO_DEAR, last_reason=Reason.QUALITY), NextAction.CALL_NOW, OfferType.REORDER),
        (replace(TOO_DEAR, bought_since=True), NextAction.CALL_NOW, OfferType.REORDER),
        (BUYER, NextAction.FOLLOW_UP, OfferType.REORDER),
        (of(BUYER, replace(BOTH, due_again=(replace(GHEE, chance=0.01),))), NextAction.FOLLOW_UP, OfferType.CROSS_SELL),
        (of(BUYER, KNOWN), NextAction.REORDER, OfferType.REORDER),
        (of(BUYER, replace(NEW, bought_before=(HONEY,))), NextAction.FOLLOW_UP, OfferType.REORDER),
        (of(BUYER, replace(NEW, bought_before=(replace(HONEY, chance=0.0),))), NextAction.WAIT, OfferType.NONE),
        (
            of(BUYER, replace(NEW, bought_before=(replace(HONEY, chance=0.0),))),
            NextAction.CALL_NOW,
            OfferType.CROSS_SELL,
        ),
        (of(LEAD, NEW), NextAction.CALL_NOW, OfferType.NONE),
        (of(LEAD, DUE), NextAction.CALL_NOW, OfferType.REORDER),
    ],
)
def test_which_offer(facts: CallFacts, action: NextAction, offer: OfferType) -> None:
    assert choose(facts, action) is offer


@pytest.mark.parametrize(
    ("ruled", "suggested", "offer"),
    [
        (OfferType.DISCOUNT, BOTH, OfferType.DISCOUNT),
        (OfferType.UPSELL, BOTH, OfferType.UPSELL),
        (OfferType.UPSELL, NEW, OfferType.CROSS_SELL),
        (OfferType.REORDER, NEW, OfferType.CROSS_SELL),
        (OfferType.CROSS_SELL, DUE, OfferType.REORDER),
        (OfferType.REORDER, KNOWN, OfferType.REORDER),
        (OfferType.NONE, BOTH, OfferType.NONE),
        (None, BOTH, OfferType.REORDER),
    ],
)
def test_rules_come_first_where_their_products_are_there(
    ruled: OfferType | None, suggested: Suggestions, offer: OfferType
) -> None:
    assert choose(of(BUYER, suggested), NextAction.CALL_NOW, lambda *_: ruled) is offer


@pytest.mark.parametrize(
    ("offer", "names"),
    [
        (OfferType.REORDER, ["Ghee 500 g", "Honey 1 kg", "Chia seed", "Saffron"]),
        (OfferType.CROSS_SELL, ["Chia seed", "Saffron", "Ghee 500 g", "Honey 1 kg"]),
        (OfferType.UPSELL, ["Saffron", "Ghee 500 g", "Honey 1 kg", "Chia seed"]),
        (OfferType.DISCOUNT, ["Ghee 500 g", "Honey 1 kg", "Chia seed", "Saffron"]),
        (OfferType.NONE, []),
    ],
)
def test_what_makes_it_one_of_its_kind_leads(offer: OfferType, names: list[str]) -> None:
    assert [product.name for product in offer_choice.products(offer, ALL)] == names


chances = st.floats(0, 1)
lists = st.builds(
    Suggestions,
    due_again=st.lists(chances.map(lambda chance: replace(GHEE, chance=chance)), max_size=2).map(tuple),
    bought_before=st.lists(chances.map(lambda chance: replace(HONEY, chance=chance)), max_size=2).map(tuple),
    new_for_them=st.lists(
        st.builds(lambda chance, dearer: replace(CHIA, chance=chance, dearer=dearer), chances, st.booleans()),
        max_size=3,
    ).map(tuple),
)


@given(
    st.builds(
        replace,
        st.just(BUYER),
        stage=st.sampled_from(LifecycleStage),
        type=st.sampled_from(CustomerType),
        total_orders=st.integers(0, 9),
        last_reason=st.none() | st.sampled_from(Reason),
        last_outcome_at=st.none() | st.just(NOW),
        suggested=lists,
    ),
    st.sampled_from(NextAction),
)
def test_whoever_it_is_the_offer_can_be_made_and_cold_or_hot_is_one(facts: CallFacts, action: NextAction) -> None:
    offer = choose(facts, action)
    suggested = facts.suggested
    assert {choose(replace(facts, temperature=each), action) for each in Temperature} == {offer}
    if offer is OfferType.REORDER:
        assert suggested.known
    if offer is OfferType.CROSS_SELL:
        assert suggested.new_for_them
        assert facts.total_orders
    if offer is OfferType.UPSELL:
        assert any(product.dearer for product in suggested.new_for_them)
    shown = offer_choice.products(offer, suggested)
    assert len(shown) == (0 if offer is OfferType.NONE else len(suggested.joined))


@pytest.mark.parametrize(
    ("ordered_at", "known_at", "offer"),
    [
        (MIDNIGHT, NOW, OfferType.REORDER),
        (MIDNIGHT, NOW - timedelta(hours=3), OfferType.DISCOUNT),
        (NOW - timedelta(hours=3), NOW, OfferType.DISCOUNT),
        (NOW - timedelta(hours=1), NOW, OfferType.REORDER),
    ],
)
async def test_who_bought_since_the_price_was_too_high_needs_no_discount(
    session: AsyncSession, ordered_at: datetime, known_at: datetime, offer: OfferType
) -> None:
    """Of an order of a file of dates the day alone is known, and it is of before the file came. Chat and view."""
    customer, ghee = await factories.customer(session), await factories.product(session, name="Ghee")
    for back in (60, 40):
        order = await factories.order(session, customer, ordered_at=NOW - timedelta(days=back), lines=False)
        await factories.order_line(session, customer, order, product_id=ghee)
    await factories.interaction(session, customer, reason="price", occurred_at=NOW - timedelta(hours=2))
    await factories.order(session, customer, ordered_at=ordered_at, created_at=known_at)
    await factories.settle(session, customer)
    limits = await thresholds.load(session)
    facts = (await call_facts.load(session, [customer], now=NOW, thresholds=limits))[customer]
    found = await suggestions.of_many(session, [customer], now=NOW)
    assert choose(replace(facts, suggested=found[customer]), NextAction.CALL_NOW) is offer
    told = text("SELECT offer FROM cdm_offer(:id, 'call_now', :now)")
    assert (await session.execute(told, {"id": customer, "now": NOW})).scalar_one() == offer
