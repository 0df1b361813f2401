"""``/cdm/notes/waiting`` and ``/cdm/stats/recovery``."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.tables import waiting_files, waiting_notes
from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients, Recorded


@pytest.fixture
async def shop(session: AsyncSession, client: Clients) -> AsyncClient:
    await factories.customer(session, id=123, first_name="John", last_name="Doe")
    await factories.settle(session, 123)
    return await client("read,write")


async def _note(session: AsyncSession, staff_id: int, text: str, *, minutes: int = 5) -> int:
    values = {
        "staff_id": staff_id, "origin": f"1:{minutes}", "text": text, "said_at": NOW - timedelta(minutes=minutes)
    }  # fmt: skip
    added = await session.execute(insert(waiting_notes).values(values).returning(waiting_notes.c.id))
    await session.commit()
    return int(added.scalar_one())


async def test_a_note_is_confirmed_as_its_writers_contact(shop: AsyncClient, session: AsyncSession) -> None:
    nusrat = await factories.staff(session)
    note = await _note(session, nusrat, "kotha hoise 3 min, dam beshi, kal 6tay call dite bolse")
    (listed,) = (await shop.get("/cdm/notes/waiting")).json()
    assert (listed["id"], listed["staff"], listed["with_files"]) == (note, "Nusrat", False)
    told = await shop.put(f"/cdm/notes/waiting/{note}/confirm", json={"customerId": 123})
    assert told.status_code == 200, told.text
    contact = told.json()
    assert (contact["outcome_code"], contact["reason"]) == ("callback_requested", "price")
    assert (contact["duration_seconds"], contact["staff_id"]) == (180, nusrat)
    assert contact["occurred_at"] == "2026-11-22T05:05:00Z"
    (promised,) = (await shop.get("/cdm/follow-ups")).json()
    assert (promised["customer_id"], promised["due_at"]) == (123, "2026-11-23T12:00:00Z")
    assert (await shop.get("/cdm/notes/waiting")).json() == []
    again = await shop.put(f"/cdm/notes/waiting/{note}/confirm", json={"customerId": 123})
    assert (again.status_code, again.json()["code"]) == (404, "no_such_note")


async def test_who_read_and_who_discarded_a_note_is_recorded(
    shop: AsyncClient, session: AsyncSession, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    note = await _note(session, await factories.staff(session), "Rahim 01712345678 kal call")
    assert (await shop.get("/cdm/notes/waiting")).json()[0]["text"] == "Rahim 01712345678 kal call"
    assert (await shop.delete(f"/cdm/notes/waiting/{note}")).status_code == 204
    assert [(row.actor, row.action, row.details) for row in await audited()] == [
        ("key:shop-0", "GET /cdm/notes/waiting", {"notes": [note]}),
        ("key:shop-0", "DELETE /cdm/notes/waiting/{note_id}", {"note": note}),
    ]


async def test_confirmed_twice_at_once_it_is_one_contact(shop: AsyncClient, session: AsyncSession) -> None:
    note = await _note(session, await factories.staff(session), "dhore nai")
    path = f"/cdm/notes/waiting/{note}/confirm"
    answers = await asyncio.gather(*(shop.put(path, json={"customerId": 123}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404]
    assert len((await shop.get("/cdm/interactions/123")).json()) == 1


async def test_what_is_no_note_is_forgotten_and_files_stay_with_the_chat(
    shop: AsyncClient, session: AsyncSession
) -> None:
    nusrat, farhana = await factories.staff(session), await factories.staff(session, name="Farhana")
    no_note = await _note(session, nusrat, "bhai kobe ashben")
    album = await _note(session, farhana, "receipt", minutes=9)
    photo = {"kind": "photo", "bot_id": 1, "file_id": "a", "file_unique_id": "b"}
    values = {"note_id": album, "message_id": 9, "origin": "1:9", **photo}
    await session.execute(insert(waiting_files).values(values))
    await session.commit()
    assert [row["id"] for row in (await shop.get("/cdm/notes/waiting")).json()] == [album, no_note]
    assert [row["id"] for row in (await shop.get(f"/cdm/notes/waiting?staff_id={nusrat}")).json()] == [no_note]
    answer = await shop.put(f"/cdm/notes/waiting/{album}/confirm", json={"customerId": 123})
    assert (answer.status_code, answer.json()["code"]) == (409, "note_with_files")
    assert (await shop.delete(f"/cdm/notes/waiting/{no_note}")).status_code == 204
    assert [row["id"] for row in (await shop.get("/cdm/notes/waiting")).json()] == [album]


async def test_recovery(shop: AsyncClient) -> None:
    answer = await shop.get("/cdm/stats/recovery", params={"by": "agent"})
    nothing = {
        "key": None, "chased": 0, "contacted": 0, "recovered": 0, "bought": 0, "amount": 0, "recovery_rate": None
    }  # fmt: skip
    assert answer.json() == {
        "first": "2026-10-24", "last": "2026-11-22", "by": "agent", "total": nothing, "groups": []
    }  # fmt: skip
    for query in ("first=2026-11-22&last=2026-11-21", "first=2020-01-01", "last=9999-12-31", "by=x", "first=1"):
        assert (await shop.get(f"/cdm/stats/recovery?{query}")).status_code == 422
