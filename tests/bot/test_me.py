"""/me: the day's results against yesterday's, and the week."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from cdm_core.tables import sales_orders
from tests import factories
from tests.bot.people import Person, Team
from tests.factories import NOW


@pytest.fixture
async def worked(chat: Team) -> None:
    """Nusrat and Tanvir: two calls today of which one was answered, an order; one call yesterday."""
    async with chat.sessions() as session:
        customer = await factories.customer(session)
        for person in (chat.nusrat.staff_id, chat.tanvir.staff_id):
            for outcome, days, promised in (("connected", 0, True), ("no_answer", 0, False), ("interested", 1, False)):
                told = await factories.interaction(
                    session,
                    customer,
                    staff_id=person,
                    outcome_code=outcome,
                    occurred_at=NOW - timedelta(days=days, minutes=5),
                )
                if promised:
                    await factories.follow_up(session, customer, person, status="done", interaction_id=told)
            await factories.interaction(session, customer, staff_id=person, occurred_at=NOW, undone_at=NOW)
            order = await factories.order(session, customer, amount=Decimal(2450), status="pending")
            confirmed = {"confirmed_by": person, "confirmed_at": NOW}
            await session.execute(update(sales_orders).where(sales_orders.c.id == order).values(confirmed))
        await factories.follow_up(session, customer, chat.nusrat.staff_id, due_at=NOW - timedelta(hours=1))
        await factories.settle(session, customer)


async def test_the_day(worked: None, nusrat: Person) -> None:
    await nusrat.say("/me")
    shown = await nusrat.sees("Nusrat, today", "Calls 2 (1)", "Answered 1, 50% (1, 100%)", "Orders 1, ৳2,450 (0)")
    assert "Promised 1 · overdue 1" in shown["text"]
    assert shown["photo"]
    await nusrat.press("Due 1")
    await nusrat.sees("Rahim Uddin")


async def test_the_day_in_bengali_by_its_key(worked: None, tanvir: Person) -> None:
    await tanvir.say("📊 আমার দিন")
    await tanvir.sees("Tanvir, আজ", "কল ২ (১)", "ধরেছে ১, ৫০% (১, ১০০%)", "কথা দিয়েছেন ১ · সময় পার ০")


async def test_without_a_call_there_is_no_picture(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/me")
    shown = await nusrat.sees("Nusrat, today", "Calls 0 (0)")
    assert not shown.get("photo")
    await nusrat.press("Week")
    week = await nusrat.sees("Nusrat, 7 days")
    assert week["id"] == shown["id"]


async def test_the_week_beside_the_picture(worked: None, nusrat: Person) -> None:
    await nusrat.say("/me")
    await nusrat.sees("Nusrat, today")
    await nusrat.press("Week")
    week = await nusrat.sees(
        "Nusrat, 7 days", "Sun 22: calls 2, answered 1\norders 1, ৳2,450", "Sat 21: calls 1, answered 1"
    )
    assert len(week["text"].splitlines()) == 9  # a heading, seven days, the orders of one
    await nusrat.press("Back")
    await nusrat.sees("Nusrat, today")
