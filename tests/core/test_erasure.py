"""Forgetting a person: nothing in the database tells who they were, the numbers stay, nobody brings them back."""

import asyncio
import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from cdm_core import (
    customer_keys,
    erasure,
    interactions,
    leads,
    merges,
    name_index,
    tables,
    thresholds,
    tombstones,
    winback_outcomes,
)
from cdm_core import staff as people
from cdm_core.access import CustomerRef, access_customer
from cdm_core.catch_up import catch_up
from cdm_core.clock import Clock
from cdm_core.contacts import Contact
from cdm_core.db.away import OvertakenError
from cdm_core.errors import CdmError
from cdm_core.imports.load import FileKind, ImportResult, import_file
from cdm_core.imports.values import Fault
from cdm_core.query import parse_query
from cdm_core.search import search
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import Outcome
from jobs import morning_digest
from jobs.clock import Ticker
from jobs.job import Shop
from tests import factories
from tests.factories import NOW

SECRETS = ("Zulekha", "Khatoon", "1799887766", "zulekha@", "Lalbagh", "Tailor", "Nuruddin", "1788776655", "kidney")
"""Pieces of what is known of her, which stand nowhere else."""


@pytest.fixture
async def rules(session: AsyncSession) -> Thresholds:
    return await thresholds.load(session)


@pytest.fixture
async def rafiq(session: AsyncSession) -> Staff:
    return await people.get(session, await factories.staff(session, name="Rafiq", role="admin"))


@pytest.fixture
async def zulekha(session: AsyncSession, rafiq: Staff) -> CustomerRef:
    """Something about her wherever there can be."""
    she = await factories.customer(
        session, first_name="Zulekha", last_name="Khatoon", phone="01799887766", email="zulekha@example.com",
        address="7 Lalbagh Road", city="Lalbagh", profession="Tailor", date_of_birth=NOW.date(), tags=["kidney"],
        owner_id=rafiq.id,
    )  # fmt: skip
    await factories.customer_key(session, she, "zulekha@shop")
    await factories.relative(session, she, name="Nuruddin", phone="01788776655", profession="Tailor")
    await factories.order(session, she, amount=1450)
    await factories.interaction(
        session, she, staff_id=rafiq.id, subject="kidney", description="Zulekha: kidney trouble", outcome="kidney",
        outcome_code="connected", undo={"phone": "01799887766"}, origin="7:1",
    )  # fmt: skip
    await factories.behavior(session, she, search_query="kidney tea", session_id="zulekha@1")
    await factories.dropoff(session, she, reason="kidney", session_id="zulekha@1")
    await factories.follow_up(session, she, rafiq.id)
    await factories.claim(session, she, rafiq.id)
    rows: list[tuple[Any, dict[str, Any]]] = [
        (tables.customer_changes, {"customer_id": she, "kind": "profile", "after": {"city": "Lalbagh"},
                                   "before": {"city": "Tailor"}, "staff_id": rafiq.id, "changed_at": NOW}),
        (tables.removed_relatives, {"customer_id": she, "relationship": "child", "name_key": "Nuruddin",
                                    "removed_at": NOW}),
        (tables.merges, {"customer_id": she, "gone_id": 999_999, "gone_phone": "+8801799887766",
                         "moved": {"gone": {"first_name": "Zulekha"}}, "merged_by": rafiq.id, "merged_at": NOW}),
        (tables.merges, {"customer_id": await factories.customer(session), "gone_id": she, "undone_at": NOW,
                         "moved": {"gone": {"first_name": "Zulekha"}}, "merged_by": rafiq.id, "merged_at": NOW}),
        (tables.hand_overs, {"customer_id": she, "asked_by": rafiq.id, "owner_id": rafiq.id, "asked_at": NOW}),
        (tables.waiting_notes, {"staff_id": rafiq.id, "origin": "7:9", "text": "০১৭৯৯-৮৮৭৭৬৬ kidney", "said_at": NOW}),
        (tables.waiting_notes, {"staff_id": rafiq.id, "origin": "7:8", "text": "zulekha khatoon: kidney",
                                "said_at": NOW}),
        (tables.inbox, {"bot_id": 1, "update_id": 1, "state": "quarantined",
                        "body": {"text": "01799-887766 kidney"}}),
        (tables.interaction_files, {"customer_id": she, "interaction_id": 0, "origin": "7:1", "kind": "voice",
                                    "bot_id": 1, "file_id": "f", "file_unique_id": "u", "file_name": "kidney.pdf",
                                    "stored_name": "abc.pdf"}),
    ]  # fmt: skip
    ((call,),) = (await session.execute(text("SELECT id FROM customer_interactions"))).all()
    for table, values in rows:
        if "interaction_id" in values:
            values["interaction_id"] = call
        await session.execute(insert(table).values(values))
    await name_index.learn(session, ["Zulekha Khatoon", "Nuruddin"])
    await factories.settle(session, she)
    return CustomerRef(she, "Zulekha Khatoon", rafiq.id)


