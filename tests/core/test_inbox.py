"""The inbox: nothing lost, nothing twice, each chat in order."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import inbox
from cdm_core.inbox import LeaseLost
from cdm_core.words import InboxState

BOT = 7
Sessions = async_sessionmaker[AsyncSession]


def said(update_id: int, chat_id: int, words: str = "hi") -> dict[str, Any]:
    return {"update_id": update_id, "message": {"chat": {"id": chat_id}, "from": {"id": chat_id}, "text": words}}


async def stored(sessions: Sessions, *updates: dict[str, Any]) -> int:
    async with sessions.begin() as session:
        return (await inbox.store(session, BOT, updates)).new


async def leased(sessions: Sessions, owner: str = "a", most: int = 10) -> list[inbox.Update]:
    async with sessions.begin() as session:
        return await inbox.lease(session, BOT, owner, most=most)


async def finish(sessions: Sessions, update: inbox.Update, owner: str = "a") -> None:
    async with sessions.begin() as session:
        await inbox.done(session, update, owner)


async def state(sessions: Sessions, update_id: int) -> str:
    async with sessions() as session:
        query = text("SELECT state FROM inbox WHERE update_id = :id")
        return str((await session.execute(query, {"id": update_id})).scalar_one())


async def test_a_repeated_update_is_kept_once(sessions: Sessions) -> None:
    assert await stored(sessions, said(1, 10), said(2, 10)) == 2
    assert await stored(sessions, said(2, 10), said(3, 10)) == 1


async def test_another_bots_ids_are_no_repeats(sessions: Sessions) -> None:
    await stored(sessions, said(1, 10))
    async with sessions.begin() as session:
        assert (await inbox.store(session, BOT + 1, [said(1, 10)])).new == 1


async def test_only_the_oldest_of_a_chat_is_leased_and_chats_run_in_parallel(sessions: Sessions) -> None:
    await stored(sessions, said(1, 10), said(2, 10), said(3, 20), said(4, 10))
    first = await leased(sessions)
    assert [one.update_id for one in first] == [1, 3]
    assert await leased(sessions, "b") == []
    await finish(sessions, first[0])
    assert [one.update_id for one in await leased(sessions, "b")] == [2]


async def test_what_nothing_waits_before_is_leased_on_the_way_in(sessions: Sessions) -> None:
    await stored(sessions, said(1, 10))
    async with sessions.begin() as session:
        given = [said(2, 10), said(4, 20), said(3, 20), said(5, 30), said(6, 40), {"update_id": 7, "poll": {}}]
        result = await inbox.store(session, BOT, given, owner="a", most=4)
    assert result.new == 6
    assert [one.update_id for one in result.leased] == [3, 5]  # 2 waits for 1, 4 for 3; 6 and 7 are too many
    assert result.leased[0].body == said(3, 20)
    assert [one.update_id for one in await leased(sessions, "b")] == [1, 6, 7]
    async with sessions.begin() as session:
        again = await inbox.store(session, BOT, given, owner="b", most=4)
    assert again == inbox.Stored(0, ())


async def test_done_erases_the_body_and_only_the_holder_may_say_so(sessions: Sessions) -> None:
    await stored(sessions, said(1, 10, "secret"))
    (update,) = await leased(sessions)
    assert update.body["message"]["text"] == "secret"
    with pytest.raises(LeaseLost):
        await finish(sessions, update, "b")
    await finish(sessions, update)
    with pytest.raises(LeaseLost):
        await finish(sessions, update)
    async with sessions() as session:
        assert (await session.execute(text("SELECT body, state FROM inbox"))).one() == (None, "done")


async def test_three_failures_and_it_is_put_aside_so_that_the_chat_goes_on(sessions: Sessions) -> None:
    await stored(sessions, said(1, 10), said(2, 10))
    for attempt in range(3):
        async with sessions.begin() as session:
            await session.execute(text("UPDATE inbox SET next_attempt_at = now()"))
        (update,) = await leased(sessions)
        assert (update.update_id, update.attempts) == (1, attempt)
        async with sessions.begin() as session:
            left = await inbox.fail(session, update, "a", "KeyError")
    assert left is InboxState.QUARANTINED
    assert [one.update_id for one in await leased(sessions)] == [2]
    async with sessions() as session:
        assert (await inbox.counts(session))[InboxState.QUARANTINED].number == 1


async def test_a_failed_update_waits_and_its_chat_with_it(sessions: Sessions) -> None:
    await stored(sessions, said(1, 10), said(2, 10))
    (update,) = await leased(sessions)
    async with sessions.begin() as session:
        assert await inbox.fail(session, update, "a", "KeyError") is InboxState.RECEIVED
    assert await leased(sessions) == []


async def test_released_updates_can_be_leased_at_once(sessions: Sessions) -> None:
    await stored(sessions, said(1, 10), said(2, 20))
    assert len(await leased(sessions)) == 2
    async with sessions.begin() as session:
        await inbox.release(session, "a", [2])
    assert [one.update_id for one in await leased(sessions, "b")] == [2]
    async with sessions.begin() as session:
        await inbox.release(session, "a")
    assert [one.update_id for one in await leased(sessions, "b")] == [1]


async def test_the_leases_of_the_dead_come_back(sessions: Sessions) -> None:
    await stored(sessions, said(1, 10))
    await leased(sessions)
    async with sessions.begin() as session:
        assert await inbox.take_back(session) == 0
        assert await inbox.owners(session) == ["a"]
        assert await inbox.take_back(session, ["a"]) == 1
    assert [one.attempts for one in await leased(sessions, "b")] == [0]


async def test_an_update_that_kills_its_process_is_put_aside_in_the_end(sessions: Sessions) -> None:
    await stored(sessions, said(1, 10))
    for _ in range(inbox.MOST_ORPHANED):
        assert len(await leased(sessions)) == 1
        async with sessions.begin() as session:
            await inbox.take_back(session, ["a"])
    assert await state(sessions, 1) == "quarantined"


async def test_what_postgresql_cannot_keep_as_text_is_kept(sessions: Sessions) -> None:
    await stored(sessions, said(1, 10, "nul \0 and half \ud83d"))
    (update,) = await leased(sessions)
    assert update.body["message"]["text"] == "nul \0 and half \ud83d"


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        (said(1, 10), 10),
        ({"update_id": 1, "edited_message": {"chat": {"id": -5}}}, -5),
        ({"update_id": 1, "callback_query": {"from": {"id": 9}, "message": {"chat": {"id": 10}}}}, 10),
        ({"update_id": 1, "inline_query": {"from": {"id": 9}, "query": "x"}}, 9),
        ({"update_id": 1, "my_chat_member": {"chat": {"id": 11}, "from": {"id": 9}}}, 11),
        ({"update_id": 1, "poll": {"id": "3"}}, None),
        ({"update_id": 1, "message": "nonsense"}, None),
        ({"update_id": 1, "message": {"chat": {"id": "ten"}}}, None),
        ({"update_id": 1}, None),
    ],
)
def test_the_chat_of_an_update(update: dict[str, Any], chat: int | None) -> None:
    assert inbox.chat_of(update) == chat


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_any_json_is_judged_without_an_error(value: Any) -> None:
    if inbox.storable(value):
        inbox.chat_of(value)
        json.dumps(value)


@given(st.dictionaries(st.sampled_from(["message", "callback_query", "inline_query"]), json_values))
def test_any_update_has_a_chat_or_none(events: dict[str, Any]) -> None:
    chat = inbox.chat_of({"update_id": 1, **events})
    assert chat is None or isinstance(chat, int)
