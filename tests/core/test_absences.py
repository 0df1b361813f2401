"""Leave: announced, changed, ended early; and who covers for whom is away, and sees what, for how long."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, calls, cover, deals, due, duty, search, thresholds
from cdm_core import staff as people
from cdm_core.absences import Absence, Away
from cdm_core.access import VISIBLE, access_customer, may_direct, sight, visible_to
from cdm_core.calls import Part
from cdm_core.db.as_of import set_as_of
from cdm_core.errors import CdmError
from cdm_core.query import parse_query
from cdm_core.staff import Staff
from cdm_core.tables import customers
from tests import factories
from tests.factories import NOW

TODAY = NOW.date()
TOMORROW = NOW + timedelta(days=1)


def day(number: int) -> date:
    """Of November 2026; the 22nd is today."""
    return date(2026, 11, number)


@pytest.fixture
async def mirpur(session: AsyncSession) -> int:
    return await factories.team(session, name="Mirpur")


async def agent(session: AsyncSession, name: str, team_id: int | None, **columns: Any) -> Staff:
    return await people.get(session, await factories.staff(session, name=name, team_id=team_id, **columns))


@pytest.fixture
async def nusrat(session: AsyncSession, mirpur: int) -> Staff:
    return await agent(session, "Nusrat", mirpur)


@pytest.fixture
async def tanvir(session: AsyncSession, mirpur: int) -> Staff:
    return await agent(session, "Tanvir", mirpur)


async def away(session: AsyncSession, person: Staff, first: date, last: date) -> Absence:
    return await absences.add(session, person, first, last, by=person, now=NOW, today=TODAY)


async def stored(session: AsyncSession, person: Staff) -> list[tuple[int, int]]:
    found = await absences.ahead(session, [person.id], today=TODAY)
    return [(one.first.day, one.last.day) for one in found]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ([(24, 26)], [(24, 26)]),
        ([(24, 26), (24, 25)], [(24, 25)]),
        ([(24, 26), (26, 28)], [(24, 28)]),
        ([(24, 25), (26, 26)], [(24, 26)]),
        ([(25, 25), (27, 27), (24, 28)], [(24, 28)]),
        ([(22, 22), (24, 24)], [(22, 22), (24, 24)]),
        ([(22, 22), (22, 22)], [(22, 22)]),
        ([(24, 26), (25, 25)], [(24, 26)]),
    ],
)
async def test_what_is_said_of_the_same_days_is_one_absence(
    session: AsyncSession, nusrat: Staff, said: Sequence[tuple[int, int]], kept: Sequence[tuple[int, int]]
) -> None:
    for first, last in said:
        await away(session, nusrat, day(first), day(last))
    assert await stored(session, nusrat) == kept


async def test_days_gone_by_and_half_a_life_are_refused(session: AsyncSession, nusrat: Staff) -> None:
    with pytest.raises(CdmError, match="leave_over"):
        await away(session, nusrat, day(21), day(23))
    with pytest.raises(CdmError, match="leave_too_long"):
        await away(session, nusrat, TODAY, TODAY + timedelta(days=366))
    assert await stored(session, nusrat) == []


async def test_back_early_or_not_gone_at_all(session: AsyncSession, nusrat: Staff) -> None:
    absence = await away(session, nusrat, day(22), day(26))
    assert set(await absences.of(session, day(24))) == {nusrat.id}
    assert await absences.cancel(session, absence.absence_id, today=day(24)) == absence
    assert await stored(session, nusrat) == [(22, 23)]
    assert await absences.cancel(session, absence.absence_id, today=day(24)) is None, "it is over"
    booked = await away(session, nusrat, day(28), day(29))
    assert await absences.cancel(session, booked.absence_id, today=TODAY) == booked
    assert await absences.cancel(session, booked.absence_id, today=TODAY) is None
    assert await stored(session, nusrat) == [(22, 23)]


async def test_nobody_is_on_duty_while_away(session: AsyncSession, nusrat: Staff, tanvir: Staff) -> None:
    await away(session, nusrat, day(23), day(24))
    limits = await thresholds.load(session)
    on = [[person.name for person in await duty.agents_on(session, day(number), limits)] for number in range(22, 26)]
    assert on == [["Nusrat", "Tanvir"], ["Tanvir"], ["Tanvir"], ["Nusrat", "Tanvir"]]
    roster = await duty.roster(session, day(22), day(24), limits)
    assert [person.name for person in roster.on(day(24))] == ["Tanvir"]


async def test_who_goes_leaves_today_s_share_to_others(session: AsyncSession, nusrat: Staff, tanvir: Staff) -> None:
    households = [await factories.customer(session) for _ in range(8)]
    both = await deals.whose(session, TODAY, households, [nusrat.id, tanvir.id])
    assert set(both.values()) == {nusrat.id, tanvir.id}
    await away(session, nusrat, TODAY, TODAY)
    on_duty = [person.id for person in await duty.agents_on(session, TODAY, await thresholds.load(session))]
    assert set((await deals.whose(session, TODAY, households, on_duty)).values()) == {tanvir.id}


async def test_who_may_announce_it_for_whom(session: AsyncSession, nusrat: Staff, tanvir: Staff, mirpur: int) -> None:
    manager = await agent(session, "Farhana", mirpur, role="manager")
    other = await agent(session, "Sadia", await factories.team(session), role="manager")
    admin = await agent(session, "Rafiq", None, role="admin")
    assert [may_direct(one, nusrat) for one in (nusrat, tanvir, manager, other, admin)] == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert not may_direct(manager, admin)
    assert not may_direct(await agent(session, "Lone", None, role="manager"), await agent(session, "Free", None))


class Office:
    """What people see and are to do at a moment."""

    def __init__(self, session: AsyncSession, now: datetime = NOW) -> None:
        self.session, self.now = session, now

    async def sees(self, person: Staff, customer: int) -> bool:
        """By each of the ways that access is asked for."""
        await set_as_of(self.session, self.now)
        limits = await thresholds.load(self.session)
        query = select(customers.c.id).where(customers.c.id == customer)
        listed = (await self.session.execute(query.where(visible_to(person, limits)))).scalar_one_or_none()
        plain = text(f"SELECT c.id FROM customers c WHERE c.id = {customer} AND {VISIBLE}")
        written = (await self.session.execute(plain, sight(person, limits))).scalar_one_or_none()
        found = await search.search(self.session, person, limits, parse_query(f"#{customer}"), now=self.now)
        try:
            await access_customer(self.session, person, limits, customer)
        except CdmError:
            may = False
        else:
            may = True
        assert {listed is not None, written is not None, any(hit.customer_id == customer for hit in found.hits)} == {
            may
        }
        return may

    async def due(self, person: Staff) -> list[tuple[int, Away | None]]:
        await set_as_of(self.session, self.now)
        found = await due.promises(self.session, person, await thresholds.load(self.session), now=self.now)
        return [(one.customer_id, one.covers) for one in found.all]

    async def calls(self, person: Staff) -> list[tuple[int, Part | None, Away | None]]:
        await set_as_of(self.session, self.now)
        found = await calls.call_list(self.session, person, await thresholds.load(self.session), now=self.now)
        return [(one.customer_id, one.part, one.covers) for one in found.entries]


async def promised(session: AsyncSession, owner: Staff | None, maker: Staff | None, hours: int = 1) -> int:
    customer = await factories.customer(session, owner_id=owner and owner.id)
    await factories.follow_up(session, customer, maker.id if maker else None, due_at=NOW + timedelta(hours=hours))
    await factories.settle(session, customer)
    return customer


async def test_promises_of_who_is_away_are_kept_by_the_team(
    session: AsyncSession, nusrat: Staff, tanvir: Staff, mirpur: int
) -> None:
    stranger = await agent(session, "Sadia", await factories.team(session))
    manager = await agent(session, "Farhana", mirpur, role="manager")
    customer = await promised(session, nusrat, nusrat)
    later = await promised(session, nusrat, nusrat, hours=48)
    managers = await promised(session, nusrat, manager)
    office = Office(session)
    assert await office.due(tanvir) == []
    assert not await office.sees(tanvir, customer)
    absence = await away(session, nusrat, TODAY, day(26))
    kept_for = Away("Nusrat", day(26))
    assert await office.due(tanvir) == [(customer, kept_for)]
    assert await office.calls(tanvir) == [(customer, Part.DUE, kept_for)]
    assert [one for one, _ in await office.due(nusrat)] == [customer, later], "still hers when she looks"
    assert await office.due(manager) == [(managers, None)]
    assert await office.due(stranger) == []
    assert [await office.sees(tanvir, one) for one in (customer, later, managers)] == [True, False, False]
    assert not await office.sees(stranger, customer)
    await absences.cancel(session, absence.absence_id, today=TODAY)
    assert await office.due(tanvir) == []
    assert await office.calls(tanvir) == []
    assert not await office.sees(tanvir, customer), "she is back"


async def test_it_is_dealt_anew_each_day_and_ends_with_the_absence(
    session: AsyncSession, nusrat: Staff, tanvir: Staff
) -> None:
    shuvo = await agent(session, "Shuvo", nusrat.team_id)
    mine = [await promised(session, nusrat, nusrat) for _ in range(8)]
    await away(session, nusrat, TODAY, day(23))
    today, tomorrow, after = Office(session), Office(session, TOMORROW), Office(session, TOMORROW + timedelta(days=1))
    kept = [{one for one, _ in await today.due(person)} for person in (tanvir, shuvo)]
    assert kept[0] | kept[1] == set(mine)
    assert not kept[0] & kept[1]
    assert not [one for one in kept[1] if await today.sees(tanvir, one)]
    assert not [one for one in mine if await tomorrow.sees(tanvir, one)], "nothing is dealt yet"
    assert set().union(*[{one for one, _ in await tomorrow.due(person)} for person in (tanvir, shuvo)]) == set(mine)
    assert [await after.due(person) for person in (tanvir, shuvo)] == [[], []]
    assert not [one for one in mine if await after.sees(tanvir, one) or await after.sees(shuvo, one)]
    assert {one for one, _ in await after.due(nusrat)} == set(mine), "overdue, and hers again"


async def test_orders_to_confirm_of_who_is_away(session: AsyncSession, nusrat: Staff, tanvir: Staff) -> None:
    customer = await factories.customer(session, owner_id=nusrat.id)
    await factories.order(session, customer, status="pending", ordered_at=NOW - timedelta(days=2))
    cart = await factories.customer(session, owner_id=nusrat.id)
    await factories.dropoff(session, cart)
    await factories.settle(session, customer, cart)
    await away(session, nusrat, TODAY, TODAY)
    office = Office(session)
    assert await office.calls(tanvir) == [(customer, Part.CONFIRM, Away("Nusrat", TODAY))]
    assert [await office.sees(tanvir, one) for one in (customer, cart)] == [True, False]


async def test_orders_nobody_called_about_yet_are_dealt_before_those_tried_in_vain(
    session: AsyncSession, nusrat: Staff, tanvir: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many old ones there are of who never answers: a colleague sees the fresh ones while the owner is away."""
    days = (9, 8, 2, 1)
    tried, too, older, fresh = [await factories.customer(session, owner_id=nusrat.id) for _ in days]
    for one, back in zip((tried, too, older, fresh), days, strict=True):
        await factories.order(session, one, status="pending", ordered_at=NOW - timedelta(days=back))
    for one in (tried, too):
        await factories.interaction(session, one, outcome_code="no_answer", occurred_at=NOW - timedelta(hours=20))
    await factories.settle(session, tried, too, older, fresh)
    await away(session, nusrat, TODAY, TODAY)
    monkeypatch.setattr(cover, "MOST", 2)
    gone = Away("Nusrat", TODAY)
    assert await Office(session).calls(tanvir) == [(older, Part.CONFIRM, gone), (fresh, Part.CONFIRM, gone)]


