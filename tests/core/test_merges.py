"""Two customers that were one person: everything comes together, and parts again just as it was."""

import asyncio
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Table, insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import (
    access,
    customer360,
    follow_ups,
    interactions,
    leads,
    merges,
    summary,
    tab_head,
    tables,
    thresholds,
    unmerges,
)
from cdm_core import staff as people
from cdm_core.access import CustomerRef, access_customer
from cdm_core.contacts import Contact
from cdm_core.db.away import OvertakenError, is_collision
from cdm_core.errors import CdmError
from cdm_core.merges import Merged
from cdm_core.query import parse_query
from cdm_core.search import search
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import Outcome, ProfileField, Role
from tests import factories
from tests.factories import NOW

UNTOUCHED = {"audit_log", "merges"}
"""What a merge adds to for good."""


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await people.get(session, await factories.staff(session, name="Tanvir"))


@pytest.fixture
async def rules(session: AsyncSession) -> Thresholds:
    return await thresholds.load(session)


async def ref(session: AsyncSession, customer_id: int) -> CustomerRef:
    row = (
        await session.execute(
            text("SELECT first_name, last_name, owner_id FROM customers WHERE id = :id"), {"id": customer_id}
        )
    ).one()
    return CustomerRef(customer_id, access.full_name(row.first_name, row.last_name), row.owner_id)


async def contents(session: AsyncSession) -> dict[str, list[Any]]:
    """Every row of every table that something of a customer stands in, but for when they were last ranked."""
    await session.execute(text("SET LOCAL TimeZone = 'UTC'"))
    found: dict[str, list[Any]] = {}
    for table in tables.metadata.sorted_tables:
        if (table.name == "customers" or "customer_id" in table.c or "first_id" in table.c) and (
            table.name not in UNTOUCHED
        ):
            whole = f"SELECT to_jsonb(t) - 'ranked_at' - 'ranked_in' FROM {table.name} t ORDER BY 1"
            rows = await session.execute(text(whole))
            found[table.name] = list(rows.scalars())
    return found


async def added(session: AsyncSession, table: Table, **values: Any) -> int:
    """A row with these values and believable ones in the other columns that must have one; its id, if it has any."""
    for column in table.columns:
        if column.nullable or column.server_default is not None or column.identity or column.name in values:
            continue
        kind = column.type.python_type
        values[column.name] = NOW if kind is datetime else NOW.date() if kind is date else kind(1)
    row = (await session.execute(insert(table).values(values).returning(table))).one()
    return int(row.id) if "id" in table.c else 0


async def everything_of(session: AsyncSession, staff_id: int, **columns: Any) -> int:
    """A customer with at least a row in every table."""
    one = await factories.customer(session, **columns)
    await factories.customer_key(session, one, f"c{one}")
    order = await factories.order(session, one, amount=30_000)
    await session.execute(
        insert(tables.order_keys).values(source="shop", external_id=f"o{one}", customer_id=one, order_id=order)
    )
    await factories.order(session, one, amount=1_890, status="pending")
    call = await factories.interaction(session, one, staff_id=staff_id, follow_up_required=True)
    await added(session, tables.interaction_files, customer_id=one, interaction_id=call, kind="voice")
    await factories.behavior(session, one, import_key="same in both")
    await factories.dropoff(session, one, import_key=f"of {one}")
    await factories.follow_up(session, one, staff_id, interaction_id=call, due_at=NOW + timedelta(minutes=one % 100))
    await factories.relative(session, one, phone="01811000111" if columns.get("email") else None)
    await factories.relative(session, one, name="Rafi" if "email" in columns else "Mitu", relationship="child")
    await factories.claim(session, one, staff_id)
    await factories.deal(session, one, staff_id)
    whose = {"customer_id": one, "staff_id": staff_id}
    await added(session, tables.call_feedback, **whose, kind="not_now")
    await added(session, tables.customer_changes, **whose, kind="profile", after={"city": "Dhaka"})
    await added(session, tables.consents, customer_id=one, channel="sms", allowed="email" not in columns)
    await added(session, tables.removed_relatives, customer_id=one, relationship="sibling", name_key="rhim")
    await added(session, tables.hand_overs, customer_id=one, asked_by=staff_id, owner_id=staff_id)
    await added(session, tables.lifecycle_transitions, customer_id=one)
    alert = await added(session, tables.alerts, customer_id=one, sign="cart", state="open")
    await added(session, tables.alert_messages, **whose, alert_id=alert, outbox_id=one)
    shown = {"shown_in": "list", "next_action": "reorder", "offer_type": "reorder"}
    await added(session, tables.recommendation_log, **whose, **shown)
    campaign = (await session.execute(text("SELECT min(id) FROM campaigns"))).scalar_one()
    await added(session, tables.campaign_tasks, **whose, campaign_id=campaign)
    return one


