"""What is noted of a suggestion, once a customer and day, and what came of it when its window is over."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Row, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import access, interactions, merges, staff, thresholds, undo, unmerges
from cdm_core.contacts import Contact
from cdm_core.db.as_of import set_as_of
from cdm_core.recommend import fits, shown
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.followed import followed
from cdm_core.recommend.shown import ShownIn, Suggestion
from cdm_core.schedule import JobName, Slot
from cdm_core.staff import Staff
from cdm_core.tables import customers
from cdm_core.thresholds import Thresholds
from cdm_core.words import NextAction, OfferType, Outcome
from jobs import nightly
from jobs.job import Shop
from jobs.runner import run_slot
from tests import factories
from tests.databases import ZONE
from tests.factories import NOW

Sessions = async_sessionmaker[AsyncSession]
DAY = timedelta(days=1)
OVER = NOW + timedelta(days=37)


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await staff.get(session, await factories.staff(session, name="Tanvir"))


@pytest.fixture
async def rules(session: AsyncSession) -> Thresholds:
    return await thresholds.load(session)


@pytest.fixture
async def customer(session: AsyncSession, tanvir: Staff) -> int:
    one = await factories.customer(session, owner_id=tanvir.id)
    await factories.settle(session, one)
    return one


def suggestion(customer_id: int, **columns: Any) -> Suggestion:
    return Suggestion(customer_id, **{"rank": 1, "score": 7, **columns}, **ADVICE)


ADVICE: dict[str, Any] = {"next_action": NextAction.REORDER, "offer": OfferType.REORDER}


async def show(
    session: AsyncSession,
    person: Staff,
    *suggestions: Suggestion,
    where: ShownIn = ShownIn.LIST,
    now: datetime = NOW,
) -> None:
    rules = await thresholds.load(session)
    await shown.record(session, person.id, where, suggestions, now=now, thresholds=rules)
    await session.commit()


async def log(session: AsyncSession) -> list[Row[Any]]:
    await session.rollback()
    return list((await session.execute(text("SELECT * FROM recommendation_log ORDER BY id"))).all())


async def settled(session: AsyncSession, now: datetime = OVER) -> Row[Any]:
    """The one suggestion, once its window is over."""
    assert await shown.settle(session, now=now, thresholds=await thresholds.load(session)) == 1
    await session.commit()
    (row,) = await log(session)
    assert row.settled_at == now
    return row


async def test_the_first_time_a_day_counts(session: AsyncSession, tanvir: Staff, customer: int) -> None:
    nusrat = await staff.get(session, await factories.staff(session, name="Nusrat"))
    await show(session, tanvir, suggestion(customer, rank=3))
    await show(session, nusrat, suggestion(customer, rank=1), where=ShownIn.NEXT, now=NOW + timedelta(hours=1))
    await show(session, tanvir, suggestion(customer, rank=None), where=ShownIn.CARD, now=NOW + timedelta(hours=2))
    (row,) = await log(session)
    assert (row.staff_id, row.rank, row.shown_in, row.shown_at, row.score) == (tanvir.id, 3, "list", NOW, 7)
    await show(session, tanvir, suggestion(customer), now=NOW + DAY)
    assert [row.local_date.day for row in await log(session)] == [22, 23]


async def test_two_lists_at_once_note_each_customer_once(session: AsyncSession, sessions: Sessions) -> None:
    people = [await staff.get(session, await factories.staff(session)) for _ in range(4)]
    everybody = [await factories.customer(session) for _ in range(40)]
    await session.commit()

    async def look(person: Staff, order: list[int]) -> None:
        async with sessions() as own:
            await show(own, person, *(suggestion(one) for one in order))

    orders = (everybody, everybody[::-1], everybody[20:] + everybody[:20], everybody[::2] + everybody[1::2])
    await asyncio.gather(*(look(person, order) for person, order in zip(people, orders, strict=True)))
    assert sorted(row.customer_id for row in await log(session)) == sorted(everybody)


async def test_a_list_takes_the_place_of_a_card_and_a_draw_that_of_none(
    session: AsyncSession, tanvir: Staff, customer: int
) -> None:
    await show(session, tanvir, suggestion(customer, rank=None), where=ShownIn.CARD)
    await show(session, tanvir, suggestion(customer), where=ShownIn.DIGEST, now=NOW + timedelta(minutes=1))
    (row,) = await log(session)
    assert (row.shown_in, row.drawn_until) == ("digest", None)
    drawn = suggestion(customer, propensity=0.9, held_out=True)
    await show(session, tanvir, drawn, now=NOW + timedelta(minutes=2))
    await show(session, tanvir, suggestion(customer, propensity=0.9), now=NOW + timedelta(minutes=3))
    await show(session, tanvir, suggestion(customer), now=NOW + timedelta(minutes=4))
    (row,) = await log(session)
    assert (row.shown_in, row.held_out, row.shown_at) == ("list", True, NOW + timedelta(minutes=2))
    assert row.drawn_until is not None


async def test_a_place_on_a_list_takes_that_of_one_looked_up_by_a_program(
    session: AsyncSession, tanvir: Staff, customer: int
) -> None:
    await show(session, tanvir, suggestion(customer, rank=None), where=ShownIn.API)
    await show(session, tanvir, suggestion(customer, rank=4), now=NOW + timedelta(hours=1))
    await show(session, tanvir, suggestion(customer, rank=None), where=ShownIn.API, now=NOW + timedelta(hours=2))
    assert [(row.shown_in, row.rank) for row in await log(session)] == [("list", 4)]


async def test_it_says_by_which_fits_and_what_was_offered(session: AsyncSession, tanvir: Staff, customer: int) -> None:
    fitted: dict[str, Any] = {"fitted_at": NOW, "data_from": None, "data_until": None}
    used = {kind: await fits.store(session, kind, "1", {}, {}, **fitted) for kind in (*FitKind, *FitKind)}
    await session.execute(
        text(
            "INSERT INTO call_ranking (customer_id, fit_id, value, due_again, new_items, ranked_at)"
            " VALUES (:id, 12, 340.5, '{7,8}', '{9}', :now) ON CONFLICT (customer_id) DO UPDATE"
            " SET fit_id = 12, value = 340.5, due_again = '{7,8}', new_items = '{9}'"
        ),
        {"id": customer, "now": NOW},
    )
    await show(session, tanvir, suggestion(customer, products=(7, 8, 9)))
    (row,) = await log(session)
    assert (row.fit_id, row.value, row.products) == (12, 340.5, [7, 8, 9])
    assert (row.leads_fit_id, row.items_fit_id, row.hours_fit_id) == (
        used[FitKind.LEADS],
        used[FitKind.ITEMS],
        used[FitKind.HOURS],
    )


async def test_nobody_who_is_no_more_is_noted(session: AsyncSession, tanvir: Staff, customer: int) -> None:
    await show(session, tanvir, suggestion(customer + 100_000), suggestion(customer))
    assert [row.customer_id for row in await log(session)] == [customer]
    await show(session, tanvir)


async def test_a_call_and_what_was_bought_after_it(session: AsyncSession, tanvir: Staff, customer: int) -> None:
    await factories.interaction(session, customer, occurred_at=NOW - timedelta(hours=1))
    await factories.order(session, customer, amount=999, ordered_at=NOW - timedelta(hours=1))
    await show(session, tanvir, suggestion(customer))
    await factories.interaction(
        session, customer, interaction_direction="inbound", occurred_at=NOW + timedelta(hours=1)
    )
    first = await factories.interaction(
        session, customer, outcome_code="no_answer", occurred_at=NOW + timedelta(hours=2)
    )
    await factories.interaction(session, customer, occurred_at=NOW + DAY)
    await factories.order(session, customer, amount=500, status="cancelled", ordered_at=NOW + DAY)
    bought = await factories.order(session, customer, amount=1250, ordered_at=NOW + 2 * DAY)
    again = await factories.order(session, customer, amount=700, ordered_at=NOW + 20 * DAY)
    await factories.order_line(session, customer, again, line_no=2, amount=-200, status="returned", quantity=-1)
    await factories.order(session, customer, amount=900, status="pending", ordered_at=NOW + 29 * DAY)
    await factories.order(session, customer, amount=5000, ordered_at=NOW + 31 * DAY)
    await session.commit()
    row = await settled(session)
    assert (row.interaction_id, row.acted_at) == (first, NOW + timedelta(hours=2))
    assert (row.order_id, row.ordered_at, row.revenue) == (bought, NOW + 2 * DAY, Decimal(1750))


async def test_how_many_were_followed_is_known_at_once(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, customer: int
) -> None:
    """Whoever called, and if only a relative; not those held out, shown to another or before, or called back."""
    wife, out, other, early, asleep = [await factories.customer(session, owner_id=tanvir.id) for _ in range(5)]
    nusrat = await staff.get(session, await factories.staff(session, name="Nusrat"))
    await session.execute(update(customers).where(customers.c.id.in_([customer, wife])).values(household_id=customer))
    await factories.settle(session, customer, wife, out, other, early, asleep)
    await show(session, tanvir, suggestion(early), now=NOW - DAY)
    await show(session, nusrat, suggestion(other))
    await show(session, tanvir, suggestion(customer), suggestion(asleep), suggestion(out, held_out=True))

    async def told(now: datetime) -> tuple[int, int]:
        found = await followed(session, [tanvir.id], NOW, NOW + DAY, now=now, thresholds=rules)
        return found.shown, found.followed

    for one in (wife, out, other, early):
        await factories.interaction(session, one, staff_id=nusrat.id, occurred_at=NOW + timedelta(hours=1))
    called = await factories.interaction(session, asleep, occurred_at=NOW + timedelta(hours=2))
    assert await told(NOW + timedelta(minutes=30)) == (2, 0)
    assert await told(NOW + timedelta(hours=3)) == (2, 2)
    undone = text("UPDATE customer_interactions SET undone_at = :now WHERE id = :id")
    await session.execute(undone, {"now": NOW + timedelta(hours=3), "id": called})
    assert await told(NOW + timedelta(hours=3)) == (2, 1)


async def test_nothing_came_of_it(session: AsyncSession, tanvir: Staff, customer: int) -> None:
    await show(session, tanvir, suggestion(customer))
    row = await settled(session)
    assert (row.acted_at, row.interaction_id, row.ordered_at, row.order_id, row.revenue) == (*[None] * 4, 0)


async def test_it_is_settled_once_and_not_before_late_deliveries_came(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, customer: int
) -> None:
    await show(session, tanvir, suggestion(customer))
    assert await shown.settle(session, now=OVER - timedelta(minutes=1), thresholds=rules) == 0
    assert await shown.settle(session, now=OVER, thresholds=rules) == 1
    await factories.order(session, customer, ordered_at=NOW + DAY)
    assert await shown.settle(session, now=OVER + DAY, thresholds=rules) == 0


async def test_a_call_taken_back_is_none(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, customer: int
) -> None:
    await show(session, tanvir, suggestion(customer))
    ref = await access.access_customer(session, tanvir, rules, customer)
    at = NOW + timedelta(minutes=10)
    await set_as_of(session, at)
    contact = Contact(at=at, outcome="order", outcome_code=Outcome.ORDER_CONFIRMED, amount=Decimal(2450))
    logged = await interactions.log(session, tanvir, ref, contact, now=at)
    await undo.undo(session, tanvir, ref, logged.interaction_id, now=at, thresholds=rules)
    await session.commit()
    row = await settled(session)
    assert (row.acted_at, row.ordered_at, row.revenue) == (None, None, 0)


@pytest.mark.parametrize(("known", "counts"), [(timedelta(hours=2), True), (-timedelta(hours=2), False)], ids=str)
async def test_of_an_order_of_a_file_of_dates_the_day_counts(
    session: AsyncSession, tanvir: Staff, customer: int, known: timedelta, counts: bool
) -> None:
    """It came at some time of the day of the suggestion, before its file did."""
    await show(session, tanvir, suggestion(customer))
    day = NOW.replace(hour=0, minute=0)
    order = await factories.order(session, customer, amount=900, ordered_at=day, created_at=NOW + known)
    await session.commit()
    row = await settled(session)
    assert (row.order_id, row.ordered_at, row.revenue) == ((order, NOW, 900) if counts else (None, None, 0))


async def test_an_order_on_the_phone_counts_from_the_call_whatever_a_file_says(
    session: AsyncSession, tanvir: Staff, customer: int
) -> None:
    await show(session, tanvir, suggestion(customer))
    order = await factories.order(
        session,
        customer,
        amount=2450,
        ordered_at=NOW.replace(hour=0, minute=0),
        staff_id=tanvir.id,
        confirmed_at=NOW + timedelta(minutes=5),
        confirmed_by=tanvir.id,
    )
    await session.commit()
    row = await settled(session)
    assert (row.order_id, row.ordered_at) == (order, NOW + timedelta(minutes=5))


async def test_what_the_household_does_counts(session: AsyncSession, tanvir: Staff, customer: int) -> None:
    wife = await factories.customer(session, owner_id=tanvir.id)
    await session.execute(update(customers).where(customers.c.id.in_([customer, wife])).values(household_id=customer))
    await show(session, tanvir, suggestion(customer))
    call = await factories.interaction(session, wife, occurred_at=NOW + DAY)
    order = await factories.order(session, wife, amount=800, ordered_at=NOW + DAY)
    await session.commit()
    row = await settled(session)
    assert (row.interaction_id, row.order_id, row.revenue) == (call, order, 800)


async def test_a_household_is_who_was_of_it_then(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, customer: int
) -> None:
    """Afterwards another family shares the phone, the wife gets one of her own, and the son turns out to be there
    twice."""
    wife, son, twin, stranger = [await factories.customer(session, owner_id=tanvir.id) for _ in range(4)]
    together = update(customers).values(household_id=customer)
    await session.execute(together.where(customers.c.id.in_([customer, wife, son])))
    await factories.settle(session, customer, wife, son, twin, stranger)
    await show(session, tanvir, suggestion(customer))
    await session.execute(together.where(customers.c.id == stranger))
    await session.execute(update(customers).where(customers.c.id == wife).values(household_id=None))
    keep, gone = [await access.access_customer(session, tanvir, rules, one) for one in (twin, son)]
    await merges.merge(session, tanvir, keep, gone, now=NOW, thresholds=rules)
    await factories.order(session, stranger, amount=5000, ordered_at=NOW + DAY)
    await factories.interaction(session, stranger, occurred_at=NOW + DAY)
    call = await factories.interaction(session, wife, occurred_at=NOW + 2 * DAY)
    order = await factories.order(session, wife, amount=800, ordered_at=NOW + 2 * DAY)
    await factories.order(session, twin, amount=70, ordered_at=NOW + 3 * DAY)
    await session.commit()
    row = await settled(session)
    assert (row.interaction_id, row.order_id, row.revenue) == (call, order, 870)


async def test_one_who_was_merged_keeps_what_was_suggested_to_each(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, customer: int
) -> None:
    """Of a day on which it was suggested to call both, that of who stays stands; taken back, each has its own."""
    twin = await factories.customer(session, owner_id=tanvir.id)
    await factories.settle(session, twin)
    await show(session, tanvir, suggestion(twin, rank=5), now=NOW - DAY)
    await show(session, tanvir, suggestion(customer, rank=1), suggestion(twin, rank=2))
    before = await log(session)
    keep, gone = [await access.access_customer(session, tanvir, rules, one) for one in (customer, twin)]
    merged = await merges.merge(session, tanvir, keep, gone, now=NOW, thresholds=rules)
    await session.commit()
    assert [(row.customer_id, row.rank) for row in await log(session)] == [(customer, 5), (customer, 1)]
    await unmerges.undo(session, tanvir, merged.customer, merged.merge_id, now=NOW, thresholds=rules)
    await session.commit()
    assert await log(session) == before


async def test_the_night_settles_all_in_batches(
    session: AsyncSession, sessions: Sessions, tanvir: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "BATCH", 3)
    everybody = [await factories.customer(session) for _ in range(8)]
    await show(session, tanvir, *(suggestion(one) for one in everybody))
    at = datetime(2027, 1, 5, 2, tzinfo=ZONE)
    slot = Slot(JobName.NIGHTLY, "recommendations", at.date(), at, at)
    outcome = await run_slot(sessions, nightly.job(Shop()), slot)
    assert outcome.detail == {"recommendations": 8}
    assert all(row.settled_at == at for row in await log(session))


async def test_a_longer_window_takes_back_what_was_read_until_it_is_over(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, customer: int
) -> None:
    await factories.order(session, customer, amount=500, ordered_at=NOW + 40 * DAY)
    await factories.interaction(session, customer, occurred_at=NOW + DAY)
    await show(session, tanvir, suggestion(customer))
    shorter = await settled(session)
    assert (shorter.acted_at, shorter.ordered_at, shorter.revenue, shorter.window_days) == (NOW + DAY, None, 0, 30)
    longer = replace(rules, uplift_window_days=60)
    assert await shown.settle(session, now=OVER + DAY, thresholds=longer) == 1
    await session.commit()
    (row,) = await log(session)
    told = (row.acted_at, row.interaction_id, row.ordered_at, row.order_id, row.revenue, row.settled_at)
    assert (*told, row.window_days) == (None,) * 7
    assert await shown.settle(session, now=OVER + 2 * DAY, thresholds=longer) == 0
    assert await shown.settle(session, now=OVER + 30 * DAY, thresholds=longer) == 1
    await session.commit()
    (row,) = await log(session)
    assert (row.acted_at, row.ordered_at, row.revenue, row.window_days) == (NOW + DAY, NOW + 40 * DAY, 500, 60)


async def test_another_window_is_taken_up_in_batches(session: AsyncSession, tanvir: Staff, rules: Thresholds) -> None:
    """As many as were asked for, whether they are read anew or tell nothing until later."""
    old, fresh = [[await factories.customer(session) for _ in range(5)] for _ in range(2)]
    await show(session, tanvir, *(suggestion(one) for one in old), now=NOW - 20 * DAY)
    await show(session, tanvir, *(suggestion(one) for one in fresh))
    longer = replace(rules, uplift_window_days=45)
    assert await shown.settle(session, now=OVER, thresholds=rules) == 10
    await session.commit()
    done: list[int] = []
    while not done or done[-1]:
        done.append(await shown.settle(session, now=OVER, thresholds=longer, limit=4))
        await session.commit()
    assert done == [4, 4, 2, 0]
    assert [row.window_days for row in await log(session)] == [45] * 5 + [None] * 5