async def test_lists_made_together_are_those_made_alone(
    session: AsyncSession, nusrat: Staff, tanvir: Staff, mirpur: int
) -> None:
    """What each owns, what is nobody's, and what they cover for; Nusrat looks too, though she is away."""
    shuvo = await agent(session, "Shuvo", mirpur)
    made = []
    for owner in (nusrat, tanvir, shuvo, None):
        for hours in range(4):
            made.append(await factories.customer(session, owner_id=owner and owner.id))
            await factories.order(session, made[-1], status="pending", ordered_at=NOW - timedelta(hours=hours + 1))
            made.append(await promised(session, owner, owner or tanvir, hours=hours))
    await factories.settle(session, *made)
    await away(session, nusrat, TODAY, TODAY)
    await set_as_of(session, NOW)
    limits = await thresholds.load(session)
    on_duty = await duty.agents_on(session, TODAY, limits)
    dealing = await session.begin_nested()
    together = await calls.lists_of(session, [tanvir, shuvo, nusrat], limits, now=NOW, on_duty=on_duty)
    await dealing.rollback()
    alone = [await calls.call_list(session, one, limits, now=NOW) for one in (tanvir, shuvo, nusrat)]
    assert together == alone
    assert {entry.covers for listed in together[:2] for entry in listed.entries} == {None, Away("Nusrat", TODAY)}
    assert {entry.covers for entry in together[2].entries} == {None}, "her own"
    assert len({entry.customer_id for listed in together[:2] for entry in listed.entries}) == len(made)


