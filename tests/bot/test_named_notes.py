"""Notes that name a customer while another's card is open: they are never written on the card that is."""

import pytest

from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person
from tests.bot.shop import Shop


@pytest.fixture
async def open_card(shop: Shop, nusrat: Person) -> None:
    """Karim's card is at hand; Rahim is somebody else."""
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")


async def untouched(shop: Shop, customer_id: int) -> None:
    assert await shop.logged(customer_id) == []
    rows = "SELECT count(*) FROM customers WHERE id = :id AND do_not_call_at IS NULL"
    assert await shop.rows(rows, id=customer_id) == [(1,)]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    "words",
    [
        "#{id} do not call",
        "#{id} কল দিবেন না",
        "#{id}কে আর কল দিবেন না",
        "# {id}: stop calling",
        "(#{id}) do not call",
        "id {id} do not call",
        "আইডি {id} কল মানা",
        "01712345678 do not call",
        "+880 1712-345678 কল দিবেন না",
    ],
)
@pytest.mark.usefixtures("open_card")
async def test_do_not_call_of_another_by_number(shop: Shop, nusrat: Person, words: str, language: Language) -> None:
    await nusrat.speaks(language)
    await nusrat.say(words.format(id=shop.rahim))
    await nusrat.sees(f"Rahim Uddin #{shop.rahim}", "stop all calls" if language is Language.EN else "আর কখনো কল নয়")
    await untouched(shop, shop.karim)
    await nusrat.press("🚫")
    await shop.team.settled()
    assert (await shop.logged(shop.rahim))[0][0] == "do_not_call"
    await untouched(shop, shop.karim)


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("#{id} talked 3m, call Tue 5pm", "Call 3 min"),
        ("#{id} birthday 15 may", "15 May"),
        ("#{id} order confirmed 2450 cod", "৳2,450"),
        ("#{id} dhore nai", "no answer"),
        ("#{id} wp te wish pathaisi", "saved"),
        ("01712345678 kotha hoise 3 min", "Call 3 min"),
    ],
)
@pytest.mark.usefixtures("open_card")
async def test_a_note_of_another_by_number(shop: Shop, nusrat: Person, words: str, seen: str) -> None:
    await nusrat.say(words.format(id=shop.rahim))
    echo = await nusrat.sees(f"Rahim Uddin #{shop.rahim}", seen)
    assert str(shop.rahim) not in echo["text"].split("\n", 1)[1]
    assert len(await shop.logged(shop.rahim)) == 1
    await untouched(shop, shop.karim)


@pytest.mark.usefixtures("open_card")
async def test_the_number_of_the_open_card_itself(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"#{shop.karim} kotha hoise 3 min")
    await nusrat.sees("Karim Mia", "saved", "Call 3 min")
    assert await shop.logged(shop.karim) == [("connected", None, 180, "kotha hoise 3 min")]


