"""Admins see what waits and what went wrong, try it again or drop it; they are told of each cause once."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import at_work, retries
from cdm_core import troubles as queue
from cdm_core.clock import Clock
from cdm_core.schedule import JobName, Slot
from cdm_core.words import Language
from jobs import evening_summary, hot_alerts, morning_digest, nightly, requests, troubles, weekly_report
from jobs.clock import Ticker
from jobs.job import Detail, Shop, each_minute
from jobs.runner import run_pass
from tests.bot.people import Team
from tests.factories import NOW

MORNING = NOW + timedelta(days=1)
ALERT = text(
    """
    WITH alert AS (
        INSERT INTO alerts (id, customer_id, sign, sign_at, state, claimed_by, raised_at)
        VALUES (:id, :id, 'payment_failed', :now, :state, :claimer, :now)),
    told AS (UPDATE outbox SET customer_id = :id WHERE dedup_key = :key RETURNING id)
    INSERT INTO alert_messages (customer_id, alert_id, outbox_id, staff_id, level, version, told_at)
    SELECT :id, :id, told.id, :reader, 0, 1, :now FROM told
    """
)
RAN = text(
    "INSERT INTO schedule_runs (job, key, local_date, slot_at, state, ran_at) VALUES (:job, '', :day, :at, :state, :at)"
)


async def put(
    chat: Team,
    state: str,
    *,
    kind: str = "reply",
    error: str | None = None,
    number: int = 1,
    first: int = 0,
    key: str = "",
    payload: Mapping[str, str] | None = None,
) -> None:
    """Messages to Nusrat that are in trouble."""
    async with chat.sessions.begin() as session:
        for one in range(first, first + number):
            await session.execute(
                text(
                    """
                    INSERT INTO outbox (dedup_key, chat_id, kind, priority, method, payload, staff_id, state, error)
                    VALUES (:key, :chat, :kind, 10, 'sendMessage', CAST(:payload AS jsonb), :staff, :state, :error)
                    """
                ),
                {
                    "key": f"{key or state}:{kind}:{error}:{one}",
                    "chat": chat.nusrat.user_id,
                    "kind": kind,
                    "payload": json.dumps({"text": f"Held back {one}", **(payload or {})}),
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
    await put(chat, "unknown", kind="export", error="ReadTimeout", payload={"$again": "(আবার পাঠানো)"})
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("1 File: may have arrived", "Nusrat")
    await chat.rafiq.press("1")
    shown = await chat.rafiq.sees("Telegram did not answer", "Trying again may send it twice")
    assert "ReadTimeout" not in shown["text"]
    await chat.rafiq.press("Try again")
    await chat.rafiq.sees("1 tried again")
    await chat.nusrat.sees("Held back 0\n(আবার পাঠানো)")  # as the reader reads, not as the admin does


async def test_a_picture_that_may_have_arrived_is_marked_below_it(chat: Team) -> None:
    said = {"caption": "Salma, Sat", "photo": "nothing", "$again": "(sent again)"}
    await put(chat, "unknown", kind="export", payload=said)
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE outbox SET method = 'sendPhoto', payload = payload - 'text'"))
        await session.execute(text("UPDATE outbox SET next_attempt_at = 'infinity'"))
    async with chat.sessions() as session:  # rolled back
        (group,) = await queue.find(session, now=NOW)
        await retries.retry(session, "Rafiq", group, now=NOW)
        assert (await session.execute(text("SELECT payload FROM outbox"))).scalar_one() == {
            "caption": "Salma, Sat\n(sent again)",
            "photo": "nothing",
        }
        await session.rollback()


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
    await chat.rafiq.sees("Our mistake: see the log")
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
    shown = await chat.rafiq.sees("Its time was over")
    assert "expired" not in shown["text"]
    await chat.rafiq.press("Try again")
    await chat.rafiq.sees("1 tried again")
    async with chat.sessions() as session:
        asked = await session.execute(text("SELECT job, staff_id, at FROM run_requests"))
        assert [tuple(row) for row in asked] == [("morning-digest", chat.nusrat.staff_id, NOW - timedelta(hours=8))]


async def test_all_slots_that_were_not_done_are_asked_for_again(chat: Team) -> None:
    """Two evenings of two readers; a list of days ago is still here."""
    async with chat.sessions.begin() as session:
        for at, who in product((NOW - timedelta(days=1), NOW - timedelta(days=5)), (chat.farhana, chat.rafiq)):
            await session.execute(
                text(
                    "INSERT INTO schedule_runs (job, key, local_date, slot_at, state, ran_at) "
                    "VALUES ('evening-summary', :who, :day, :at, 'expired', :at)"
                ),
                {"who": str(who.staff_id), "at": at, "day": at.date()},
            )
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("1 Evening summary: not done ×4", "and 1 more")
    await chat.rafiq.press("1")
    await chat.rafiq.sees("Its time was over")
    await chat.rafiq.press("Try again")
    await chat.rafiq.sees("4 tried again")
    async with chat.sessions() as session:
        asked = await session.execute(text("SELECT staff_id, at FROM run_requests ORDER BY at, staff_id"))
        whose = sorted((chat.farhana.staff_id, chat.rafiq.staff_id))
        assert [tuple(row) for row in asked] == [(who, NOW - timedelta(days=days)) for days in (5, 1) for who in whose]


async def test_what_a_job_made_goes_by_its_name(chat: Team) -> None:
    await put(chat, "expired", kind="digest", key="digest")
    await put(chat, "expired", kind="digest", key="evening-summary")
    await put(chat, "expired", kind="export", key="weekly-report:table")
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("Morning list: too late\n", "Evening summary: too late\n", "Weekly report: too late\n")
    await minute(chat, NOW)
    await chat.rafiq.sees("⚠️", "Evening summary: too late")


async def test_one_more_that_fails_alike_leaves_the_button_alive(chat: Team) -> None:
    await put(chat, "failed", error="Bad Request: odd", first=1)
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("1 Answer: refused")
    await chat.rafiq.press("1")
    await chat.rafiq.sees("“Bad Request: odd”")
    await put(chat, "failed", error="Bad Request: odd", number=2, first=2)
    await chat.rafiq.press("Try again")
    await chat.rafiq.sees("3 tried again")
    await chat.nusrat.sees("Held back 3")


async def test_the_first_that_leaves_alone_leaves_the_button_alive(chat: Team) -> None:
    await put(chat, "failed", error="Bad Request: odd", number=3)
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("1 Answer: refused ×3")
    await chat.rafiq.press("1")
    await chat.rafiq.sees("“Bad Request: odd”")
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE outbox SET state = 'cancelled' WHERE payload ->> 'text' = 'Held back 0'"))
    await chat.rafiq.press("Try again")
    await chat.rafiq.sees("2 tried again")
    await chat.nusrat.sees("Held back 2")


async def test_what_is_tried_again_waits_since_then(chat: Team) -> None:
    await put(chat, "failed", error="Bad Request: odd")
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE outbox SET created_at = clock_timestamp() - interval '1 day'"))
        await session.execute(
            text(
                "INSERT INTO inbox (bot_id, update_id, chat_id, body, state, received_at, error) "
                "VALUES (1, 7, 1, '{}', 'quarantined', clock_timestamp() - interval '1 day', 'odd')"
            )
        )
    async with chat.sessions() as session:  # rolled back
        for group in await queue.find(session, now=NOW):
            assert (await retries.retry(session, "Rafiq", group, now=NOW)).number == 1
        assert await queue.late(session, real_now=Clock.real_now()) is None
        assert (await queue.queue(session, now=NOW)).oldest_seconds < 60
        assert await queue.late(session, real_now=Clock.real_now() + timedelta(minutes=3)) is not None
        await session.rollback()
    async with chat.sessions.begin() as session:
        await session.execute(text("DELETE FROM inbox WHERE update_id = 7"))


async def test_how_long_ago_is_by_the_real_clock(chat: Team) -> None:
    """The demo's clock may be hours ahead."""
    chat.at(NOW + timedelta(hours=11))
    await put(chat, "failed", error="Bad Request: odd")
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE outbox SET created_at = clock_timestamp() - interval '7 minutes'"))
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("Nusrat · 7 min ago")


