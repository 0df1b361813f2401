"""What somebody else wrote, forwarded: a number finds the customer, the rest is nobody's note unasked."""

import pytest

from cdm_core import name_index
from tests.bot.people import Person, Team
from tests.bot.shop import Shop


@pytest.fixture
async def shop(chat: Team) -> Shop:
    shop = await Shop.open(chat)
    async with chat.sessions.begin() as session:
        await name_index.learn(session, ["Rahim Uddin", "Karim Mia", "Sumaiya Akter"])
    return shop


@pytest.mark.parametrize(
    "words",
    [
        "01712345678",
        "apu amar number ০১৭১২-৩৪৫৬৭৮, kal phone diyen",
        "order confirmed 2450 cod 2x honey, +880 1712 345678",
        "আমি রহিম।\n\n" + "অনেক কথা " * 300 + "\nফোন: +8801712345678",
    ],
)
@pytest.mark.parametrize("of", ["stranger", "Hidden <b>Person</b>", "tanvir"])
async def test_a_number_in_it_opens_the_card(shop: Shop, nusrat: Person, words: str, of: str) -> None:
    await nusrat.forwards(words, of=of)
    await nusrat.sees("Rahim Uddin #", "+880 1712-345678")
    assert await shop.logged(shop.rahim) == []


async def test_several_numbers_are_a_list(shop: Shop, nusrat: Person) -> None:
    await nusrat.forwards("call 01712345678 and 01512344412 today")
    await nusrat.sees("2 customers", "Rahim Uddin", "Karim Mia")
    await nusrat.press("2")
    await nusrat.sees("Karim Mia #")


async def test_a_card_of_the_bot_sent_on(shop: Shop, nusrat: Person, farhana: Person) -> None:
    await nusrat.say("5678")
    card = await nusrat.sees("Rahim Uddin #")
    await nusrat.sandbox.forward(nusrat.key, card["id"])
    again = await nusrat.sees("Rahim Uddin #")
    assert again["id"] != card["id"]


async def test_a_colleagues_customer_stays_masked(shop: Shop, tanvir: Person) -> None:
    await tanvir.forwards("amar number 01712345678")
    await tanvir.sees("R••• U•••: Nusrat দেখছেন")


async def test_an_unknown_number_makes_a_lead_without_the_writers_name(shop: Shop, nusrat: Person) -> None:
    await nusrat.forwards("Karim 01611111111", of="Karim Mia")
    await nusrat.sees("+880 1611-111111: nobody yet", "One tap makes a lead, then the name.")


async def test_a_note_is_asked_about_and_the_answer_logs_it(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.forwards("kotha hoise 3 min, dam beshi")
    asked = await nusrat.sees("note or search?", "Open card: Rahim Uddin")
    assert [one["text"] for one in asked["buttons"][0]] == ["📝 Note", "🔎 Search"]
    assert await shop.logged(shop.rahim) == []
    await nusrat.press("Note")
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min")
    assert await shop.logged(shop.rahim) == [("connected", "price", 180, "kotha hoise 3 min, dam beshi")]


async def test_without_a_card_a_note_is_asked_about_too(shop: Shop, nusrat: Person) -> None:
    await nusrat.forwards("kotha hoise 3 min")
    asked = await nusrat.sees("“kotha hoise 3 min”: note or search?")
    assert "Open card" not in asked["text"]
    await nusrat.press("Note")
    await nusrat.sees("Whose note is it?")
    await nusrat.say("rahim")
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min · talked")


async def test_the_question_can_be_a_search(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.forwards("Karim Mia")
    await nusrat.sees("“Karim Mia”: note or search?")
    await nusrat.press("Search")
    await nusrat.sees("Karim Mia #")


async def test_a_name_alone_is_a_search(shop: Shop, nusrat: Person) -> None:
    await nusrat.forwards("Karim Mia")
    await nusrat.sees("Karim Mia #")


@pytest.mark.parametrize("words", ["/undo", "/log 5678 no answer", "/start", "📞 Calls", "▶️ Next"])
async def test_somebody_elses_command_is_no_command(shop: Shop, nusrat: Person, words: str) -> None:
    await nusrat.say("/log 5678 kotha hoise 3 min")
    await nusrat.sees("saved")
    await nusrat.forwards(words)
    answer = await nusrat.sees("")
    assert "undone" not in answer["text"]
    assert len(await shop.logged(shop.rahim)) == 1
    assert await shop.rows("SELECT count(*) FROM claims") == [(0,)]


@pytest.mark.parametrize("words", ["😀😀", "x" * 4000, "<b>&amp;", "…"])
async def test_odd_texts_are_answered_and_kept(shop: Shop, nusrat: Person, words: str) -> None:
    await nusrat.forwards(words)
    await nusrat.sees("")


async def test_long_text_under_a_card_is_kept_as_a_note(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.forwards("likes jars " * 60)
    await nusrat.sees("keep as a note?", "Open card: Rahim Uddin")
    await nusrat.press("Keep as note")
    await nusrat.sees("Rahim Uddin", "saved")
    assert len((await shop.logged(shop.rahim))[0][3]) > 600


async def test_a_forwarded_text_does_not_answer_a_question(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("01611111111")
    await nusrat.sees("nobody yet")
    await nusrat.press("New lead")
    await nusrat.sees("What is the name?")
    await nusrat.forwards("Sumaiya Akter Mim")
    await nusrat.sees("Sumaiya Akter Mim")
    assert await shop.rows("SELECT first_name FROM customers WHERE source = 'chat'") == [("",)]


async def test_strangers_and_groups_stay_silent(shop: Shop, chat: Team, nusrat: Person) -> None:
    await chat.stranger.forwards("01712345678")
    await nusrat.sandbox.forward(nusrat.key, text="01712345678", of="stranger", chat="mirpur")
    await chat.polled()
    await chat.settled()
    for where in ("stranger", "mirpur"):
        assert not [one for one in await chat.sandbox.messages(where) if "Rahim" in one["text"]]


async def test_what_was_forwarded_is_kept_with_the_new_lead(shop: Shop, nusrat: Person) -> None:
    await nusrat.forwards("Ami Shirin, 01612-345678, 2 kg modhu lagbe")
    await nusrat.sees("+880 1612-345678: nobody yet")
    await nusrat.press("New lead")
    await nusrat.sees("saved")
    [(lead,)] = await shop.rows("SELECT id FROM customers WHERE phone_e164 = '+8801612345678'")
    assert [row[3] for row in await shop.logged(lead)] == ["Ami Shirin, 01612-345678, 2 kg modhu lagbe"]


async def test_a_number_alone_forwarded_leaves_no_note(shop: Shop, nusrat: Person) -> None:
    await nusrat.forwards("01612-345678")
    await nusrat.sees("nobody yet")
    await nusrat.press("New lead")
    await nusrat.sees("What is the name?")
    [(lead,)] = await shop.rows("SELECT id FROM customers WHERE phone_e164 = '+8801612345678'")
    assert await shop.logged(lead) == []