@pytest.fixture
async def two(session: AsyncSession, tanvir: Staff) -> tuple[int, int]:
    """One person twice, both with a row in every table; the second knows an e-mail and a birthday, and is Tanvir's."""
    first = await everything_of(session, tanvir.id, phone="01712345678", tags=["honey"])
    second = await everything_of(
        session,
        tanvir.id,
        first_name="রহিম",
        last_name="উদ্দিন",
        phone="01812345678",
        email="r@example.com",
        birth_month=3,
        birth_day=12,
        owner_id=tanvir.id,
        tags=["honey", "ghee"],
    )
    other = await factories.customer(session)
    await session.execute(
        insert(tables.not_duplicates).values(first_id=min(second, other), second_id=max(second, other), said_at=NOW)
    )
    await factories.settle(session, first, second, other)
    return first, second


async def merged(session: AsyncSession, person: Staff, rules: Thresholds, keep: int, gone: int, **more: Any) -> Merged:
    return await merges.merge(
        session, person, await ref(session, keep), await ref(session, gone), now=NOW, thresholds=rules, **more
    )


async def undone(session: AsyncSession, person: Staff, rules: Thresholds, kept: int, merge_id: int) -> None:
    await unmerges.undo(session, person, await ref(session, kept), merge_id, now=NOW, thresholds=rules)


async def live(session: AsyncSession, customer_id: int) -> tuple[Any, Any]:
    """The row of the summary and of the live view."""
    rows = [
        (await session.execute(text(f"SELECT to_jsonb(t) FROM {name} t WHERE customer_id = :id"), {"id": customer_id}))
        for name in ("customer_summary", "customer_numbers")
    ]
    return rows[0].scalar_one(), rows[1].scalar_one()


def test_every_table_about_customers_is_thought_of() -> None:
    """A new table belongs to one of these, or a merge would leave it behind."""
    about = {table.name for table in tables.metadata.sorted_tables if "customer_id" in table.c}
    left_alone = {
        "audit_log", "outbox",  # what was done and said, under the id it was done and said of
        "tombstones",  # who was erased is merged with nobody
    }  # fmt: skip
    thought_of = {table.name for table in (*merges.MOVED, *merges.CARRIED, *merges.DERIVED, *merges.POINTED)}
    assert about == thought_of | left_alone


async def test_the_fixture_has_a_row_in_every_table(session: AsyncSession, two: tuple[int, int]) -> None:
    for table in (*merges.MOVED, *merges.CARRIED, *merges.POINTED):
        if table.name != "merges":
            found = await session.execute(
                text(f"SELECT DISTINCT customer_id FROM {table.name} WHERE customer_id = ANY(:ids)"), {"ids": list(two)}
            )
            assert set(found.scalars()) == set(two), table.name


