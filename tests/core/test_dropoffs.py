"""Drop-offs to win back: whose, which, and winning them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import dropoffs, thresholds
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.dropoffs import Dropoff
from cdm_core.staff import Staff
from cdm_core.words import DropoffStage
from tests import factories
from tests.factories import NOW


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await people.get(session, await factories.staff(session, name="Tanvir"))


async def found(session: AsyncSession, person: Staff) -> tuple[Dropoff, ...]:
    return await dropoffs.open_ones(session, person, await thresholds.load(session), now=NOW)


async def test_the_latest_of_each_customer_the_newest_first(session: AsyncSession, tanvir: Staff) -> None:
    honey = await factories.product(session, name="Honey 1 kg")
    older, newer = [await factories.customer(session, owner_id=tanvir.id) for _ in range(2)]
    await factories.dropoff(session, older, occurred_at=NOW - timedelta(days=6), product_id=honey, reason="Price")
    await factories.dropoff(session, newer, occurred_at=NOW - timedelta(days=2))
    await factories.dropoff(session, newer, occurred_at=NOW - timedelta(hours=1), stage="payment_failed", cart_value=90)
    await factories.settle(session, older, newer)
    first, second = await found(session, tanvir)
    assert (first.customer_id, first.stage, first.cart_value) == (newer, DropoffStage.PAYMENT_FAILED, Decimal(90))
    assert (second.customer_id, second.product, second.reason) == (older, "Honey 1 kg", "Price")


async def test_not_what_is_over_old_only_seen_forbidden_or_a_colleagues(session: AsyncSession, tanvir: Staff) -> None:
    nusrat = await factories.staff(session, name="Nusrat")
    bought, recovered, old, seen = [await factories.customer(session, owner_id=tanvir.id) for _ in range(4)]
    forbidden = await factories.customer(session, owner_id=tanvir.id, do_not_call_at=NOW)
    hers = await factories.customer(session, owner_id=nusrat)
    await factories.order(session, bought, status="pending", ordered_at=NOW - timedelta(hours=1))
    for customer in (bought, forbidden, hers):
        await factories.dropoff(session, customer)
    await factories.dropoff(session, recovered, recovered=True)
    await factories.dropoff(session, old, occurred_at=NOW - timedelta(days=7))
    await factories.dropoff(session, seen, stage="product_view")
    await factories.settle(session, bought, recovered, old, seen, forbidden, hers)
    assert await found(session, tanvir) == ()


async def test_the_unowned_are_one_agents_each(session: AsyncSession, tanvir: Staff) -> None:
    nusrat = await people.get(session, await factories.staff(session, name="Nusrat"))
    customers = [await factories.customer(session) for _ in range(20)]
    for customer in customers:
        await factories.dropoff(session, customer)
    await factories.settle(session, *customers)
    his = {dropoff.customer_id for dropoff in await found(session, tanvir)}
    hers = {dropoff.customer_id for dropoff in await found(session, nusrat)}
    assert his | hers == set(customers)
    assert not his & hers


async def won_back(session: AsyncSession) -> list[tuple[object, ...]]:
    told = text("SELECT DISTINCT recovered, recovered_at, recovered_by FROM customer_dropoff_tracking")
    return [tuple(row) for row in await session.execute(told)]


async def test_won_back_once(session: AsyncSession, tanvir: Staff) -> None:
    """By who reached the customer last."""
    nusrat = await factories.staff(session, name="Nusrat")
    customer = await factories.customer(session, owner_id=tanvir.id)
    for hours in (3, 30):
        await factories.dropoff(session, customer, occurred_at=NOW - timedelta(hours=hours))
    for person, hours, outcome in ((nusrat, 2, "connected"), (tanvir.id, 1, "no_answer")):
        said = {"staff_id": person, "occurred_at": NOW - timedelta(hours=hours), "outcome_code": outcome}
        await factories.interaction(session, customer, **said)
    await factories.settle(session, customer)
    ref = CustomerRef(customer, "Rahim Uddin", tanvir.id)
    assert await dropoffs.recover(session, ref, now=NOW) == 2
    assert await dropoffs.recover(session, ref, now=NOW) == 0
    assert await found(session, tanvir) == ()
    assert await won_back(session) == [(True, NOW, nusrat)]
    stale = await session.execute(
        text("SELECT dropoff_at FROM customer_summary WHERE customer_id = :id"), {"id": customer}
    )
    assert stale.scalar_one() is None


@pytest.mark.parametrize(
    "said", [None, {"outcome_code": "wrong_number"}, {"undone_at": NOW}, {"occurred_at": NOW - timedelta(days=8)}]
)
async def test_nobody_wins_back_by_a_press(
    session: AsyncSession, tanvir: Staff, said: dict[str, object] | None
) -> None:
    customer = await factories.customer(session, owner_id=tanvir.id)
    await factories.dropoff(session, customer, occurred_at=NOW - timedelta(days=9))
    if said is not None:
        await factories.interaction(session, customer, **{"staff_id": tanvir.id, "occurred_at": NOW, **said})
    assert await dropoffs.recover(session, CustomerRef(customer, "Rahim Uddin", tanvir.id), now=NOW) == 1
    assert await won_back(session) == [(True, NOW, None)]
