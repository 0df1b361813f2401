"""A promised call at another time: the promise moves, no contact is logged."""

import pytest

from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW


@pytest.fixture
async def shop(chat: Team) -> Shop:
    """Rahim was promised a call at six, as he wished."""
    opened = await Shop.open(chat)
    async with chat.sessions() as session:
        await factories.follow_up(session, opened.rahim, chat.nusrat.staff_id, asked=True)
        await factories.settle(session, opened.rahim)
    return opened


async def menu(person: Person) -> None:
    await person.say("5678")
    card = await person.sees("Rahim Uddin")
    await person.press("Later", message=card)
    await person.sees("Rahim Uddin")
    await person.press("Only move it")
    await person.sees("Rahim Uddin")


async def test_two_hours_later_without_a_contact(shop: Shop, nusrat: Person) -> None:
    await menu(nusrat)
    await nusrat.press("+2 h")
    moved = await nusrat.sees("⏰ Rahim Uddin", "call moved", "Today 13:10")
    assert await shop.promised(shop.rahim) == ["22 13:10"]
    assert await shop.logged(shop.rahim) == []
    assert await shop.rows("SELECT asked FROM follow_ups") == [(False,)]
    await nusrat.press("Card")
    card = await nusrat.sees("Rahim Uddin", "+880 1712-345678", "⏰ Today 13:10")
    assert card["id"] == moved["id"]


async def test_moved_into_the_night_it_says_when_it_rings(shop: Shop, nusrat: Person) -> None:
    shop.team.at(NOW.replace(hour=19, minute=30))
    await menu(nusrat)
    await nusrat.press("+2 h")
    await nusrat.sees("⏰ Rahim Uddin", "call moved", "Today 21:30", "Reminder: tomorrow 09:00")


async def test_it_is_undone_where_it_was_done(shop: Shop, nusrat: Person) -> None:
    await menu(nusrat)
    await nusrat.press("Tomorrow")
    moved = await nusrat.sees("call moved", "Tomorrow, Mon 23 Nov 10:00")
    revert = moved["buttons"][0][0]["callback_data"]
    await nusrat.press("Undo")
    back = await nusrat.sees("↩️ Rahim Uddin", "undone", "Today 18:00")
    assert back["id"] == moved["id"]
    assert await shop.rows("SELECT asked FROM follow_ups") == [(True,)]
    assert await shop.promised(shop.rahim) == ["22 18:00"]
    assert await nusrat.press_data(revert, message=moved) == "Already done, 11:10"


async def test_undo_takes_whichever_came_last(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 4412 kotha hoise 3 min")
    await nusrat.sees("Karim Mia", "saved")
    shop.team.at(NOW.replace(minute=11))
    await menu(nusrat)
    await nusrat.press("+30 min")
    await nusrat.sees("call moved", "Today 11:45")  # half an hour on, up to full five minutes
    await nusrat.say("/undo")
    await nusrat.sees("Rahim Uddin", "undone", "Today 18:00")
    await nusrat.say("/undo")
    await nusrat.sees("Karim Mia", "undone", "Call 3 min")
    await nusrat.say("/undo")
    await nusrat.sees("Nothing to undo today")


async def test_a_time_is_typed(shop: Shop, nusrat: Person) -> None:
    await menu(nusrat)
    await nusrat.press("Pick")
    await nusrat.sees("call again when?")
    await nusrat.say("gotokal 5tay")
    await nusrat.sees("That time is over")
    await nusrat.say("bla")
    await nusrat.sees("No time in it")
    await nusrat.say("mongolbar bikal 5tay")
    await nusrat.sees("call moved", "Tue 24 Nov 17:00")
    assert await shop.promised(shop.rahim) == ["24 17:00"]


async def test_a_day_alone_is_its_late_morning(shop: Shop, nusrat: Person) -> None:
    await menu(nusrat)
    await nusrat.press("Pick")
    await nusrat.sees("call again when?")
    await nusrat.say("mongolbar")
    await nusrat.sees("call moved", "Tue 24 Nov 11:00")


async def test_a_note_instead_of_a_time_is_a_note(shop: Shop, nusrat: Person) -> None:
    await menu(nusrat)
    await nusrat.press("Pick")
    await nusrat.sees("call again when?")
    await nusrat.say("kotha hoise 3 min, dam beshi")
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min")


async def test_kept_meanwhile_there_is_nothing_to_move(shop: Shop, nusrat: Person) -> None:
    await menu(nusrat)
    moving = await nusrat.sees("Rahim Uddin")
    await nusrat.say("kotha hoise 3 min")
    await nusrat.sees("saved")
    assert await nusrat.press_data(f"v1:shift:{shop.rahim}:2h", message=moving) == "No call is promised"
    assert await shop.promised(shop.rahim) == []


async def test_after_a_contact_the_move_is_not_undone(shop: Shop, nusrat: Person) -> None:
    await menu(nusrat)
    await nusrat.press("+2 h")
    moved = await nusrat.sees("call moved")
    await nusrat.say("kotha hoise, kal 6tay call dite bolse")
    await nusrat.sees("saved", "Tomorrow, Mon 23 Nov 18:00")
    await nusrat.press_data(moved["buttons"][0][0]["callback_data"], message=moved)
    assert await shop.promised(shop.rahim) == ["23 18:00"]


async def test_without_a_promise_there_is_nothing_to_move(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("4412")
    card = await nusrat.sees("Karim Mia")
    await nusrat.press("Later", message=card)
    later = await nusrat.sees("Karim Mia")
    assert "Only move it" not in str(later["buttons"])


async def test_two_hours_on_is_a_time_people_say(shop: Shop, nusrat: Person) -> None:
    shop.team.at(NOW.replace(hour=11, minute=12, second=31))
    await menu(nusrat)
    await nusrat.press("+2 h")
    await nusrat.sees("call moved", "Today 13:15")
