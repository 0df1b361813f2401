"""Logging a contact and taking it back: what follows from it, and that nothing of it stays."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import corrections, details, follow_ups, interactions, my_day, staff, summary, thresholds, undo
from cdm_core.access import CustomerRef
from cdm_core.contacts import Contact
from cdm_core.db.as_of import set_as_of
from cdm_core.errors import CdmError
from cdm_core.interactions import Logged
from cdm_core.notes.note import Occasion
from cdm_core.order_lines import OrderLine
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import EventType, InteractionType, Outcome, PaymentMethod, Reason, Relationship
from tests import factories
from tests.factories import NOW

TALKED = Contact(at=NOW, outcome_code=Outcome.CONNECTED, duration_seconds=180)
MISSED = Contact(at=NOW, outcome_code=Outcome.NO_ANSWER)
PROMISED = replace(TALKED, outcome_code=Outcome.CALLBACK_REQUESTED, follow_up_at=NOW + timedelta(hours=7))
FORBIDDEN = replace(TALKED, outcome_code=Outcome.DO_NOT_CALL)
ORDERED = replace(
    TALKED,
    outcome_code=Outcome.ORDER_CONFIRMED,
    amount=Decimal(2450),
    payment=PaymentMethod.COD,
    products=(OrderLine("honey", Decimal(2)),),
)
REMARK = Contact(at=NOW, type=InteractionType.OTHER, description="likes the small jar")


@pytest.fixture
async def limits(session: AsyncSession) -> Thresholds:
    return await thresholds.load(session)


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await staff.get(session, await factories.staff(session, name="Tanvir"))


@pytest.fixture
async def rahim(session: AsyncSession) -> CustomerRef:
    return CustomerRef(await factories.customer(session, phone="01712345678"), "Rahim Uddin", None)


async def _log(session: AsyncSession, person: Staff, customer: CustomerRef, contact: Contact) -> Logged:
    await set_as_of(session, NOW)
    return await interactions.log(session, person, customer, contact, now=NOW)


async def _due(session: AsyncSession, customer: CustomerRef) -> object:
    found = await follow_ups.open_of(session, customer.customer_id)
    return found and found.due_at


async def _column(session: AsyncSession, customer: CustomerRef, column: str) -> object:
    query = text(f"SELECT {column} FROM customers WHERE id = :id")
    return (await session.execute(query, {"id": customer.customer_id})).scalar_one()


async def _state(session: AsyncSession, customer: CustomerRef) -> dict[str, object]:
    """All that is known of a customer, without ids and times of writing."""
    queries = {
        "customer": "SELECT owner_id, do_not_call_by, do_not_call_at, date_of_birth, birth_month,"
        " lifecycle_stage, customer_type FROM customers WHERE id = :id",
        "promise": "SELECT due_at, asked, staff_id FROM follow_ups WHERE customer_id = :id AND status = 'open'",
        "orders": "SELECT status, total_amount, confirmed_by FROM sales_orders WHERE customer_id = :id ORDER BY id",
        "lines": "SELECT product_name, quantity, amount FROM sales_order_items WHERE customer_id = :id ORDER BY id",
        "relatives": "SELECT name, birthday_md FROM customer_family_members WHERE customer_id = :id ORDER BY id",
        "summary": "SELECT total_interactions, total_calls, answered_calls, last_contact_at, hot_until, warm_until,"
        " pending_orders, do_not_call FROM customer_summary WHERE customer_id = :id",
    }
    return {
        name: [tuple(row) for row in await session.execute(text(query), {"id": customer.customer_id})]
        for name, query in queries.items()
    }


async def _assert_summary_is_the_view(session: AsyncSession) -> None:
    difference = text("SELECT count(*) FROM (TABLE customer_summary EXCEPT SELECT * FROM customer_numbers) AS other")
    assert (await session.execute(difference)).scalar_one() == 0


async def test_a_talk_keeps_the_promise(session: AsyncSession, tanvir: Staff, rahim: CustomerRef) -> None:
    await factories.follow_up(session, rahim.customer_id, tanvir.id)
    logged = await _log(session, tanvir, rahim, TALKED)
    assert logged.closed is not None
    assert await _due(session, rahim) is None


async def test_a_contact_asks_for_a_follow_up_while_its_promise_is_open(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    async def required() -> list[int]:
        rows = await session.execute(text("SELECT id FROM customer_interactions WHERE follow_up_required ORDER BY id"))
        return list(rows.scalars())

    first = (await _log(session, tanvir, rahim, PROMISED)).interaction_id
    assert await required() == [first]
    moved = (await _log(session, tanvir, rahim, PROMISED)).interaction_id
    assert await required() == [moved]
    talk = (await _log(session, tanvir, rahim, TALKED)).interaction_id
    assert await required() == []
    assert (await my_day.my_day(session, tanvir, limits, now=NOW + timedelta(minutes=1))).promised == 2
    for undone, expected in ((talk, [moved]), (moved, [first]), (first, [])):
        await undo.undo(session, tanvir, rahim, undone, now=NOW, thresholds=limits)
        assert await required() == expected
    assert (await my_day.my_day(session, tanvir, limits, now=NOW + timedelta(minutes=1))).promised == 0


@pytest.mark.parametrize("contact", [MISSED, REMARK])
async def test_what_did_not_reach_them_keeps_no_promise(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, contact: Contact
) -> None:
    await factories.follow_up(session, rahim.customer_id, tanvir.id)
    assert (await _log(session, tanvir, rahim, contact)).closed is None
    assert await _due(session, rahim) == NOW.replace(hour=18, minute=0)


async def test_a_remark_is_no_contact(session: AsyncSession, tanvir: Staff, rahim: CustomerRef) -> None:
    await factories.claim(session, rahim.customer_id, tanvir.id)
    await _log(session, tanvir, rahim, REMARK)
    row = (await session.execute(text("SELECT last_contact_at, last_attempt_at FROM customer_summary"))).one()
    assert tuple(row) == (None, None)
    assert (await session.execute(text("SELECT count(*) FROM claims"))).scalar_one() == 1
    await _log(session, tanvir, rahim, MISSED)
    assert (await session.execute(text("SELECT count(*) FROM claims"))).scalar_one() == 0


async def test_attempts_in_a_row_are_counted(session: AsyncSession, tanvir: Staff, rahim: CustomerRef) -> None:
    assert (await _log(session, tanvir, rahim, MISSED)).running == 1
    await _log(session, tanvir, rahim, REMARK)
    assert (await _log(session, tanvir, rahim, replace(MISSED, outcome_code=Outcome.LINE_BUSY))).running == 2
    await _log(session, tanvir, rahim, TALKED)
    assert (await _log(session, tanvir, rahim, MISSED)).running == 1


async def test_an_order_makes_the_unowned_customer_the_agents(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef
) -> None:
    await factories.product(session, name="Honey 1 kg", price=Decimal(1225))
    logged = await _log(session, tanvir, rahim, ORDERED)
    assert logged.order is not None
    assert (logged.order.created, logged.order.amount, logged.order.lines) == (
        True,
        Decimal(2450),
        (("Honey 1 kg", Decimal(2)),),
    )
    assert await _column(session, rahim, "owner_id") == tanvir.id


async def test_an_order_confirms_the_pending_one(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    waiting = await factories.order(session, rahim.customer_id, amount=2450, status="pending")
    before = await _state(session, rahim)
    logged = await _log(session, tanvir, rahim, ORDERED)
    assert logged.order is not None
    assert (logged.order.order_id, logged.order.created) == (waiting, False)
    undone = await undo.undo(session, tanvir, rahim, logged.interaction_id, now=NOW, thresholds=limits)
    assert not undone.order_removed
    assert (await _state(session, rahim))["orders"] == before["orders"]


@pytest.mark.parametrize("contact", [TALKED, MISSED, PROMISED, FORBIDDEN, ORDERED, REMARK])
async def test_undo_leaves_all_as_it_was(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds, contact: Contact
) -> None:
    await factories.follow_up(session, rahim.customer_id, tanvir.id)
    await factories.settle(session, rahim.customer_id)
    before = await _state(session, rahim)
    logged = await _log(session, tanvir, rahim, contact)
    undone = await undo.undo(session, tanvir, rahim, logged.interaction_id, now=NOW, thresholds=limits)
    assert await _state(session, rahim) == before
    assert undone.follow_up is not None
    assert undone.follow_up.due_at == NOW.replace(hour=18, minute=0)
    assert undone.order_removed == (contact is ORDERED)


async def test_undo_is_once_by_the_writer_and_today(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    nusrat = await staff.get(session, await factories.staff(session))
    logged = await _log(session, tanvir, rahim, TALKED)

    async def refusal(person: Staff, days: int = 0) -> str:
        later = NOW + timedelta(days=days)
        with pytest.raises(CdmError) as refused:
            await undo.undo(session, person, rahim, logged.interaction_id, now=later, thresholds=limits)
        return refused.value.code

    assert await refusal(nusrat) == "nothing_to_undo"
    assert await refusal(tanvir, days=1) == "nothing_to_undo"
    await undo.undo(session, tanvir, rahim, logged.interaction_id, now=NOW, thresholds=limits)
    assert await refusal(tanvir) == "already_undone"


async def test_the_last_is_what_was_written_last(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    assert await undo.last_of(session, tanvir, now=NOW, zone=limits.zone) is None
    first = await _log(session, tanvir, rahim, TALKED)
    told_late = await _log(session, tanvir, rahim, replace(TALKED, at=NOW - timedelta(days=2)))
    assert await undo.last_of(session, tanvir, now=NOW, zone=limits.zone) == (
        rahim.customer_id,
        told_late.interaction_id,
    )
    await undo.undo(session, tanvir, rahim, told_late.interaction_id, now=NOW, thresholds=limits)
    last = await undo.last_of(session, tanvir, now=NOW, zone=limits.zone)
    assert last == (rahim.customer_id, first.interaction_id)
    assert await undo.last_of(session, tanvir, now=NOW + timedelta(days=1), zone=limits.zone) is None


async def test_a_correction_changes_one_thing(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    contact = replace(PROMISED, reason=Reason.PRICE, description="dam beshi", origin="7:1")
    logged = await _log(session, tanvir, rahim, contact)
    corrected = await corrections.correct(
        session, tanvir, rahim, logged.interaction_id, now=NOW, thresholds=limits, duration_seconds=300
    )
    whole = await corrections.standing(
        session, tanvir, rahim, corrected.logged.interaction_id, now=NOW, zone=limits.zone
    )
    assert whole.contact == replace(contact, outcome="callback_requested", duration_seconds=300)
    assert corrected.before.duration_seconds == 180
    with pytest.raises(CdmError, match="already_undone"):
        await corrections.correct(
            session, tanvir, rahim, logged.interaction_id, now=NOW, thresholds=limits, duration_seconds=60
        )
    await _assert_summary_is_the_view(session)


async def test_a_correction_takes_order_and_promise_along_to_whom_it_was(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    karim = CustomerRef(await factories.customer(session, first_name="Karim"), "Karim", None)
    logged = await _log(session, tanvir, rahim, replace(ORDERED, follow_up_at=NOW + timedelta(days=3)))
    await corrections.correct(session, tanvir, rahim, logged.interaction_id, now=NOW, thresholds=limits, to=karim)
    left, gained = await _state(session, rahim), await _state(session, karim)
    assert (left["orders"], left["promise"], left["lines"]) == ([], [], [])
    assert gained["orders"] == [("pending", Decimal("2450.00"), tanvir.id)]
    assert gained["lines"] == [("honey", Decimal("2.000"), Decimal("2450.00"))]
    assert await _due(session, karim) == NOW + timedelta(days=3)
    assert (await _column(session, rahim, "owner_id"), await _column(session, karim, "owner_id")) == (None, tanvir.id)


async def test_nobody_talks_who_was_not_reached(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    logged = await _log(session, tanvir, rahim, replace(TALKED, reason=Reason.PRICE))
    corrected = await corrections.correct(
        session,
        tanvir,
        rahim,
        logged.interaction_id,
        now=NOW,
        thresholds=limits,
        outcome_code=Outcome.SWITCHED_OFF,
    )
    contact = corrected.logged.contact
    assert (contact.outcome_code, contact.duration_seconds, contact.reason) == (Outcome.SWITCHED_OFF, None, None)


async def test_a_confirmed_phone_stays_with_its_note(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    logged = await _log(session, tanvir, rahim, replace(MISSED, outcome_code=Outcome.WRONG_NUMBER))
    new = "+8801812345678"

    async def keep(interaction_id: int) -> details.Kept:
        return await details.keep_phone(session, tanvir, rahim, interaction_id, new, now=NOW, thresholds=limits)

    assert not (await keep(logged.interaction_id)).already
    assert (await keep(logged.interaction_id)).already
    corrected = await corrections.correct(
        session, tanvir, rahim, logged.interaction_id, now=NOW, thresholds=limits, outcome_code=Outcome.CONNECTED
    )
    assert await _column(session, rahim, "phone_e164") == new
    await undo.undo(session, tanvir, rahim, corrected.logged.interaction_id, now=NOW, thresholds=limits)
    assert await _column(session, rahim, "phone_e164") == "+8801712345678"


async def test_a_confirmed_day_stays_with_its_note(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    before = await _state(session, rahim)
    logged = await _log(session, tanvir, rahim, REMARK)
    wife = Occasion(Relationship.SPOUSE, EventType.BIRTHDAY, 5, 15, None)

    async def keep(occasion: Occasion, name: str | None = None) -> details.Kept:
        return await details.keep_occasion(session, tanvir, rahim, logged.interaction_id, occasion, now=NOW, name=name)

    with pytest.raises(ValueError, match="name"):
        await keep(wife)
    assert await keep(wife, "Sarah") == details.Kept("Sarah", already=False)
    assert await keep(wife) == details.Kept("Sarah", already=True)
    assert await keep(replace(wife, relationship=None, year=1984)) == details.Kept(None, already=False)
    kept = await _state(session, rahim)
    assert kept["relatives"] == [("Sarah", 515)]
    with pytest.raises(ValueError, match="year"):
        await keep(Occasion(None, EventType.ANNIVERSARY, 5, 15, None))
    await undo.undo(session, tanvir, rahim, logged.interaction_id, now=NOW, thresholds=limits)
    after = await _state(session, rahim)
    assert (after["relatives"], after["customer"]) == ([], before["customer"])


@pytest.mark.parametrize("undone_first", [0, 1, 2])
async def test_undo_of_an_older_note_leaves_what_a_newer_one_says(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds, undone_first: int
) -> None:
    said = ["+8801811111111", "+8801822222222", "+8801811111111"]
    notes = []
    for phone in said:
        notes.append((await _log(session, tanvir, rahim, REMARK)).interaction_id)
        await details.keep_phone(session, tanvir, rahim, notes[-1], phone, now=NOW, thresholds=limits)
    await undo.undo(session, tanvir, rahim, notes.pop(undone_first), now=NOW, thresholds=limits)
    said.pop(undone_first)
    assert await _column(session, rahim, "phone_e164") == said[-1]
    await undo.undo(session, tanvir, rahim, notes.pop(0), now=NOW, thresholds=limits)
    assert await _column(session, rahim, "phone_e164") == said[-1]
    await undo.undo(session, tanvir, rahim, notes.pop(), now=NOW, thresholds=limits)
    assert await _column(session, rahim, "phone_e164") == "+8801712345678"


async def test_undo_leaves_a_phone_that_somebody_else_wrote_meanwhile(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    note = (await _log(session, tanvir, rahim, REMARK)).interaction_id
    await details.keep_phone(session, tanvir, rahim, note, "+8801811111111", now=NOW, thresholds=limits)
    await session.execute(text("UPDATE customers SET phone = '01899999999', phone_e164 = '+8801899999999'"))
    await undo.undo(session, tanvir, rahim, note, now=NOW, thresholds=limits)
    assert await _column(session, rahim, "phone_e164") == "+8801899999999"


@pytest.mark.parametrize("kind", [EventType.BIRTHDAY, EventType.ANNIVERSARY])
async def test_a_relative_stays_while_any_note_tells_of_them(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds, kind: EventType
) -> None:
    birthday = Occasion(Relationship.SIBLING, EventType.BIRTHDAY, 5, 15, None)
    notes = []
    for occasion in (birthday, replace(birthday, event_type=kind, day=16, year=2001)):
        notes.append((await _log(session, tanvir, rahim, REMARK)).interaction_id)
        await details.keep_occasion(session, tanvir, rahim, notes[-1], occasion, now=NOW, name="Arif")
    await undo.undo(session, tanvir, rahim, notes[0], now=NOW, thresholds=limits)
    query = text("SELECT name, birthday_md, anniversary_md FROM customer_family_members")
    left = ("Arif", 516, None) if kind is EventType.BIRTHDAY else ("Arif", None, 516)
    assert [tuple(row) for row in await session.execute(query)] == [left]
    await undo.undo(session, tanvir, rahim, notes[1], now=NOW, thresholds=limits)
    assert (await session.execute(query)).all() == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=st.lists(
        st.tuples(
            st.sampled_from([0, 1]),
            st.sampled_from([TALKED, MISSED, PROMISED, FORBIDDEN, ORDERED, REMARK]),
            st.integers(0, 9),
            st.booleans(),
        ),
        max_size=6,
    ),
    order=st.randoms(use_true_random=False),
    open_before=st.booleans(),
)
@example(history=[(0, FORBIDDEN, 0, True), (0, PROMISED, 0, False)], order=Random(1), open_before=False)
@example(
    history=[(0, FORBIDDEN, 0, True), (0, PROMISED, 0, False), (1, PROMISED, 1, True), (1, FORBIDDEN, 0, True)],
    order=Random(1),
    open_before=True,
)
@example(
    history=[(0, FORBIDDEN, 0, True), (1, PROMISED, 0, True), (0, PROMISED, 2, False), (1, TALKED, 0, True)],
    order=Random(2),
    open_before=True,
)
@example(
    history=[(0, FORBIDDEN, 0, True), (0, FORBIDDEN, 0, False), (0, PROMISED, 0, False)],
    order=Random(1),
    open_before=False,
)
@example(
    history=[(0, ORDERED, 5, True), (0, ORDERED, 2, False), (1, ORDERED, 4, False)], order=Random(1), open_before=False
)
async def test_undone_is_as_never_said(
    session: AsyncSession, history: list[tuple[int, Contact, int, bool]], order: Random, open_before: bool
) -> None:
    """Undoing some contacts of two agents, in any order, leaves what the others alone would have left."""
    limits = await thresholds.load(session)
    people = [await staff.get(session, await factories.staff(session, name=name)) for name in ("Tanvir", "Nusrat")]
    undone_one = CustomerRef(await factories.customer(session), "Rahim Uddin", None)
    never_one = CustomerRef(await factories.customer(session), "Rahim Uddin", None)
    ids = await summary.begin_write(session, [undone_one.customer_id, never_one.customer_id])
    await summary.refresh(session, ids)
    for customer_id in ids if open_before else []:
        await factories.follow_up(session, customer_id, people[0].id)
    regretted = []
    for who, contact, hours, regret in history:
        at = NOW - timedelta(hours=hours)
        due = contact.follow_up_at and contact.follow_up_at + timedelta(hours=hours)
        said = replace(contact, at=at, follow_up_at=due)
        logged = await _log(session, people[who], undone_one, said)
        if regret:
            regretted.append((people[who], logged.interaction_id))
        else:
            await _log(session, people[who], never_one, said)
    order.shuffle(regretted)
    for person, interaction_id in regretted:
        await undo.undo(session, person, undone_one, interaction_id, now=NOW, thresholds=limits)
    assert await _state(session, undone_one) == await _state(session, never_one)
    await _assert_summary_is_the_view(session)
    await session.rollback()


async def test_two_writers_at_once_lose_nothing(
    sessions: async_sessionmaker[AsyncSession], session: AsyncSession, tanvir: Staff, rahim: CustomerRef
) -> None:
    await session.commit()

    async def one(contact: Contact) -> None:
        async with sessions() as own, own.begin():
            await _log(own, tanvir, rahim, contact)

    await asyncio.gather(*(one(contact) for contact in [TALKED, MISSED, PROMISED, ORDERED] * 3))
    row = (await session.execute(text("SELECT total_interactions, total_calls FROM customer_summary"))).one()
    assert tuple(row) == (12, 12)
    await _assert_summary_is_the_view(session)
    assert (await session.execute(text("SELECT count(*) FROM follow_ups WHERE status = 'open'"))).scalar_one() <= 1