async def test_an_alert_that_is_over_is_not_tried_again(chat: Team) -> None:
    """Of three that were refused one is answered, and one claimed by somebody else."""
    await put(chat, "failed", kind="alert", error="Bad Request: odd", number=3)
    async with chat.sessions.begin() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for number, (state, claimer) in enumerate((("open", None), ("claimed", "tanvir"), ("closed", None))):
            await session.execute(
                ALERT,
                {
                    "id": number + 1,
                    "state": state,
                    "claimer": None if claimer is None else chat.tanvir.staff_id,
                    "reader": chat.nusrat.staff_id,
                    "now": NOW,
                    "key": f"failed:alert:Bad Request: odd:{number}",
                },
            )
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("1 Urgent alert: refused ×3")
    await chat.rafiq.press("1")
    await chat.rafiq.sees("“Bad Request: odd”")
    await chat.rafiq.press("Try again")
    await chat.rafiq.sees("1 tried again", "2 no longer true: dropped")
    await chat.nusrat.sees("Held back 0")
    await chat.settled()
    assert [said for said in await chat.nusrat.screen() if "Held back" in said] == ["Held back 0"]
    assert await states(chat) == ["cancelled", "cancelled", "sent"]


async def test_admins_are_told_once_and_not_at_night(chat: Team) -> None:
    await put(chat, "failed", error="Bad Request: odd")
    await minute(chat, NOW.replace(hour=22))
    assert await told(chat) == []
    for moment in (MORNING, MORNING + timedelta(minutes=1), MORNING + timedelta(hours=3), MORNING + timedelta(days=1)):
        await minute(chat, moment)
    news = await chat.rafiq.sees("Answer: refused", "“Bad Request: odd”")
    assert await told(chat) == [chat.rafiq.user_id]
    await chat.rafiq.press("Queue", message=news)
    await chat.rafiq.sees("1 Answer: refused")


