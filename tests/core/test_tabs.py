"""What stands behind the tabs: family, profile, timeline, purchase history, activity, suggestions."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import activity, family, orders, profile, tab_head, thresholds, timeline
from cdm_core.access import CustomerRef
from cdm_core.activity import ViewedProduct
from cdm_core.errors import CdmError
from cdm_core.orders import OrderItem
from cdm_core.words import (
    BehaviorType,
    Direction,
    InteractionType,
    OrderStatus,
    Outcome,
    Relationship,
    Temperature,
)
from tests import factories
from tests.core.people import People, people
from tests.factories import NOW


@pytest.fixture
async def known(session: AsyncSession) -> People:
    return await people(session)


@pytest.fixture
async def rahim(session: AsyncSession, known: People) -> CustomerRef:
    head = await tab_head.head(session, known.tanvir, await thresholds.load(session), known.rahim, now=NOW)
    return head.ref


async def test_the_head_of_a_tab(session: AsyncSession, known: People) -> None:
    limits = await thresholds.load(session)
    head = await tab_head.head(session, known.tanvir, limits, known.rahim, now=NOW)
    assert (head.customer_id, head.name, head.temperature) == (known.rahim, "রহিম উদ্দিন", Temperature.HOT)
    with pytest.raises(CdmError, match="colleagues_customer"):
        await tab_head.head(session, known.nusrat, limits, known.rahim, now=NOW)


async def test_relatives(session: AsyncSession, known: People, rahim: CustomerRef) -> None:
    await factories.relative(
        session, rahim.customer_id, name="Sarah", phone="01712345679", date_of_birth=date(1992, 5, 15)
    )
    await factories.relative(
        session,
        rahim.customer_id,
        name="Arif",
        relationship="child",
        gender="male",
        phone="01712345678",
        birth_month=11,
        birth_day=24,
    )
    limits = await thresholds.load(session)
    sarah, arif = await family.relatives(session, known.tanvir, rahim, limits, now=NOW)
    assert (sarah.name, sarah.relationship, sarah.phone) == ("Sarah", Relationship.SPOUSE, "+8801712345679")
    assert (sarah.same_phone, sarah.near, sarah.birthday) == (False, None, (5, 15))
    assert (arif.same_phone, arif.date_of_birth, arif.birthday) == (True, None, (11, 24))
    assert arif.near is not None
    assert (arif.near.day, arif.near.years) == (date(2026, 11, 24), None)


async def test_the_profile_names_what_is_missing(session: AsyncSession, known: People, rahim: CustomerRef) -> None:
    limits = await thresholds.load(session)
    known_of = await profile.profile(session, known.tanvir, limits, rahim)
    assert (known_of.name, known_of.phone, known_of.owner) == ("রহিম উদ্দিন", "+8801712345678", "Tanvir")
    assert known_of.missing[:3] == ("email", "address", "gender")
    full = await factories.customer(
        session,
        email="r@example.com",
        address="House 12",
        gender="male",
        date_of_birth=date(1984, 3, 12),
        marital_status="married",
        profession="Doctor",
        available_time="18:00-20:00",
        preferred_channel="whatsapp",
        preferred_language="bn",
    )
    told = await profile.profile(session, known.tanvir, limits, CustomerRef(full, "Rahim Uddin", None))
    assert told.missing == ()
    assert (told.hours, told.channel, told.birthday) == ((time(18), time(20)), InteractionType.WHATSAPP, (3, 12))


async def test_who_shares_the_phone(session: AsyncSession, known: People, rahim: CustomerRef) -> None:
    limits = await thresholds.load(session)
    mitu = await factories.customer(session, first_name="Mitu", phone="01712345678")
    with_relative = await factories.customer(session, first_name="Rana", owner_id=known.nusrat.id)
    await factories.relative(session, with_relative, phone="01712345678")
    await factories.relative(session, rahim.customer_id, phone="01712345678")
    await factories.customer(session, phone="01712345678")
    told = await profile.profile(session, known.tanvir, limits, rahim)
    shown = [(sharer.customer_id, sharer.name, sharer.owner) for sharer in told.sharers.shown]
    assert shown == [(mitu, "Mitu Uddin", None), (with_relative, "Rana Uddin", "Nusrat")]
    assert told.sharers.more == 1


async def test_the_timeline_is_paged_and_leaves_out_what_was_undone(session: AsyncSession, rahim: CustomerRef) -> None:
    for minute in range(8):
        await factories.interaction(
            session, rahim.customer_id, occurred_at=NOW - timedelta(minutes=minute), description=f"note {minute}"
        )
    await factories.interaction(session, rahim.customer_id, occurred_at=NOW, undone_at=NOW)
    first = await timeline.timeline(session, rahim)
    assert [entry.note for entry in first.entries] == [f"note {minute}" for minute in range(5)]
    assert (first.total, first.has_older) == (12, True)
    last = await timeline.timeline(session, rahim, page=99)
    assert (last.page, last.has_older, len(last.entries)) == (2, False, 2)


async def test_an_entry_keeps_what_was_said(session: AsyncSession, rahim: CustomerRef) -> None:
    newest = (await timeline.timeline(session, rahim)).entries[0]
    assert (newest.staff, newest.direction, newest.duration) == ("Nusrat", Direction.OUTBOUND, timedelta(minutes=3))
    assert (newest.outcome_code, newest.reason, newest.note) == (Outcome.CALLBACK_REQUESTED, "price", "দাম বেশি")
    await factories.interaction(
        session, rahim.customer_id, outcome="Very happy", outcome_code=None, occurred_at=NOW, interaction_type="email"
    )
    foreign = (await timeline.timeline(session, rahim)).entries[0]
    assert (foreign.outcome, foreign.outcome_code, foreign.channel) == ("Very happy", None, InteractionType.EMAIL)


async def test_the_purchase_history(session: AsyncSession, rahim: CustomerRef) -> None:
    first = await orders.history(session, rahim)
    assert (first.completed, first.returned, first.lifetime_value) == (8, 1, Decimal(125_000))
    assert first.orders[0].items == (
        OrderItem("Honey 1 kg", Decimal(2), Decimal(13_000), OrderStatus.COMPLETED),
        OrderItem("Ghee 500 g", Decimal(1), Decimal(2_625), OrderStatus.COMPLETED),
    )
    seen = list(first.orders)
    for page in range(1, 3):
        seen += (await orders.history(session, rahim, page=page)).orders
    assert len({order.order_id for order in seen}) == 9
    assert [order.at for order in seen] == sorted((order.at for order in seen), reverse=True)
    assert not (await orders.history(session, rahim, page=2)).has_older


async def test_returned_lines_lose_their_sign(session: AsyncSession, known: People) -> None:
    bought = await factories.order(session, known.sumaiya, ordered_at=NOW)
    await factories.order_line(
        session, known.sumaiya, bought, line_no=2, quantity=-2, amount=Decimal(-900), status="returned"
    )
    history = await orders.history(session, CustomerRef(known.sumaiya, "", None))
    assert history.orders[0].items[1] == OrderItem("Honey 1 kg", Decimal(2), Decimal(-900), OrderStatus.RETURNED)


async def test_no_orders_at_all(session: AsyncSession, known: People) -> None:
    history = await orders.history(session, CustomerRef(known.jahid, "", None), page=7)
    assert (history.orders, history.page, history.completed) == ((), 0, 0)


async def test_activity(session: AsyncSession, rahim: CustomerRef) -> None:
    honey = await factories.product(session, name="Honey 1 kg")
    chia = await factories.product(session, name="Chia seed")
    for product, times in ((chia, 2), (honey, 3)):
        for _ in range(times):
            await factories.behavior(session, rahim.customer_id, product_id=product)
    for words, minutes in (("kalojira", 9), ("খেজুর", 5), ("kalojira", 1)):
        await factories.behavior(
            session,
            rahim.customer_id,
            behavior_type="search",
            search_query=words,
            occurred_at=NOW - timedelta(minutes=minutes),
        )
    await factories.dropoff(session, rahim.customer_id, recovered=True, occurred_at=NOW)
    done = await activity.activity(session, rahim)
    assert done.counts[BehaviorType.PRODUCT_VIEW] == 5
    assert done.counts[BehaviorType.WISHLIST] == 0
    assert done.most_viewed == (ViewedProduct("Honey 1 kg", 3), ViewedProduct("Chia seed", 2))
    assert done.searches == ("kalojira", "খেজুর")
    assert [dropoff.recovered for dropoff in done.dropoffs] == [False, True], "open ones first"
    assert not done.empty


@pytest.mark.parametrize(("status", "bought"), [("completed", True), ("pending", True), ("cancelled", False)])
async def test_a_cart_is_won_back_by_an_order_that_followed(
    session: AsyncSession, rahim: CustomerRef, status: str, bought: bool
) -> None:
    await factories.order(session, rahim.customer_id, status=status, ordered_at=NOW - timedelta(hours=1))
    assert [cart.recovered for cart in (await activity.activity(session, rahim)).dropoffs] == [bought]
    left_again = await factories.dropoff(session, rahim.customer_id, occurred_at=NOW - timedelta(minutes=5))
    found = (await activity.activity(session, rahim)).dropoffs
    assert (found[0].dropoff_id, found[0].recovered) == (left_again, False)
