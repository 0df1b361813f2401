"""What agents type by mistake: each has a clear answer, and nothing of it is lost."""

from datetime import timedelta

import pytest

from cdm_core.words import Language
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW

PHONE = "SELECT phone_e164 FROM customers WHERE id = :id"


async def card(person: Person, number: str, name: str) -> None:
    await person.say(number)
    await person.sees(name)


TWO = "01712345678 kotha hoise, 01512344412 dhore nai"


async def test_two_customers_in_one_line_are_asked_for_one_by_one(shop: Shop, nusrat: Person) -> None:
    await card(nusrat, "5678", "Rahim Uddin")
    await nusrat.say(TWO)
    asked = await nusrat.sees("More than one customer in it", TWO[:20], "Send a line for each")
    assert await shop.rows("SELECT count(*) FROM customer_interactions") == [(0,)]
    await nusrat.press(f"Note: #{shop.rahim}", message=asked)
    await nusrat.sees("Rahim Uddin", "no answer", "01512344412")
    assert [row[3] for row in await shop.logged(shop.rahim)] == [TWO]
    assert await shop.logged(shop.karim) == []


async def test_two_customers_in_one_log_line(shop: Shop, tanvir: Person) -> None:
    await tanvir.say("/log 01812349077 কথা হয়েছে, 01512344412 ফোন ধরেনি")
    await tanvir.sees("এতে একের বেশি কাস্টমার", "একজনের জন্য এক লাইন")
    assert await shop.rows("SELECT count(*) FROM customer_interactions") == [(0,)]
    await tanvir.press("কার?")
    await tanvir.sees("নোটটা কার?")
    await tanvir.say("9077")
    await tanvir.sees("Sumaiya Akter")
    assert len(await shop.logged(shop.sumaiya)) == 1


async def test_a_follow_up_in_the_past_is_asked_anew(shop: Shop, nusrat: Person) -> None:
    await card(nusrat, "5678", "Rahim Uddin")
    await nusrat.say("kotha hoise, gotokal 6tay call dibo")
    asked = await nusrat.sees("Rahim Uddin", "when?", "That time is over.", "Text saved.")
    assert await shop.promised(shop.rahim) == []
    assert [row[3] for row in await shop.logged(shop.rahim)] == ["kotha hoise, gotokal 6tay call dibo"]
    await nusrat.press(asked["buttons"][0][1]["text"])
    await nusrat.sees("Rahim Uddin", "saved", "⏰ Tomorrow, Mon 23 Nov 11:00")
    assert await shop.promised(shop.rahim) == ["23 11:00"]


async def test_an_amount_that_is_a_phone_is_no_amount(shop: Shop, nusrat: Person) -> None:
    await card(nusrat, "4412", "Karim Mia")
    await nusrat.say("order confirmed 01912345678 cod")
    await nusrat.sees("Karim Mia", "New phone +880 1912-345678?", "Type what it is")
    assert await shop.rows("SELECT count(*) FROM sales_orders") == [(0,)]
    assert await shop.rows(PHONE, id=shop.karim) == [("+8801512344412",)]
    await nusrat.say("2450")
    await nusrat.sees("Karim Mia", "✅ Order ৳2,450")
    [(said,)] = await shop.rows("SELECT description FROM customer_interactions WHERE undone_at IS NULL")
    assert said == "order confirmed 01912345678 cod\n2450"


async def test_their_own_number_is_no_new_one(shop: Shop, nusrat: Person) -> None:
    await card(nusrat, "5678", "Rahim Uddin")
    await nusrat.say("01712345678 e call dilam, kotha hoise 3 min")
    echo = await nusrat.sees("Rahim Uddin", "saved", "Call 3 min")
    assert "New phone" not in echo["text"]


async def test_three_hours_are_doubted_and_kept(shop: Shop, nusrat: Person) -> None:
    await card(nusrat, "5678", "Rahim Uddin")
    await nusrat.say("kotha hoise 3 ghonta")
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 h", "❓ So long a talk? If not, ✏️ Fix.")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?")
    await nusrat.press("Minutes")
    await nusrat.sees("how many minutes?")
    await nusrat.press("3")
    await nusrat.sees("changed", "Call 3 min")


