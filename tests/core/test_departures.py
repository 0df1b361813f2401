"""Somebody leaves: at once without access, and whom they looked after is in others' lists."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import calls, departures, due, thresholds
from cdm_core import staff as people
from cdm_core.calls import Part
from cdm_core.db.as_of import set_as_of
from cdm_core.staff import Staff
from tests import factories
from tests.factories import NOW

Parts = dict[int, Part | None]


@pytest.fixture
async def nusrat(session: AsyncSession) -> Staff:
    return await people.get(session, await factories.staff(session, name="Nusrat"))


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await people.get(session, await factories.staff(session, name="Tanvir"))


async def listed(session: AsyncSession, person: Staff) -> Parts:
    await set_as_of(session, NOW)
    found = await calls.call_list(session, person, await thresholds.load(session), now=NOW)
    return {entry.customer_id: entry.part for entry in found.entries}


async def work_of(session: AsyncSession, person: Staff) -> Parts:
    """A customer with an order to confirm, one promised a call and one who left a cart."""
    waiting, promised, cart = [await factories.customer(session, owner_id=person.id) for _ in range(3)]
    await factories.order(session, waiting, status="pending")
    await factories.follow_up(session, promised, person.id)
    await factories.dropoff(session, cart)
    await factories.settle(session, waiting, promised, cart)
    return {waiting: Part.CONFIRM, promised: Part.DUE, cart: Part.CART}


async def leave(session: AsyncSession, person: Staff, heir: Staff | None, *, most: int = 2) -> int:
    await people.remove(session, person.id, now=NOW)
    given = 0
    while number := await departures.hand_over(session, person.id, heir, now=NOW, actor="cdm", most=most):
        given += number
    return given


@pytest.mark.parametrize("named", [True, False])
async def test_what_the_leaver_had_to_do_is_in_another_list(
    session: AsyncSession, tanvir: Staff, nusrat: Staff, named: bool
) -> None:
    work = await work_of(session, tanvir)
    assert await listed(session, nusrat) == {}
    assert await leave(session, tanvir, nusrat if named else None) == 3
    assert await listed(session, nusrat) == work
    owners = await session.execute(text("SELECT DISTINCT c.owner_id, s.owner_id FROM customers c, customer_summary s"))
    assert owners.all() == [(nusrat.id, nusrat.id) if named else (None, None)]
    told = await session.execute(text("SELECT customer_id, details FROM audit_log WHERE action = 'handed_over'"))
    heir = nusrat.id if named else None
    assert {row.customer_id: row.details for row in told} == {
        customer: {"of": tanvir.id, "to": heir} for customer in work
    }


async def test_a_promise_to_a_colleagues_customer_is_the_colleagues(
    session: AsyncSession, tanvir: Staff, nusrat: Staff
) -> None:
    shuvo = await people.get(session, await factories.staff(session, name="Shuvo"))
    hers = await factories.customer(session, owner_id=nusrat.id)
    nobodys = await factories.customer(session)
    for customer in (hers, nobodys):
        await factories.follow_up(session, customer, tanvir.id)
    await factories.settle(session, hers, nobodys)
    await leave(session, tanvir, shuvo)
    limits = await thresholds.load(session)
    for person, expected in ((nusrat, hers), (shuvo, nobodys)):
        assert [one.customer_id for one in (await due.promises(session, person, limits, now=NOW)).all] == [expected]


async def test_what_was_dealt_to_or_claimed_by_the_leaver_goes_to_others(
    session: AsyncSession, tanvir: Staff, nusrat: Staff
) -> None:
    dealt = await factories.customer(session)
    await factories.dropoff(session, dealt)
    await factories.deal(session, dealt, tanvir.id)
    await factories.claim(session, dealt, tanvir.id, expires_at=NOW + timedelta(minutes=15))
    await factories.settle(session, dealt)
    assert await listed(session, nusrat) == {}
    await people.remove(session, tanvir.id, now=NOW)
    assert await listed(session, nusrat) == {dealt: Part.CART}


async def test_what_is_queued_for_the_leaver_is_cancelled(session: AsyncSession, tanvir: Staff) -> None:
    await session.execute(
        text(
            "INSERT INTO outbox (dedup_key, chat_id, kind, priority, method, payload, staff_id)"
            " VALUES ('k', 10, 'digest', 4, 'sendMessage', '{}', :id)"
        ),
        {"id": tanvir.id},
    )
    await people.remove(session, tanvir.id, now=NOW)
    assert (await session.execute(text("SELECT state, payload FROM outbox"))).all() == [("cancelled", None)]
