"""The outbox: priority, order, fences, and what becomes of a message whose fate nobody knows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import chats, delivery, outbox, outbox_leases
from cdm_core import staff as people
from cdm_core.delivery import Attempt
from cdm_core.outbox import File, OutMessage
from cdm_core.outbox_leases import Parcel
from cdm_core.words import ChatType, MessageKind, OutboxState, Role
from tests import factories

Sessions = async_sessionmaker[AsyncSession]
ALL = frozenset({MessageKind.REPLY, MessageKind.ALERT, MessageKind.REMINDER, MessageKind.DIGEST})


def message(key: str, chat_id: int = 10, kind: MessageKind = MessageKind.REPLY, **more: Any) -> OutMessage:
    return OutMessage(
        dedup_key=key, chat_id=chat_id, kind=kind, method="sendMessage", payload={"text": key}, again="again", **more
    )


async def put(sessions: Sessions, *messages: OutMessage) -> list[int | None]:
    async with sessions.begin() as session:
        return await outbox.put_all(session, messages)


async def lease(sessions: Sessions, now: datetime, owner: str = "a", **more: Any) -> list[Parcel]:
    async with sessions.begin() as session:
        return await outbox_leases.lease(session, owner, now=now, **{"most": 10, **more})


async def begin(sessions: Sessions, parcels: Sequence[Parcel], owner: str = "a") -> list[Attempt]:
    async with sessions.begin() as session:
        return await delivery.begin(session, owner, [parcel.id for parcel in parcels])


async def send(sessions: Sessions, now: datetime) -> list[str]:
    """Send all that may go now; what it said."""
    parcels = await lease(sessions, now)
    attempts = await begin(sessions, parcels)
    async with sessions.begin() as session:
        await delivery.sent(session, [Attempt(one.outbox_id, one.number, one.outbox_id + 100) for one in attempts])
    return [parcel.payload["text"] for parcel in parcels]


async def row(sessions: Sessions, key: str) -> Any:
    async with sessions() as session:
        return (await session.execute(text("SELECT * FROM outbox WHERE dedup_key = :key"), {"key": key})).one()


async def lost(sessions: Sessions, now: datetime) -> Attempt:
    """One message is on the wire and never heard of again."""
    (attempt,) = await begin(sessions, await lease(sessions, now))
    async with sessions.begin() as session:
        await delivery.uncertain(session, attempt, resend=ALL, seconds=0, why="dropped")
    return attempt


async def test_a_key_is_used_once_for_ever(sessions: Sessions, now: datetime) -> None:
    (first,) = await put(sessions, message("k"))
    assert first is not None
    assert [ident is None for ident in await put(sessions, message("k"), message("other", 20))] == [True, False]
    assert sorted(await send(sessions, now)) == ["k", "other"]
    assert await put(sessions, message("k")) == [None]
    assert await send(sessions, now) == []


async def test_answers_overtake_what_nobody_waits_for(sessions: Sessions, now: datetime) -> None:
    kinds = [MessageKind.BROADCAST, MessageKind.DIGEST, MessageKind.REMINDER, MessageKind.ALERT, MessageKind.REPLY]
    await put(sessions, *(message(kind, 10 + n, kind) for n, kind in enumerate(kinds)))
    assert [parcel.kind for parcel in await lease(sessions, now)] == kinds[::-1]


async def test_a_chat_gets_one_at_a_time_in_order_but_answers_first(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("digest", kind=MessageKind.DIGEST), message("1"), message("2"), message("b", 20))
    assert await send(sessions, now) == ["1", "b"]
    assert await send(sessions, now) == ["2"]
    assert await send(sessions, now) == ["digest"]


async def test_nothing_overtakes_a_message_that_waits_to_be_tried_again(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("1"), message("2"))
    (attempt,) = await begin(sessions, await lease(sessions, now))
    async with sessions.begin() as session:
        await delivery.retry(session, attempt, seconds=60, why="flood")
    assert await lease(sessions, now) == []


async def test_resting_chats_get_nothing_and_calm_ones_answers(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("r", 10), message("c", 20), message("d", 30, MessageKind.DIGEST))
    assert [one.chat_id for one in await lease(sessions, now, resting=[10], calm=[20, 30])] == [20]
    assert [one.chat_id for one in await lease(sessions, now, answers_only=True)] == [10]


async def test_a_sent_message_forgets_its_words_and_is_remembered_by_its_id(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("k", customer_id=5, context={"row": 1}))
    await send(sessions, now)
    found = await row(sessions, "k")
    assert (found.state, found.payload, found.attempts) == ("sent", None, 1)
    assert found.telegram_message_id is not None
    assert (found.customer_id, found.context) == (5, {"row": 1})


async def test_what_was_leased_and_not_begun_is_queued_again(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("k"))
    await lease(sessions, now)
    assert await lease(sessions, now, "b") == []
    async with sessions.begin() as session:
        await outbox_leases.succeed(session, "b")
    parcels = await lease(sessions, now, "b")
    assert len(parcels) == 1
    assert await begin(sessions, parcels, "a") == []  # the leader before may not send it any more
    assert len(await begin(sessions, parcels, "b")) == 1


async def test_an_answer_of_unknown_fate_is_sent_once_more_marked(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("k"))
    await lost(sessions, now)
    (again,) = await lease(sessions, now)
    assert again.payload == {"text": "k\nagain"}
    (attempt,) = await begin(sessions, [again])
    async with sessions.begin() as session:
        await delivery.uncertain(session, attempt, resend=ALL, seconds=0, why="dropped")
    assert (await row(sessions, "k")).state == "unknown"
    async with sessions() as session:
        results = await session.execute(text("SELECT result FROM delivery_attempts ORDER BY attempt"))
        assert results.scalars().all() == ["unknown", "unknown"]
        assert (await outbox.counts(session))[OutboxState.UNKNOWN].number == 1


async def test_a_caption_is_marked_too(sessions: Sessions, now: datetime) -> None:
    photo = File("photo", "chart.png", b"\x89PNG")
    await put(
        sessions, OutMessage("p", 10, MessageKind.DIGEST, "sendPhoto", {"caption": "c"}, again="again", files=(photo,))
    )
    await lost(sessions, now)
    (parcel,) = await lease(sessions, now)
    assert parcel.payload == {"caption": "c\nagain", "$files": {"photo": {"name": "chart.png", "base64": "iVBORw=="}}}


@pytest.mark.parametrize("kind", [MessageKind.EXPORT, MessageKind.BROADCAST])
async def test_an_export_of_unknown_fate_waits_for_a_person(
    sessions: Sessions, now: datetime, kind: MessageKind
) -> None:
    await put(sessions, message("k", kind=kind))
    await lost(sessions, now)
    assert (await row(sessions, "k")).state == "unknown"
    assert await lease(sessions, now) == []


async def test_an_alert_is_repeated_as_it_was(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("k", kind=MessageKind.ALERT))
    for _ in range(delivery.MOST_UNKNOWN - 1):
        await lost(sessions, now)
        assert (await row(sessions, "k")).payload["text"] == "k"
    await lost(sessions, now)
    assert (await row(sessions, "k")).state == "unknown"


async def test_with_the_policy_to_hold_nothing_is_repeated(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("k"))
    (attempt,) = await begin(sessions, await lease(sessions, now))
    async with sessions.begin() as session:
        await delivery.uncertain(session, attempt, resend=(), seconds=0, why="dropped")
    assert (await row(sessions, "k")).state == "unknown"


async def test_a_dead_senders_messages_are_of_unknown_fate(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("k"))
    await begin(sessions, await lease(sessions, now))
    async with sessions.begin() as session:
        assert await delivery.take_back(session, resend=ALL) == 0
        await session.execute(text("UPDATE outbox SET leased_until = clock_timestamp() - interval '1 s'"))
        assert await delivery.take_back(session, resend=ALL) == 1
    assert await send(sessions, now) == ["k\nagain"]


async def test_a_late_answer_spares_the_repetition(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("k"))
    attempt = await lost(sessions, now)
    async with sessions.begin() as session:
        await delivery.sent(session, [Attempt(attempt.outbox_id, attempt.number, 77)])
    assert (await row(sessions, "k")).state == "sent"
    assert await lease(sessions, now) == []


async def test_a_late_answer_to_an_earlier_attempt_counts_no_more(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("k"))
    first = await lost(sessions, now)
    await begin(sessions, await lease(sessions, now))
    async with sessions.begin() as session:
        await delivery.sent(session, [Attempt(first.outbox_id, first.number, 77)])
    assert (await row(sessions, "k")).state == "sending"


async def test_an_expired_message_is_not_sent(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("k", expires_at=now))
    assert await lease(sessions, now - timedelta(minutes=1), most=0) == []
    assert await lease(sessions, now) == []
    assert (await row(sessions, "k")).state == "expired"


async def test_a_removed_person_gets_nothing_any_more(sessions: Sessions, now: datetime) -> None:
    async with sessions.begin() as session:
        staff_id = await factories.staff(session)
    await put(sessions, message("k", staff_id=staff_id))
    async with sessions.begin() as session:
        await people.remove(session, staff_id, now=now)
    assert await lease(sessions, now) == []
    found = await row(sessions, "k")
    assert (found.state, found.payload) == ("cancelled", None)


async def test_the_role_is_checked_again_at_sending(sessions: Sessions, now: datetime) -> None:
    async with sessions.begin() as session:
        manager = await factories.staff(session, role="manager")
    await put(sessions, message("k", staff_id=manager, role=Role.MANAGER), message("j", 20, staff_id=manager))
    async with sessions.begin() as session:
        await session.execute(text("UPDATE staff SET role = 'agent'"))
    assert [parcel.chat_id for parcel in await lease(sessions, now)] == [20]


async def test_a_chat_that_blocked_us_loses_its_queue(sessions: Sessions, now: datetime) -> None:
    async with sessions.begin() as session:
        await chats.meet(session, 10, ChatType.PRIVATE, "Sohel")
    await put(sessions, message("1"), message("2"))
    async with sessions.begin() as session:
        assert await chats.blocked(session, 10, now=now) == "Sohel"
        assert await chats.blocked(session, 10, now=now) is None
    await put(sessions, message("3"))
    assert await lease(sessions, now) == []
    assert [(await row(sessions, key)).state for key in "123"] == ["cancelled"] * 3


async def test_a_group_that_became_a_supergroup_keeps_its_queue(sessions: Sessions, now: datetime) -> None:
    async with sessions.begin() as session:
        await chats.meet(session, -5, ChatType.GROUP, "Mirpur")
    await put(sessions, message("k", -5))
    async with sessions.begin() as session:
        await chats.migrate(session, -5, -1005)
    assert [parcel.chat_id for parcel in await lease(sessions, now)] == [-1005]
    async with sessions() as session:
        assert (await session.execute(text("SELECT chat_id, title FROM chats"))).all() == [(-1005, "Mirpur")]


async def test_an_edit_follows_the_message_it_edits(sessions: Sessions, now: datetime) -> None:
    (original,) = await put(sessions, message("alert", kind=MessageKind.ALERT))
    edit = OutMessage("edit", 10, MessageKind.ALERT, "editMessageText", {"text": "closed"}, edits=original)
    await put(sessions, edit)
    await send(sessions, now)
    (parcel,) = await lease(sessions, now)
    assert (parcel.method, parcel.edits) == ("editMessageText", (original or 0) + 100)


async def test_the_edit_of_a_message_that_never_got_out_is_dropped(sessions: Sessions, now: datetime) -> None:
    (original,) = await put(sessions, message("alert", kind=MessageKind.ALERT))
    await put(
        sessions, OutMessage("edit", 10, MessageKind.ALERT, "editMessageText", {"text": "closed"}, edits=original)
    )
    (attempt,) = await begin(sessions, await lease(sessions, now))
    async with sessions.begin() as session:
        await delivery.refused(session, attempt, why="chat not found")
    assert await lease(sessions, now) == []
    assert (await row(sessions, "edit")).state == "cancelled"


@pytest.mark.parametrize(
    ("kind", "rings"), [(MessageKind.REPLY, {}), (MessageKind.ALERT, {"disable_notification": True})]
)
async def test_an_edit_of_a_message_that_is_gone_becomes_a_new_one_and_rings_nobody(
    sessions: Sessions, now: datetime, kind: MessageKind, rings: dict[str, bool]
) -> None:
    payload = {"text": "card", "message_id": 4}
    await put(sessions, OutMessage("e", 10, kind, "editMessageText", payload))
    (attempt,) = await begin(sessions, await lease(sessions, now))
    async with sessions.begin() as session:
        await delivery.send_anew(session, attempt, why="message to edit not found")
    (parcel,) = await lease(sessions, now)
    assert (parcel.method, parcel.payload) == ("sendMessage", {"text": "card", **rings})


async def test_what_is_said_anew_is_edited_in_the_place_of_what_is_gone(sessions: Sessions, now: datetime) -> None:
    (original,) = await put(sessions, message("alert", kind=MessageKind.ALERT))
    await send(sessions, now)
    for number in (1, 2):
        await put(
            sessions,
            OutMessage(f"v{number}", 10, MessageKind.ALERT, "editMessageText", {"text": f"{number}"}, edits=original),
        )
    (attempt,) = await begin(sessions, await lease(sessions, now))
    async with sessions.begin() as session:
        await delivery.send_anew(session, attempt, why="message to edit not found")
    (anew,) = await lease(sessions, now)
    assert (anew.method, anew.edits) == ("sendMessage", None)
    (attempt,) = await begin(sessions, [anew])
    async with sessions.begin() as session:
        await delivery.sent(session, [Attempt(attempt.outbox_id, attempt.number, 777)])
    (later,) = await lease(sessions, now)
    assert (later.method, later.edits) == ("editMessageText", 777)


async def test_cancelling_calls_back_what_is_queued(sessions: Sessions, now: datetime) -> None:
    await put(sessions, message("1", customer_id=5), message("2", 20, customer_id=6))
    async with sessions.begin() as session:
        assert await outbox.cancel(session, customer_id=5, why="do not call") == 1
        with pytest.raises(ValueError, match="what"):
            await outbox.cancel(session, why="everything")
    assert await send(sessions, now) == ["2"]


async def test_too_large_a_file_is_refused_before_it_is_queued(sessions: Sessions) -> None:
    huge = File("document", "all.csv", bytes(outbox.MOST_FILE_BYTES + 1))
    with pytest.raises(ValueError, match="bytes"):
        await put(sessions, message("k", files=(huge,)))


async def test_other_words_keep_who_may_read_them_and_the_mark_of_a_repeat(sessions: Sessions, now: datetime) -> None:
    (ident,) = await put(sessions, message("k", role=Role.MANAGER))
    assert ident is not None
    async with sessions.begin() as session:
        assert await outbox.reword(session, ident, {"text": "other", "parse_mode": "HTML"})
    payload = {"text": "other", "parse_mode": "HTML", "$role": "manager", "$again": "again"}
    assert (await row(sessions, "k")).payload == payload


@pytest.mark.parametrize("over", ["answered", None], ids=["withdrawn", "reworded"])
async def test_what_the_sender_took_meanwhile_is_edited(sessions: Sessions, now: datetime, over: str | None) -> None:
    (ident,) = await put(sessions, message("rings", kind=MessageKind.ALERT))
    parcels = await lease(sessions, now)
    edit = OutMessage("v2", 10, MessageKind.ALERT, "editMessageText", {"text": "closed"}, edits=ident)
    async with sessions.begin() as session:
        await outbox.follow(session, edit, OutboxState.QUEUED, over=over)
    (attempt,) = await begin(sessions, parcels)
    async with sessions.begin() as session:
        await delivery.sent(session, [Attempt(attempt.outbox_id, attempt.number, 77)])
    (parcel,) = await lease(sessions, now)
    assert (parcel.payload["text"], parcel.edits) == ("closed", 77)


async def test_of_the_edits_that_wait_the_last_is_sent(sessions: Sessions, now: datetime) -> None:
    (ident,) = await put(sessions, message("rings", kind=MessageKind.ALERT))
    await send(sessions, now)
    for version in range(3):
        edit = OutMessage(f"v{version}", 10, MessageKind.ALERT, "editMessageText", {"text": f"v{version}"}, edits=ident)
        async with sessions.begin() as session:
            await outbox.follow(session, edit, OutboxState.SENT, over=None)
            await outbox.follow(session, edit, OutboxState.SENT, over=None)
    assert await send(sessions, now) == ["v2"]
    assert await send(sessions, now) == []