async def told_of(session: AsyncSession, secrets: Sequence[str] = SECRETS) -> set[str]:
    """The tables in which a piece stands."""
    found = set()
    for table in tables.metadata.tables.values():
        rows = (await session.execute(text(f"SELECT to_jsonb(t)::text FROM {table.name} t"))).scalars()
        if any(secret.casefold() in row.casefold() for row in rows for secret in secrets):
            found.add(table.name)
    return found


async def test_nothing_tells_who_it_was_and_the_numbers_stay(
    session: AsyncSession, rafiq: Staff, zulekha: CustomerRef, rules: Thresholds
) -> None:
    before = await told_of(session)
    assert {"customers", "name_tokens", "merges", "waiting_notes", "inbox", "customer_summary"} <= before
    known = await erasure.extent(session, zulekha)
    assert (known.relatives, known.texts, known.files, known.contacts, known.orders, known.pending) == (
        1,
        1,
        1,
        1,
        1,
        0,
    )
    await erasure.erase(session, rafiq, zulekha, now=NOW, thresholds=rules)
    assert await told_of(session) == set()
    row = (
        await session.execute(
            text("SELECT total_orders, lifetime_value, do_not_call FROM customer_summary WHERE customer_id = :id"),
            {"id": zulekha.customer_id},
        )
    ).one()
    assert tuple(row) == (1, 1450, True)
    stays = text("SELECT interaction_type, outcome, duration_seconds IS NULL FROM customer_interactions")
    assert (await session.execute(stays)).one().outcome == "connected"
    deleted = text("SELECT stored_name FROM files_to_delete")
    assert (await session.execute(deleted)).scalars().all() == ["abc.pdf"]
    audited = text("SELECT action FROM audit_log WHERE customer_id = :id ORDER BY id DESC LIMIT 1")
    assert (await session.execute(audited, {"id": zulekha.customer_id})).scalar_one() == "erased"


async def test_every_column_that_holds_something_is_thought_of() -> None:
    """What stays is named, so a column that is renamed or taken away shows here."""
    for table, stays in erasure._STAYS.items():
        assert stays <= {column.name for column in table.columns}, table.name
    left = {table.name for table in erasure._GOES} | {table.name for table in erasure._STAYS}
    facts = {table.name for table in tables.metadata.tables.values() if "customer_id" in table.columns}
    numbers_alone = {
        "alert_messages", "alerts", "audit_log", "customer_summary", "follow_ups", "hand_overs", "interaction_files",
        "lifecycle_transitions", "merges", "order_keys", "outbox", "recommendation_log", "sales_order_items",
        "sales_orders", "stale_customers", "tombstones",
    }  # fmt: skip
    assert facts - left == numbers_alone