async def test_all_that_is_known_comes_together(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, two: tuple[int, int]
) -> None:
    keep, gone = two
    done = await merged(session, tanvir, rules, keep, gone)
    assert (done.customer, done.gone_name) == (CustomerRef(keep, "Rahim Uddin", tanvir.id), "রহিম উদ্দিন")
    assert (done.orders, done.contacts, done.relatives) == (2, 1, 1)
    assert done.filled == (ProfileField.DATE_OF_BIRTH, ProfileField.EMAIL, ProfileField.TAGS)
    for name, rows in (await contents(session)).items():
        assert all(row.get("customer_id") != gone and (name != "customers" or row["id"] != gone) for row in rows), name
    card = await customer360.card(session, tanvir, rules, keep, now=NOW)
    assert (card.numbers.total_orders, card.numbers.lifetime_value) == (2, Decimal(60_000))
    assert card.numbers.total_calls == 2
    assert card.numbers.family_members == 3  # one wife, two sons
    assert card.type == "vip"
    promise = await follow_ups.open_of(session, keep)
    assert promise is not None
    assert promise.due_at == min(NOW + timedelta(minutes=one % 100) for one in two)
    summed, of_view = await live(session, keep)
    assert summed == of_view


async def test_undoing_restores_both_row_for_row(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, two: tuple[int, int]
) -> None:
    before = await contents(session)
    for keep, gone in (two, two[::-1]):
        done = await merged(session, tanvir, rules, keep, gone)
        assert await contents(session) != before
        await undone(session, tanvir, rules, keep, done.merge_id)
        after = await contents(session)
        for name, rows in before.items():
            assert after[name] == rows, name


async def test_a_merged_id_leads_on(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, two: tuple[int, int]
) -> None:
    """Also through several merges; by id, by the phone that went, and by the shop's key."""
    first, second = two
    third = await factories.customer(session, phone="01912345678", owner_id=tanvir.id)
    await factories.customer_key(session, third, "K-3")
    await factories.settle(session, third)
    await merged(session, tanvir, rules, second, third)
    await merged(session, tanvir, rules, first, second)
    for gone in (second, third):
        assert (await access_customer(session, tanvir, rules, gone)).customer_id == first
        assert (await customer360.card(session, tanvir, rules, gone, now=NOW)).customer_id == first
        assert (await tab_head.head(session, tanvir, rules, gone, now=NOW)).customer_id == first
    for typed in (f"#{second}", f"#{third}", "01812345678", "01912345678", "shop:K-3"):
        found = await search(session, tanvir, rules, parse_query(typed), now=NOW)
        assert [hit.customer_id for hit in found.hits] == [first], typed
    assert await leads.new_lead(session, tanvir, "+8801912345678", now=NOW) is None


async def test_merges_are_undone_in_turn(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, two: tuple[int, int]
) -> None:
    first, second = two
    third = await everything_of(session, tanvir.id, first_name="Rohim", phone="01912345678")
    await factories.settle(session, third)
    before = await contents(session)
    inner = await merged(session, tanvir, rules, second, third)
    outer = await merged(session, tanvir, rules, first, second)
    with pytest.raises(CdmError) as refusal:
        await undone(session, tanvir, rules, first, inner.merge_id)
    assert refusal.value.code == "merged_since"
    assert refusal.value.facts["merge_id"] == outer.merge_id
    await undone(session, tanvir, rules, first, outer.merge_id)
    await undone(session, tanvir, rules, second, inner.merge_id)
    assert await contents(session) == before
    with pytest.raises(CdmError, match="already_undone"):
        await undone(session, tanvir, rules, second, inner.merge_id)


async def test_what_came_after_the_merge_stays(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, two: tuple[int, int]
) -> None:
    """An order keeps its lines and its news wherever it goes; a new one is of who stayed."""
    keep, gone = two
    done = await merged(session, tanvir, rules, keep, gone)
    moved = await session.execute(
        text("SELECT id FROM sales_orders WHERE customer_id = :id AND status = 'pending' ORDER BY id DESC LIMIT 1"),
        {"id": keep},
    )
    order = moved.scalar_one()
    async with session.begin_nested():
        await summary.begin_write(session, [keep])
        await session.execute(
            update(tables.sales_orders).where(tables.sales_orders.c.id == order).values(status="completed")
        )
        await session.execute(text("DELETE FROM sales_order_items WHERE order_id = :order"), {"order": order})
        await factories.order_line(session, keep, order, line_no=1, product_name="Ghee 500 g")
        new = await factories.order(session, keep, amount=500)
        await session.execute(
            update(tables.customers).where(tables.customers.c.id == keep).values(email="new@example.com")
        )
    await interactions.log(
        session, tanvir, await ref(session, keep), Contact(at=NOW, outcome_code=Outcome.CONNECTED), now=NOW
    )
    await undone(session, tanvir, rules, keep, done.merge_id)
    found = await session.execute(
        text("SELECT id, customer_id FROM sales_orders WHERE id = ANY(:ids)"), {"ids": [order, new]}
    )
    owners = {row.id: row.customer_id for row in found}
    assert owners == {order: gone, new: keep}
    line = await session.execute(
        text("SELECT customer_id, product_name FROM sales_order_items WHERE order_id = :id"), {"id": order}
    )
    assert line.all() == [(gone, "Ghee 500 g")]
    stays = await session.execute(text("SELECT email, birth_day FROM customers WHERE id = :id"), {"id": keep})
    assert stays.one() == ("new@example.com", None)
    for one in two:
        summed, of_view = await live(session, one)
        assert summed == of_view


