"""The best time to call, through the database: whose experience it is, on which day, and when nothing can be said."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import customer360, staff, summary, thresholds
from cdm_core.call_hours import AnswerWindow
from cdm_core.db.as_of import set_as_of
from cdm_core.db.steps import steps
from cdm_core.recommend import fits, hours, hours_refit
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.hours import BestTime
from cdm_core.tables import call_ranking, customers, settings
from cdm_core.words import HoursBasis
from tests import factories
from tests.factories import NOW

DHAKA = ZoneInfo("Asia/Dhaka")
FRIDAY = NOW + timedelta(days=5)
NO = "no_answer"
YES = "connected"

Sessions = async_sessionmaker[AsyncSession]


async def customer(session: AsyncSession, **columns: Any) -> int:
    """A customer with a row in the ranking."""
    added = await factories.customer(session, **columns)
    await factories.settle(session, added)
    return added


async def called(
    session: AsyncSession, whom: int, outcomes: Sequence[str], at: time, zone: ZoneInfo = DHAKA, **columns: Any
) -> None:
    """Calls out on the days before ``NOW`` at this local time, one a day."""
    today = NOW.astimezone(zone).date()
    await session.execute(
        text(
            """
            INSERT INTO customer_interactions (customer_id, interaction_type, interaction_direction, outcome,
                                               outcome_code, occurred_at)
            SELECT :whom, 'call', :direction, outcome, outcome, at
            FROM unnest(CAST(:outcomes AS text[]), CAST(:moments AS timestamptz[])) calls (outcome, at)
            """
        ),
        {
            "whom": whom,
            "direction": "outbound",
            "outcomes": list(outcomes),
            "moments": [
                datetime.combine(today - timedelta(days=back), at, zone) for back in range(1, len(outcomes) + 1)
            ],
        }
        | columns,
    )
    await session.commit()


async def a_shop(session: AsyncSession, best: int = 18, *, zone: ZoneInfo = DHAKA) -> int:
    """Calls from 9 to 20: in the two hours from ``best`` three of four are answered, else one of four."""
    someone = await customer(session)
    for hour in range(9, 21):
        rhythm = [YES, YES, YES, NO] if best <= hour < best + 2 else [NO, NO, NO, YES]
        await called(session, someone, rhythm * 20, time(hour, 30), zone)
    return someone


async def fitted(session: AsyncSession, sessions: Sessions, now: datetime = NOW) -> None:
    await session.commit()
    await hours_refit.fit_and_store(steps(sessions, now))


async def best(session: AsyncSession, whom: int) -> BestTime:
    row = (
        await session.execute(
            select(
                call_ranking.c.best_call_time, call_ranking.c.best_call_time_n, call_ranking.c.best_call_time_by
            ).where(call_ranking.c.customer_id == whom)
        )
    ).one()
    return BestTime(*row)


async def written(session: AsyncSession, whom: int, now: datetime = NOW) -> BestTime:
    """What a write of the customer leaves."""
    await set_as_of(session, now)
    await hours.rescore(session, [whom])
    await session.commit()
    return await best(session, whom)


async def both(session: AsyncSession, sessions: Sessions, whom: int, now: datetime = NOW) -> BestTime:
    """The best time by the night, and that a write would leave the same."""
    await fitted(session, sessions, now)
    found = await best(session, whom)
    await session.execute(update(call_ranking).values(best_call_time=None, best_call_time_n=-1, best_call_time_by=None))
    assert await written(session, whom, now) == found
    return found


async def test_without_any_call_there_is_nothing_to_say_and_no_fit(session: AsyncSession, sessions: Sessions) -> None:
    assert await both(session, sessions, await customer(session)) == BestTime(None, 0, None)
    assert await fits.latest(session, FitKind.HOURS) is None


async def test_a_few_calls_say_nothing(session: AsyncSession, sessions: Sessions) -> None:
    whom = await customer(session)
    await called(session, whom, [YES, YES, YES, NO], time(18))
    await called(session, whom, ["wrong_number", "whatsapp_message_sent"], time(17))
    await called(session, whom, [YES] * 9, time(16), direction="inbound")
    assert await both(session, sessions, whom) == BestTime(None, 4, None)


async def test_of_whom_nobody_called_the_shops_experience_is_said(session: AsyncSession, sessions: Sessions) -> None:
    await a_shop(session)
    stranger = await customer(session)
    assert await both(session, sessions, stranger) == BestTime("18:00-20:00", 160, HoursBasis.SHOP)
    fit = await fits.latest(session, FitKind.HOURS)
    assert fit is not None
    assert fit.diagnostics["attempts"] == 960
    assert fit.diagnostics["best"] == dict.fromkeys("1234567", "18:00-20:00")
    assert fit.diagnostics["recent"]["by_hour"] < fit.diagnostics["recent"]["one_rate"]
    assert (fit.data_until, fit.fitted_at) == (NOW.date(), NOW)


async def test_where_every_hour_is_alike_no_hour_is_best(session: AsyncSession, sessions: Sessions) -> None:
    someone = await customer(session)
    for hour in range(9, 21):
        await called(session, someone, [YES, NO] * 40, time(hour))
    stranger = await customer(session)
    assert await both(session, sessions, stranger) == BestTime(None, 0, None)


async def test_own_calls_count_once_they_beat_the_shops_best(session: AsyncSession, sessions: Sessions) -> None:
    await a_shop(session)
    early, unsure = await customer(session), await customer(session)
    await called(session, early, [YES] * 60, time(10, 15))
    await called(session, unsure, [YES, YES, NO, YES, NO], time(10, 15))
    assert await both(session, sessions, early) == BestTime("10:00-12:00", 60, HoursBasis.OWN)
    assert await both(session, sessions, unsure) == BestTime("18:00-20:00", 160, HoursBasis.SHOP)


async def test_where_the_shops_best_failed_often_nothing_is_made_of_it(
    session: AsyncSession, sessions: Sessions
) -> None:
    await a_shop(session)
    whom = await customer(session)
    await called(session, whom, [NO] * 12, time(18, 15))
    await called(session, whom, [NO] * 12, time(19, 15))
    assert (await both(session, sessions, whom)).hours != "18:00-20:00"


@pytest.mark.parametrize(
    ("said", "hours_of_today", "hours_of_friday"),
    [
        ("10:00-12:00", "10:00-12:00", "10:00-12:00"),
        ("১০টা থেকে ১২টা", "10:00-12:00", "10:00-12:00"),
        ("after Asr", "15:00-18:00", "15:00-18:00"),
        ("সন্ধ্যার পর", "18:00-20:00", "18:00-20:00"),
        ("office er por", "17:30-21:00", "17:30-21:00"),
        ("12-3", "12:00-15:00", "12:00-12:30"),
        ("13:00-14:00", "13:00-14:00", None),
        ("20:00-24:00", "20:00-21:00", "20:00-21:00"),
        ("22-02", None, None),
        ("20:00-10:00", "09:00-10:00", "09:00-10:00"),
    ],
)
async def test_the_customers_word_comes_first_within_what_may_be_called_in(
    session: AsyncSession, sessions: Sessions, said: str, hours_of_today: str | None, hours_of_friday: str | None
) -> None:
    await a_shop(session)
    whom = await customer(session, available_time=said)
    await called(session, whom, [YES] * 12, time(9))
    assert await both(session, sessions, whom) == BestTime(hours_of_today, None, HoursBasis.STATED)
    assert await both(session, sessions, whom, FRIDAY) == BestTime(hours_of_friday, None, HoursBasis.STATED)


async def test_other_words_leave_it_to_the_calls(session: AsyncSession, sessions: Sessions) -> None:
    await a_shop(session)
    whom = await customer(session, available_time="only when my son is home")
    assert await both(session, sessions, whom) == BestTime("18:00-20:00", 160, HoursBasis.SHOP)


async def test_on_friday_the_prayer_is_no_time_to_call(session: AsyncSession, sessions: Sessions) -> None:
    await a_shop(session, best=13)
    stranger = await customer(session)
    assert (await both(session, sessions, stranger)).hours == "13:00-15:00"
    assert await both(session, sessions, stranger, FRIDAY) == BestTime(None, 0, None)


@pytest.mark.parametrize("until", ["20:00", "00:00"])
async def test_never_outside_the_working_day(session: AsyncSession, sessions: Sessions, until: str) -> None:
    await session.execute(update(settings).where(settings.c.key == "workday_end").values(value=until))
    whom, late = await customer(session), await customer(session)
    for hour in range(9, 24):
        await called(session, whom, ([YES] * 3 + [NO] if hour >= 22 else [NO] * 3 + [YES]) * 20, time(hour))
    expected = BestTime("22:00-00:00", 160, HoursBasis.SHOP) if until == "00:00" else BestTime(None, 0, None)
    assert await both(session, sessions, late) == expected


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe"])
async def test_hours_are_local_on_both_sides_of_a_change_of_clocks(
    session: AsyncSession, sessions: Sessions, zone: str
) -> None:
    await session.execute(update(settings).where(settings.c.key == "timezone").values(value=zone))
    await a_shop(session, zone=ZoneInfo(zone))
    assert (await both(session, sessions, await customer(session))).hours == "18:00-20:00"


async def test_what_was_long_ago_or_undone_does_not_count(session: AsyncSession, sessions: Sessions) -> None:
    whom = await customer(session)
    await called(session, whom, [YES] * 12, time(10))
    await session.execute(
        text("UPDATE customer_interactions SET undone_at = now() WHERE customer_id = :id"), {"id": whom}
    )
    await called(session, whom, [YES] * 12, time(11))
    await session.execute(
        text("UPDATE customer_interactions SET occurred_at = occurred_at - interval '366 days' WHERE undone_at IS NULL")
    )
    assert await both(session, sessions, whom) == BestTime(None, 0, None)


async def test_a_write_leaves_the_best_time_by_the_fit_in_use(session: AsyncSession, sessions: Sessions) -> None:
    await a_shop(session)
    whom = await customer(session)
    await fitted(session, sessions)
    await session.execute(update(customers).where(customers.c.id == whom).values(available_time="bikal 4-6"))
    await set_as_of(session, NOW)
    await factories.settle(session, whom)
    assert await best(session, whom) == BestTime("16:00-18:00", None, HoursBasis.STATED)


@pytest.mark.parametrize("over", ["when the night has read", "when the night waits for it"])
async def test_words_told_while_the_night_writes_stay(session: AsyncSession, sessions: Sessions, over: str) -> None:
    await a_shop(session)
    whom = await customer(session, available_time="10-12")
    await fitted(session, sessions)
    waits = over == "when the night waits for it"
    begin, told = steps(sessions, NOW), asyncio.Event()
    writes: list[asyncio.Task[None]] = []

    async def write(read: asyncio.Event) -> None:
        async with sessions.begin() as other:
            await set_as_of(other, NOW)
            ids = await summary.begin_write(other, [whom])
            await other.execute(update(customers).where(customers.c.id == whom).values(available_time="16-18"))
            await summary.refresh(other, ids)
            told.set()
            if waits:
                await read.wait()

    async def night(day: Any) -> None:
        read = asyncio.Event()
        async with begin() as reader:
            execute = reader.execute

            async def then_write(statement: Any, *arguments: Any) -> Any:
                found = await execute(statement, *arguments)
                if statement is hours_refit._SAID:
                    writes.append(asyncio.create_task(write(read)))
                    await (told.wait() if waits else writes[0])
                    asyncio.get_running_loop().call_later(0.2, read.set)
                return found

            reader.execute = then_write  # type: ignore[assignment, method-assign]
            await hours_refit._store_between(reader, day, whom, whom)

    async with begin() as opened:
        day = await hours.today(opened)
    await night(day)
    await writes[0]
    assert await best(session, whom) == BestTime("16:00-18:00", None, HoursBasis.STATED)


async def test_the_card_says_whose_experience_it_is(session: AsyncSession, sessions: Sessions) -> None:
    await a_shop(session)
    nusrat = await staff.get(session, await factories.staff(session))
    own, shop, said, unreached, other = [
        await customer(session, owner_id=nusrat.id, available_time=words)
        for words in (None, None, "10-12", "10-12", "only when my son is home")
    ]
    for whom in (own, said):
        await called(session, whom, [YES] * 39 + [NO], time(10))
    await called(session, unreached, [NO] * 4, time(10))
    await fitted(session, sessions)
    limits = await thresholds.load(session)
    found = [
        (await customer360.card(session, nusrat, limits, whom, now=NOW)).answers
        for whom in (own, shop, said, unreached, other)
    ]
    ten, noon = time(10), time(12)
    assert found == [
        AnswerWindow(ten, noon, HoursBasis.OWN, calls=40, answered=39),
        AnswerWindow(time(18), time(20), HoursBasis.SHOP, calls=160, answered=None),
        AnswerWindow(ten, noon, HoursBasis.STATED, calls=40, answered=39),
        None,
        AnswerWindow(time(18), time(20), HoursBasis.SHOP, calls=160, answered=None),
    ]
