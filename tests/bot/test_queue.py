"""Admins see what waits and what went wrong, try it again or drop it; they are told once a cause and day."""

import json
from datetime import datetime, timedelta

from sqlalchemy import text

from cdm_core.schedule import JobName
from jobs import troubles
from jobs.job import Shop
from tests.bot.people import Team
from tests.factories import NOW


async def put(chat: Team, state: str, *, kind: str = "reply", error: str | None = None, number: int = 1) -> None:
    """Messages to Nusrat that are in trouble."""
    async with chat.sessions.begin() as session:
        for one in range(number):
            await session.execute(
                text(
                    """
                    INSERT INTO outbox (dedup_key, chat_id, kind, priority, method, payload, staff_id, state, error)
                    VALUES (:key, :chat, :kind, 10, 'sendMessage', CAST(:payload AS jsonb), :staff, :state, :error)
                    """
                ),
                {
                    "key": f"{state}:{kind}:{error}:{one}",
                    "chat": chat.nusrat.user_id,
                    "kind": kind,
                    "payload": json.dumps({"text": f"Held back {one}"}),
                    "staff": chat.nusrat.staff_id,
                    "state": state,
                    "error": error,
                },
            )


async def states(chat: Team) -> list[str]:
    async with chat.sessions() as session:
        rows = await session.execute(text("SELECT state FROM outbox WHERE dedup_key LIKE 'failed:%' ORDER BY state"))
        return list(rows.scalars())


async def told(chat: Team) -> list[int]:
    """The chats that were told of trouble."""
    async with chat.sessions() as session:
        rows = await session.execute(text("SELECT chat_id FROM outbox WHERE dedup_key LIKE 'trouble:%' ORDER BY id"))
        return list(rows.scalars())


async def minute(chat: Team, now: datetime) -> None:
    await chat.ring(troubles.job(Shop()), now)


async def test_nothing_in_trouble(chat: Team) -> None:
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("Nothing is in trouble")


async def test_who_is_no_admin_sees_no_queue(chat: Team) -> None:
    await chat.farhana.say("/queue")
    await chat.farhana.sees("/queue is for admins")


async def test_a_message_that_may_have_arrived_is_sent_again_and_says_so(chat: Team) -> None:
    await put(chat, "unknown", kind="export", error="ReadTimeout")
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("1 File: may have arrived", "Nusrat")
    await chat.rafiq.press("1")
    await chat.rafiq.sees("“ReadTimeout”", "it may arrive twice")
    await chat.rafiq.press("Try again")
    await chat.rafiq.sees("1 tried again")
    await chat.nusrat.sees("Held back 0", "(sent again)")


async def test_what_failed_alike_is_one_line_and_dropped_at_once(chat: Team) -> None:
    await put(chat, "failed", error="Bad Request: odd", number=3)
    await put(chat, "failed", error="Bad Request: other")
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("Answer: refused ×3")
    await chat.rafiq.press("2")
    await chat.rafiq.sees("“Bad Request: odd”")
    await chat.rafiq.press("Drop")
    await chat.rafiq.sees("3 dropped")
    assert await states(chat) == ["cancelled", "cancelled", "cancelled", "failed"]


async def test_what_another_admin_has_settled_is_told(chat: Team) -> None:
    await put(chat, "failed", error="Bad Request: odd")
    await chat.rafiq.say("/queue")
    shown = await chat.rafiq.sees("Answer: refused")
    await chat.rafiq.press("1")
    await chat.rafiq.sees("“Bad Request: odd”")
    await chat.rafiq.press("Drop")
    await chat.rafiq.sees("1 dropped")
    data = shown["buttons"][0][0]["callback_data"]
    assert await chat.rafiq.press_data(data, message=shown) == "Somebody has settled it already"


async def test_a_poisonous_update_is_dropped(chat: Team) -> None:
    async with chat.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO inbox (bot_id, update_id, chat_id, body, state, error) "
                "VALUES (1, 7, :chat, '{}', 'quarantined', 'KeyError in read')"
            ),
            {"chat": chat.nusrat.user_id},
        )
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("Message to the bot: not understood")
    await chat.rafiq.press("1")
    await chat.rafiq.sees("“KeyError in read”")
    await chat.rafiq.press("Drop")
    await chat.rafiq.sees("1 dropped")
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("Nothing is in trouble")


async def test_an_expired_digest_is_asked_for_again(chat: Team) -> None:
    async with chat.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO schedule_runs (job, key, local_date, slot_at, state, ran_at) "
                "VALUES ('morning-digest', :who, '2026-11-22', :at, 'expired', :now)"
            ),
            {"who": str(chat.nusrat.staff_id), "at": NOW - timedelta(hours=8), "now": NOW},
        )
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("Morning list: not done", "Nusrat")
    await chat.rafiq.press("1")
    await chat.rafiq.sees("“expired”")
    await chat.rafiq.press("Try again")
    await chat.rafiq.sees("1 tried again")
    async with chat.sessions() as session:
        asked = await session.execute(text("SELECT job, staff_id, at FROM run_requests"))
        assert [tuple(row) for row in asked] == [("morning-digest", chat.nusrat.staff_id, NOW - timedelta(hours=8))]


async def test_admins_are_told_once_a_day_and_not_at_night(chat: Team) -> None:
    night = NOW.replace(hour=22)
    await put(chat, "failed", error="Bad Request: odd")
    await minute(chat, night)
    assert await told(chat) == []
    morning = NOW + timedelta(days=1)
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE outbox SET created_at = :at WHERE state = 'failed'"), {"at": morning})
    await minute(chat, morning)
    news = await chat.rafiq.sees("Answer: refused", "“Bad Request: odd”")
    await minute(chat, morning + timedelta(minutes=1))
    assert await told(chat) == [chat.rafiq.user_id]
    await chat.rafiq.press("Queue", message=news)
    await chat.rafiq.sees("1 Answer: refused")


async def test_the_jobs_and_running_one(chat: Team) -> None:
    await chat.rafiq.say("/jobs")
    board = await chat.rafiq.sees("Jobs", "1 Morning list", "not run yet")
    assert await chat.rafiq.press("▶️ 2", message=board) == "Night's work: begins within a minute"
    async with chat.sessions() as session:
        asked = await session.execute(text("SELECT job, requested_by FROM run_requests"))
        assert [tuple(row) for row in asked] == [(JobName.NIGHTLY, chat.rafiq.staff_id)]
