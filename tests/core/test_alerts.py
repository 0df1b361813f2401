"""Urgent alerts: which signs raise one, whom it is told, who gets it, what ends it; never two of one customer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import alert_hearers, alert_rounds, alerts, thresholds
from cdm_core import staff as people
from cdm_core.alert_copies import Copy
from cdm_core.alert_messages import Word
from cdm_core.db.as_of import set_as_of
from cdm_core.staff import Staff
from cdm_core.tables import schedule_runs
from cdm_core.words import AlertEnd, Language, Outcome
from templates.alerts import Words
from tests import factories
from tests.factories import NOW

ZONE = NOW.tzinfo


@dataclass(frozen=True, slots=True)
class Team:
    tanvir: Staff
    nusrat: Staff
    farhana: Staff
    rahim: int


def at(clock: str, day: int = 22) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=ZONE)


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    """Tanvir looks after Rahim; Farhana leads him and Nusrat and is the shop's one manager."""
    mirpur = await factories.team(session, name="Mirpur")
    week = list(range(1, 8))
    tanvir = await factories.staff(session, name="Tanvir", team_id=mirpur, language="bn")
    nusrat = await factories.staff(session, name="Nusrat", team_id=mirpur)
    farhana = await factories.staff(session, name="Farhana", role="manager", team_id=mirpur, working_days=week)
    await session.execute(text("UPDATE teams SET lead_id = :lead"), {"lead": farhana})
    rahim = await factories.customer(session, id=123, owner_id=tanvir)
    await factories.settle(session, rahim)
    return Team(
        tanvir=await people.get(session, tanvir),
        nusrat=await people.get(session, nusrat),
        farhana=await people.get(session, farhana),
        rahim=rahim,
    )


async def go(session: AsyncSession, now: datetime, *, word: Word | None = None) -> alert_rounds.Round:
    """A round at ``now``, committed."""
    await set_as_of(session, now)
    limits = await thresholds.load(session)
    done = await alert_rounds.go(session, limits, now=now, word=word or Words(limits.zone, now, "BDT"))
    await session.commit()
    return done


async def said(session: AsyncSession) -> list[tuple[str, str]]:
    """Name and first line of all that was put into the outbox, in order; edits with a pen before, withdrawn: a dash."""
    rows = await session.execute(
        text(
            "SELECT s.name, o.method, coalesce(o.payload ->> 'text', '–') AS words "
            "FROM outbox o JOIN staff s ON s.id = o.staff_id ORDER BY o.id"
        )
    )
    return [
        (row.name, ("✎ " if row.method.startswith("edit") else "") + row.words.splitlines()[0].replace("\xa0", " "))
        for row in rows
    ]


async def sent(session: AsyncSession) -> None:
    """All that is queued has reached its reader."""
    await session.execute(text("UPDATE outbox SET state = 'sent', telegram_message_id = id WHERE state = 'queued'"))
    await session.commit()


async def rung(session: AsyncSession) -> list[str]:
    """The names of those who got a message of its own, in order."""
    return [name for name, line in await said(session) if not line.startswith("✎")]


async def last_words(session: AsyncSession, person: Staff) -> list[str]:
    """The lines of what was said to somebody last."""
    rows = await session.execute(
        text("SELECT payload ->> 'text' FROM outbox WHERE staff_id = :person ORDER BY id DESC LIMIT 1"),
        {"person": person.id},
    )
    return str(rows.scalar_one()).splitlines()


async def minutes(session: AsyncSession, first: datetime, last: datetime) -> None:
    """Rounds a quarter of an hour apart, all that is said arriving at once."""
    while first <= last:
        await go(session, first)
        await sent(session)
        first += timedelta(minutes=15)


async def on_leave(session: AsyncSession, person: Staff) -> None:
    await session.execute(
        text("INSERT INTO absences (staff_id, first_day, last_day) VALUES (:who, '2026-11-22', '2026-11-24')"),
        {"who": person.id},
    )


async def states(session: AsyncSession) -> list[tuple[str, int, str | None]]:
    rows = await session.execute(text("SELECT state, level, closed_why FROM alerts ORDER BY id"))
    return [(row.state, row.level, row.closed_why) for row in rows]


async def payment_fails(session: AsyncSession, customer_id: int, when: datetime, **columns: object) -> None:
    await factories.dropoff(session, customer_id, stage="payment_failed", occurred_at=when, **columns)
    await factories.settle(session, customer_id)


RAHIM = "<b>Rahim Uddin</b> #123"