async def test_nobody_sees_or_changes_them_any_more(
    session: AsyncSession, rafiq: Staff, zulekha: CustomerRef, rules: Thresholds
) -> None:
    await erasure.erase(session, rafiq, zulekha, now=NOW, thresholds=rules)
    for person, customer_id in ((rafiq, zulekha.customer_id), (None, zulekha.customer_id), (rafiq, 999_999)):
        with pytest.raises(CdmError) as refused:
            await access_customer(session, person, rules, customer_id)
        assert (refused.value.code, refused.value.facts["at"]) == ("erased_customer", NOW)
    for words in ("01799887766", "Zulekha Khatoon", "zulekha@example.com", "7766"):
        assert (await search(session, rafiq, rules, parse_query(words), now=NOW)).hits == ()
    with pytest.raises(CdmError, match="erased_customer"):
        await erasure.erase(session, rafiq, zulekha, now=NOW, thresholds=rules)
    other = await factories.customer(session)
    with pytest.raises(CdmError, match="erased_customer"):
        await merges.merge(session, rafiq, CustomerRef(other, "", None), zulekha, now=NOW, thresholds=rules)
    assert await customer_keys.customer_of(session, "shop", "zulekha@shop") == zulekha.customer_id


async def test_a_note_written_at_the_same_moment_does_not_come_after_it(
    session: AsyncSession,
    sessions: async_sessionmaker[AsyncSession],
    rafiq: Staff,
    zulekha: CustomerRef,
    rules: Thresholds,
) -> None:
    """Whoever had access a moment before, and waited for the erasure to end, begins anew and is refused."""
    await session.commit()
    async with sessions.begin() as erasing:
        await erasure.erase(erasing, rafiq, zulekha, now=NOW, thresholds=rules)

        async def note() -> None:
            async with sessions.begin() as writing:
                contact = Contact(at=NOW, outcome_code=Outcome.CONNECTED, description="kidney")
                await interactions.log(writing, rafiq, zulekha, contact, now=NOW)

        late = asyncio.create_task(note())
        async with sessions() as looking:
            waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            while not (await looking.execute(waits)).scalar_one():
                await looking.rollback()
    with pytest.raises(OvertakenError):
        await late
    assert await told_of(session) == set()


async def test_the_jobs_go_on_counting_them(
    session: AsyncSession, rafiq: Staff, zulekha: CustomerRef, rules: Thresholds
) -> None:
    """Win-back, rows that other systems wrote and the nightly sums meet the erased and are not put off by them."""
    campaign = (await session.execute(text("SELECT min(id) FROM campaigns"))).scalar_one()
    task = {"customer_id": zulekha.customer_id, "campaign_id": campaign, "staff_id": rafiq.id, "cause_id": 1,
            "local_date": NOW.date(), "caused_at": NOW, "created_at": NOW, "reason": "kidney"}  # fmt: skip
    await session.execute(insert(tables.campaign_tasks).values(task))
    await erasure.erase(session, rafiq, zulekha, now=NOW, thresholds=rules)
    assert (await session.execute(text("SELECT state FROM campaign_tasks"))).scalar_one() == "dropped"
    await winback_outcomes.settle_all(session, [zulekha.customer_id], now=NOW)
    await session.execute(insert(tables.stale_customers).values(customer_id=zulekha.customer_id))
    assert await catch_up(session, rules) >= 1
    assert await told_of(session) == set()
    row = await session.execute(
        text("SELECT phone_e164, name_key, household_id FROM customers WHERE id = :id"), {"id": zulekha.customer_id}
    )
    assert tuple(row.one()) == (None, "", None)


async def test_words_that_others_are_called_stay_in_the_vocabulary(
    session: AsyncSession, rafiq: Staff, zulekha: CustomerRef, rules: Thresholds
) -> None:
    other = await factories.customer(session, first_name="Anwara", last_name="Khatoon", phone="01799887711")
    await name_index.learn(session, ["Anwara Khatoon"])
    await factories.settle(session, other)
    await erasure.erase(session, rafiq, zulekha, now=NOW, thresholds=rules)
    words = (await session.execute(text("SELECT token FROM name_tokens"))).scalars().all()
    assert "khatoon" in words
    assert not {"zulekha", "nuruddin"} & set(words)


