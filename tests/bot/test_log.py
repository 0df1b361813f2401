"""Logging by message: plain text after a card, answers, /log, and what cannot be understood."""

import pytest

from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW


async def test_plain_text_after_a_card_in_english(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.say("kotha hoise 3 min, dam beshi, kal 6tay call dite bolse")
    echo = await nusrat.sees("Rahim Uddin", "saved", "Call 3 min · call back · price", "Tomorrow, Mon 23 Nov 18:00")
    assert [button["text"] for button in echo["buttons"][0]] == ["↩️ Undo", "✏️ Fix", "▶️ Next"]
    words = "kotha hoise 3 min, dam beshi, kal 6tay call dite bolse"
    assert await shop.logged(shop.rahim) == [("callback_requested", "price", 180, words)]
    assert await shop.promised(shop.rahim) == ["23 18:00"]


async def test_plain_text_after_a_card_in_bengali(shop: Shop, tanvir: Person) -> None:
    await tanvir.say("9077")
    await tanvir.sees("Sumaiya Akter")
    await tanvir.say("কথা হয়েছে ৩ মিনিট, দাম বেশি, আগামীকাল সন্ধ্যা ৬টায় কল দিতে বলেছে")
    await tanvir.sees("Sumaiya Akter", "সেভ হয়েছে", "কল ৩ মিনিট · পরে কল · দাম", "আগামীকাল, সোম ২৩ নভে সন্ধ্যা ৬টা")


async def test_after_half_an_hour_the_card_is_not_current(shop: Shop, chat: Team, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    chat.at(NOW.replace(hour=11, minute=41))
    await nusrat.say("kotha hoise 3 min")
    await nusrat.sees("Whose note is it?", "kotha hoise 3 min")
    assert await shop.logged(shop.rahim) == []
    await nusrat.say("rahim")
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min · talked")
    assert await shop.logged(shop.rahim) == [("connected", None, 180, "kotha hoise 3 min")]


async def test_an_order_by_note(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 4412 order confirmed 2450 cod 2x honey")
    await nusrat.sees("Karim Mia", "saved", "✅ Order ৳2,450 · COD · honey ×2", "New order, pending")
    orders = "SELECT status, total_amount::int, source FROM sales_orders"
    assert await shop.rows(orders) == [("pending", 2450, "chat")]
    assert await shop.rows("SELECT owner_id FROM customers WHERE id = :id", id=shop.karim) == [(nusrat.staff_id,)]
    await nusrat.press("Undo")
    await nusrat.sees("Karim Mia", "undone", "✅ Order: removed")
    assert await shop.rows(orders) == []
    assert await shop.rows("SELECT owner_id FROM customers WHERE id = :id", id=shop.karim) == [(None,)]


async def test_log_says_how_it_is_used(shop: Shop, nusrat: Person, tanvir: Person) -> None:
    await nusrat.say("/log")
    await nusrat.sees("Who, and what happened?")
    await tanvir.say("/log")
    await tanvir.sees("কে, আর কী হলো?")


@pytest.mark.parametrize("who", ["5678", "01712345678", "+880 1712-345678", "rahim", "রহিম উদ্দিন"])
async def test_log_names_the_customer(shop: Shop, nusrat: Person, who: str) -> None:
    await nusrat.say(f"/log {who} kotha hoise 3 min")
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min · talked")
    assert await shop.logged(shop.rahim) == [("connected", None, 180, "kotha hoise 3 min")]


async def test_log_by_a_short_id(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/log {shop.rahim} kotha hoise 3 min")
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min · talked")
    await nusrat.say("/log 5 min kotha hoise")
    await nusrat.sees("Rahim Uddin", "saved", "Call 5 min · talked")


async def test_an_answer_to_hits(shop: Shop, chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        other = await factories.customer(session, first_name="Rahim", last_name="Sheikh", owner_id=nusrat.staff_id)
        await factories.settle(session, other)
    await nusrat.say("rahim")
    hits = await nusrat.sees("2 customers")
    await nusrat.say("2 kotha hoise", reply_to=hits)
    second = "Rahim Sheikh" if hits["text"].index("Sheikh") > hits["text"].index("Uddin") else "Rahim Uddin"
    await nusrat.sees(second, "saved")


async def test_log_by_id_without_text_asks_for_it(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/log #{shop.rahim}")
    await nusrat.sees("Rahim Uddin", "what happened?")
    await nusrat.say("the shop next door")
    await nusrat.sees("Rahim Uddin", "saved", "Kept as text: “the shop next door”")
    assert await shop.logged(shop.rahim) == [(None, None, None, "the shop next door")]


async def test_several_customers_keep_the_text(shop: Shop, chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        other = await factories.customer(session, first_name="Rahim", last_name="Sheikh", owner_id=nusrat.staff_id)
        await factories.settle(session, other)
    await nusrat.say("/log rahim kotha hoise 3 min")
    choices = await nusrat.sees("2 customers", "kotha hoise 3 min")
    place = "1" if choices["text"].index("Sheikh") < choices["text"].index("Uddin") else "2"
    await nusrat.press(place)
    await nusrat.sees("Rahim Sheikh", "saved")
    assert await shop.logged(other) == [("connected", None, 180, "kotha hoise 3 min")]
    await chat.settled()
    await nusrat.press_data(f"v1:note:{shop.rahim}", message=choices)
    assert await shop.logged(shop.rahim) == []


async def test_nobody_of_that_name_keeps_the_text(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log zzyzx kotha hoise 3 min")
    await nusrat.sees("nobody", "📝 “kotha hoise 3 min”", "Send the number or the name")
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin", "saved")


async def test_a_note_about_a_number_unknown_is_the_new_leads(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 01612345678 kotha hoise 3 min")
    await nusrat.sees("+880 1612-345678: nobody yet", "📝 “kotha hoise 3 min”")
    await nusrat.press("New lead")
    await nusrat.sees("saved", "Call 3 min")
    await nusrat.say("Shirin Akter")
    await nusrat.sees("Shirin Akter #", "+880 1612-345678")
    [(lead,)] = await shop.rows("SELECT id FROM customers WHERE first_name = 'Shirin'")
    assert await shop.logged(lead) == [("connected", None, 180, "kotha hoise 3 min")]


async def test_a_note_with_anothers_number_is_asked_about(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")
    await nusrat.say("kotha hoise 3 min, 01712-345678")
    await nusrat.sees("note or search?", "Karim Mia")
    assert await shop.logged(shop.karim) == []
    await nusrat.press("Search")
    await nusrat.sees("Rahim Uddin", "+880 1712-345678")


async def test_a_name_asked_for_is_no_number(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.say("bou er jonmodin 15 may")
    await nusrat.sees("birthday 15 May?")
    await nusrat.press("Save day")
    await nusrat.sees("the name?")
    await nusrat.say(f"#{shop.karim}")
    await nusrat.sees("Karim Mia")
    assert await shop.rows("SELECT name FROM customer_family_members") == []


async def test_a_colleagues_customer_is_not_logged(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 01812349077 kotha hoise 3 min")
    await nusrat.sees("known, with Tanvir")
    assert await shop.logged(shop.sumaiya) == []


async def test_an_answer_to_a_card_needs_no_grammar(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    rahim = await nusrat.sees("Rahim Uddin")
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")
    await nusrat.say("honey ta valo legeche", reply_to=rahim)
    await nusrat.sees("Rahim Uddin", "saved")
    assert [row[3] for row in await shop.logged(shop.rahim)] == ["honey ta valo legeche"]


async def test_an_answer_to_a_line_of_a_list(shop: Shop, chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        for customer_id in (shop.rahim, shop.karim):
            await factories.follow_up(session, customer_id, nusrat.staff_id)
        await session.commit()
    await nusrat.say("/due")
    due = await nusrat.sees("Rahim Uddin", "Karim Mia")
    number = 1 if due["text"].index("Rahim") < due["text"].index("Karim") else 2
    await nusrat.say(f"{number} kotha hoise 3 min", reply_to=due)
    await nusrat.sees("Rahim Uddin", "saved")
    await nusrat.say("kotha hoise", reply_to=due)
    await nusrat.sees("Which number of the list?")
    await nusrat.press(str(3 - number))
    await nusrat.sees("Karim Mia", "saved")
    assert await shop.promised(shop.karim) == []
    await nusrat.say(str(number), reply_to=due)
    await nusrat.sees("Rahim Uddin", "+880 1712-345678")


async def test_note_or_search_is_asked_once(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")
    await nusrat.say("rahim 2450")
    await nusrat.sees("“rahim 2450”: note or search?", "Open card: Karim Mia")
    await nusrat.press("Note")
    await nusrat.sees("Karim Mia", "saved")
    assert [row[3] for row in await shop.logged(shop.karim)] == ["rahim 2450"]
    await nusrat.say("rahim 5678")
    asked = await nusrat.sees("rahim 5678")
    if "note or search" in asked["text"]:
        await nusrat.press("Search", message=asked)
        await nusrat.sees("Rahim Uddin", "+880 1712-345678")


@pytest.mark.parametrize("words", ["😀😀", "<script>alert(1)</script>", "ক" * 4000, "!!!"])
async def test_odd_texts_get_a_kind_answer_and_are_kept_on_request(shop: Shop, nusrat: Person, words: str) -> None:
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")
    await nusrat.say(words)
    answer = await nusrat.sees("")
    assert answer["text"]
    if any("Keep as note" in button["text"] for row in answer.get("buttons") or [] for button in row):
        await nusrat.press("Keep as note")
        await nusrat.sees("Karim Mia", "saved", "Kept as text")
        assert [row[3] for row in await shop.logged(shop.karim)] == [words]
    else:
        assert "<script>" in words


async def test_a_day_without_an_hour_is_asked(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 pore nibe, sukrobar")
    asked = await nusrat.sees("Rahim Uddin", "what time?", "Fri 27 Nov is a day off. Text saved.")
    assert [[button["text"] for button in row] for row in asked["buttons"]] == [
        ["Fri 11:00", "Fri 16:00"],
        ["29 Nov 11:00", "✏️ Type it"],
    ]
    await nusrat.press("Fri 16:00")
    echo = await nusrat.sees("Rahim Uddin", "saved", "Fri 27 Nov 16:00")
    assert echo["id"] == asked["id"]
    assert await shop.logged(shop.rahim) == [("callback_requested", "timing", None, "pore nibe, sukrobar")]
    assert await shop.promised(shop.rahim) == ["27 16:00"]


async def test_the_time_is_typed(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 pore nibe, sukrobar")
    await nusrat.sees("what time?")
    await nusrat.press("Type it")
    await nusrat.sees("call again when?")
    await nusrat.say("gotokal 5tay")
    await nusrat.sees("over. Type another")
    await nusrat.say("mongolbar bikal 5tay")
    await nusrat.sees("Rahim Uddin", "Tue 24 Nov 17:00")
    assert await shop.promised(shop.rahim) == ["24 17:00"]


async def test_do_not_call_is_asked_before_it_counts(shop: Shop, nusrat: Person) -> None:
    forbidden = "SELECT do_not_call_at IS NOT NULL FROM customers WHERE id = :id"
    await nusrat.say("/log 5678 আর কল দিতে মানা করেছে")
    asked = await nusrat.sees("Rahim Uddin", "stop all calls?", "Text saved.")
    assert await shop.rows(forbidden, id=shop.rahim) == [(False,)]
    [(first,)] = await shop.rows("SELECT id FROM customer_interactions")
    await nusrat.press("Do not call")
    await nusrat.sees("Rahim Uddin", "saved", "do not call")
    assert await shop.rows(forbidden, id=shop.rahim) == [(True,)]
    toast = await nusrat.press_data(f"v1:dnc:{shop.rahim}:{first}", message=asked)
    assert toast.startswith("Nusrat: 🚫 do not call, 11:10")
    await nusrat.press("Undo")
    await nusrat.sees("undone")
    assert await shop.rows(forbidden, id=shop.rahim) == [(False,)]


async def test_a_card_says_that_the_question_to_stop_calls_waits(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 আর কল দিতে মানা করেছে")
    asked = await nusrat.sees("stop all calls?")
    await nusrat.say(f"/customer {shop.rahim}")
    await nusrat.sees("Rahim Uddin", "❓ Stop all calls? Not answered")
    await nusrat.press("Keep calling", message=asked)
    await nusrat.sees("calls go on")
    await nusrat.say(f"/customer {shop.rahim}")
    assert "Stop all calls" not in (await nusrat.sees("Rahim Uddin", "Dhaka"))["text"]
    await nusrat.say(f"/dnc #{shop.rahim} asked not to be called")
    asked = await nusrat.sees("stop all calls?")
    await nusrat.say(f"/customer {shop.rahim}")
    await nusrat.sees("Rahim Uddin", "❓ Stop all calls? Not answered")
    await nusrat.press("Do not call", message=asked)
    await nusrat.sees("saved", "Do not call")
    await nusrat.say(f"/customer {shop.rahim}")
    assert "Stop all calls" not in (await nusrat.sees("Rahim Uddin", "🚫 Do not call"))["text"]


async def test_keep_calling_leaves_the_note_a_remark(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 আর কল দিতে মানা করেছে")
    await nusrat.sees("stop all calls?")
    await nusrat.press("Keep calling")
    await nusrat.sees("Rahim Uddin", "calls go on", "Kept as text: “আর কল দিতে মানা করেছে”")
    assert await shop.logged(shop.rahim) == [(None, None, None, "আর কল দিতে মানা করেছে")]


async def test_a_new_phone_is_confirmed(shop: Shop, nusrat: Person) -> None:
    phone = "SELECT phone_e164 FROM customers WHERE id = :id"
    await nusrat.say("/log 5678 wrong no, new 01812345678")
    await nusrat.sees("Rahim Uddin", "wrong number", "New phone +880 1812-345678?")
    assert await shop.rows(phone, id=shop.rahim) == [("+8801712345678",)]
    await nusrat.press("Save phone")
    await nusrat.sees("The new phone is saved")
    assert await shop.rows(phone, id=shop.rahim) == [("+8801812345678",)]
    await nusrat.press("Undo")
    await nusrat.sees("undone")
    assert await shop.rows(phone, id=shop.rahim) == [("+8801712345678",)]


async def test_a_birthday_is_confirmed_and_the_name_asked(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 bou er jonmodin 15 may")
    await nusrat.sees("Rahim Uddin", "saved", "Spouse · birthday 15 May?")
    await nusrat.press("Save day")
    await nusrat.sees("the name?", "spouse")
    await nusrat.say("Sarah")
    await nusrat.sees("Rahim Uddin", "The day is saved")
    relatives = "SELECT name, relationship, birth_month, birth_day FROM customer_family_members"
    assert await shop.rows(relatives) == [("Sarah", "spouse", 5, 15)]


async def test_a_changed_message_is_read_anew(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    note = await nusrat.say("kotha hoise 3 min")
    echo = await nusrat.sees("Rahim Uddin", "saved", "Call 3 min · talked")
    await nusrat.edits(note, "kotha hoise 5 min, dam beshi")
    await nusrat.sees("Rahim Uddin", "changed", "Call 5 min · talked · price", "Before: Call 3 min · talked")
    old = await nusrat.sees("Rahim Uddin", "changed below")
    assert old["id"] == echo["id"]
    assert not old.get("buttons")
    assert await shop.logged(shop.rahim) == [("connected", "price", 300, "kotha hoise 5 min, dam beshi")]


async def test_a_message_changed_the_next_day_changes_nothing(shop: Shop, chat: Team, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    note = await nusrat.say("kotha hoise 3 min")
    await nusrat.sees("saved")
    chat.at(NOW.replace(day=23))
    await nusrat.edits(note, "kotha hoise 5 min")
    await nusrat.sees("A note changes on its own day only")
    assert [row[2] for row in await shop.logged(shop.rahim)] == [180]


async def test_no_answer_by_text_offers_another_try(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.say("dhore nai")
    await nusrat.sees("Rahim Uddin", "no answer", "Call again today 13:10?")
    await nusrat.say("phn off")
    await nusrat.sees("Rahim Uddin", "phone off (2)")


async def test_undo_takes_the_last_one_once(shop: Shop, nusrat: Person, tanvir: Person) -> None:
    await nusrat.say("/log 5678 kotha hoise 3 min")
    await nusrat.sees("saved")
    await nusrat.say("/undo")
    await nusrat.sees("Rahim Uddin", "undone", "Call 3 min · talked: removed")
    await nusrat.say("/undo")
    await nusrat.sees("Nothing to undo today")
    await tanvir.say("/undo")
    await tanvir.sees("আজ আনডু করার কিছু নেই")


async def test_each_reads_their_own_language(shop: Shop, nusrat: Person) -> None:
    await nusrat.speaks(Language.BN)
    await nusrat.say("/log 5678 pore nibe, sukrobar")
    await nusrat.sees("কয়টায়?", "শুক্র ২৭ নভে ছুটি। লেখাটা সেভ আছে।")


async def test_what_is_typed_about_a_customer_a_colleague_took_meanwhile_is_kept(
    shop: Shop, nusrat: Person, tanvir: Person
) -> None:
    """As plain text, in answer to the card, in answer to the question, and by /log."""
    await nusrat.say("5678")
    rahim = await nusrat.sees("Rahim Uddin")
    await shop.give(shop.rahim, tanvir)
    await nusrat.say("kotha hoise 3 min, dam beshi")
    await nusrat.sees("R••• U•••: known, with Tanvir")
    await nusrat.sees("The text is kept", "“kotha hoise 3 min, dam beshi”")
    await nusrat.say("honey ta valo legeche", reply_to=rahim)
    await nusrat.sees("The text is kept", "“honey ta valo legeche”")
    await nusrat.say("/log dhore nai")
    kept = await nusrat.sees("The text is kept", "“dhore nai”")
    assert [[button["text"] for button in row] for row in kept["buttons"]] == [["👤 Whose?"]]
    assert await shop.logged(shop.rahim) == []
    refusals = "SELECT details->>'why' FROM audit_log WHERE action = 'refused' AND customer_id = :id"
    assert await shop.rows(refusals, id=shop.rahim) == [("colleagues_customer",)] * 3
    await shop.give(shop.rahim, nusrat)
    await nusrat.press("Whose?", message=kept)
    await nusrat.sees("Whose note is it?")
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin", "no answer")
    assert [row[3] for row in await shop.logged(shop.rahim)] == ["dhore nai"]


async def test_an_answer_about_a_customer_a_colleague_took_meanwhile(
    shop: Shop, nusrat: Person, tanvir: Person
) -> None:
    """Nobody is left to think it was saved, nor asked on and on."""
    await nusrat.say(f"/edit {shop.rahim} address")
    await nusrat.sees("Rahim Uddin", "address")
    await shop.give(shop.rahim, tanvir)
    await nusrat.say("Road 5, Mirpur 10")
    await nusrat.sees("R••• U•••: known, with Tanvir", "Nothing is saved.")
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")


async def test_a_log_command_changed_after_it_was_sent(shop: Shop, nusrat: Person) -> None:
    """By phone, by name, and in answer to a list: the customer is not taken for what happened."""
    for head in ("4412 ", "karim ", ""):
        sent = await nusrat.say(f"/log {head}dhore nai")
        await nusrat.sees("Karim Mia", "no answer")
        await nusrat.edits(sent, f"/log {head}kotha hoise 3 min, dam beshi")
        await nusrat.sees("Karim Mia", "changed", "Call 3 min", "Before: Call · no answer")
        assert (await shop.logged(shop.karim))[-1] == ("connected", "price", 180, "kotha hoise 3 min, dam beshi")
    assert len(await shop.logged(shop.karim)) == 3


async def test_a_log_command_changed_to_a_plain_note_and_other_commands(shop: Shop, nusrat: Person) -> None:
    sent = await nusrat.say("/log 4412 dhore nai")
    await nusrat.sees("Karim Mia", "no answer")
    await nusrat.edits(sent, "kotha hoise 3 min")
    await nusrat.sees("Karim Mia", "changed", "Call 3 min")
    assert [row[3] for row in await shop.logged(shop.karim)] == ["kotha hoise 3 min"]
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    alone = await nusrat.say("/log")
    await nusrat.sees("Who, and what happened?")
    await nusrat.edits(alone, "/log 4412 dhore nai")
    await nusrat.sees("Karim Mia", "no answer")
    helped = await nusrat.say("/help")
    await nusrat.sees("What you can type")
    before = len(await nusrat.screen())
    await nusrat.edits(helped, "/me")
    await shop.team.polled()
    await shop.team.settled()
    assert len(await nusrat.screen()) == before


async def test_a_search_changed_into_a_note_is_logged(shop: Shop, nusrat: Person) -> None:
    sent = await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.edits(sent, "kotha hoise 3 min, dam beshi")
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min")
    assert [row[3] for row in await shop.logged(shop.rahim)] == ["kotha hoise 3 min, dam beshi"]
    wrong = await nusrat.say("rohomot")
    await nusrat.sees("nobody")
    await nusrat.edits(wrong, "karim")
    await nusrat.sees("Karim Mia", "+880")


async def test_a_note_changed_to_tell_of_two_customers_stays_as_it_was(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    sent = await nusrat.say("kotha hoise 3 min")
    await nusrat.sees("Rahim Uddin", "saved")
    await nusrat.edits(sent, "01712345678 kotha hoise 3 min, 01512344412 dhore nai")
    await nusrat.sees("More than one customer in it", "Rahim Uddin", "stays as it was.", "/log 5678")
    assert [row[3] for row in await shop.logged(shop.rahim)] == ["kotha hoise 3 min"]


async def test_ones_own_log_is_taken_back_when_a_colleague_has_the_customer(
    shop: Shop, nusrat: Person, tanvir: Person
) -> None:
    """By its button, by /undo, and corrected by its text; a colleague's is not."""
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.say("kotha hoise 3 min")
    echo = await nusrat.sees("Rahim Uddin", "saved")
    sent = await nusrat.say("dam beshi bolse")
    await nusrat.sees("Rahim Uddin", "saved", "price")
    await shop.give(shop.rahim, tanvir)
    await nusrat.edits(sent, "dam beshi bolse, kal 6tay call dite bolse")
    await nusrat.sees("Rahim Uddin", "changed", "Tomorrow, Mon 23 Nov 18:00")
    await nusrat.press("Undo", message=echo)
    await nusrat.sees("Rahim Uddin", "undone")
    await nusrat.say("/undo")
    await nusrat.sees("Rahim Uddin", "undone")
    assert await shop.logged(shop.rahim) == []
    await nusrat.say("01712345678")
    await nusrat.sees("known, with Tanvir", "Already a customer: no new lead.")


async def test_who_wants_no_calls_is_promised_none(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"#{shop.rahim}")
    old = await nusrat.sees("Rahim Uddin")
    later = old["buttons"][0][2]["callback_data"]
    await nusrat.say(f"/dnc {shop.rahim}")
    await nusrat.sees("stop all calls?")
    await nusrat.press("Do not call")
    await nusrat.sees("saved", "Do not call")
    await nusrat.say("2 ghonta por call")
    await nusrat.sees("🚫 No calls allowed: no ⏰ set")
    await nusrat.say("dhore nai")
    tried = await nusrat.sees("no answer", "🚫 No calls allowed: no ⏰ set")
    assert "⏰" not in str(tried["buttons"])
    await nusrat.say("call back korte bolse")
    await nusrat.sees("call back", "🚫 No calls allowed: no ⏰ set")
    await nusrat.press("No answer", message=old)
    tapped = await nusrat.sees("no answer", "🚫 No calls allowed: no ⏰ set")
    assert "⏰" not in str(tapped["buttons"])
    assert later.startswith("v1:later")
    assert await nusrat.press_data(later, message=old) == "No calls allowed: no ⏰ set"
    await nusrat.press("Fix", message=tapped)
    await nusrat.sees("what to fix?")
    await nusrat.press("Follow-up")
    await nusrat.sees("call again when?")
    assert await nusrat.press("Pick") == "No calls allowed: no ⏰ set"
    await nusrat.press("Tomorrow")
    await nusrat.sees("🚫 No calls allowed: no ⏰ set")
    assert await shop.promised(shop.rahim) == []


async def test_a_number_alone_opens_the_line_of_the_list_above_it(shop: Shop, tanvir: Person) -> None:
    async with shop.team.sessions() as session:
        other = await factories.customer(session, first_name="Sumaiya", last_name="Khan", owner_id=tanvir.staff_id)
        await factories.settle(session, other)
    await tanvir.say("sumaiya")
    hits = await tanvir.sees("২ জন")
    await shop.team.settled()
    second = "Sumaiya Khan" if hits["text"].index("Khan") > hits["text"].index("Akter") else "Sumaiya Akter"
    await tanvir.say("২")
    await tanvir.sees(f"{second} #")
    await shop.team.settled()
    await tanvir.say("99")
    await tanvir.sees("“99”: কেউ নেই")
