"""/stats: the team's results for who manages it, as picture and as table."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from cdm_core.tables import audit_log, campaign_tasks, sales_orders, staff, teams
from cdm_core.words import Language
from jobs import evening_summary, weekly_report
from jobs.job import Shop
from jobs.runner import run_slot
from tests import factories
from tests.bot.people import Person, Team
from tests.factories import NOW

THURSDAY = date(2026, 11, 19)


@pytest.fixture
async def worked(chat: Team) -> None:
    """Nusrat called twice today and once on Thursday; Asif of another team once today."""
    async with chat.sessions.begin() as session:
        other = (await session.execute(insert(teams).values(name="Uttara").returning(teams.c.id))).scalar_one()
        asif = await factories.staff(session, name="Asif", team_id=other)
        customer = await factories.customer(session, owner_id=chat.nusrat.staff_id)
        for person, days in (
            (chat.nusrat.staff_id, 0),
            (chat.nusrat.staff_id, 0),
            (chat.nusrat.staff_id, 3),
            (asif, 0),
        ):
            when = NOW - timedelta(days=days, minutes=5)
            await factories.interaction(session, customer, staff_id=person, occurred_at=when)
        await factories.dropoff(session, customer)


async def test_a_managers_team_today(worked: None, farhana: Person) -> None:
    await farhana.say("/stats")
    shown = await farhana.sees("Team Mirpur, Sun 22 Nov", "(before: Thu 19 Nov)", "Calls 2 (1)", "Carts left 1 (0)")
    assert shown["photo"]
    assert "With unassigned customers:" in shown["text"]


async def test_an_admin_sees_all(worked: None, rafiq: Person) -> None:
    await rafiq.say("/stats")
    shown = await rafiq.sees("Everyone, Sun 22 Nov", "Calls 3 (1)")
    assert "unassigned" not in shown["text"]


async def test_what_came_back_is_told_as_campaigns_tell_it(chat: Team, worked: None, farhana: Person) -> None:
    """A call on Thursday, its order today; a cart that was marked by hand is none."""
    async with chat.sessions.begin() as session:
        ordered = await factories.customer(session, owner_id=chat.nusrat.staff_id)
        marked = {"recovered": True, "recovered_at": NOW, "recovered_by": chat.nusrat.staff_id}
        await factories.dropoff(session, await factories.customer(session, owner_id=chat.nusrat.staff_id), **marked)
        done = {"contacted_by": chat.nusrat.staff_id, "interaction_id": 1, "settled_at": NOW, "state": "recovered"}
        left = NOW - timedelta(days=4)
        planned = {"cause_id": 1, "caused_at": left, "created_at": left, "local_date": THURSDAY}
        task = {"customer_id": ordered, "campaign_id": 1, "amount": 2450, **planned, **done}
        await session.execute(insert(campaign_tasks).values(**task))
    await farhana.say("/stats")
    await farhana.sees("Sun 22 Nov", "Won back: 1 of 1, 100% (–)")
    await farhana.say("/campaign")
    await farhana.sees("Win-back campaigns")
    await farhana.press("Results")
    await farhana.sees("1 to call · reached 1 · won 1", "৳2,450")


async def test_by_phone_are_orders_that_stand(chat: Team, worked: None, farhana: Person) -> None:
    async with chat.sessions.begin() as session:
        customer = await factories.customer(session, owner_id=chat.nusrat.staff_id)
        order = await factories.order(session, customer, amount=700, status="returned", ordered_at=NOW)
        by_phone = {"confirmed_by": chat.nusrat.staff_id, "confirmed_at": NOW}
        await session.execute(update(sales_orders).where(sales_orders.c.id == order).values(by_phone))
    await farhana.say("/stats")
    assert "All orders" not in (await farhana.sees("By phone: 0 (0)"))["text"]


@pytest.mark.parametrize(("typed", "days"), [("week", "Mon 16 – Sun 22 Nov"), ("MONTH", "24 Oct – 22 Nov")])
async def test_other_spans(worked: None, farhana: Person, typed: str, days: str) -> None:
    await farhana.say(f"/stats {typed}")
    assert (await farhana.sees(days, "Calls 3 (0)"))["photo"]


async def test_from_span_to_span_by_buttons(worked: None, farhana: Person) -> None:
    await farhana.say("/stats")
    await farhana.sees("Sun 22 Nov")
    await farhana.press("Month")
    await farhana.sees("24 Oct – 22 Nov")
    await farhana.press("Today")
    await farhana.sees("Team Mirpur, Sun 22 Nov")


async def test_the_table(worked: None, farhana: Person) -> None:
    await farhana.say("/stats week")
    await farhana.sees("Mon 16 – Sun 22 Nov")
    await farhana.press("CSV")
    sent = await farhana.sees("opens in Excel")
    assert sent["document"]["file_name"] == "results_2026-11-16_2026-11-22.csv"


async def test_nothing_done_is_said_without_a_picture(chat: Team, farhana: Person) -> None:
    await farhana.say("/stats")
    shown = await farhana.sees("Team Mirpur, Sun 22 Nov", "Calls 0 (0)")
    assert not shown.get("photo")
    await farhana.press("Week")
    assert (await farhana.sees("Mon 16 – Sun 22 Nov"))["id"] == shown["id"]


async def test_in_bengali_by_a_bengali_word(worked: None, farhana: Person) -> None:
    await farhana.speaks(Language.BN)
    await farhana.say("/stats সপ্তাহ")
    await farhana.sees("টিম Mirpur, সোম ১৬ – রবি ২২ নভে", "কল ৩ (০)")


@pytest.mark.parametrize("typed", ["year", "<b>week</b>", "🎂", "w" * 200, "week month"])
async def test_what_is_no_span(farhana: Person, typed: str) -> None:
    await farhana.say(f"/stats {typed}")
    await farhana.sees("/stats does not know", "Send /stats, /stats week, /stats month")


async def test_agents_have_their_own_results_alone(worked: None, nusrat: Person, farhana: Person) -> None:
    await nusrat.say("/stats")
    await nusrat.sees("/stats is for managers")
    await nusrat.say("/help")
    assert "/stats" not in (await nusrat.sees("/me"))["text"]


async def test_old_buttons_after_the_rank_is_gone(chat: Team, worked: None, farhana: Person) -> None:
    await farhana.say("/stats")
    await farhana.sees("Sun 22 Nov")
    async with chat.sessions.begin() as session:
        await session.execute(update(staff).where(staff.c.id == farhana.staff_id).values(role="agent"))
    for label in ("Week", "CSV"):
        assert "🔒" in await farhana.press(label)


async def test_looking_is_on_record(chat: Team, worked: None, farhana: Person) -> None:
    await farhana.say("/stats")
    await farhana.sees("Sun 22 Nov")
    async with chat.sessions() as session:
        acts = await session.execute(select(audit_log.c.action).where(audit_log.c.staff_id == farhana.staff_id))
        assert list(acts.scalars()) == ["/stats"]


async def test_evening_and_week_arrive_as_pictures_and_a_file(chat: Team, worked: None, farhana: Person) -> None:
    for job in (evening_summary.job(Shop()), weekly_report.job(Shop())):
        async with chat.sessions() as session:
            slots = await job.by_hand(session, NOW, farhana.staff_id, NOW)
        for slot in slots:
            await run_slot(chat.sessions, job, slot)
    assert (await farhana.sees("🌙 Team Mirpur, Sun 22 Nov"))["photo"]
    await farhana.sees("📊 Team Mirpur, Sun 15 – Sat 21 Nov")
    table = await farhana.sees("opens in Excel")
    assert table["document"]["file_name"].endswith(".csv")
    await farhana.press("Month")
    await farhana.sees("24 Oct – 22 Nov")


async def test_what_was_made_of_suggestions(chat: Team, nusrat: Person, farhana: Person) -> None:
    """Two are shown, one is called, the other called bad; taken back, it is bad no more."""
    async with chat.sessions() as session:
        for name in ("Rina", "Mitu"):
            one = await factories.customer(session, first_name=name, owner_id=nusrat.staff_id)
            for back in (40, 50):
                await factories.order(session, one, ordered_at=NOW - timedelta(days=back))
            await factories.settle(session, one)
    await farhana.say("/stats")
    assert "Suggestions" not in (await farhana.sees("Sun 22 Nov"))["text"]
    await nusrat.say("/calls")
    await nusrat.sees("Call list: 2")
    chat.at(NOW + timedelta(minutes=5))
    await nusrat.say("/next")
    await nusrat.sees("1 of 2")
    await nusrat.press("No answer")
    await nusrat.sees("no answer")
    chat.at(NOW + timedelta(minutes=10))
    await nusrat.say("/next")
    await nusrat.sees("1 of 1")
    await nusrat.press("Skip")
    await nusrat.sees("why skip?")
    await nusrat.press("Bad suggestion")
    await nusrat.sees("Nobody left")
    await farhana.say("/stats")
    await farhana.sees("Suggestions 2, followed 1 · 👎 1")
    await nusrat.say("/undo")
    await nusrat.sees("as before")
    await farhana.say("/stats week")
    await farhana.sees("Suggestions 2, followed 1 · 👎 0")