async def test_another_cause_is_told_though_one_was_told_today(chat: Team) -> None:
    await put(chat, "failed", error="Bad Request: odd")
    await minute(chat, MORNING)
    await chat.rafiq.sees("“Bad Request: odd”")
    await put(chat, "failed", kind="digest", error="Bad Request: worse", number=30)
    await minute(chat, MORNING + timedelta(minutes=9))
    assert len(await told(chat)) == 1  # not two messages at once
    await minute(chat, MORNING + timedelta(minutes=10))
    await chat.rafiq.sees("Morning list: refused ×30", "“Bad Request: worse”")
    assert len(await told(chat)) == 2


async def test_with_the_clock_set_back_a_new_cause_is_told(chat: Team) -> None:
    await put(chat, "failed", error="Bad Request: odd")
    await minute(chat, MORNING + timedelta(days=3))
    await minute(chat, MORNING)
    await put(chat, "failed", kind="digest", error="Bad Request: worse")
    await minute(chat, MORNING + timedelta(minutes=9))
    assert len(await told(chat)) == 1
    await minute(chat, MORNING + timedelta(minutes=10))
    await chat.rafiq.sees("“Bad Request: worse”")
    await put(chat, "failed", error="Bad Request: odd", number=8, first=1)
    await minute(chat, MORNING + timedelta(minutes=60))
    await chat.rafiq.sees("Answer: refused ×9")
    assert len(await told(chat)) == 3


async def test_more_of_the_same_is_told_after_an_hour(chat: Team) -> None:
    await put(chat, "failed", error="Bad Request: odd")
    await minute(chat, MORNING)
    await put(chat, "failed", error="Bad Request: odd", number=8, first=1)
    await minute(chat, MORNING + timedelta(minutes=59))
    assert len(await told(chat)) == 1
    await minute(chat, MORNING + timedelta(minutes=60))
    await chat.rafiq.sees("Answer: refused ×9")
    await minute(chat, MORNING + timedelta(minutes=130))
    assert len(await told(chat)) == 2


async def test_what_fails_again_after_it_was_tried_again_is_told(chat: Team) -> None:
    await put(chat, "failed", error="Bad Request: odd")
    await minute(chat, MORNING)
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE outbox SET state = 'sent' WHERE dedup_key LIKE 'failed:%'"))
    await minute(chat, MORNING + timedelta(minutes=20))
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE outbox SET state = 'failed' WHERE dedup_key LIKE 'failed:%'"))
    await minute(chat, MORNING + timedelta(minutes=21))
    assert len(await told(chat)) == 2


async def test_what_failed_long_after_it_was_put_is_told(chat: Team) -> None:
    await put(chat, "failed", error="Bad Request: odd")
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE outbox SET created_at = clock_timestamp() - interval '3 days'"))
    await minute(chat, MORNING)
    await chat.rafiq.sees("“Bad Request: odd”")


async def test_who_blocked_the_bot_is_told_of_by_the_notice_alone(chat: Team) -> None:
    await put(chat, "failed", error="Forbidden: bot was blocked by the user")
    await minute(chat, MORNING)
    assert await told(chat) == []