async def test_whom_it_is_asked_of_nobody_is_to_confirm(session: AsyncSession, nusrat: Staff, tanvir: Staff) -> None:
    customer = await factories.customer(session, owner_id=nusrat.id)
    await factories.order(session, customer, status="pending", ordered_at=NOW - timedelta(days=2))
    await factories.asks_no_calls(session, customer, staff_id=nusrat.id)
    await factories.settle(session, customer)
    await away(session, nusrat, TODAY, TODAY)
    office = Office(session)
    assert await office.calls(tanvir) == []
    assert not await office.sees(tanvir, customer), "it was dealt to nobody"


async def test_who_is_gone_for_good_is_covered_for_too(session: AsyncSession, nusrat: Staff, tanvir: Staff) -> None:
    customer = await promised(session, nusrat, nusrat)
    unowned = await promised(session, None, nusrat)
    await people.remove(session, nusrat.id, now=NOW)
    office = Office(session)
    assert set(await office.due(tanvir)) == {(customer, Away("Nusrat", None)), (unowned, Away("Nusrat", None))}
    assert await office.sees(tanvir, customer)


async def test_a_promise_to_an_unowned_customer_while_its_maker_is_away(
    session: AsyncSession, nusrat: Staff, tanvir: Staff
) -> None:
    customer = await promised(session, None, nusrat)
    office = Office(session)
    assert await office.due(tanvir) == []
    await away(session, nusrat, TODAY, TODAY)
    assert await office.due(tanvir) == [(customer, Away("Nusrat", TODAY))]