async def test_a_ban_on_calls_of_either_stays(session: AsyncSession, tanvir: Staff, rules: Thresholds) -> None:
    keep = await factories.customer(session)
    gone = await factories.customer(session, do_not_call_at=NOW, do_not_call_by=tanvir.id)
    for one, allowed in ((keep, True), (gone, False)):
        await added(session, tables.consents, customer_id=one, channel="call", allowed=allowed)
    await factories.settle(session, keep, gone)
    before = await contents(session)
    done = await merged(session, tanvir, rules, keep, gone)
    card = await customer360.card(session, tanvir, rules, keep, now=NOW)
    assert card.do_not_call_at == NOW
    said = await session.execute(text("SELECT customer_id, channel, allowed FROM consents"))
    assert said.all() == [(keep, "call", False)]
    await undone(session, tanvir, rules, keep, done.merge_id)
    assert await contents(session) == before


@pytest.mark.parametrize("kept_is_known", [True, False])
async def test_the_day_of_coming_that_is_known_stays(
    session: AsyncSession, tanvir: Staff, rules: Thresholds, kept_is_known: bool
) -> None:
    """Of the two one came three days ago; the other is of an older file that does not tell when."""
    known, told = NOW - timedelta(days=3), NOW - timedelta(days=300)
    one, other = {"created_at": known}, {"created_at": told, "came_unknown": True}
    keep = await factories.customer(session, **(one if kept_is_known else other))
    gone = await factories.customer(session, **(other if kept_is_known else one))
    await factories.settle(session, keep, gone)
    before = await contents(session)
    done = await merged(session, tanvir, rules, keep, gone)
    row = (await session.execute(text("SELECT id, created_at, came_unknown FROM customers"))).one()
    assert row == (keep, known, False)
    await undone(session, tanvir, rules, keep, done.merge_id)
    assert await contents(session) == before


async def test_who_may_undo_and_until_when(session: AsyncSession, tanvir: Staff, rules: Thresholds) -> None:
    keep, gone = await factories.customer(session), await factories.customer(session)
    await factories.settle(session, keep, gone)
    nusrat = await people.get(session, await factories.staff(session, name="Nusrat"))
    rafiq = await people.get(session, await factories.staff(session, name="Rafiq", role=Role.ADMIN))
    done = await merged(session, tanvir, rules, keep, gone)
    tomorrow = NOW + timedelta(days=1)
    for person, now in ((nusrat, NOW), (tanvir, tomorrow)):
        with pytest.raises(CdmError, match="nothing_to_undo"):
            await unmerges.undo(session, person, await ref(session, keep), done.merge_id, now=now, thresholds=rules)
    back = await unmerges.undo(session, rafiq, await ref(session, keep), done.merge_id, now=tomorrow, thresholds=rules)
    assert (back.kept.customer_id, back.back.customer_id) == (keep, gone)
    told = await session.execute(
        text("SELECT actor, action, customer_id FROM audit_log WHERE action LIKE '%merged' ORDER BY id")
    )
    assert told.all() == [
        ("Tanvir", "merged", keep),
        ("Tanvir", "merged", gone),
        ("Rafiq", "unmerged", keep),
        ("Rafiq", "unmerged", gone),
    ]