async def test_the_same_fingerprint_in_python_and_sql(session: AsyncSession) -> None:
    sql = tombstones.KEY.format(source="CAST(:source AS text)", external_id="CAST(:key AS text)")
    for source, key in (("shop", "C-1"), ("দোকান", "র 1\t")):
        found = (await session.execute(text(f"SELECT {sql}"), {"source": source, "key": key})).scalar_one()
        assert found == tombstones.of_key(source, key)


async def brought_in(
    engine: AsyncEngine, rules: Thresholds, folder: Path, kind: FileKind, rows: Sequence[dict[str, str]]
) -> ImportResult:
    path = folder / f"{kind}.csv"
    with path.open("w", newline="") as file:
        sheet = csv.DictWriter(file, fieldnames=list(rows[0]))
        sheet.writeheader()
        sheet.writerows(rows)
    return await import_file(engine, kind, path, now=NOW, zone=rules.zone)


async def test_no_file_brings_them_back(
    session: AsyncSession, engine: AsyncEngine, rafiq: Staff, zulekha: CustomerRef, rules: Thresholds, tmp_path: Path
) -> None:
    """Rows of people are refused, under the old key and under a new one with the old phone; orders count on."""
    await erasure.erase(session, rafiq, zulekha, now=NOW, thresholds=rules)
    await session.commit()
    again = {"customer_id": "zulekha@shop", "name": "Zulekha Khatoon", "phone": "01799887766"}
    other = {"customer_id": "C-2", "name": "Anwara Begum", "phone": "01712345678"}
    result = await brought_in(
        engine, rules, tmp_path, FileKind.CUSTOMERS, [again, {**again, "customer_id": "C-3"}, other]
    )
    assert (result.created, result.rejected, result.faults) == (1, 2, {Fault.ERASED: 2})
    kin = {"customer_id": "zulekha@shop", "name": "Nuruddin", "relationship": "husband"}
    assert (await brought_in(engine, rules, tmp_path, FileKind.FAMILY, [kin])).faults == {Fault.ERASED: 1}
    event = {"customer_id": "zulekha@shop", "occurred_at": "2026-11-20 10:00", "behavior_type": "search",
             "search_query": "kidney"}  # fmt: skip
    assert (await brought_in(engine, rules, tmp_path, FileKind.EVENTS, [event])).faults == {Fault.ERASED: 1}
    order = {"order_id": "o9", "customer_id": "zulekha@shop", "ordered_at": "2026-11-20", "sku": "H-1",
             "product": "Honey", "quantity": "1", "unit_price": "850"}  # fmt: skip
    assert (await brought_in(engine, rules, tmp_path, FileKind.ORDERS, [order])).created == 1
    assert await told_of(session) == set()
    total = text("SELECT total_orders FROM customer_summary WHERE customer_id = :id")
    assert (await session.execute(total, {"id": zulekha.customer_id})).scalar_one() == 2


async def test_who_asks_again_is_a_new_lead(
    session: AsyncSession, engine: AsyncEngine, rafiq: Staff, zulekha: CustomerRef, rules: Thresholds, tmp_path: Path
) -> None:
    await erasure.erase(session, rafiq, zulekha, now=NOW, thresholds=rules)
    phone = tombstones.of_phone("+8801799887766")
    assert await tombstones.erased_at(session, phone) == NOW
    lead = await leads.new_lead(session, rafiq, "+8801799887766", now=NOW)
    assert lead is not None
    assert lead.customer_id != zulekha.customer_id
    assert await tombstones.erased_at(session, phone) is None


async def test_a_phone_that_a_household_shares_is_not_refused(
    session: AsyncSession, rafiq: Staff, zulekha: CustomerRef, rules: Thresholds
) -> None:
    husband = await factories.customer(session, first_name="Anwar", phone="01799887766")
    await factories.settle(session, husband)
    await erasure.erase(session, rafiq, zulekha, now=NOW, thresholds=rules)
    assert await tombstones.erased_at(session, tombstones.of_phone("+8801799887766")) is None
    found = await search(session, rafiq, rules, parse_query("01799887766"), now=NOW)
    assert [hit.customer_id for hit in found.hits] == [husband]


