"""Hours in the chat: whom /next passes over, what list and card say of them, and whose experience it is."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from cdm_core.db.steps import steps
from cdm_core.recommend import hours_refit
from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person, Team
from tests.factories import NOW


@pytest.fixture
async def tanvir(chat: Team) -> Person:
    await chat.tanvir.speaks(Language.EN)
    return chat.tanvir


async def due_again(chat: Team, name: str, *, amount: int = 1000, **columns: Any) -> int:
    """A customer of Tanvir's who is due to buy again."""
    async with chat.sessions() as session:
        customer = await factories.customer(
            session, owner_id=chat.tanvir.staff_id, first_name=name, last_name="Mia", **columns
        )
        for back in (40, 50):
            await factories.order(session, customer, amount=amount, ordered_at=NOW - timedelta(days=back))
        await factories.settle(session, customer)
    return customer


async def called(chat: Team, whom: int, hour: int, outcomes: list[str]) -> None:
    """Calls out, one a day, the last one before the attempts that still count."""
    day = NOW.date() - timedelta(days=20)
    async with chat.sessions() as session:
        await session.execute(
            text(
                """
                INSERT INTO customer_interactions (customer_id, interaction_type, outcome, outcome_code, occurred_at)
                SELECT :whom, 'call', outcome, outcome, at
                FROM unnest(CAST(:outcomes AS text[]), CAST(:moments AS timestamptz[])) calls (outcome, at)
                """
            ),
            {
                "whom": whom,
                "outcomes": outcomes,
                "moments": [
                    datetime.combine(day - timedelta(days=back), time(hour, 15), NOW.tzinfo)
                    for back in range(len(outcomes))
                ],
            },
        )
        await factories.settle(session, whom)


async def test_next_passes_over_whom_now_does_not_suit_until_it_does(chat: Team, tanvir: Person) -> None:
    await due_again(chat, "Karim", amount=9000, available_time="সন্ধ্যা ৬-৮")
    await due_again(chat, "Rina", amount=10)
    await tanvir.say("/calls")
    await tanvir.sees("Call list: 2", "Karim Mia #", "18–20", "Rina Mia")
    await tanvir.say("/next")
    await tanvir.sees("Rina Mia", "1 of 2")
    await tanvir.say("no answer")
    await tanvir.sees("Rina Mia")
    await tanvir.say("/next")
    await tanvir.sees("Nobody left to call now", "Next: Karim Mia, 18:00")
    await tanvir.say("/calls")
    await tanvir.sees("Call list: 1", "Karim Mia")
    chat.at(NOW.replace(hour=18, minute=5))
    await tanvir.say("/next")
    await tanvir.sees("Karim Mia", "Call at 18–20")


async def test_card_and_insights_say_whose_experience_the_hours_are(chat: Team, tanvir: Person) -> None:
    own, shop = await due_again(chat, "Karim"), await due_again(chat, "Rina")
    someone = await due_again(chat, "Salma")
    for hour in range(9, 21):
        rhythm = ["connected"] * 3 + ["no_answer"] if hour in (18, 19) else ["no_answer"] * 3 + ["connected"]
        await called(chat, someone, hour, rhythm * 20)
    await called(chat, own, 10, ["connected"] * 40)
    await hours_refit.fit_and_store(steps(chat.sessions, NOW))
    await tanvir.say(f"/customer {own}")
    await tanvir.sees("Karim Mia", "Answers at 10–12 (40 of 40 calls)")
    await tanvir.say(f"/customer {shop}")
    await tanvir.sees("Rina Mia", "Shop's best hours: 18–20")
    await tanvir.press("More")
    await tanvir.sees("· Overview")
    await tanvir.press("Insights")
    await tanvir.sees("When 18–20 (shop's 160+ calls)", "Their own: too few to say (0)")
    await tanvir.say("/calls")
    await tanvir.sees("Karim Mia #", "10–12")


async def test_hours_of_which_none_are_the_shops_are_said_to_be_closed(chat: Team, tanvir: Person) -> None:
    customer = await due_again(chat, "Karim", available_time="22:00-23:00")
    await tanvir.say(f"/customer {customer}")
    await tanvir.sees("Call: 22:00-23:00, closed then")


async def test_hours_that_nobody_can_read_are_shown_as_they_are(chat: Team, tanvir: Person) -> None:
    customer = await due_again(chat, "Karim", available_time="<b>when</b> my son is home 😀")
    await tanvir.say("/next")
    await tanvir.sees("Karim Mia", "Call: <b>when</b> my son is home 😀")
    await tanvir.say(f"/customer {customer}")
    await tanvir.sees("Call: <b>when</b> my son is home 😀")
