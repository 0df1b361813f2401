"""Promised calls: whose they are, and what is overdue, due today or still ahead."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_queue, calls, due, thresholds
from cdm_core import staff as people
from cdm_core.db.as_of import set_as_of
from cdm_core.due import Promises
from cdm_core.staff import Staff
from cdm_core.words import Temperature
from tests import factories
from tests.factories import NOW


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await people.get(session, await factories.staff(session, name="Tanvir"))


async def promised(session: AsyncSession, person: Staff, now: datetime = NOW) -> Promises:
    await set_as_of(session, now)
    return await due.promises(session, person, await thresholds.load(session), now=now)


async def test_overdue_then_today_then_later(session: AsyncSession, tanvir: Staff) -> None:
    midnight = (NOW + timedelta(days=1)).replace(hour=0, minute=0)
    moments = [NOW - timedelta(days=3), NOW, midnight - timedelta(minutes=1), midnight, NOW + timedelta(days=9)]
    ids = [await factories.customer(session, owner_id=tanvir.id) for _ in moments]
    for customer, moment in reversed(list(zip(ids, moments, strict=True))):
        await factories.follow_up(session, customer, tanvir.id, due_at=moment)
    found = await promised(session, tanvir)
    assert [one.customer_id for one in found.all] == ids
    assert [(one.overdue, one.today) for one in found.all] == [
        (True, False),
        (False, True),
        (False, True),
        (False, False),
        (False, False),
    ]
    assert (found.due, found.overdue) == (3, 1)


async def test_with_what_was_said_when_it_was_promised(session: AsyncSession, tanvir: Staff) -> None:
    customer = await factories.customer(session, first_name="রহিম", last_name="উদ্দিন", owner_id=tanvir.id)
    said = await factories.interaction(session, customer, description="দাম বেশি", outcome_code="callback_requested")
    await factories.follow_up(session, customer, tanvir.id, interaction_id=said, asked=True)
    await factories.settle(session, customer)
    (promise,) = (await promised(session, tanvir)).all
    assert (promise.name, promise.note, promise.noted_at) == ("রহিম উদ্দিন", "দাম বেশি", NOW - timedelta(days=1))
    assert (promise.asked, promise.temperature) == (True, Temperature.HOT)


async def test_not_what_is_done_forbidden_or_a_colleagues(session: AsyncSession, tanvir: Staff) -> None:
    nusrat = await people.get(session, await factories.staff(session, name="Nusrat"))
    done = await factories.customer(session, owner_id=tanvir.id)
    await factories.follow_up(session, done, tanvir.id, status="done")
    forbidden = await factories.customer(session, owner_id=tanvir.id, do_not_call_at=NOW)
    await factories.follow_up(session, forbidden, tanvir.id)
    hers = await factories.customer(session)
    await factories.follow_up(session, hers, nusrat.id)
    assert (await promised(session, tanvir)).all == ()
    assert [one.customer_id for one in (await promised(session, nusrat)).all] == [hers]


async def test_a_manager_keeps_promises_to_customers_of_the_team_alone(session: AsyncSession) -> None:
    mirpur, uttara = [await factories.team(session) for _ in range(2)]
    farhana = await people.get(session, await factories.staff(session, role="manager", team_id=mirpur))
    ours = await factories.customer(session, owner_id=await factories.staff(session, team_id=mirpur))
    theirs = await factories.customer(session, owner_id=await factories.staff(session, team_id=uttara))
    for customer in (ours, theirs):
        await factories.follow_up(session, customer, farhana.id, due_at=NOW)
    await factories.settle(session, ours, theirs)
    assert [one.customer_id for one in (await promised(session, farhana)).all] == [ours]
    limits = await thresholds.load(session)
    listed = await calls.call_list(session, farhana, limits, now=NOW)
    assert [entry.customer_id for entry in listed.entries] == [ours]
    claimed = await call_queue.claim_next(session, farhana, limits, now=NOW)
    assert claimed is not None
    assert claimed.entry.customer_id == ours
