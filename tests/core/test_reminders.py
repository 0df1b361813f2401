"""Reminders of promised calls: when each rings, with whom, once; and what keeps one from ringing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import absences, alert_rounds, interactions, reminder_copies, reminders, retries, thresholds, troubles
from cdm_core import staff as people
from cdm_core.access import access_customer
from cdm_core.contacts import Contact
from cdm_core.db.as_of import set_as_of
from cdm_core.reminder_copies import Copy
from cdm_core.schedule import JobName
from cdm_core.staff import Staff
from cdm_core.tables import customer_interactions, schedule_runs
from cdm_core.words import Language, Outcome
from templates.alerts import Words as AlertWords
from templates.reminders import Words
from tests import factories
from tests.factories import NOW

ZONE = NOW.tzinfo


@dataclass(frozen=True, slots=True)
class Team:
    """Tanvir looks after Rahim, Nusrat is of his team."""

    tanvir: Staff
    nusrat: Staff
    rahim: int


def at(clock: str, day: int = 22) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=ZONE)


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    mirpur = await factories.team(session, name="Mirpur")
    tanvir = await factories.staff(session, name="Tanvir", team_id=mirpur)
    nusrat = await factories.staff(session, name="Nusrat", team_id=mirpur)
    rahim = await factories.customer(session, id=123, phone="01712345678", owner_id=tanvir)
    await factories.settle(session, rahim)
    return Team(await people.get(session, tanvir), await people.get(session, nusrat), rahim)


async def ring(session: AsyncSession, now: datetime) -> list[tuple[str, str]]:
    """The minute ``now``: who was rung up, and the first line of what they read."""
    await set_as_of(session, now)
    limits = await thresholds.load(session)
    before = await _last(session)
    due = await reminders.due(session, limits, now=now)
    await reminder_copies.tell(session, due, limits, now=now, word=Words(limits.zone, now, "BDT"))
    await session.commit()
    rows = await session.execute(
        text(
            "SELECT s.name, o.payload ->> 'text' AS words FROM outbox o JOIN staff s ON s.id = o.staff_id "
            "WHERE o.id > :before ORDER BY o.id"
        ),
        {"before": before},
    )
    return [(row.name, row.words.splitlines()[0]) for row in rows]


async def _last(session: AsyncSession) -> int:
    return int((await session.execute(text("SELECT coalesce(max(id), 0) FROM outbox"))).scalar_one())


async def last_said(session: AsyncSession) -> str:
    """What the newest reminder says beside the phone."""
    words = await session.execute(text("SELECT payload ->> 'text' FROM outbox ORDER BY id DESC LIMIT 1"))
    return str(words.scalar_one()).splitlines()[1].partition(" · ")[2]


async def promise(session: AsyncSession, team: Team, due_at: datetime, **columns: Any) -> int:
    given = {"staff_id": team.tanvir.id, "created_at": due_at - timedelta(days=1), **columns}
    follow_up = await factories.follow_up(session, team.rahim, due_at=due_at, **given)
    await factories.settle(session, team.rahim)
    return follow_up


async def morning_list(session: AsyncSession, person: Staff, when: datetime, *, sent: bool = True) -> None:
    values = {"job": JobName.MORNING_DIGEST, "key": str(person.id), "local_date": when.date(), "state": "done"}
    detail = {"sent": sent}
    await session.execute(schedule_runs.insert().values(**values, slot_at=when, ran_at=when, detail=detail))
    await session.commit()


RAHIM = "Rahim Uddin</b> #123"


async def test_it_rings_once_at_its_minute(session: AsyncSession, team: Team) -> None:
    await promise(session, team, at("18:00"))
    assert await ring(session, at("17:59")) == []
    assert await ring(session, at("18:00")) == [("Tanvir", f"⏰ <b>18:00 · {RAHIM}")]
    for minute in ("18:00", "18:01", "20:30"):
        assert await ring(session, at(minute)) == []
    silent = "SELECT count(*) FROM outbox WHERE payload ? 'disable_notification'"
    assert (await session.execute(text(silent))).scalar_one() == 0


async def test_one_that_breaks_holds_up_no_other(session: AsyncSession, team: Team) -> None:
    broken = await promise(session, team, at("18:00"))
    karim = await factories.customer(session, first_name="Karim", last_name="", owner_id=team.tanvir.id)
    await factories.follow_up(session, karim, team.tanvir.id, due_at=at("18:00"), created_at=at("10:00"))
    await factories.settle(session, karim)
    limits = await thresholds.load(session)
    words = Words(limits.zone, at("18:00"), "BDT")

    def word(copy: Copy, language: Language) -> Mapping[str, Any]:
        if copy.follow_up_id == broken:
            raise RuntimeError("what people wrote")
        return words(copy, language)

    await set_as_of(session, at("18:00"))
    due = await reminders.due(session, limits, now=at("18:00"))
    told = await reminder_copies.tell(session, due, limits, now=at("18:00"), word=word)
    await session.commit()
    assert (told.number, (told.error or "").startswith("RuntimeError in word, line")) == (1, True)
    assert await ring(session, at("18:01")) == [("Tanvir", f"⏰ <b>18:00 · {RAHIM}")]


async def test_those_of_one_minute_ring_in_the_order_of_their_times(session: AsyncSession, team: Team) -> None:
    """So they do after the clock stood still for a while."""
    for hour in ("14:00", "13:30", "13:59"):
        customer = await factories.customer(session, first_name=hour, owner_id=team.nusrat.id)
        await factories.follow_up(session, customer, team.nusrat.id, due_at=at(hour), created_at=at("10:00"))
        await factories.settle(session, customer)
    rung = [words for _, words in await ring(session, at("14:01"))]
    assert [hour for words in rung for hour in ("13:30", "13:59", "14:00") if f"{hour} " in words] == [
        "13:30",
        "13:59",
        "14:00",
    ]


async def test_those_that_cannot_ring_keep_no_other_waiting(
    session: AsyncSession, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "MOST", 2)
    off = await factories.staff(session, name="Sadia", team_id=None, working_days=[3])
    for keeper, number in ((off, 3), (team.nusrat.id, 3)):
        for _ in range(number):
            customer_id = await factories.customer(session, owner_id=keeper)
            await factories.follow_up(session, customer_id, keeper, due_at=at("12:00"), created_at=at("10:00"))
            await factories.settle(session, customer_id)
    await promise(session, team, at("11:59"))
    names = [[name for name, _ in await ring(session, at(minute))] for minute in ("12:00", "12:01", "12:02")]
    assert names == [["Nusrat", "Nusrat"], ["Tanvir", "Nusrat"], []]


async def test_moved_it_rings_again(session: AsyncSession, team: Team) -> None:
    await promise(session, team, at("18:00"))
    await ring(session, at("18:00"))
    await session.execute(text("UPDATE follow_ups SET due_at = :at"), {"at": at("20:00")})
    await session.commit()
    assert await ring(session, at("20:00")) == [("Tanvir", f"⏰ <b>20:00 · {RAHIM}")]
    assert await ring(session, at("20:01")) == []


@pytest.mark.parametrize("asked", [True, False], ids=["asked", "not asked"])
async def test_at_night_only_if_the_customer_asked(session: AsyncSession, team: Team, asked: bool) -> None:
    await promise(session, team, at("22:00"), asked=asked)
    rung = await ring(session, at("22:00"))
    assert len(rung) == asked
    assert await ring(session, at("08:59", 23)) == []
    in_the_morning = await ring(session, at("09:00", 23))
    assert in_the_morning == ([] if asked else [("Tanvir", f"⏰ <b>Yesterday 22:00 · {RAHIM}")])


async def test_what_the_morning_list_said_does_not_ring(session: AsyncSession, team: Team) -> None:
    await promise(session, team, at("22:00"))
    await morning_list(session, team.tanvir, at("08:30", 23))
    assert await ring(session, at("09:00", 23)) == []


async def test_it_waits_for_a_list_that_is_about_to_come(session: AsyncSession, team: Team) -> None:
    await promise(session, team, at("22:00"))
    last = {"job": JobName.MORNING_DIGEST, "key": "*", "local_date": datetime(1, 1, 1).date(), "state": "done"}
    await session.execute(schedule_runs.insert().values(**last, slot_at=at("08:59", 23), ran_at=at("08:59", 23)))
    await session.commit()
    assert await ring(session, at("09:00", 23)) == []
    await session.execute(text("UPDATE schedule_runs SET slot_at = :at"), {"at": at("09:00", 23)})
    assert await ring(session, at("09:01", 23)) == [("Tanvir", f"⏰ <b>Yesterday 22:00 · {RAHIM}")], "no list came"


async def test_a_list_with_nothing_to_say_or_before_it_is_none(session: AsyncSession, team: Team) -> None:
    await promise(session, team, at("11:00"))
    await morning_list(session, team.tanvir, at("09:00"))
    assert len(await ring(session, at("11:00"))) == 1
    await session.execute(text("UPDATE follow_ups SET due_at = :at"), {"at": at("22:00")})
    await morning_list(session, team.tanvir, at("08:30", 23), sent=False)
    assert len(await ring(session, at("09:00", 23))) == 1


async def test_late_after_a_standstill_it_says_when_it_came(session: AsyncSession, team: Team) -> None:
    await promise(session, team, at("14:00"))
    assert await ring(session, at("18:20")) == [("Tanvir", f"⏰ <b>14:00 · {RAHIM}")]
    assert await last_said(session) == "sent 18:20"


async def test_too_late_it_is_left_to_the_morning_list(session: AsyncSession, team: Team) -> None:
    await promise(session, team, at("14:00"), asked=True)
    assert await ring(session, at("02:01", 23)) == []


@pytest.mark.parametrize("outcome", ["no_answer", "connected"])
async def test_not_if_somebody_tried_meanwhile(session: AsyncSession, team: Team, outcome: str) -> None:
    await promise(session, team, at("14:00"))
    await factories.interaction(
        session, team.rahim, staff_id=team.nusrat.id, outcome_code=outcome, occurred_at=at("14:00")
    )
    await factories.settle(session, team.rahim)
    assert await ring(session, at("14:01")) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE customers SET do_not_call_at = now()",
        "UPDATE follow_ups SET status = 'done'",
        "UPDATE chats SET blocked_at = now()",
    ],
)
async def test_nobody_is_rung_up_in_vain(session: AsyncSession, team: Team, change: str) -> None:
    await promise(session, team, at("14:00"))
    await session.execute(text(change))
    assert await ring(session, at("14:00")) == []


async def test_who_made_it_keeps_it_then_the_owner(session: AsyncSession, team: Team) -> None:
    await promise(session, team, at("14:00"), staff_id=team.nusrat.id)
    assert [name for name, _ in await ring(session, at("14:00"))] == ["Tanvir"], "Nusrat may not see the customer"
    await session.execute(text("UPDATE customers SET owner_id = NULL"))
    await session.execute(text("UPDATE follow_ups SET due_at = :at"), {"at": at("15:00")})
    assert [name for name, _ in await ring(session, at("15:00"))] == ["Nusrat"]


async def test_while_the_owner_is_away_it_rings_with_who_covers(session: AsyncSession, team: Team) -> None:
    first, last = at("08:00").date(), at("08:00", 24).date()
    await absences.add(session, team.tanvir, first, last, by=team.tanvir, now=at("08:00"), today=first)
    await promise(session, team, at("14:00"))
    await session.commit()
    assert [name for name, _ in await ring(session, at("14:00"))] == ["Nusrat"]
    (said,) = (await session.execute(text("SELECT payload ->> 'text' FROM outbox"))).scalars()
    assert said.splitlines()[-1] == "for Tanvir, away until Tue 24 Nov"
    limits = await thresholds.load(session)
    await set_as_of(session, at("14:00"))
    assert (await access_customer(session, team.nusrat, limits, team.rahim)).customer_id == team.rahim


async def test_nobody_s_call_of_nobody_s_customer_goes_to_one_on_duty(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE customers SET owner_id = NULL"))
    await promise(session, team, at("14:00"), staff_id=None)
    assert len(await ring(session, at("14:00"))) == 1


@pytest.mark.parametrize("asked", [True, False], ids=["asked", "not asked"])
async def test_on_a_day_off_only_if_the_customer_asked(session: AsyncSession, team: Team, asked: bool) -> None:
    await promise(session, team, at("16:00", 27), asked=asked)
    assert len(await ring(session, at("16:00", 27))) == asked


async def test_on_a_public_holiday_too(session: AsyncSession, team: Team) -> None:
    victory_day = datetime(2026, 12, 16, 11, tzinfo=ZONE)
    await promise(session, team, victory_day)
    assert await ring(session, victory_day) == []


async def test_in_friday_s_prayer_it_waits_for_its_end(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE staff SET working_days = '{1,2,3,4,5,7}'"))
    await promise(session, team, at("13:00", 27))
    assert await ring(session, at("13:00", 27)) == []
    assert await ring(session, at("14:30", 27)) == [("Tanvir", f"⏰ <b>13:00 · {RAHIM}")]


async def test_two_processes_at_once_ring_once(
    session: AsyncSession, sessions: async_sessionmaker[AsyncSession], team: Team
) -> None:
    await promise(session, team, at("14:00"))

    async def one() -> list[tuple[str, str]]:
        async with sessions() as own:
            return await ring(own, at("14:00"))

    await asyncio.gather(*(one() for _ in range(4)))
    assert (await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == 1


async def test_of_a_contact_being_logged_at_that_moment(
    session: AsyncSession, sessions: async_sessionmaker[AsyncSession], team: Team
) -> None:
    """What is being written waits for nobody: the reminder waits for it, and sees that the call was made."""
    await promise(session, team, at("14:00"))
    limits = await thresholds.load(session)
    await set_as_of(session, at("14:00"))
    customer = await access_customer(session, team.tanvir, limits, team.rahim)
    contact = Contact(at=at("14:00"), outcome_code=Outcome.CONNECTED)
    await interactions.log(session, team.tanvir, customer, contact, now=at("14:00"))
    async with sessions() as other:
        ringing = asyncio.create_task(ring(other, at("14:00")))
        done, _ = await asyncio.wait([ringing], timeout=0.2)
        assert not done
        await session.commit()
        assert await ringing == []


async def test_what_it_says(session: AsyncSession, team: Team) -> None:
    said = await factories.interaction(
        session,
        team.rahim,
        staff_id=team.nusrat.id,
        description="দাম বেশি",
        occurred_at=at("18:42", 20),
        outcome_code="callback_requested",
    )
    await factories.interaction(session, team.rahim, occurred_at=at("18:42", 21), outcome_code="no_answer")
    await factories.dropoff(session, team.rahim, occurred_at=at("15:00"))
    await promise(session, team, at("18:00"), interaction_id=said, asked=True)
    await ring(session, at("18:00"))
    row = (await session.execute(text("SELECT payload, customer_id, kind, priority FROM outbox"))).one()
    assert row.payload["text"].splitlines() == [
        f"⏰ <b>18:00 · {RAHIM}",
        "+880 1712-345678",
        "Nusrat 2 d ago: “দাম বেশি”",
        "💡 Cart ৳5,500 still open",
    ]
    assert [[button["text"] for button in buttons] for buttons in row.payload["reply_markup"]["inline_keyboard"]] == [
        ["☑️ Done", "+2 h"],
        ["Tomorrow", "📅 Pick", "⋯ Card"],
    ]
    assert (row.customer_id, row.kind, row.priority) == (team.rahim, "reminder", 30)
    told = await session.execute(text("SELECT actor, action, customer_id, details ->> 'shown_to' FROM audit_log"))
    assert [tuple(one) for one in told] == [("follow-up-reminders", "reminded", team.rahim, str(team.tanvir.id))]


async def test_five_hundred_at_once_each_ring_once(session: AsyncSession, team: Team) -> None:
    await session.execute(
        text(
            """
            WITH people AS (
                INSERT INTO customers (id, first_name, owner_id)
                SELECT 1000 + n, 'C' || n, :owner FROM generate_series(1, 520) n
                RETURNING id)
            INSERT INTO follow_ups (customer_id, staff_id, due_at) SELECT id, :owner, :at FROM people
            """
        ),
        {"owner": team.tanvir.id, "at": at("14:00")},
    )
    await session.commit()
    assert len(await ring(session, at("14:00"))) == reminders.MOST
    assert len(await ring(session, at("14:01"))) == 20
    assert await ring(session, at("14:02")) == []


async def test_undone_contacts_are_none(session: AsyncSession, team: Team) -> None:
    tried = await factories.interaction(session, team.rahim, outcome_code="no_answer", occurred_at=at("14:00"))
    await session.execute(
        customer_interactions.update().where(customer_interactions.c.id == tried).values(undone_at=at("14:01"))
    )
    await promise(session, team, at("14:00"))
    assert len(await ring(session, at("14:01"))) == 1


async def fares(session: AsyncSession, state: str) -> None:
    """What is queued ends as ``state``."""
    await session.execute(
        text("UPDATE outbox SET state = :state, error = 'odd' WHERE state = 'queued'"), {"state": state}
    )
    await session.commit()


async def farhana(session: AsyncSession, **columns: Any) -> int:
    """A manager of the team."""
    (team_id,) = (await session.execute(text("SELECT id FROM teams WHERE name = 'Mirpur'"))).scalars()
    return await factories.staff(session, name="Farhana", role="manager", team_id=team_id, **columns)


async def test_lost_in_an_outage_it_rings_once_telegram_is_back_and_says_it_is_late(
    session: AsyncSession, team: Team
) -> None:
    await promise(session, team, at("14:00"))
    await ring(session, at("14:00"))
    assert await ring(session, at("15:59")) == []
    await fares(session, "expired")
    assert await ring(session, at("16:01")) == [("Tanvir", f"⏰ <b>14:00 · {RAHIM}")]
    assert await last_said(session) == "sent 16:01"
    assert await ring(session, at("16:02")) == []
    await fares(session, "expired")
    assert len(await ring(session, at("18:05"))) == 1
    await fares(session, "sent")
    assert await ring(session, at("18:06")) == []


async def test_withdrawn_and_the_contact_undone_it_rings_again(session: AsyncSession, team: Team) -> None:
    await farhana(session)
    await promise(session, team, at("14:00"))
    await ring(session, at("14:00"))
    await fares(session, "cancelled")
    assert [name for name, _ in await ring(session, at("14:01"))] == ["Tanvir"]


@pytest.mark.parametrize("gone", ["blocked_at = now()", "staff_id = NULL"], ids=["blocked", "gone"])
async def test_whom_nobody_can_write_to_their_manager_hears_for(session: AsyncSession, team: Team, gone: str) -> None:
    await farhana(session)
    await promise(session, team, at("18:00"))
    await session.execute(text(f"UPDATE chats SET {gone} WHERE staff_id = :tanvir"), {"tanvir": team.tanvir.id})
    assert await ring(session, at("18:00")) == [("Farhana", f"⏰ <b>18:00 · {RAHIM}")]
    (words,) = (await session.execute(text("SELECT payload ->> 'text' FROM outbox"))).scalars()
    assert "Owner: Tanvir" in words


async def test_whom_the_ring_did_not_reach_their_manager_hears_for(session: AsyncSession, team: Team) -> None:
    await farhana(session)
    await promise(session, team, at("18:00"))
    assert [name for name, _ in await ring(session, at("18:00"))] == ["Tanvir"]
    await fares(session, "failed")
    assert [name for name, _ in await ring(session, at("18:01"))] == ["Farhana"]
    await fares(session, "failed")
    assert await ring(session, at("18:02")) == []


async def test_who_is_on_leave_with_nobody_of_the_team_here_their_manager_hears_for(
    session: AsyncSession, team: Team
) -> None:
    """An agent of another team neither hears of it nor is dealt the customer by an urgent alert."""
    await farhana(session)
    uttara = await factories.team(session, name="Uttara")
    await factories.staff(session, name="Sumon", team_id=uttara)
    for person in (team.tanvir, team.nusrat):
        await session.execute(
            text("INSERT INTO absences (staff_id, first_day, last_day) VALUES (:who, '2026-11-22', '2026-11-24')"),
            {"who": person.id},
        )
    await factories.dropoff(session, team.rahim, stage="payment_failed", occurred_at=at("11:09"))
    await promise(session, team, at("12:00"), asked=True)
    limits = await thresholds.load(session)
    await set_as_of(session, at("11:10"))
    await alert_rounds.go(session, limits, now=at("11:10"), word=AlertWords(limits.zone, at("11:10"), "BDT"))
    await session.commit()
    told = await session.execute(text("SELECT s.name FROM outbox o JOIN staff s ON s.id = o.staff_id"))
    assert list(told.scalars()) == ["Farhana"]
    assert [name for name, _ in await ring(session, at("12:00"))] == ["Farhana"]


@pytest.mark.parametrize(("second", "after"), [("sent", "sent"), ("queued", "queued"), ("expired", "queued")])
async def test_lost_rings_tried_again_ring_once(session: AsyncSession, team: Team, second: str, after: str) -> None:
    """The first not at all once there is another; of two that were lost the last."""
    await promise(session, team, at("14:00"))
    for clock, fate in (("14:00", "expired"), ("16:01", second)):
        assert await ring(session, at(clock))
        await fares(session, fate)
    (group,) = await troubles.find(session, now=at("16:05"))
    await retries.retry(session, "Rafiq", group, now=at("16:05"))
    states = await session.execute(text("SELECT state FROM outbox ORDER BY id"))
    assert list(states.scalars()) == ["cancelled", after]


async def test_a_lost_ring_of_a_call_that_was_made_is_withdrawn(session: AsyncSession, team: Team) -> None:
    """Trying it again would ask for a call that was made."""
    await promise(session, team, at("14:00"))
    await ring(session, at("14:00"))
    await fares(session, "failed")
    limits = await thresholds.load(session)
    await set_as_of(session, at("14:05"))
    ref = await access_customer(session, team.tanvir, limits, team.rahim)
    contact = Contact(at=at("14:05"), outcome_code=Outcome.CONNECTED)
    await interactions.log(session, team.tanvir, ref, contact, now=at("14:05"))
    await reminder_copies.retell(
        session, team.rahim, limits, now=at("14:05"), word=Words(limits.zone, at("14:05"), "BDT")
    )
    assert list((await session.execute(text("SELECT state FROM outbox"))).scalars()) == ["cancelled"]