async def test_the_substitute_s_own_promise_comes_back_to_them_while_it_lasts(
    session: AsyncSession, nusrat: Staff, tanvir: Staff
) -> None:
    for name in ("Shuvo", "Mitu", "Rana"):
        await agent(session, name, nusrat.team_id)
    ids = [await promised(session, nusrat, tanvir, hours=24) for _ in range(6)]
    await away(session, nusrat, TODAY, day(23))
    assert [one for one, _ in await Office(session, TOMORROW + timedelta(hours=2)).due(tanvir)] == ids


async def test_with_nobody_of_the_team_on_duty_it_waits(session: AsyncSession, nusrat: Staff, tanvir: Staff) -> None:
    other = await agent(session, "Sadia", await factories.team(session))
    customer = await promised(session, nusrat, nusrat)
    for person in (nusrat, tanvir):
        await away(session, person, TODAY, TODAY)
    office = Office(session)
    assert await office.due(other) == []
    assert await office.due(tanvir) == []
    assert not await office.sees(other, customer)


async def test_a_household_of_who_is_away_is_one_persons(session: AsyncSession, nusrat: Staff, tanvir: Staff) -> None:
    shuvo = await agent(session, "Shuvo", nusrat.team_id)
    for _ in range(5):
        head = await promised(session, nusrat, nusrat)
        wife = await promised(session, nusrat, nusrat)
        await session.execute(
            text("UPDATE customers SET household_id = :head WHERE id IN (:head, :wife)"), {"head": head, "wife": wife}
        )
    await away(session, nusrat, TODAY, TODAY)
    office = Office(session)
    for person in (tanvir, shuvo):
        assert len(await office.due(person)) % 2 == 0
        assert len(await office.calls(person)) == len(await office.due(person)) // 2


async def test_admins_need_no_deal(session: AsyncSession) -> None:
    admin = await agent(session, "Rafiq", None, role="admin")
    assert visible_to(admin, await thresholds.load(session)).compare(true())