@pytest.mark.parametrize("words", ["😀😀", "👍", "..."])
async def test_only_emoji_without_a_card(shop: Shop, nusrat: Person, words: str) -> None:
    await nusrat.say(words)
    await nusrat.sees("🔎")


@pytest.mark.parametrize("language", list(Language))
async def test_only_emoji_after_a_card_is_a_note_on_request(shop: Shop, nusrat: Person, language: Language) -> None:
    await nusrat.speaks(language)
    await card(nusrat, "5678", "Rahim Uddin")
    await nusrat.say("😀")
    await nusrat.sees("“😀”", "Rahim Uddin")
    await nusrat.press("📝")
    await nusrat.sees("Rahim Uddin", "“😀”")
    assert [row[3] for row in await shop.logged(shop.rahim)] == ["😀"]


async def test_four_thousand_letters_of_a_note_are_kept_whole(shop: Shop, nusrat: Person) -> None:
    words = ("kotha hoise 3 min, dam beshi. " + "onek kotha bolse se ajke " * 200)[:4000]
    await card(nusrat, "5678", "Rahim Uddin")
    await nusrat.say(words)
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min")
    assert [row[3] for row in await shop.logged(shop.rahim)] == [words.strip()]


async def test_an_edit_into_nothing_a_note_says_stays_a_note(shop: Shop, nusrat: Person) -> None:
    await card(nusrat, "5678", "Rahim Uddin")
    note = await nusrat.say("kotha hoise 3 min, dam beshi")
    await nusrat.sees("saved")
    await nusrat.edits(note, "honey ta valo legeche")
    await nusrat.sees("Rahim Uddin", "changed", "Before: Call 3 min · talked · price", "honey ta valo legeche")
    assert await shop.logged(shop.rahim) == [(None, None, None, "honey ta valo legeche")]


async def test_what_is_edited_after_undo_is_said_anew(shop: Shop, nusrat: Person) -> None:
    await card(nusrat, "5678", "Rahim Uddin")
    note = await nusrat.say("kotha hoise 3 min")
    await nusrat.sees("saved")
    await nusrat.press("Undo")
    await nusrat.sees("undone")
    await nusrat.edits(note, "kotha hoise 5 min")
    await nusrat.sees("saved", "Call 5 min")
    await nusrat.say("/undo")
    await nusrat.sees("undone")
    assert await shop.logged(shop.rahim) == []


@pytest.mark.parametrize(("language", "said"), [(Language.EN, "a name takes 100"), (Language.BN, "নাম ১০০ পর্যন্ত")])
async def test_a_name_too_long_is_asked_again(shop: Shop, nusrat: Person, language: Language, said: str) -> None:
    await nusrat.speaks(language)
    await nusrat.say("01612345678")
    await nusrat.press("🆕", message=await nusrat.sees("1612-345678"))
    await nusrat.sees("1612-345678", "#")
    await nusrat.say("Shirin " * 20)
    await nusrat.sees(said)
    await nusrat.say("শিরিন আক্তার")
    await nusrat.sees("শিরিন আক্তার #")


async def test_a_command_ends_the_question_for_a_name(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("01612345678")
    await nusrat.press("New lead", message=await nusrat.sees("nobody yet"))
    await nusrat.sees("What is the name?")
    await nusrat.say("/due")
    await nusrat.sees("No call is promised")
    await nusrat.say("rahim")
    await nusrat.sees("Rahim Uddin", "+880 1712-345678")
    assert await shop.rows("SELECT first_name FROM customers WHERE phone_e164 = '+8801612345678'") in (
        [(None,)],
        [("",)],
    )


async def test_a_stale_card_logs_for_its_own_customer(shop: Shop, chat: Team, nusrat: Person) -> None:
    await nusrat.say("5678")
    old = await nusrat.sees("Rahim Uddin")
    chat.at(NOW + timedelta(hours=5))
    await card(nusrat, "4412", "Karim Mia")
    await nusrat.press("No answer", message=old)
    await nusrat.sees("Rahim Uddin", "no answer")
    assert await shop.logged(shop.karim) == []
