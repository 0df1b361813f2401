"""What a person reads of suggestions is noted, page by page, and who is held out is missed by nobody."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from cdm_core import thresholds
from cdm_core.recommend.followed import followed
from cdm_core.schedule import JobName, Slot
from jobs import morning_digest, nightly
from jobs.job import Shop
from jobs.runner import run_slot
from tests import factories
from tests.bot.people import Person, Team
from tests.factories import NOW


@pytest.fixture
async def buyers(chat: Team) -> list[int]:
    """Nusrat's, all due to buy again, the dearest first."""
    made = []
    async with chat.sessions() as session:
        for place in range(14):
            one = await factories.customer(
                session, first_name=f"Buyer{place:02}", last_name="", owner_id=chat.nusrat.staff_id
            )
            for back in (40, 50):
                amount = 50_000 - 1000 * place
                await factories.order(session, one, amount=amount, ordered_at=NOW - timedelta(days=back))
            made.append(one)
        await factories.settle(session, *made)
    return made


async def rows(chat: Team, query: str, **values: Any) -> list[Any]:
    await chat.settled()
    async with chat.sessions() as session:
        return list((await session.execute(text(query), values)).all())


async def hold_out(chat: Team, share: float) -> set[int]:
    """Hold out that share; who is then."""
    async with chat.sessions.begin() as session:
        await session.execute(
            text("UPDATE settings SET value = :share WHERE key = 'hold_out_share'"), {"share": str(share)}
        )
    found = await rows(
        chat, "SELECT id FROM customers WHERE cdm_held_out(coalesce(household_id, id), DATE '2026-11-22')"
    )
    return {row.id for row in found}


async def noted(chat: Team) -> dict[int, tuple[str, bool]]:
    found = await rows(chat, "SELECT customer_id, shown_in, held_out FROM recommendation_log")
    return {row.customer_id: (row.shown_in, row.held_out) for row in found}


async def test_only_the_pages_that_were_read_are_noted(chat: Team, buyers: list[int]) -> None:
    await chat.nusrat.say("/calls")
    await chat.nusrat.sees("Call list: 14", "Buyer00", "Buyer04")
    assert await noted(chat) == dict.fromkeys(buyers[:5], ("list", False))
    await chat.nusrat.press("9 more ›")
    await chat.nusrat.sees("Buyer05", "Buyer09")
    assert set(await noted(chat)) == set(buyers[:10])
    await chat.nusrat.press("6")
    await chat.nusrat.sees(f"Buyer05 #{buyers[5]}")
    assert (await noted(chat))[buyers[5]] == ("list", False), "the first time counts"


async def test_who_is_held_out_is_on_no_list_and_noted_where_they_would_be(chat: Team, buyers: list[int]) -> None:
    out = await hold_out(chat, 0.5)
    offered = [one for one in buyers if one not in out]
    assert 0 < len(offered) < len(buyers)
    await chat.nusrat.say("/calls")
    page = await chat.nusrat.sees(f"Call list: {len(offered)}")
    names = {one: f"Buyer{place:02}" for place, one in enumerate(buyers)}
    assert [names[one] for one in buyers if names[one] in page["text"]] == [names[one] for one in offered[:5]]
    until = buyers.index(offered[5]) if len(offered) > 5 else len(buyers)
    before = {one for one in buyers[:until] if one in out}
    ahead = {one for one in before if sum(other in offered for other in buyers[: buyers.index(one)]) < 5}
    found = await noted(chat)
    assert {one for one, (_, held) in found.items() if held} == ahead
    assert {one for one, (_, held) in found.items() if not held} == set(offered[:5])


async def test_nobody_to_call_is_noted_too_where_all_are_held_out(chat: Team, buyers: list[int]) -> None:
    assert await hold_out(chat, 0.999999) == set(buyers)
    await chat.nusrat.say("/calls")
    await chat.nusrat.sees("Nobody left to call")
    assert await noted(chat) == dict.fromkeys(buyers, ("list", True))