@pytest.mark.usefixtures("open_card")
async def test_a_number_of_nobody_keeps_the_text(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("#999999 do not call")
    await nusrat.sees("#999999", "nobody", "📝 “do not call”")
    await untouched(shop, shop.karim)


@pytest.mark.usefixtures("open_card")
async def test_a_colleagues_customer_by_number(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"#{shop.sumaiya} do not call")
    told = await nusrat.sees("nobody", "Not yours, or a wrong number.", "📝 “do not call”")
    assert "last 4 digits" not in told["text"]
    await untouched(shop, shop.karim)
    await untouched(shop, shop.sumaiya)


@pytest.mark.usefixtures("open_card")
async def test_words_of_which_nothing_is_understood_beside_a_number(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"#{shop.rahim} no sms")
    await nusrat.sees("“no sms”: note or search?", f"Rahim Uddin #{shop.rahim}")
    await nusrat.press("Note")
    await nusrat.sees("Rahim Uddin", "saved")
    await untouched(shop, shop.karim)


@pytest.mark.parametrize(
    "words",
    [
        "rahim do not call",
        "Rahim Uddin: no answer",
        "রহিম উদ্দিনকে আর কল দিবেন না",
        "rahimke call dite mana",
        "rahim er sathe kotha hoise 3 min",
        "5678 do not call",
        "{id} do not call",
        "stop calling #{id}",
    ],
)
@pytest.mark.usefixtures("open_card")
async def test_what_may_name_another_is_asked_once(shop: Shop, nusrat: Person, words: str) -> None:
    words = words.format(id=shop.rahim)
    await nusrat.say(words)
    asked = await nusrat.sees("❓ Whose note is it?", words, f"1 Rahim Uddin #{shop.rahim}")
    assert f"2 Open card: Karim Mia #{shop.karim}" in asked["text"]
    assert [[button["text"] for button in row] for row in asked["buttons"]] == [["1", "2"], ["👤 Whose?"]]
    await untouched(shop, shop.karim)
    await untouched(shop, shop.rahim)
    await nusrat.press("1")
    await nusrat.sees(f"Rahim Uddin #{shop.rahim}")
    assert len(await shop.logged(shop.rahim)) == 1
    await untouched(shop, shop.karim)


async def test_it_was_the_open_card_after_all(shop: Shop, tanvir: Person) -> None:
    await tanvir.say("4412")
    await tanvir.sees("Karim Mia")
    await tanvir.say("sumaiya kotha hoise 3 min")
    await tanvir.sees("নোটটা কার?", f"১ Sumaiya Akter #{shop.sumaiya}", f"২ খোলা কার্ড: Karim Mia #{shop.karim}")
    await tanvir.press("২")
    await tanvir.sees("Karim Mia", "সেভ হয়েছে")
    assert await shop.logged(shop.karim) == [("connected", None, 180, "sumaiya kotha hoise 3 min")]
    assert await shop.logged(shop.sumaiya) == []


@pytest.mark.parametrize(
    "words", ["2450 cod order confirmed", "dokan bondho, dhore nai", "bhai dhore nai", "order #77 confirmed 900 tk"]
)
@pytest.mark.usefixtures("open_card")
async def test_what_names_nobody_is_the_open_cards(shop: Shop, nusrat: Person, words: str) -> None:
    await nusrat.say(words)
    await nusrat.sees(f"Karim Mia #{shop.karim}")
    assert len(await shop.logged(shop.karim)) == 1


async def test_an_answer_to_a_card_that_names_another_is_asked(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("4412")
    card = await nusrat.sees("Karim Mia")
    await nusrat.say(f"#{shop.rahim} do not call", reply_to=card)
    await nusrat.sees("Whose note is it?", "1 Rahim Uddin", "2 Open card: Karim Mia")
    await nusrat.press("1")
    await nusrat.sees(f"Rahim Uddin #{shop.rahim}", "stop all calls?")
    await untouched(shop, shop.karim)


async def test_an_answer_to_what_happened_that_names_another_is_asked(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 4412")
    await nusrat.sees("Karim Mia", "what happened?")
    await nusrat.say(f"#{shop.rahim} do not call")
    await nusrat.sees("Whose note is it?", "1 Rahim Uddin", "2 Open card: Karim Mia")
    await untouched(shop, shop.karim)


async def test_an_answer_to_a_list_that_names_another(shop: Shop, nusrat: Person) -> None:
    async with shop.team.sessions() as session:
        second = await factories.customer(session, first_name="Karim", last_name="Sheikh", owner_id=nusrat.staff_id)
        await factories.settle(session, second)
    await nusrat.say("karim")
    hits = await nusrat.sees("2 customers")
    await nusrat.say(f"#{shop.rahim} do not call", reply_to=hits)
    await nusrat.sees(f"Rahim Uddin #{shop.rahim}", "stop all calls?")
    await untouched(shop, shop.karim)


async def test_a_note_changed_to_name_another_stays_as_it_was(shop: Shop, nusrat: Person) -> None:
    said = await nusrat.say(f"#{shop.rahim} kotha hoise 3 min")
    await nusrat.sees("Rahim Uddin", "saved")
    await nusrat.edits(said, f"#{shop.karim} do not call")
    await nusrat.sees("Another customer in it", f"Rahim Uddin #{shop.rahim}: stays as it was")
    await untouched(shop, shop.karim)
    assert await shop.logged(shop.rahim) == [("connected", None, 180, "kotha hoise 3 min")]


async def test_a_paper_with_the_number_of_another(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("4412")
    card = await nusrat.sees("Karim Mia")
    await nusrat.sends(b"%PDF", "document", caption=f"#{shop.rahim} do not call", reply_to=card)
    await nusrat.sees(f"Rahim Uddin #{shop.rahim}", "stop all calls?")
    await untouched(shop, shop.karim)