async def test_a_job_that_breaks_at_every_minute_is_told_once_and_shown_until_it_is_mended(chat: Team) -> None:
    async def breaks(session: AsyncSession, slot: Slot) -> Detail:
        raise RuntimeError("what people wrote")

    async def works(session: AsyncSession, slot: Slot) -> Detail:
        return {}

    broken, mended = (each_minute(JobName.HOT_ALERTS, run) for run in (breaks, works))
    for minutes in range(2):  # a minute that goes wrong is mended by the next
        await run_pass(chat.sessions, broken, MORNING + timedelta(minutes=minutes))
        await minute(chat, MORNING + timedelta(minutes=minutes))
    assert await told(chat) == []
    for minutes in range(2, 200, 9):
        await run_pass(chat.sessions, broken, MORNING + timedelta(minutes=minutes))
        await minute(chat, MORNING + timedelta(minutes=minutes))
    news = await chat.rafiq.sees("Urgent alerts: not done", "Our mistake: see the log")
    assert len(await told(chat)) == 1
    await chat.rafiq.say("/jobs")
    await chat.rafiq.sees("Urgent alerts: each minute\n⚠️ failed")
    await chat.rafiq.press("Queue", message=news)
    await chat.rafiq.sees("1 Urgent alerts: not done")
    await run_pass(chat.sessions, mended, MORNING + timedelta(minutes=201))
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("Nothing is in trouble")


async def test_a_job_that_rings_find_at_work_runs_and_has_not_failed(chat: Team) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def takes_long(session: AsyncSession, slot: Slot) -> Detail:
        begun.set()
        await go_on.wait()
        return {}

    ticker = Ticker(chat.sessions, chat.clock, [each_minute(JobName.HOT_ALERTS, takes_long)])
    try:
        await ticker.ring()
        await begun.wait()
        for at in (MORNING, MORNING + timedelta(days=1)):
            chat.at(at)
            await ticker.ring()
            await chat.rafiq.say("/jobs")
            await chat.rafiq.sees("Urgent alerts: each minute\n⏳ running since")
            await chat.rafiq.say("/queue")
            await chat.rafiq.sees("Nothing is in trouble")
    finally:
        go_on.set()
        await ticker.stop()
    await chat.rafiq.say("/jobs")
    await chat.rafiq.sees("Urgent alerts: each minute\ndone")


async def test_a_job_that_cannot_even_tell_its_slots_is_told(chat: Team) -> None:
    async def breaks(session: AsyncSession, now: datetime) -> Sequence[Slot]:
        raise RuntimeError("no slots")

    broken = replace(morning_digest.job(Shop()), slots=breaks)
    for minutes in range(3):
        await Ticker(chat.sessions, chat.clock, [broken]).tick(MORNING + timedelta(minutes=minutes))
    await minute(chat, MORNING + timedelta(minutes=2))
    news = await chat.rafiq.sees("Morning list: not done", "Our mistake: see the log")
    await chat.rafiq.press("Queue", message=news)
    await chat.rafiq.sees("1 Morning list: not done")
    await chat.rafiq.press("1")
    await chat.rafiq.sees("⚠️ Morning list: not done", "Our mistake: see the log")
    await chat.rafiq.press("Try again")
    await chat.rafiq.sees("1 tried again")
    async with chat.sessions() as session:  # no list is asked for: the next minute finds those that are due
        assert (await session.execute(text("SELECT count(*) FROM run_requests"))).scalar_one() == 0
    await run_pass(chat.sessions, morning_digest.job(Shop()), MORNING + timedelta(minutes=3))
    await chat.rafiq.say("/queue")
    await chat.rafiq.sees("Nothing is in trouble")


async def test_answers_that_wait_are_told_each_hour(chat: Team) -> None:
    async with chat.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO inbox (bot_id, update_id, chat_id, body, state, received_at, next_attempt_at) "
                "VALUES (1, 7, 1, '{}', 'received', clock_timestamp() - interval '7 minutes', 'infinity')"
            )
        )
    for minutes in (0, 1, 59, 60):
        chat.at(MORNING + timedelta(minutes=minutes))
        await run_pass(chat.sessions, troubles.job(Shop()), MORNING + timedelta(minutes=minutes))
    await chat.rafiq.sees("Answers wait for 7 min")
    assert len(await told(chat)) == 2
    async with chat.sessions.begin() as session:
        await session.execute(text("DELETE FROM inbox WHERE update_id = 7"))


async def test_the_jobs_pass_over_public_holidays(chat: Team) -> None:
    """Victory Day is a Wednesday."""
    chat.at(NOW.replace(month=12, day=15, hour=21))
    await chat.rafiq.say("/jobs")
    board = await chat.rafiq.sees("Jobs", "not run yet")
    assert "1 Morning list: Thu 17 Dec 09:00" in board["text"]
    assert "Evening summary: Thu 17 Dec 20:00" in board["text"]


async def test_the_jobs_and_running_one(chat: Team) -> None:
    await chat.rafiq.say("/jobs")
    board = await chat.rafiq.sees("Jobs", "1 Morning list", "not run yet")
    assert await chat.rafiq.press("▶️ 2", message=board) == "Night's work: begins within a minute"
    async with chat.sessions() as session:
        asked = await session.execute(text("SELECT job, requested_by FROM run_requests"))
        assert [tuple(row) for row in asked] == [(JobName.NIGHTLY, chat.rafiq.staff_id)]