async def test_nothing_unsent_goes_out_and_nothing_is_repeated(
    session: AsyncSession, rafiq: Staff, zulekha: CustomerRef, rules: Thresholds
) -> None:
    """Theirs, lists that name them, and what shows their phone; a message about somebody else goes its way."""
    she, other = zulekha.customer_id, await factories.customer(session)
    messages: dict[str, dict[str, Any]] = {
        "queued": {"customer_id": she},
        "leased": {"customer_id": she, "leased_by": "sender", "leased_until": NOW + timedelta(hours=1)},
        "sending": {"customer_id": she},
        "unknown": {"context": {"entries": {"1": other, "2": she}}},
        "failed": {"payload": {"text": "Zulekha +880\u00a01799\u2060-887766"}},
        "expired": {"context": {"letter": {"about": she, "by": rafiq.id}}},
    }
    for state, values in messages.items():
        row = {"dedup_key": state, "chat_id": 7, "kind": "reply", "priority": 10, "method": "sendMessage",
               "state": state, "payload": {"text": "Zulekha"}, **values}  # fmt: skip
        await session.execute(insert(tables.outbox).values(row))
    others = {"dedup_key": "other", "chat_id": 7, "kind": "reply", "priority": 10, "method": "sendMessage",
              "payload": {"text": "Rahim 01712345678"}, "context": {"entries": {"1": other}}}  # fmt: skip
    await session.execute(insert(tables.outbox).values(others))
    erased = await erasure.erase(session, rafiq, zulekha, now=NOW, thresholds=rules)
    assert erased.withdrawn == len(messages)
    left = (
        await session.execute(
            text("SELECT dedup_key, state, payload FROM outbox WHERE state <> 'cancelled' ORDER BY id")
        )
    ).all()
    on_wire = ("sending", "sending", None)
    assert [tuple(row) for row in left] == [on_wire, ("other", "queued", others["payload"])]
    assert await told_of(session) == set()


async def test_a_morning_list_that_names_them_is_made_anew(
    session: AsyncSession, sessions: async_sessionmaker[AsyncSession], rafiq: Staff, rules: Thresholds
) -> None:
    """It was not sent yet: the next tick makes it without them; once it is sent, none comes in its place."""
    nine = datetime(2026, 11, 24, 9, tzinfo=rules.zone)
    nusrat = await factories.staff(session, name="Nusrat", created_at=NOW - timedelta(days=9))
    she = await factories.customer(session, first_name="Zulekha", last_name="Khatoon", owner_id=nusrat)
    other = await factories.customer(session, first_name="Salma", last_name="Ara", owner_id=nusrat)
    for customer in (she, other):
        await factories.follow_up(session, customer, nusrat, due_at=nine + timedelta(hours=1))
    await factories.settle(session, she, other)
    await session.commit()
    ticker = Ticker(sessions, Clock(rules.zone), [morning_digest.job(Shop())])

    async def lists() -> list[tuple[str, str | None]]:
        async with sessions() as looking:
            query = text("SELECT state, payload ->> 'text' FROM outbox WHERE staff_id = :id ORDER BY id")
            return [(row[0], row[1]) for row in await looking.execute(query, {"id": nusrat})]

    await ticker.tick(nine)
    ((state, said),) = await lists()
    assert state == "queued"
    assert "Zulekha Khatoon" in (said or "")
    async with sessions.begin() as erasing:
        ref = CustomerRef(she, "Zulekha Khatoon", nusrat)
        await erasure.erase(erasing, rafiq, ref, now=nine, thresholds=rules)
    await ticker.tick(nine + timedelta(minutes=1))
    (gone, (state, said)) = await lists()
    assert gone == ("cancelled", None)
    assert state == "queued"
    assert "Salma Ara" in (said or "")
    assert "Zulekha" not in (said or "")
    await ticker.tick(nine + timedelta(minutes=2))
    assert len(await lists()) == 2