async def test_the_card_of_who_is_held_out_says_nothing_of_it(chat: Team, buyers: list[int]) -> None:
    await chat.nusrat.say(f"/customer {buyers[0]}")
    before = await chat.nusrat.sees("Buyer00", "৳1,00,000")
    assert await noted(chat) == {buyers[0]: ("card", False)}
    await hold_out(chat, 0.999999)
    await chat.nusrat.say(f"/customer {buyers[0]}")
    after = await chat.nusrat.sees("Buyer00")
    assert (after["text"], after["buttons"]) == (before["text"], before["buttons"])
    assert await noted(chat) == {buyers[0]: ("card", False)}
    await chat.nusrat.say("/next")
    await chat.nusrat.sees("Nobody left to call")
    assert (await noted(chat))[buyers[0]] == ("next", True), "a list takes the place of a card that was looked up"


async def test_next_is_noted(chat: Team, buyers: list[int]) -> None:
    await chat.nusrat.say("/next")
    await chat.nusrat.sees("Buyer00")
    assert await noted(chat) == {buyers[0]: ("next", False)}


async def test_what_was_done_stands_in_the_log_when_the_window_is_over_and_is_counted_before(
    chat: Team, buyers: list[int]
) -> None:
    await chat.nusrat.say("/calls")
    await chat.nusrat.sees("Buyer00")
    chat.at(NOW + timedelta(minutes=5))
    await chat.nusrat.say(f"#{buyers[0]} order holo 2450 tk")
    await chat.nusrat.sees("2,450")
    whose = (chat.nusrat.staff_id, chat.farhana.staff_id)

    async def counted() -> list[tuple[int, int]]:
        async with chat.sessions() as session:
            rules, now = await thresholds.load(session), NOW + timedelta(minutes=10)
            found = [await followed(session, [one], NOW, now, now=now, thresholds=rules) for one in whose]
            return [(each.shown, each.followed) for each in found]

    outcome = "SELECT acted_at, ordered_at, revenue FROM recommendation_log WHERE customer_id = :id"
    assert await rows(chat, outcome, id=buyers[0]) == [(None, None, None)]
    assert await counted() == [(5, 1), (0, 0)]
    over = NOW + timedelta(days=38)
    await run_slot(
        chat.sessions, nightly.job(Shop()), Slot(JobName.NIGHTLY, "recommendations", over.date(), over, over)
    )
    (row,) = await rows(chat, outcome, id=buyers[0])
    assert row.acted_at == row.ordered_at == NOW + timedelta(minutes=5)
    assert row.revenue == 0, "it was not delivered"


async def test_a_card_that_suggests_nothing_is_not_noted(chat: Team, buyers: list[int]) -> None:
    async with chat.sessions() as session:
        await factories.interaction(session, buyers[0], occurred_at=NOW - timedelta(hours=1))
        await factories.settle(session, buyers[0])
    await chat.nusrat.say(f"/customer {buyers[0]}")
    await chat.nusrat.sees("Buyer00")
    assert await noted(chat) == {}


async def test_the_morning_list_notes_the_calls_it_shows(chat: Team, buyers: list[int]) -> None:
    out = await hold_out(chat, 0.5)
    offered = [one for one in buyers if one not in out]
    slot = Slot(JobName.MORNING_DIGEST, str(chat.nusrat.staff_id), NOW.date(), NOW, NOW)
    outcome = await run_slot(chat.sessions, morning_digest.job(Shop()), slot)
    assert outcome.detail["sent"]
    first = await chat.nusrat.sees("Buyer")
    shown = [one for place, one in enumerate(buyers) if f"Buyer{place:02}" in first["text"]]
    assert shown == offered[: len(shown)]
    found = await noted(chat)
    assert {one for one, row in found.items() if row == ("digest", False)} == set(shown)
    last = buyers.index(shown[-1])
    assert {one for one, row in found.items() if row == ("digest", True)} == {
        one for one in buyers[:last] if one in out
    }


async def test_two_people_see_a_customer_and_it_is_noted_once(chat: Team, buyers: list[int]) -> None:
    persons: list[Person] = [chat.nusrat, chat.farhana]
    for person in persons:
        await person.say(f"/customer {buyers[0]}")
        await person.sees("Buyer00")
    found = await rows(chat, "SELECT staff_id FROM recommendation_log")
    assert [row.staff_id for row in found] == [chat.nusrat.staff_id]