async def test_running_what_ran_today(chat: Team) -> None:
    """The night's work once more; the list, which would tell people twice, not."""
    chat.at(MORNING)
    asked = (JobName.NIGHTLY, JobName.MORNING_DIGEST)
    async with chat.sessions.begin() as session:
        for job, state in zip(asked, ("done", "late"), strict=True):
            put = {"job": job, "day": MORNING.date(), "at": MORNING - timedelta(hours=2), "state": state}
            await session.execute(RAN, put)
    await chat.rafiq.say("/jobs")
    board = await chat.rafiq.sees("Jobs")
    ran = MORNING - timedelta(hours=2)
    assert await chat.rafiq.press("▶️ 2", message=board) == f"Night's work: ran at {ran:%H:%M}, again within a minute"
    toast = await chat.rafiq.press("▶️ 1", message=board)
    assert toast.startswith(f"Morning list: ran at {ran:%H:%M}, once a day for each.")


async def test_running_what_failed_today(chat: Team) -> None:
    chat.at(MORNING)
    async with chat.sessions.begin() as session:
        failed = {"job": JobName.NIGHTLY, "day": MORNING.date(), "at": MORNING, "state": "failed"}
        await session.execute(RAN, failed)
    await chat.rafiq.say("/jobs")
    board = await chat.rafiq.sees("Jobs")
    assert await chat.rafiq.press("▶️ 2", message=board) == "Night's work: begins within a minute"


async def test_who_runs_a_job_is_told_what_came_of_it(chat: Team) -> None:
    chat.at(MORNING.replace(hour=13))
    jobs = {job.name: job for job in (evening_summary.job(Shop()), nightly.job(Shop()))}
    await chat.rafiq.say("/jobs")
    board = await chat.rafiq.sees("Jobs")
    await chat.rafiq.press("▶️ 9", message=board)
    await requests.run(chat.sessions, jobs, chat.clock.now())
    await chat.rafiq.sees("Evening summary\nNothing to tell")
    await chat.rafiq.speaks(Language.BN)
    chat.at(MORNING.replace(hour=13, minute=1))
    await chat.rafiq.press("▶️ 9", message=board)
    await chat.rafiq.press("▶️ 2", message=board)
    await requests.run(chat.sessions, jobs, chat.clock.now())
    await chat.rafiq.sees("দিনশেষের হিসাব\nবলার মতো কিছু ছিল না")
    await chat.rafiq.sees("রাতের কাজ\nহয়েছে")


async def test_who_runs_a_job_that_runs_is_told_so(chat: Team) -> None:
    jobs = {job.name: job for job in (hot_alerts.job(Shop()),)}
    await chat.rafiq.say("/jobs")
    board = await chat.rafiq.sees("Jobs")
    for language, says in ((Language.EN, "⏳ Urgent alerts\nRunning now"), (Language.BN, "⏳ জরুরি অ্যালার্ট\nএখন চলছে")):
        await chat.rafiq.speaks(language)
        async with chat.sessions() as other:
            assert await at_work.turn(other, JobName.HOT_ALERTS)
            await chat.rafiq.press("▶️ 4", message=board)
            await requests.run(chat.sessions, jobs, chat.clock.now())
            await chat.rafiq.sees(says)


async def test_what_cannot_be_run_by_hand_keeps_nothing_else_back(chat: Team) -> None:
    async def breaks(session: AsyncSession, asked: datetime, staff_id: int | None, now: datetime) -> Sequence[Slot]:
        raise RuntimeError("no slots")

    chat.at(MORNING.replace(hour=13))
    broken = replace(evening_summary.job(Shop()), by_hand=breaks)
    ticker = Ticker(chat.sessions, chat.clock, [broken, weekly_report.job(Shop())])
    await chat.rafiq.say("/jobs")
    board = await chat.rafiq.sees("Jobs")
    for _ in range(3):
        await chat.rafiq.press("▶️ 9", message=board)
    await chat.rafiq.press("▶️ 10", message=board)
    await asyncio.gather(*(ticker.tick(chat.clock.now()) for _ in range(2)))
    await ticker.tick(chat.clock.now())
    await chat.rafiq.sees("Evening summary\nNot done\nOur mistake: see the log")
    await chat.rafiq.sees("Weekly report\nNothing to tell")
    assert sum("Evening summary\nNot done" in said for said in await chat.rafiq.screen()) == 1