async def test_a_failed_payment_is_told_to_the_owner_once(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    assert (await go(session, at("11:10"))).raised == 1
    await go(session, at("11:11"))
    assert await said(session) == [("Tanvir", f"🚨 {RAHIM}")]


@pytest.mark.parametrize(
    ("stage", "value", "raised"),
    [
        ("checkout_initiated", 100, 1),
        ("add_to_cart", 5000, 1),
        ("add_to_cart", 4999, 0),
        ("product_view", 90_000, 0),
    ],
)
async def test_which_dropoffs_are_urgent(
    session: AsyncSession, team: Team, stage: str, value: int, raised: int
) -> None:
    await factories.dropoff(session, team.rahim, stage=stage, cart_value=Decimal(value), occurred_at=at("11:00"))
    await factories.settle(session, team.rahim)
    assert (await go(session, at("11:10"))).raised == raised


async def test_an_old_sign_wakes_nobody(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("09:00"))
    assert (await go(session, at("11:10"))).raised == 0


async def test_who_wants_no_calls_is_left_alone(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE customers SET do_not_call_at = now()"))
    await payment_fails(session, team.rahim, at("11:09"))
    assert (await go(session, at("11:10"))).raised == 0


async def test_an_order_or_a_contact_since_makes_a_sign_void(session: AsyncSession, team: Team) -> None:
    other = await factories.customer(session, owner_id=team.tanvir.id)
    await factories.order(session, team.rahim, ordered_at=at("11:05"), status="pending")
    await factories.interaction(session, other, staff_id=team.nusrat.id, occurred_at=at("11:05"))
    await payment_fails(session, team.rahim, at("11:00"))
    await payment_fails(session, other, at("11:00"))
    assert (await go(session, at("11:10"))).raised == 0


async def test_an_order_of_that_day_makes_a_sign_void_and_closes_what_was_told(
    session: AsyncSession, team: Team
) -> None:
    """Of an order in a file of dates the day alone is known."""
    other = await factories.customer(session, owner_id=team.tanvir.id)
    for customer_id in (team.rahim, other):
        await payment_fails(session, customer_id, at("11:00"))
    await factories.order(session, other, ordered_at=at("00:00"), created_at=at("11:08"))
    assert (await go(session, at("11:10"))).raised == 1
    await factories.order(session, team.rahim, ordered_at=at("00:00"), created_at=at("11:20"))
    await go(session, at("11:21"))
    assert await states(session) == [("closed", 0, "ordered")]


async def test_a_message_from_the_customer_is_a_sign(session: AsyncSession, team: Team) -> None:
    await factories.interaction(
        session,
        team.rahim,
        interaction_type="whatsapp",
        interaction_direction="inbound",
        occurred_at=at("11:08"),
        outcome_code=None,
        staff_id=None,
    )
    await go(session, at("11:10"))
    assert await said(session) == [("Tanvir", f"🚨 {RAHIM}")]


async def test_a_vip_back_after_long_is_a_sign_and_one_who_never_left_is_none(
    session: AsyncSession, team: Team
) -> None:
    faithful = await factories.customer(session, owner_id=team.tanvir.id)
    for customer_id, days in ((team.rahim, 80), (faithful, 10)):
        await factories.order(session, customer_id, amount=60_000, ordered_at=NOW - timedelta(days=days))
        await factories.behavior(session, customer_id, occurred_at=at("11:05"))
    await factories.settle(session, team.rahim, faithful)
    await go(session, at("11:10"))
    assert await said(session) == [("Tanvir", f"🚨 {RAHIM} · VIP")]


async def test_a_more_urgent_sign_rewords_the_alert_and_rings_nobody_again(session: AsyncSession, team: Team) -> None:
    await factories.dropoff(session, team.rahim, stage="add_to_cart", occurred_at=at("11:05"))
    await factories.settle(session, team.rahim)
    await go(session, at("11:06"))
    await sent(session)
    await payment_fails(session, team.rahim, at("11:07"))
    await go(session, at("11:08"))
    assert [line for _, line in await said(session)] == [f"🚨 {RAHIM}", f"✎ 🚨 {RAHIM}"]
    assert len(await states(session)) == 1


async def test_nobody_takes_it_lead_then_managers_then_every_four_hours(session: AsyncSession, team: Team) -> None:
    boss = await factories.staff(session, name="Rafiq", role="manager", working_days=list(range(1, 8)))
    assert boss
    await payment_fails(session, team.rahim, at("11:09"))
    for clock in ("11:10", "11:19", "11:20", "11:39", "11:40", "15:39", "15:40", "19:40"):
        await go(session, at(clock))
        await sent(session)
    rung = [name for name, line in await said(session) if not line.startswith("✎")]
    assert rung == ["Tanvir", "Farhana", "Rafiq", "Farhana", "Rafiq", "Farhana", "Rafiq"]


async def test_after_a_day_it_is_no_longer_urgent(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    await sent(session)
    await go(session, at("11:10", day=23))
    assert await states(session) == [("closed", 0, "stale")]
    assert (await said(session))[-1] == ("Tanvir", f"✎ ☑️ {RAHIM}: ক্লোজ ১১:১০")


async def test_the_first_to_claim_gets_it_and_the_others_copies_say_so(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    await sent(session)
    await go(session, at("11:20"))
    await sent(session)
    limits = await thresholds.load(session)
    (alert_id,) = (await session.execute(text("SELECT id FROM alerts"))).scalars()
    mine = await alerts.claim(session, team.farhana, team.rahim, alert_id, now=at("11:21"), limits=limits)
    late = await alerts.claim(session, team.tanvir, team.rahim, alert_id, now=at("11:21"), limits=limits)
    assert mine is not None
    assert late == mine
    assert mine.staff_id == team.farhana.id
    assert mine.until == at("13:21")
    await go(session, at("11:22"))
    assert (await said(session))[-2:] == [
        ("Tanvir", f"✎ 🙋 {RAHIM}: Farhana কল দিচ্ছেন"),
        ("Farhana", f"✎ 🙋 {RAHIM}: yours until 13:21"),
    ]


async def test_who_is_in_the_middle_of_calling_has_it(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    limits = await thresholds.load(session)
    await session.execute(
        text("INSERT INTO claims VALUES (:customer, :person, 'queue', :now, :until)"),
        {"customer": team.rahim, "person": team.nusrat.id, "now": at("11:10"), "until": at("11:30")},
    )
    (alert_id,) = (await session.execute(text("SELECT id FROM alerts"))).scalars()
    taken = await alerts.claim(session, team.tanvir, team.rahim, alert_id, now=at("11:11"), limits=limits)
    assert taken is not None
    assert taken.staff_id == team.nusrat.id


async def test_claimed_and_not_called_it_rings_anew_and_goes_up_by_its_clock(session: AsyncSession, team: Team) -> None:
    """Whoever heard of it before the claim hears of it anew."""
    await session.execute(text("UPDATE customers SET phone_e164 = '+8801812345678'"))
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    await sent(session)
    await go(session, at("11:20"))
    await sent(session)
    assert await rung(session) == ["Tanvir", "Farhana"]
    limits = await thresholds.load(session)
    (alert_id,) = (await session.execute(text("SELECT id FROM alerts"))).scalars()
    await alerts.claim(session, team.tanvir, team.rahim, alert_id, now=at("11:21"), limits=limits)
    for clock in ("11:22", "13:21", "13:30", "13:31", "13:51", "17:30", "17:31", "21:01"):
        await go(session, at(clock))
        await sent(session)
        heard = {"13:21": "Tanvir", "13:31": "Farhana", "17:31": "Farhana"}
        if clock in heard:
            assert (await rung(session))[-1] == heard[clock], clock
    assert await rung(session) == ["Tanvir", "Farhana", "Tanvir", "Farhana", "Farhana"]
    assert await last_words(session, team.tanvir) == [
        f"🚨 {RAHIM} · আবার",
        "পেমেন্ট ফেইল সকাল ১১:০৯ · ৳৫,৫০০",
        "+880 1812-345678",
        "২ ঘণ্টা যোগাযোগ নেই, আবার খোলা",
        "না নিলে আবার সোম সকাল ৯টা: Farhana",
    ]


async def test_what_opens_again_at_night_rings_in_the_morning(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("20:00"))
    await go(session, at("20:01"))
    await sent(session)
    limits = await thresholds.load(session)
    (alert_id,) = (await session.execute(text("SELECT id FROM alerts"))).scalars()
    await alerts.claim(session, team.tanvir, team.rahim, alert_id, now=at("20:02"), limits=limits)
    await minutes(session, at("20:02"), at("23:02"))
    assert await rung(session) == ["Tanvir"]
    assert (await said(session))[-1] == ("Tanvir", f"✎ 🙋 {RAHIM}: সকাল ৯টা পর্যন্ত আপনার")
    await go(session, at("09:00", day=23))
    assert (await rung(session)) == ["Tanvir", "Tanvir"]


async def test_with_nobody_above_it_says_so_and_rings_the_same_again(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE staff SET active = false WHERE name IN ('Farhana', 'Nusrat')"))
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    assert (await last_words(session, team.tanvir))[-1] == "কেউ না নিলে আপনাকে আবার বিকাল ৩:১০"
    await sent(session)
    await minutes(session, at("11:11"), at("15:09"))
    assert await rung(session) == ["Tanvir"]
    await go(session, at("15:10"))
    assert await rung(session) == ["Tanvir", "Tanvir"]


async def test_each_copy_says_who_is_next_and_the_last_when_it_comes_again(session: AsyncSession, team: Team) -> None:
    week = list(range(1, 8))
    await factories.staff(session, name="Rafiq", role="manager", working_days=week)
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    await sent(session)
    await go(session, at("11:20"))
    assert (await last_words(session, team.farhana))[-1] == "Unclaimed by 11:40: Rafiq"
    await sent(session)
    await go(session, at("11:40"))
    assert (await last_words(session, team.farhana))[-1] == "Unclaimed by 15:40: managers again"
    assert (await last_words(session, team.tanvir))[-1] == "কেউ না নিলে আবার বিকাল ৩:৪০: ম্যানেজার"


async def test_a_repeat_says_so_and_takes_the_buttons_of_the_copy_before(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    for clock in ("11:10", "11:20", "15:20", "15:21", "19:20"):
        await go(session, at(clock))
        await sent(session)
    farhana = [line for name, line in await said(session) if name == "Farhana"]
    assert farhana == [
        f"🚨 {RAHIM}",
        f"🚨 {RAHIM} · again",
        f"✎ 🚨 {RAHIM}: newer one below",
        f"🚨 {RAHIM} · again",
        f"✎ 🚨 {RAHIM}: newer one below",
    ]
    rows = await session.execute(
        text(
            "SELECT payload #> '{reply_markup,inline_keyboard}' AS rows FROM outbox WHERE method LIKE 'edit%'"
            " AND payload ->> 'text' LIKE '%newer%'"
        )
    )
    assert [row.rows for row in rows] == [[], []]


@pytest.mark.parametrize(
    ("state", "then"),
    [
        ("expired", ["–", "✎ –", f"🚨 {RAHIM} · again", f"✎ 🚨 {RAHIM}: newer one below"]),
        ("unknown", [f"🚨 {RAHIM} · again", f"✎ 🚨 {RAHIM}: newer one below"]),
    ],
)
async def test_a_repeat_that_expired_is_told_anew_at_once(
    session: AsyncSession, team: Team, state: str, then: list[str]
) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    for clock in ("11:10", "11:20", "15:20"):
        await go(session, at(clock))
        await sent(session)
    await go(session, at("17:20"))
    before = len(await said(session))
    await go(session, at("19:20"))
    lost = "UPDATE outbox SET state = :state WHERE state = 'queued' AND method = 'sendMessage'"
    await session.execute(text(lost), {"state": state})
    await go(session, at("20:30"))
    farhana = [line for name, line in (await said(session))[before:] if name == "Farhana"]
    assert farhana[-len(then) :] == then


async def test_attempts_in_vain_are_told_to_all_until_one_is_taken_back(session: AsyncSession, team: Team) -> None:
    await claimed_by_tanvir(session, team)
    tried = [
        await factories.interaction(
            session, team.rahim, staff_id=person.id, outcome_code="no_answer", occurred_at=at("11:12")
        )
        for person in (team.tanvir, team.nusrat)
    ]
    await contact(session, team.tanvir, team.rahim, tried[0], at("11:12"), outcome=Outcome.NO_ANSWER)
    await contact(session, team.nusrat, team.rahim, tried[1], at("11:12"), outcome=Outcome.NO_ANSWER)
    await go(session, at("11:13"))
    assert (await last_words(session, team.tanvir))[-1] == "📵 ২ বার, শেষে Nusrat ১১:১২"
    await session.execute(text("UPDATE customer_interactions SET undone_at = now() WHERE id = :id"), {"id": tried[1]})
    await alerts.reopen_undone(session, team.rahim, tried[1], now=at("11:14"))
    await go(session, at("11:14"))
    assert (await last_words(session, team.tanvir))[-1] == "📵 Tanvir ১১:১২, ধরেনি"
    await sent(session)
    await go(session, at("13:12"))
    assert [line for name, line in await said(session) if name == "Tanvir"][-2] == f"🚨 {RAHIM} · আবার"
    words = await session.execute(text("SELECT payload ->> 'text' FROM outbox ORDER BY id DESC OFFSET 1 LIMIT 1"))
    assert words.scalar_one().splitlines()[-2:] == [
        "📵 Tanvir ১১:১২, ধরেনি",
        "১:২২ পর্যন্ত কেউ না নিলে: Farhana",
    ]


@pytest.mark.parametrize(
    ("told", "until"),
    [
        (at("20:50"), at("21:00")),
        (at("18:30"), at("20:30")),
        (at("12:20", day=27), at("12:30", day=27)),
        (at("14:40", day=27), at("16:40", day=27)),
    ],
)
async def test_a_copy_is_not_sent_any_more_once_the_quiet_hours_have_begun(
    session: AsyncSession, team: Team, told: datetime, until: datetime
) -> None:
    await session.execute(text("UPDATE staff SET working_days = '{1,2,3,4,5,6,7}'"))
    await payment_fails(session, team.rahim, told)
    await go(session, told)
    assert list((await session.execute(text("SELECT expires_at FROM outbox"))).scalars()) == [until]


async def test_what_expired_in_the_evening_rings_in_the_morning(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("20:50"))
    await go(session, at("20:50"))
    await go(session, at("21:00"))
    await session.execute(text("UPDATE outbox SET state = 'expired' WHERE expires_at <= :now"), {"now": at("21:00")})
    await go(session, at("08:59", day=23))
    assert await rung(session) == ["Tanvir"]
    await go(session, at("09:00", day=23))
    assert await rung(session) == ["Tanvir", "Tanvir"]
    assert (await last_words(session, team.tanvir))[0] == f"🚨 {RAHIM}", "the first never arrived"


async def test_an_order_from_the_shop_closes_it_everywhere(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    await sent(session)
    await go(session, at("11:20"))
    await sent(session)
    await factories.order(session, team.rahim, amount=5500, status="pending", ordered_at=at("11:25"))
    await factories.settle(session, team.rahim)
    await go(session, at("11:26"))
    assert [name for name, line in await said(session) if "✎ ☑️" in line] == ["Tanvir", "Farhana"]
    assert await states(session) == [("closed", 1, "ordered")]
    before = await said(session)
    await go(session, at("11:40"))
    assert await said(session) == before


async def test_a_contact_closes_it_and_undoing_the_contact_opens_it(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    logged = await factories.interaction(session, team.rahim, staff_id=team.nusrat.id, occurred_at=at("11:12"))
    await alerts.contacted(
        session,
        team.nusrat,
        team.rahim,
        outcome=Outcome.CONNECTED,
        unreached=False,
        interaction_id=logged,
        order_id=None,
        now=at("11:12"),
    )
    assert await states(session) == [("closed", 0, "contacted")]
    await session.execute(text("UPDATE customer_interactions SET undone_at = now()"))
    await alerts.reopen_undone(session, team.rahim, logged, now=at("11:13"))
    assert (await states(session))[0][0] == "open"


async def test_an_attempt_in_vain_makes_it_the_callers(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    logged = await factories.interaction(
        session, team.rahim, staff_id=team.tanvir.id, outcome_code="no_answer", occurred_at=at("11:12")
    )
    await alerts.contacted(
        session,
        team.tanvir,
        team.rahim,
        outcome=Outcome.NO_ANSWER,
        unreached=True,
        interaction_id=logged,
        order_id=None,
        now=at("11:12"),
    )
    await go(session, at("11:13"))
    assert (await states(session))[0][0] == "claimed"


async def test_closed_and_within_the_cooldown_nothing_rings(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    await alerts.close(session, team.rahim, AlertEnd.CONTACTED, now=at("11:12"))
    await payment_fails(session, team.rahim, at("11:30"))
    assert (await go(session, at("11:31"))).raised == 0
    await payment_fails(session, team.rahim, at("09:00", day=23))
    assert (await go(session, at("09:01", day=23))).raised == 1


async def test_at_night_it_waits_for_the_morning(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("23:30"))
    await go(session, at("23:31"))
    await go(session, at("08:59", day=23))
    assert await said(session) == []
    await go(session, at("09:00", day=23))
    assert await said(session) == [("Tanvir", f"🚨 {RAHIM}")]


async def test_on_a_day_off_who_is_on_duty_gets_it(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE staff SET working_days = '{1,2,3,4,5,6,7}' WHERE name = 'Nusrat'"))
    await payment_fails(session, team.rahim, at("11:09", day=27))
    await go(session, at("11:10", day=27))
    assert await said(session) == [("Nusrat", f"🚨 {RAHIM}")]


async def test_with_nobody_here_it_waits_for_who_comes_first(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE staff SET active = false WHERE name = 'Farhana'"))
    await payment_fails(session, team.rahim, at("20:00", day=28))
    await go(session, at("20:01", day=28))
    await go(session, at("09:00", day=29))
    assert await said(session) == [("Tanvir", f"🚨 {RAHIM}")]


@pytest.mark.parametrize(
    ("working_days", "told"), [("5, 6, 7", "Fri 09:00"), ("1, 6, 7", "Sat 09:00"), ("1, 2, 7", "Sun 09:00")]
)
async def test_it_goes_up_on_the_first_day_somebody_above_is_here(
    session: AsyncSession, team: Team, working_days: str, told: str
) -> None:
    """On a Thursday evening; and says which day that is."""
    await session.execute(text(f"UPDATE staff SET working_days = '{{{working_days}}}' WHERE name = 'Farhana'"))
    await session.execute(text("UPDATE staff SET language = 'en'"))
    await payment_fails(session, team.rahim, at("20:54", day=26))
    await go(session, at("20:55", day=26))
    assert (await last_words(session, team.tanvir))[-1] == f"Unclaimed: {told} Farhana"


async def test_over_a_weekend_with_nobody_here_it_is_not_lost(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE staff SET working_days = '{7,1,2,3,4}'"))
    await payment_fails(session, team.rahim, at("21:30", day=26))
    await minutes(session, at("21:31", day=26), at("08:59", day=29))
    assert await said(session) == []
    await go(session, at("09:00", day=29))
    assert await said(session) == [("Tanvir", f"🚨 {RAHIM}")]
    await sent(session)
    await go(session, at("08:59", day=30))
    assert (await states(session))[0][2] is None, "a day after the first telling has not passed"


async def test_what_nobody_could_be_told_for_two_weeks_is_over(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE staff SET active = false"))
    await payment_fails(session, team.rahim, at("11:09", day=10))
    await go(session, at("11:10", day=10))
    await go(session, at("11:09", day=24))
    assert (await states(session))[0][0] == "waiting"
    await go(session, at("11:10", day=24))
    assert await states(session) == [("closed", 0, "stale")]


async def test_with_no_agent_here_who_leads_is_told_and_the_agent_once_back(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("20:00", day=28))
    await go(session, at("20:01", day=28))
    assert await said(session) == [("Farhana", f"🚨 {RAHIM}")]
    await sent(session)
    await minutes(session, at("20:02", day=28), at("08:59", day=29))
    assert await rung(session) == ["Farhana"]
    await go(session, at("09:00", day=29))
    assert await rung(session) == ["Farhana", "Farhana", "Tanvir"]


async def test_with_all_agents_alerts_off_the_lead_is_told(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE staff SET alerts = false WHERE role = 'agent'"))
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    assert await said(session) == [("Farhana", f"🚨 {RAHIM}")]


async def test_with_only_another_teams_agent_here_they_are_told(session: AsyncSession, team: Team) -> None:
    uttara = await factories.team(session, name="Uttara")
    await factories.staff(session, name="Sumon", team_id=uttara, working_days=list(range(1, 8)))
    await session.execute(text("UPDATE staff SET active = false WHERE name = 'Farhana'"))
    await payment_fails(session, team.rahim, at("11:09", day=27))
    await go(session, at("11:10", day=27))
    assert await said(session) == [("Sumon", f"🚨 {RAHIM}")]


async def test_who_stands_in_is_of_the_owners_team(session: AsyncSession, team: Team) -> None:
    uttara = await factories.team(session, name="Uttara")
    for number in range(6):
        await factories.staff(session, name=f"Uttara {number}", team_id=uttara)
    await on_leave(session, team.tanvir)
    customers = [team.rahim, *[await factories.customer(session, owner_id=team.tanvir.id) for _ in range(5)]]
    for customer_id in customers:
        await payment_fails(session, customer_id, at("11:09"))
    await go(session, at("11:10"))
    assert {name for name, _ in await said(session)} == {"Nusrat"}


async def test_in_fridays_prayer_it_waits(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE staff SET working_days = '{1,2,3,4,5,6,7}'"))
    await payment_fails(session, team.rahim, at("13:00", day=27))
    await go(session, at("13:01", day=27))
    assert await said(session) == []
    await go(session, at("14:30", day=27))
    assert await said(session) == [("Tanvir", f"🚨 {RAHIM}")]


async def test_who_is_away_is_not_told(session: AsyncSession, team: Team) -> None:
    await on_leave(session, team.tanvir)
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    assert await said(session) == [("Nusrat", f"🚨 {RAHIM}")]


async def test_who_switched_alerts_off_is_not_told(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE staff SET alerts = false WHERE name = 'Tanvir'"))
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    assert await said(session) == [("Nusrat", f"🚨 {RAHIM}")]


async def test_an_agent_hears_of_so_many_an_hour_the_rest_goes_to_colleagues(session: AsyncSession, team: Team) -> None:
    for _ in range(8):
        customer_id = await factories.customer(session, owner_id=team.tanvir.id)
        await factories.dropoff(session, customer_id, stage="checkout_initiated", occurred_at=at("11:09"))
        await factories.settle(session, customer_id)
    await go(session, at("11:10"))
    told = [name for name, _ in await said(session)]
    assert told.count("Tanvir") == 6
    assert told.count("Nusrat") == 2


async def test_a_copy_not_sent_yet_is_withdrawn_when_it_is_over(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    await alerts.close(session, team.rahim, AlertEnd.CONTACTED, now=at("11:11"))
    await go(session, at("11:12"))
    assert list((await session.execute(text("SELECT state FROM outbox"))).scalars()) == ["cancelled"]


async def test_a_copy_not_sent_yet_takes_on_the_newest_words(session: AsyncSession, team: Team) -> None:
    await factories.dropoff(session, team.rahim, stage="checkout_initiated", occurred_at=at("11:05"))
    await factories.settle(session, team.rahim)
    await go(session, at("11:06"))
    await payment_fails(session, team.rahim, at("11:07"))
    await go(session, at("11:08"))
    (words,) = (await session.execute(text("SELECT payload ->> 'text' FROM outbox"))).scalars()
    assert "পেমেন্ট ফেইল ১১:০৭" in words


async def test_two_rounds_at_once_tell_it_once(
    session: AsyncSession, sessions: async_sessionmaker[AsyncSession], team: Team
) -> None:
    await payment_fails(session, team.rahim, at("11:09"))

    async def round_() -> None:
        async with sessions() as own:
            await go(own, at("11:10"))

    await asyncio.gather(*(round_() for _ in range(4)))
    assert await said(session) == [("Tanvir", f"🚨 {RAHIM}")]


async def test_of_two_agents_at_once_one_wins_each_time(
    session: AsyncSession, sessions: async_sessionmaker[AsyncSession], team: Team
) -> None:
    limits = await thresholds.load(session)
    for number in range(25):
        customer_id = await factories.customer(session, owner_id=team.tanvir.id)
        (alert_id,) = (
            await session.execute(
                text(
                    "INSERT INTO alerts (customer_id, sign, sign_at, state, raised_at) "
                    "VALUES (:customer, 'checkout', :now, 'open', :now) RETURNING id"
                ),
                {"customer": customer_id, "now": NOW},
            )
        ).scalars()
        await session.commit()

        async def press(person: Staff, customer_id: int = customer_id, alert_id: int = alert_id) -> int | None:
            async with sessions() as own, own.begin():
                taken = await alerts.claim(own, person, customer_id, alert_id, now=NOW, limits=limits)
                return taken.staff_id if taken else None

        pressers = [team.tanvir, team.nusrat] if number % 2 else [team.nusrat, team.tanvir]
        holders = await asyncio.gather(*(press(person) for person in pressers))
        assert len(set(holders)) == 1


async def test_what_a_round_costs_with_nothing_to_tell_is_little(session: AsyncSession, team: Team) -> None:
    """No alert, no sign: a handful of index reads, no message."""
    done = await go(session, NOW)
    assert done == alert_rounds.Round(raised=0, closed=0, moved=0, reworded=0, error=None)
    assert await alert_hearers.spent(session, since=NOW - timedelta(hours=1)) == {}


async def test_undoing_a_contact_gives_the_claim_back(session: AsyncSession, team: Team) -> None:
    alert_id = await claimed_by_tanvir(session, team)
    logged = await factories.interaction(session, team.rahim, staff_id=team.tanvir.id, occurred_at=at("11:12"))
    await contact(session, team.tanvir, team.rahim, logged, at("11:12"))
    await session.execute(text("UPDATE customer_interactions SET undone_at = now()"))
    await alerts.reopen_undone(session, team.rahim, logged, now=at("11:13"))
    await go(session, at("11:13"))
    assert (await said(session))[-1] == ("Tanvir", f"✎ 🙋 {RAHIM}: ১:১১ পর্যন্ত আপনার")
    await sent(session)
    await go(session, at("13:10"))
    assert {name for name, _ in await said(session)} == {"Tanvir"}
    late = await alerts.claim(
        session, team.nusrat, team.rahim, alert_id, now=at("13:10"), limits=await thresholds.load(session)
    )
    assert late is not None
    assert late.staff_id == team.tanvir.id


async def test_undoing_a_contact_leaves_the_usual_time_before_it_goes_up(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    await sent(session)
    logged = await factories.interaction(session, team.rahim, staff_id=team.nusrat.id, occurred_at=at("11:12"))
    await contact(session, team.nusrat, team.rahim, logged, at("11:12"))
    await session.execute(text("UPDATE customer_interactions SET undone_at = now()"))
    await alerts.reopen_undone(session, team.rahim, logged, now=at("11:30"))
    await go(session, at("11:39"))
    assert {name for name, _ in await said(session)} == {"Tanvir"}
    await sent(session)
    await go(session, at("11:40"))
    assert ("Farhana", f"🚨 {RAHIM}") in await said(session)


async def test_a_failed_payment_after_a_silent_cart_rings_again_and_lasts_a_day(
    session: AsyncSession, team: Team
) -> None:
    await factories.dropoff(session, team.rahim, stage="add_to_cart", cart_value=Decimal(9000), occurred_at=at("11:00"))
    await factories.settle(session, team.rahim)
    await minutes(session, at("11:01"), at("10:46", day=23))
    before = len(await said(session))
    await payment_fails(session, team.rahim, at("10:50", day=23))
    await go(session, at("10:51", day=23))
    assert [one for one in (await said(session))[before:] if "✎" not in one[1]] == [("Tanvir", f"🚨 {RAHIM}")]
    await sent(session)
    await minutes(session, at("10:52", day=23), at("10:30", day=24))
    assert (await states(session))[0][0] == "open"
    await go(session, at("10:51", day=24))
    assert (await states(session))[0][2] == "stale"


async def test_a_colleagues_attempt_in_vain_takes_no_claim_away(session: AsyncSession, team: Team) -> None:
    await claimed_by_tanvir(session, team)
    logged = await factories.interaction(
        session, team.rahim, staff_id=team.nusrat.id, outcome_code="no_answer", occurred_at=at("11:12")
    )
    await contact(session, team.nusrat, team.rahim, logged, at("11:12"), outcome=Outcome.NO_ANSWER)
    await go(session, at("11:13"))
    assert (await said(session))[-1] == ("Tanvir", f"✎ 🙋 {RAHIM}: ১:১১ পর্যন্ত আপনার")


async def test_what_somebody_who_left_had_claimed_is_told_at_once(session: AsyncSession, team: Team) -> None:
    await claimed_by_tanvir(session, team)
    await session.execute(text("UPDATE staff SET active = false WHERE name = 'Tanvir'"))
    await go(session, at("11:15"))
    assert ("Nusrat", f"🚨 {RAHIM}") in await said(session)


async def test_while_telegram_is_away_nobody_else_is_rung_up(session: AsyncSession, team: Team) -> None:
    """The owner's time runs from when it could reach them, and the copy says until when."""
    await payment_fails(session, team.rahim, at("11:09"))
    for clock in ("11:10", "11:20", "11:30", "11:40"):
        await go(session, at(clock))
    rows = await session.execute(text("SELECT payload ->> 'text' FROM outbox"))
    (words,) = rows.scalars()
    assert "১১:৫০" in words
    await sent(session)
    await go(session, at("11:49"))
    assert [name for name, _ in await said(session)] == ["Tanvir"]
    await go(session, at("11:50"))
    assert ("Farhana", f"🚨 {RAHIM}") in await said(session)


async def test_a_copy_that_expired_is_told_again(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    await session.execute(text("UPDATE outbox SET state = 'expired'"))
    await go(session, at("13:15"))
    await go(session, at("13:16"))
    assert await said(session) == [("Tanvir", "–"), ("Tanvir", f"🚨 {RAHIM}")]
    assert list((await session.execute(text("SELECT state FROM outbox ORDER BY id"))).scalars()) == [
        "cancelled",
        "queued",
    ], "nobody need try the first again"


async def test_whom_it_does_not_reach_is_passed_over_at_once(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    for clock, name in (("11:10", "Tanvir"), ("11:11", "Nusrat"), ("11:12", "Farhana")):
        await go(session, at(clock))
        assert (await said(session))[-1] == (name, f"🚨 {RAHIM}")
        await session.execute(text("UPDATE outbox SET state = 'failed', error = 'odd' WHERE state = 'queued'"))
    await minutes(session, at("11:13"), at("15:00"))
    assert len(await said(session)) == 3, "who was not reached is not tried each minute"


async def test_after_a_standstill_the_signs_of_that_time_are_told(session: AsyncSession, team: Team) -> None:
    tick = {"job": "hot-alerts", "key": "*", "local_date": datetime(1, 1, 1).date(), "state": "done"}
    await session.execute(schedule_runs.insert().values(**tick, slot_at=at("09:30"), ran_at=at("09:30")))
    for clock in ("09:20", "10:00"):
        customer_id = team.rahim if clock == "10:00" else await factories.customer(session, owner_id=team.tanvir.id)
        await factories.interaction(
            session,
            customer_id,
            interaction_type="whatsapp",
            interaction_direction="inbound",
            occurred_at=at(clock),
            outcome_code=None,
            staff_id=None,
        )
        await factories.settle(session, customer_id)
    await go(session, at("13:00"))
    assert await said(session) == [("Tanvir", f"🚨 {RAHIM}")]


async def test_after_a_standstill_no_sign_is_passed_over_however_many_there_are(
    session: AsyncSession, team: Team
) -> None:
    """All at once: the next minute looks back no farther than usual."""
    for _ in range(230):
        customer_id = await factories.customer(session, owner_id=team.tanvir.id)
        await factories.dropoff(session, customer_id, stage="payment_failed", occurred_at=at("12:00"))
    limits, now = await thresholds.load(session), at("16:00")
    assert len(await alerts.raise_new(session, limits, now=now, looked_at=at("11:00"))) == 230
    assert await states(session) == [("waiting", 0, None)] * 230
    assert await alerts.raise_new(session, limits, now=now, looked_at=at("11:00")) == []


async def test_a_copy_in_trouble_is_worded_anew_and_dropped_once_it_is_over(session: AsyncSession, team: Team) -> None:
    await factories.dropoff(session, team.rahim, stage="checkout_initiated", occurred_at=at("11:05"))
    await factories.settle(session, team.rahim)
    await go(session, at("11:06"))
    await session.execute(text("UPDATE outbox SET state = 'unknown', error = 'x'"))
    await payment_fails(session, team.rahim, at("11:07"))
    await go(session, at("11:08"))
    rows = await session.execute(text("SELECT state, payload ->> 'text' AS words FROM outbox"))
    ((state, words),) = [tuple(row) for row in rows]
    assert state == "unknown"
    assert "পেমেন্ট ফেইল ১১:০৭" in words
    await alerts.close(session, team.rahim, AlertEnd.CONTACTED, now=at("11:12"))
    await go(session, at("11:13"))
    rows = await session.execute(text("SELECT state, payload FROM outbox"))
    assert [tuple(row) for row in rows] == [("cancelled", None)], "nothing to try again"


async def claimed_by_tanvir(session: AsyncSession, team: Team) -> int:
    """An alert of 11:09, told at 11:10 and claimed at 11:11; its id."""
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    await sent(session)
    (alert_id,) = (await session.execute(text("SELECT id FROM alerts"))).scalars()
    limits = await thresholds.load(session)
    await alerts.claim(session, team.tanvir, team.rahim, alert_id, now=at("11:11"), limits=limits)
    await go(session, at("11:11"))
    await sent(session)
    return int(alert_id)


async def contact(
    session: AsyncSession,
    person: Staff,
    customer_id: int,
    interaction_id: int,
    now: datetime,
    *,
    outcome: Outcome = Outcome.CONNECTED,
) -> None:
    await alerts.contacted(
        session,
        person,
        customer_id,
        outcome=outcome,
        unreached=outcome is Outcome.NO_ANSWER,
        interaction_id=interaction_id,
        order_id=None,
        now=now,
    )


async def test_a_product_may_be_called_anything(session: AsyncSession, team: Team) -> None:
    for name in ("Cotton | saree\n(red)", "|", "Cotton | saree\n(red)"):
        product = await factories.product(session, name=name)
        await factories.behavior(
            session, team.rahim, behavior_type="add_to_cart", product_id=product, occurred_at=at("11:00")
        )
    await payment_fails(session, team.rahim, at("11:09"))
    assert (await go(session, at("11:10"))).error is None
    assert any("Cotton | saree (red) ×২, |" in line for line in await last_words(session, team.tanvir))


@pytest.mark.parametrize(
    ("columns", "named"),
    [({}, "Chia, Ghee ×২"), ({"session_id": "today"}, "Chia, Honey"), ({"product_id": None}, "Ghee ×২, Honey")],
)
async def test_it_names_what_the_dropoff_names_first_then_what_else_is_in_that_cart(
    session: AsyncSession, team: Team, columns: dict[str, object], named: str
) -> None:
    """Of a visit that is known nothing that was carted in another one."""
    chia, ghee, honey = [await factories.product(session, name=name) for name in ("Chia", "Ghee", "Honey")]
    for product, visit in ((ghee, "morning"), (ghee, "morning"), (honey, "today")):
        carted = {"behavior_type": "add_to_cart", "product_id": product, "session_id": visit}
        await factories.behavior(session, team.rahim, occurred_at=at("09:30"), **carted)
    await payment_fails(session, team.rahim, at("11:09"), **({"product_id": chia} | columns))
    await go(session, at("11:10"))
    assert (await last_words(session, team.tanvir))[2] == named


async def test_an_alert_that_breaks_holds_up_no_other_and_is_told_once_it_does_not(
    session: AsyncSession, team: Team
) -> None:
    others = [await factories.customer(session, owner_id=team.nusrat.id) for _ in range(2)]
    for customer_id in (others[0], team.rahim, others[1]):
        await payment_fails(session, customer_id, at("11:09"))
    words = Words((await thresholds.load(session)).zone, at("11:10"), "BDT")

    def word(copy: Copy, language: Language) -> Mapping[str, Any]:
        if copy.customer_id == team.rahim:
            raise RuntimeError("what people wrote")
        return words(copy, language)

    broken = await go(session, at("11:10"), word=word)
    assert (broken.moved, (broken.error or "").startswith("RuntimeError in word, line")) == (3, True)
    assert await rung(session) == ["Nusrat", "Nusrat"]
    assert sorted(await states(session)) == [("open", 0, None), ("open", 0, None), ("waiting", 0, None)]
    assert (await go(session, at("11:11"))).error is None
    assert await rung(session) == ["Nusrat", "Nusrat", "Tanvir"]
    await sent(session)
    await session.execute(text("UPDATE alerts SET version = version + 1"))
    retold = await go(session, at("11:12"), word=word)
    assert (retold.reworded, (retold.error or "").startswith("RuntimeError in word, line")) == (3, True)
    assert (await go(session, at("11:13"))).reworded == 1
    assert [name for name, line in await said(session) if line.startswith("✎")] == ["Nusrat", "Nusrat", "Tanvir"]


async def test_edits_of_an_alert_whose_next_reader_is_not_reached_do_not_pile_up(
    session: AsyncSession, team: Team
) -> None:
    await session.execute(text("UPDATE teams SET lead_id = :lead"), {"lead": team.nusrat.id})
    await payment_fails(session, team.rahim, at("11:09"))
    await go(session, at("11:10"))
    await sent(session)
    for minutes in range(10, 75):
        await go(session, at("11:10") + timedelta(minutes=minutes))
    edits = [line for _, line in await said(session) if line.startswith("✎")]
    assert [line for line in edits if line != "✎ –"] == [f"✎ 🚨 {RAHIM}"]
    assert len(edits) <= 14, "a new time each five minutes"
    assert (await last_words(session, team.tanvir))[-1] == "১২:৪৫ পর্যন্ত কেউ না নিলে: Farhana"


async def test_a_copy_that_expired_with_nobody_here_to_be_told_anew_is_edited_once(
    session: AsyncSession, team: Team
) -> None:
    await session.execute(text("UPDATE staff SET working_days = '{1,2,3,4,7}'"))
    await session.execute(text("UPDATE teams SET lead_id = NULL"))
    await payment_fails(session, team.rahim, at("19:00", 26))
    await go(session, at("19:01", 26))
    await sent(session)
    await go(session, at("19:12", 26))
    await session.execute(text("UPDATE outbox SET state = 'expired' WHERE state = 'queued' AND method = 'sendMessage'"))
    await sent(session)
    before = len(await said(session))
    for minutes in range(30):
        await go(session, at("09:00", 27) + timedelta(minutes=minutes))
        await sent(session)
    assert len(await said(session)) - before <= 1
    await go(session, at("09:00", 29))
    assert (await rung(session))[-1] == "Farhana"


async def test_alerts_that_never_arrived_use_up_nobodys_hour(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE settings SET value = '1' WHERE key = 'alert_budget_per_hour'"))
    await factories.dropoff(session, team.rahim, stage="checkout_initiated", occurred_at=at("11:00"))
    await go(session, at("11:01"))
    await session.execute(text("UPDATE outbox SET state = 'expired'"))
    await session.execute(
        text("UPDATE alerts SET state = 'closed', closed_at = :at, closed_why = 'stale'"), {"at": NOW}
    )
    other = await factories.customer(session, owner_id=team.tanvir.id)
    await factories.dropoff(session, other, stage="checkout_initiated", occurred_at=at("11:10"))
    await go(session, at("11:11"))
    assert await rung(session) == ["Tanvir", "Tanvir"]


async def test_copies_and_their_edits_are_for_who_may_read_them(session: AsyncSession, team: Team) -> None:
    await payment_fails(session, team.rahim, at("11:09"))
    for moment in ("11:10", "11:20"):
        await go(session, at(moment))
        await sent(session)
    await session.execute(text("UPDATE alerts SET version = version + 1"))
    await go(session, at("11:21"))
    rows = await session.execute(text("SELECT staff_id, method, payload ->> '$role' FROM outbox"))
    methods, roles = ("sendMessage", "editMessageText"), {team.tanvir.id: None, team.farhana.id: "manager"}
    assert {tuple(row) for row in rows} == {(who, method, role) for who, role in roles.items() for method in methods}
