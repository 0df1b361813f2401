"""While a question is open: what answers it, and what is about something else."""

import pytest

from cdm_core.words import Language
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW

NOTE = "kotha hoise 3 min, dam beshi"


@pytest.fixture
async def shop(chat: Team) -> Shop:
    """Rahim and Sumaiya are Nusrat's; English for Tanvir."""
    shop = await Shop.open(chat)
    await shop.give(shop.sumaiya, chat.nusrat)
    await chat.tanvir.speaks(Language.EN)
    return shop


async def test_a_card_opened_by_button_ends_the_letter(shop: Shop, tanvir: Person, nusrat: Person) -> None:
    """A note is never sent to a colleague instead."""
    await tanvir.say("4412")
    karim = await tanvir.sees("Karim Mia")
    await tanvir.say("01712345678")
    await tanvir.sees("known, with Nusrat")
    await tanvir.press("Message")
    await tanvir.sees("To Nusrat about")
    await tanvir.press("⋯", message=karim)
    await tanvir.say(NOTE)
    await tanvir.sees("Karim Mia", "saved", "Call 3 min")
    assert [row[3] for row in await shop.logged(shop.karim)] == [NOTE]
    assert not any("dam beshi" in text for text in await nusrat.screen())


async def test_an_answer_to_a_card_is_no_letter(shop: Shop, tanvir: Person, nusrat: Person) -> None:
    await tanvir.say("4412")
    karim = await tanvir.sees("Karim Mia")
    await tanvir.say("01712345678")
    await tanvir.sees("known, with Nusrat")
    await tanvir.press("Message")
    asked = await tanvir.sees("To Nusrat about")
    await tanvir.say("no answer", reply_to=karim)
    await tanvir.sees("Karim Mia", "no answer")
    assert [row[0] for row in await shop.logged(shop.karim)] == ["no_answer"]
    await tanvir.say("Ask them about the honey", reply_to=asked)
    await tanvir.sees("Sent to Nusrat")
    await nusrat.sees("Tanvir about Rahim Uddin", "Ask them about the honey")


async def test_a_letter_may_read_like_a_note(shop: Shop, tanvir: Person, nusrat: Person) -> None:
    """Where nothing else happened since it was asked for."""
    await tanvir.say("01712345678")
    await tanvir.sees("known, with Nusrat")
    await tanvir.press("Message")
    await tanvir.sees("To Nusrat about")
    await tanvir.say(NOTE)
    await nusrat.sees("Tanvir about Rahim Uddin", NOTE)


async def test_a_letter_is_sent_long_after_it_was_asked_for(shop: Shop, tanvir: Person, nusrat: Person) -> None:
    await tanvir.say("01712345678")
    await tanvir.sees("known, with Nusrat")
    await tanvir.press("Message")
    asked = await tanvir.sees("To Nusrat about")
    shop.team.at(NOW.replace(hour=13))
    await tanvir.say("Ask them about the honey", reply_to=asked)
    await tanvir.sees("Sent to Nusrat")
    await nusrat.sees("Tanvir about Rahim Uddin", "Ask them about the honey")


async def test_a_reply_to_a_card_is_no_address_of_another(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("4412")
    karim = await nusrat.sees("Karim Mia")
    await nusrat.say(f"/edit {shop.rahim} address")
    asked = await nusrat.sees("Rahim Uddin", "address")
    await nusrat.say("honey ta valo legeche", reply_to=karim)
    await nusrat.sees("Karim Mia", "saved")
    assert [row[3] for row in await shop.logged(shop.karim)] == ["honey ta valo legeche"]
    assert await shop.rows("SELECT address FROM customers WHERE id = :id", id=shop.rahim) == [(None,)]
    await nusrat.say(f"/edit {shop.rahim} address")
    asked = await nusrat.sees("Rahim Uddin", "address")
    await nusrat.say("Road 5, Mirpur 10", reply_to=asked)
    await nusrat.sees("Rahim Uddin", "Road 5, Mirpur 10")
    assert await shop.rows("SELECT address FROM customers WHERE id = :id", id=shop.rahim) == [("Road 5, Mirpur 10",)]


async def test_a_reply_to_a_card_is_no_time_for_another(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("4412")
    karim = await nusrat.sees("Karim Mia")
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.press("Later")
    await nusrat.press("Pick", message=await nusrat.sees("Rahim Uddin", "+880 1712-345678"))
    await nusrat.sees("Rahim Uddin", "call again when")
    await nusrat.say("kal 6tay call dite bolse", reply_to=karim)
    await nusrat.sees("Karim Mia", "saved", "Tomorrow, Mon 23 Nov 18:00")
    assert await shop.promised(shop.karim) == ["23 18:00"]
    assert await shop.promised(shop.rahim) == []


async def test_a_question_asked_again_is_still_answered_by_either(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.press("Later")
    await nusrat.press("Pick", message=await nusrat.sees("Rahim Uddin", "+880 1712-345678"))
    first = await nusrat.sees("Rahim Uddin", "call again when")
    await nusrat.say("mango", reply_to=first)
    again = await nusrat.sees("Rahim Uddin", "call again when")
    await nusrat.say("banana", reply_to=again)
    await nusrat.sees("Rahim Uddin", "call again when")
    await nusrat.say("kal 6tay", reply_to=first)
    await nusrat.sees("Rahim Uddin", "Tomorrow, Mon 23 Nov 18:00")
    assert await shop.promised(shop.rahim) == ["23 18:00"]


async def test_a_year_that_is_none_is_asked_again(shop: Shop, nusrat: Person) -> None:
    """A number to search for is none; it ends the question."""
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.say("kotha hoise, biye barshiki 20 dec")
    await nusrat.sees("Rahim Uddin", "saved")
    await nusrat.press("Save day")
    await nusrat.sees("Rahim Uddin", "which year?", "type the year.")
    for wrong in ("92", "২০৪০", "1850"):
        await nusrat.say(wrong)
        await nusrat.sees("Rahim Uddin", "which year?", "4 digits, say 2015.")
    await nusrat.say("২০১৫")
    await nusrat.sees("Rahim Uddin", "The day is saved")
    wedding = "SELECT anniversary_date::text FROM customers WHERE id = :id"
    assert await shop.rows(wedding, id=shop.rahim) == [("2015-12-20",)]
