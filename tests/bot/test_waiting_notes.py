"""Notes of which nobody has said whose they are: asked for, left for something else, found again, never lost."""

from datetime import timedelta

import pytest

from cdm_core import purge
from cdm_core.db.as_of import set_as_of
from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW

NOTE = "kotha hoise 3 min"
LOGGED = [("connected", None, 180, NOTE)]


async def rahims(shop: Shop, person: Person, number: int) -> None:
    """So many more customers of the person are called Rahim."""
    async with shop.team.sessions() as session:
        ids = [
            await factories.customer(session, first_name="Rahim", last_name=f"Sheikh{n}", owner_id=person.staff_id)
            for n in range(number)
        ]
        await factories.settle(session, *ids)


async def test_a_command_ends_the_question_and_keeps_the_text(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(NOTE)
    await nusrat.sees("Whose note is it?")
    await nusrat.say("/due")
    await nusrat.sees("No call is promised")
    await nusrat.sees("The text is kept", f"“{NOTE}”")
    await nusrat.say("karim")
    await nusrat.sees("Karim Mia", "no calls yet")
    assert await shop.logged(shop.karim) == []
    await nusrat.press("Whose?")
    await nusrat.sees("Whose note is it?", NOTE)
    await nusrat.say("rahim")
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min")
    assert await shop.logged(shop.rahim) == LOGGED


async def test_a_key_of_the_keyboard_is_a_command(shop: Shop, tanvir: Person) -> None:
    await tanvir.say("কথা হয়েছে ৩ মিনিট")
    await tanvir.sees("নোটটা কার?")
    await tanvir.say("⏰ ফলো-আপ")
    await tanvir.sees("লেখাটা রাখা আছে", "কথা হয়েছে ৩ মিনিট")
    await tanvir.say("sumaiya")
    await tanvir.sees("Sumaiya Akter")
    assert await shop.logged(shop.sumaiya) == []


async def test_an_opened_card_is_offered_the_note(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(NOTE)
    await nusrat.sees("Whose note is it?")
    await nusrat.say("/customer 5678")
    await nusrat.sees("Rahim Uddin", "+880 1712-345678")
    left = await nusrat.sees("The text is kept")
    await nusrat.press(f"Note: #{shop.rahim}", message=left)
    echo = await nusrat.sees("Rahim Uddin", "saved", "Call 3 min")
    assert echo["id"] == left["id"]
    assert await shop.logged(shop.rahim) == LOGGED
    assert await nusrat.press_data(f"v1:note:{shop.karim}", message=left) == "Already done, 11:10"
    assert await shop.logged(shop.karim) == []


async def test_a_note_of_a_colleagues_customer_is_offered_on_nobody_elses_card(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"#{shop.sumaiya} {NOTE}")
    await nusrat.sees("nobody", NOTE)
    await nusrat.say(f"/customer {shop.rahim}")
    left = await nusrat.sees("The text is kept", f"“{NOTE}”")
    assert [[button["text"] for button in row] for row in left["buttons"]] == [["👤 Whose?"]]


async def test_a_note_by_number_is_offered_to_whom_it_named_once_theirs(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"#{shop.sumaiya} {NOTE}")
    await nusrat.sees("nobody", NOTE)
    await shop.give(shop.sumaiya, nusrat)
    await nusrat.say(f"/customer {shop.sumaiya}")
    await nusrat.press(f"Note: #{shop.sumaiya}", message=await nusrat.sees("The text is kept"))
    await nusrat.sees("Sumaiya Akter", "saved")
    assert await shop.logged(shop.sumaiya) == LOGGED


async def test_do_not_call_is_offered_on_no_card(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("do not call again")
    await nusrat.sees("Whose note is it?")
    await nusrat.say(f"/customer {shop.rahim}")
    left = await nusrat.sees("The text is kept", "“do not call again”")
    assert [[button["text"] for button in row] for row in left["buttons"]] == [["👤 Whose?"]]


async def test_a_shared_contact_is_offered_the_note(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(NOTE)
    await nusrat.sees("Whose note is it?")
    await nusrat.shares("+8801712345678", "Rahim")
    await nusrat.press(f"Note: #{shop.rahim}", message=await nusrat.sees("The text is kept"))
    await nusrat.sees("Rahim Uddin", "saved")
    assert await shop.logged(shop.rahim) == LOGGED


async def test_another_note_leaves_the_first_one_kept(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(NOTE)
    await nusrat.sees("Whose note is it?")
    await nusrat.say("dhore nai")
    await nusrat.sees("Whose note is it?", "dhore nai")
    await nusrat.sees("The text is kept", NOTE)
    await nusrat.say("karim")
    await nusrat.sees("Karim Mia", "no answer")
    await nusrat.say("/log")
    usage = await nusrat.sees("Who, and what happened?", "Whose are these?", f"1 “{NOTE}”")
    await nusrat.press("1", message=usage)
    await nusrat.sees("Whose note is it?", NOTE)
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin", "saved")
    assert await shop.logged(shop.rahim) == LOGGED
    await nusrat.say("/log")
    assert "Whose are these?" not in (await nusrat.sees("Who, and what happened?"))["text"]


async def test_after_ten_minutes_a_name_is_a_search(shop: Shop, chat: Team, nusrat: Person) -> None:
    await nusrat.say(NOTE)
    await nusrat.sees("Whose note is it?")
    chat.at(NOW + timedelta(minutes=11))
    await nusrat.say("rahim")
    await nusrat.sees("Rahim Uddin", "+880 1712-345678")
    await nusrat.sees("The text is kept", NOTE)
    assert await shop.logged(shop.rahim) == []


async def test_a_colleagues_customer_is_no_owner_of_it_and_the_question_stays(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(NOTE)
    await nusrat.sees("Whose note is it?")
    await nusrat.say("01812349077")
    await nusrat.sees("known, with Tanvir")
    await nusrat.sees("The text is kept", NOTE)
    await nusrat.say("rahim")
    await nusrat.sees("Rahim Uddin", "saved")
    assert await shop.logged(shop.rahim) == LOGGED


async def test_a_message_changed_while_its_note_waits(shop: Shop, nusrat: Person) -> None:
    typed = await nusrat.say(NOTE)
    await nusrat.sees("Whose note is it?")
    await nusrat.edits(typed, "kotha hoise 5 min")
    await nusrat.sees("Whose note is it?", "kotha hoise 5 min")
    await nusrat.say("rahim")
    await nusrat.sees("Rahim Uddin", "saved", "Call 5 min")


async def test_more_than_five_whose_it_may_be_are_paged(shop: Shop, nusrat: Person) -> None:
    await rahims(shop, nusrat, 6)
    await nusrat.say(f"/log rahim {NOTE}")
    first = await nusrat.sees("7 customers", NOTE)
    assert [[button["text"] for button in row] for row in first["buttons"]] == [list("12345"), ["Next 2 ›"]]
    await nusrat.press("Next 2")
    second = await nusrat.sees("7 customers", NOTE, "\n6 ")
    assert second["id"] == first["id"]
    assert [[button["text"] for button in row] for row in second["buttons"]] == [["6", "7"], ["‹ Back"]]
    await nusrat.press("7")
    await nusrat.sees("Rahim", "saved", "Call 3 min")
    assert await shop.rows("SELECT description FROM customer_interactions") == [(NOTE,)]


async def test_an_answer_to_a_card_nobody_knows_any_more_asks_whose(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    card = await nusrat.sees("Rahim Uddin")
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")
    await shop.forget_messages()
    await nusrat.say("honey ta valo legeche", reply_to=card)
    await nusrat.sees("Whose note is it?", "That message is too old to know.", "honey ta valo legeche")
    assert await shop.logged(shop.karim) == []
    await nusrat.say("rahim")
    await nusrat.sees("Rahim Uddin", "saved")
    assert [row[3] for row in await shop.logged(shop.rahim)] == ["honey ta valo legeche"]


async def test_an_answer_to_ones_own_note_is_about_the_same_customer(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    mine = await nusrat.say(NOTE)
    await nusrat.sees("saved")
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")
    await nusrat.say("honey ta valo legeche", reply_to=mine)
    await nusrat.sees("Rahim Uddin", "saved")
    assert [row[3] for row in await shop.logged(shop.rahim)] == [NOTE, "honey ta valo legeche"]


@pytest.mark.parametrize("language", list(Language))
async def test_a_long_text_without_a_card_is_kept_and_placed(shop: Shop, nusrat: Person, language: Language) -> None:
    await nusrat.speaks(language)
    words = "ক" * 4000
    await nusrat.say(words)
    await nusrat.sees("4,000" if language is Language.EN else "৪,০০০")
    await nusrat.press("📝")
    await nusrat.sees("Whose note is it?" if language is Language.EN else "নোটটা কার?")
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin", "saved" if language is Language.EN else "সেভ")
    assert [row[3] for row in await shop.logged(shop.rahim)] == [words]


async def test_the_text_is_kept_in_one_place_alone(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(NOTE)
    await nusrat.sees("Whose note is it?")
    assert await shop.rows("SELECT text FROM waiting_notes") == [(NOTE,)]
    assert await shop.rows("SELECT count(*) FROM outbox WHERE context::text LIKE '%kotha%'") == [(0,)]
    await nusrat.say("rahim")
    await nusrat.sees("saved")
    assert await shop.rows("SELECT text, settled_at IS NOT NULL FROM waiting_notes") == [(None, True)]


async def test_all_notes_that_wait_are_listed(shop: Shop, chat: Team, nusrat: Person) -> None:
    """Seven of them, two pages; the oldest after weeks too."""
    for number in range(1, 8):
        await nusrat.say(f"kotha hoise {number} min")
        await nusrat.sees("Whose note is it?", f"kotha hoise {number} min")
    chat.at(NOW + timedelta(days=40))
    async with chat.sessions.begin() as session:
        assert await purge.purge_notes(session, days=30) == 0
    await nusrat.say("/log")
    listed = await nusrat.sees("Whose are these?", "5 “kotha hoise 3 min”")
    await nusrat.press("Next 2", message=listed)
    rest = await nusrat.sees("6 “kotha hoise 2 min”", "7 “kotha hoise 1 min”")
    assert rest["id"] == listed["id"]
    await nusrat.press("7", message=rest)
    await nusrat.sees("Whose note is it?", "kotha hoise 1 min")
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin", "Call 1 min")
    async with chat.sessions.begin() as session:
        await set_as_of(session, NOW + timedelta(days=80))
        assert await purge.purge_notes(session, days=30) == 1