async def test_two_who_merge_the_same_at_once(
    sessions: async_sessionmaker[AsyncSession],
    session: AsyncSession,
    tanvir: Staff,
    rules: Thresholds,
    two: tuple[int, int],
) -> None:
    """One of them does it, the other is told; whichever was to stay."""
    refs = [await ref(session, one) for one in two]
    await session.rollback()

    async def one_of_them(keep: CustomerRef, gone: CustomerRef) -> str:
        try:
            async with sessions.begin() as own:
                await merges.merge(own, tanvir, keep, gone, now=NOW, thresholds=rules)
        except CdmError as error:
            return error.code
        return "merged"

    results = await asyncio.gather(one_of_them(*refs), one_of_them(*refs[::-1]), one_of_them(*refs))
    assert sorted(results) == ["merged", "one_customer", "one_customer"]


async def test_a_note_on_its_way_to_the_one_who_goes(
    sessions: async_sessionmaker[AsyncSession],
    session: AsyncSession,
    tanvir: Staff,
    rules: Thresholds,
    two: tuple[int, int],
) -> None:
    """It waits for the merge, is overtaken by it, and tried again stands with the one who stayed."""
    keep, gone = [await ref(session, one) for one in two]
    await session.rollback()

    async def note() -> int:
        async with sessions.begin() as own:
            customer = await access_customer(own, tanvir, rules, gone.customer_id)
            seen.set()
            logged = await interactions.log(own, tanvir, customer, Contact(at=NOW, description="dam beshi"), now=NOW)
        return logged.customer.customer_id

    seen = asyncio.Event()
    async with sessions.begin() as merging:
        await merges.merge(merging, tanvir, keep, gone, now=NOW, thresholds=rules)
        noting = asyncio.create_task(note())
        await seen.wait()
    with pytest.raises(Exception) as overtaken:
        await noting
    assert is_collision(overtaken.value)
    assert await note() == keep.customer_id


async def test_a_change_of_one_who_went_is_tried_again(session: AsyncSession) -> None:
    """What only updates would find nothing to update and be lost."""
    one = await factories.customer(session)
    await factories.settle(session, one)
    ids = await summary.begin_write(session, [one])
    await session.execute(text("DELETE FROM customers WHERE id = :id"), {"id": one})
    with pytest.raises(OvertakenError):
        await summary.refresh(session, ids)


async def test_an_agent_makes_no_colleagues_customer_their_own(
    session: AsyncSession, tanvir: Staff, rules: Thresholds
) -> None:
    """Seeing a customer for a day, as cover or by an alert, is no right to merge them away; a manager may."""
    nusrat = await factories.staff(session, name="Nusrat")
    farhana = await people.get(session, await factories.staff(session, name="Farhana", role="manager"))
    mine = await ref(session, await factories.customer(session, owner_id=tanvir.id))
    hers = await ref(session, await factories.customer(session, owner_id=nusrat))
    for keep, gone in ((mine, hers), (hers, mine)):
        with pytest.raises(CdmError, match="colleagues_merge"):
            await merges.merge(session, tanvir, keep, gone, now=NOW, thresholds=rules)
    merged = await merges.merge(session, farhana, mine, hers, now=NOW, thresholds=rules)
    assert merged.customer.owner_id == tanvir.id


async def test_a_ban_on_calls_ends_what_was_promised_and_parting_restores_it(
    session: AsyncSession, tanvir: Staff, rules: Thresholds
) -> None:
    keep = await factories.customer(session, owner_id=tanvir.id)
    gone = await factories.customer(session, owner_id=tanvir.id, do_not_call_at=NOW - timedelta(days=2))
    await factories.follow_up(session, keep, tanvir.id)
    await factories.settle(session, keep, gone)
    merged = await merges.merge(
        session, tanvir, await ref(session, keep), await ref(session, gone), now=NOW, thresholds=rules
    )
    assert await follow_ups.open_of(session, keep) is None
    await unmerges.undo(session, tanvir, merged.customer, merged.merge_id, now=NOW, thresholds=rules)
    assert await follow_ups.open_of(session, keep) is not None
