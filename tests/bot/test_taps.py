"""One tap: outcomes on a card, the times of ⏰, undo and fix under the echo; twice, late, and by two agents."""

from datetime import timedelta

import pytest

from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW


async def test_no_answer_and_a_more_exact_word(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.press("No answer")
    said = await nusrat.sees("Rahim Uddin", "no answer", "Call again today 13:10?")
    assert [button["text"] for button in said["buttons"][0]] == ["⏰ 13:10", "Busy", "Off", "↩️ Undo"]
    await nusrat.press("Busy")
    changed = await nusrat.sees("Rahim Uddin", "line busy")
    assert changed["id"] == said["id"]
    await nusrat.press("13:10")
    await nusrat.sees("Rahim Uddin", "saved", "line busy", "Today 13:10")
    assert [row[0] for row in await shop.logged(shop.rahim)] == ["line_busy"]
    assert await shop.promised(shop.rahim) == ["22 13:10"]


async def test_no_answer_in_bengali(shop: Shop, tanvir: Person) -> None:
    await tanvir.say("9077")
    await tanvir.sees("Sumaiya Akter")
    await tanvir.press("ধরেনি")
    await tanvir.sees("Sumaiya Akter", "ধরেনি", "আবার কল আজ দুপুর ১:১০?")
    await tanvir.press("আনডু")
    await tanvir.sees("Sumaiya Akter", "আনডু হয়েছে", "কল · ধরেনি: বাদ")
    assert await shop.logged(shop.sumaiya) == []


async def test_a_second_tap_is_told(shop: Shop, chat: Team, nusrat: Person) -> None:
    await nusrat.say("5678")
    card = await nusrat.sees("Rahim Uddin")
    await nusrat.press("No answer", message=card)
    await nusrat.sees("Rahim Uddin", "no answer")
    assert await nusrat.press("No answer", message=card) == "Already done, 11:10"
    assert len(await shop.logged(shop.rahim)) == 1
    chat.at(NOW + timedelta(hours=2))
    await nusrat.press("No answer", message=card)
    await nusrat.sees("Rahim Uddin", "no answer (2)")
    assert len(await shop.logged(shop.rahim)) == 2


async def test_a_tap_undone_may_be_made_again(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    card = await nusrat.sees("Rahim Uddin")
    await nusrat.press("No answer", message=card)
    await nusrat.press("Undo", message=await nusrat.sees("Rahim Uddin", "no answer"))
    await nusrat.sees("undone")
    assert await nusrat.press("No answer", message=card) == ""
    await nusrat.sees("Rahim Uddin", "no answer")
    assert len(await shop.logged(shop.rahim)) == 1


async def test_undo_pressed_twice_is_told(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 kotha hoise 3 min")
    echo = await nusrat.sees("saved")
    [(interaction_id,)] = await shop.rows("SELECT id FROM customer_interactions")
    data = f"v1:undo:{shop.rahim}:{interaction_id}"
    assert await nusrat.press_data(data, message=echo) == ""
    await nusrat.sees("undone")
    assert await nusrat.press_data(data, message=echo) == "Already done, 11:10"


async def test_undo_is_for_the_writer_on_the_same_day(shop: Shop, chat: Team, nusrat: Person, farhana: Person) -> None:
    await nusrat.say("/log 5678 kotha hoise 3 min")
    echo = await nusrat.sees("saved")
    [(interaction_id,)] = await shop.rows("SELECT id FROM customer_interactions")
    data = f"v1:undo:{shop.rahim}:{interaction_id}"
    await farhana.say("/help")
    other = await farhana.sees("/settings")
    assert await farhana.press_data(data, message=other) == "Nothing to undo today"
    chat.at(NOW + timedelta(days=1))
    assert await nusrat.press_data(data, message=echo) == "Nothing to undo today"
    assert len(await shop.logged(shop.rahim)) == 1


async def test_later_offers_times_in_place_of_the_buttons(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    card = await nusrat.sees("Rahim Uddin")
    await nusrat.press("Later", message=card)
    menu = await nusrat.sees("Rahim Uddin", "+880 1712-345678")
    assert menu["id"] == card["id"]
    assert [[button["text"] for button in row] for row in menu["buttons"]] == [
        ["+30 min", "+2 h"],
        ["Tomorrow", "📅 Pick"],
        ["‹ Card"],
    ]
    await nusrat.press("+2 h")
    await nusrat.sees("Rahim Uddin", "saved", "Call · call back", "Today 13:10")
    assert await shop.promised(shop.rahim) == ["22 13:10"]
    assert [row[0] for row in await shop.logged(shop.rahim)] == ["callback_requested"]


async def test_later_tomorrow_and_picked(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    card = await nusrat.sees("Rahim Uddin")
    await nusrat.press("Later", message=card)
    await nusrat.sees("Rahim Uddin")
    await nusrat.press("Tomorrow", message=card)
    await nusrat.sees("Rahim Uddin", "Tomorrow, Mon 23 Nov 10:00")
    await nusrat.press("Later", message=card)
    await nusrat.sees("Rahim Uddin")
    await nusrat.press("Pick", message=card)
    await nusrat.sees("Rahim Uddin", "call again when?")
    await nusrat.say("bla")
    await nusrat.sees("No time in it")
    await nusrat.say("sukrobar")
    await nusrat.sees("what time?", "Fri 27 Nov is a day off")
    await nusrat.press("29 Nov 11:00")
    await nusrat.sees("Rahim Uddin", "Sun 29 Nov 11:00")
    assert await shop.promised(shop.rahim) == ["29 11:00"]


async def test_an_order_by_one_tap_confirms_the_waiting_one(shop: Shop, nusrat: Person) -> None:
    await shop.pending_order(shop.rahim, 1890)
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.press("Order")
    await nusrat.sees("Rahim Uddin", "✅ Order ৳1,890", "The waiting order is confirmed")
    assert await shop.rows("SELECT confirmed_by FROM sales_orders") == [(nusrat.staff_id,)]
    await nusrat.press("Undo")
    await nusrat.sees("undone")
    assert await shop.rows("SELECT confirmed_by FROM sales_orders") == [(None,)]


async def test_an_order_by_one_tap_asks_what_it_is(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.press("Order")
    await nusrat.sees("Rahim Uddin", "No order was waiting. Type what it is:")
    await nusrat.say("2450 cod 2x honey")
    await nusrat.sees("Rahim Uddin", "changed", "✅ Order ৳2,450 · COD · honey ×2")
    assert await shop.rows("SELECT total_amount::int, payment_method FROM sales_orders") == [(2450, "cod")]
    assert len(await shop.logged(shop.rahim)) == 1


async def test_why_not_is_a_second_tap(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.press("🙅")
    said = await nusrat.sees("Rahim Uddin", "saved", "not interested")
    assert [button["text"] for button in said["buttons"][0]] == ["Price", "Delivery", "Not now"]
    await nusrat.press("Price")
    changed = await nusrat.sees("Rahim Uddin", "changed", "not interested · price")
    assert changed["id"] == said["id"]
    assert len(changed["buttons"]) == 1
    assert [row[:2] for row in await shop.logged(shop.rahim)] == [("not_interested", "price")]


async def test_two_agents_on_one_customer_are_told(shop: Shop, nusrat: Person, farhana: Person) -> None:
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")
    await farhana.say("4412")
    await farhana.sees("Karim Mia")
    await farhana.press("No answer")
    await farhana.sees("Karim Mia", "no answer")
    await nusrat.press("🙅 No")
    await nusrat.sees("Karim Mia", "saved", "not interested", "Farhana just now: no answer")
    assert [row[0] for row in await shop.logged(shop.karim)] == ["no_answer", "not_interested"]


async def test_a_colleague_who_has_the_customer_is_told_of(shop: Shop, chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        await factories.claim(session, shop.karim, chat.tanvir.staff_id, kind="alert")
        await session.commit()
    await nusrat.say("/log 4412 kotha hoise 3 min")
    await nusrat.sees("Karim Mia", "saved", "🙋 Tanvir is calling")
    assert await shop.rows("SELECT count(*) FROM claims") == [(0,)]
    await nusrat.say("/log 4412 dhore nai")
    assert "is calling" not in (await nusrat.sees("Karim Mia", "no answer"))["text"]


async def test_a_card_of_a_customer_given_away_is_refused(shop: Shop, chat: Team, nusrat: Person) -> None:
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")
    await shop.give(shop.karim, chat.tanvir)
    await nusrat.press("No answer")
    await nusrat.sees("known, with Tanvir")
    assert await shop.logged(shop.karim) == []


async def test_fix_changes_one_thing_at_a_time(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 kotha hoise 3 min")
    echo = await nusrat.sees("saved")
    await nusrat.press("Fix")
    menu = await nusrat.sees("what to fix?", "Call 3 min · talked")
    assert menu["id"] == echo["id"]
    await nusrat.press("Minutes")
    await nusrat.sees("how many minutes?")
    await nusrat.press("10")
    await nusrat.sees("changed", "Call 10 min · talked")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?")
    await nusrat.press("Reason")
    await nusrat.sees("why not?")
    await nusrat.press("Price")
    await nusrat.sees("changed", "Call 10 min · talked · price")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?")
    await nusrat.press("Outcome")
    await nusrat.sees("how did it go?")
    await nusrat.press("Interested")
    await nusrat.sees("changed", "Call 10 min · interested · price")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?")
    await nusrat.press("Follow-up")
    await nusrat.press("Tomorrow", message=await nusrat.sees("call again when?"))
    last = await nusrat.sees("changed", "Tomorrow, Mon 23 Nov 10:00")
    assert last["id"] == echo["id"]
    assert await shop.logged(shop.rahim) == [("interested", "price", 600, "kotha hoise 3 min")]
    assert await shop.promised(shop.rahim) == ["23 10:00"]


async def test_fixed_to_call_back_the_time_is_asked(shop: Shop, tanvir: Person) -> None:
    await tanvir.say("/log 9077 কথা হয়েছে ৩ মিনিট")
    await tanvir.sees("Sumaiya Akter", "সেভ হয়েছে")
    await tanvir.press("ঠিক করুন")
    await tanvir.sees("কী ঠিক করবেন?")
    await tanvir.press("কী হলো")
    await tanvir.sees("Sumaiya Akter", "কী হলো?")
    await tanvir.press("পরে")
    await tanvir.sees("Sumaiya Akter", "কবে, কয়টায়?", "লেখাটা সেভ আছে।")
    await tanvir.press("সোম সকাল ১১টা")
    await tanvir.sees("Sumaiya Akter", "পরে কল", "আগামীকাল, সোম ২৩ নভে সকাল ১১টা")
    assert await shop.promised(shop.sumaiya) == ["23 11:00"]


async def test_fix_back_shows_the_echo(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 4412 order confirmed 2450 cod 2x honey")
    await nusrat.sees("saved")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?", "✅ Order ৳2,450")
    await nusrat.press("Back")
    await nusrat.sees("saved", "✅ Order ৳2,450 · COD · honey ×2", "New order")


async def test_fix_moves_it_to_another_customer(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 order confirmed 2450 cod 2x honey")
    echo = await nusrat.sees("saved")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?")
    await nusrat.press("Customer")
    await nusrat.sees("who was it?")
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia", "changed", "✅ Order ৳2,450")
    old = await nusrat.sees("Rahim Uddin", "moved to", "Karim Mia")
    assert old["id"] == echo["id"]
    assert not old.get("buttons")
    assert await shop.logged(shop.rahim) == []
    assert await shop.rows("SELECT customer_id FROM sales_orders") == [(shop.karim,)]


async def test_fix_moves_it_and_asks_anew_what_was_kept_with_it(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 bou er jonmodin 15 may")
    await nusrat.sees("Spouse · birthday 15 May?")
    await nusrat.press("Save day")
    await nusrat.sees("the name?")
    await nusrat.say("Sarah")
    kept = await nusrat.sees("The day is saved")
    await nusrat.press("Fix", message=kept)
    await nusrat.sees("what to fix?")
    await nusrat.press("Customer")
    await nusrat.sees("who was it?")
    await nusrat.say("4412")
    moved = await nusrat.sees("Karim Mia", "changed", "Spouse · birthday 15 May?")
    assert await shop.rows("SELECT name FROM customer_family_members") == []
    await nusrat.press("Save day", message=moved)
    await nusrat.sees("the name?")
    await nusrat.say("Mitu")
    await nusrat.sees("Karim Mia", "The day is saved")
    assert await shop.rows("SELECT customer_id, name FROM customer_family_members") == [(shop.karim, "Mitu")]


async def test_fix_moves_it_to_one_of_many(shop: Shop, chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        ids = [await factories.customer(session, first_name="Salam", last_name=f"Mia{n}") for n in range(7)]
        await factories.settle(session, *ids)
    await nusrat.say("/log 5678 kotha hoise 3 min")
    echo = await nusrat.sees("saved")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?")
    await nusrat.press("Customer")
    await nusrat.sees("who was it?")
    await nusrat.say("salam")
    first = await nusrat.sees("7 customers")
    await nusrat.press("Next 2")
    second = await nusrat.sees("7 customers", "\n6 ")
    assert second["id"] == first["id"]
    await nusrat.press("7", message=second)
    moved = await nusrat.sees("Salam", "changed", "Call 3 min")
    assert moved["id"] == first["id"]
    assert (await nusrat.sees("Rahim Uddin", "moved to", "Salam"))["id"] == echo["id"]
    assert await shop.logged(shop.rahim) == []
    assert await nusrat.press_data(second["buttons"][0][0]["callback_data"], message=second) == "Already done, 11:10"


async def test_back_ends_the_question_who_it_was(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 kotha hoise 3 min")
    echo = await nusrat.sees("saved")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?")
    await nusrat.press("Customer")
    await nusrat.sees("who was it?")
    await nusrat.press("Back", message=echo)
    await nusrat.sees("saved", "Call 3 min")
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia", "no calls yet")
    assert len(await shop.logged(shop.rahim)) == 1


async def test_a_question_is_over_when_another_card_is_opened(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 kotha hoise 3 min")
    await nusrat.sees("saved")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?")
    await nusrat.press("Customer")
    await nusrat.sees("who was it?")
    await nusrat.say("/customer 4412")
    await nusrat.sees("Karim Mia")
    await nusrat.say("rahim")
    await nusrat.sees("Rahim Uddin", "+880 1712-345678")
    assert len(await shop.logged(shop.rahim)) == 1


async def test_log_again_after_undo(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 kotha hoise 3 min")
    await nusrat.sees("saved")
    await nusrat.press("Undo")
    await nusrat.sees("undone")
    await nusrat.press("Log again")
    await nusrat.sees("Rahim Uddin", "what happened?")
    await nusrat.say("kotha hoise 5 min")
    await nusrat.sees("Rahim Uddin", "saved", "Call 5 min")


async def test_the_next_card_shows_the_new_state(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 kotha hoise 3 min, dam beshi, kal 6tay call dite bolse")
    await nusrat.sees("saved")
    await nusrat.say("5678")
    await nusrat.sees("🔥 Rahim Uddin", "dam beshi", "⏰ Tomorrow 18:00")


@pytest.mark.parametrize(
    "data",
    [
        "v1:undo:999999:1",
        "v1:fix:{}:999999:menu",
        "v1:at:{}:1:209901010000",
        "v1:phone:{}:77",
        "v1:note:{}",
        "v1:whose:77",
        "v1:choose:3",
        "v1:moves:{}:77:1",
        "v1:order:{}:77:0",
        "v1:product:{}:77:1:1",
    ],
)
async def test_forged_buttons_do_no_harm(shop: Shop, nusrat: Person, data: str) -> None:
    await nusrat.say("5678")
    card = await nusrat.sees("Rahim Uddin")
    await nusrat.press_data(data.format(shop.rahim), message=card)
    assert await shop.rows("SELECT count(*) FROM customer_interactions") == [(0,)]
    assert await shop.rows("SELECT count(*) FROM inbox WHERE state = 'quarantined'") == [(0,)]


async def test_minutes_are_typed_too(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 kotha hoise 3 min")
    await nusrat.sees("saved")
    for typed, told in (("12", "Call 12 min"), ("৭ মিনিট", "Call 7 min")):
        await nusrat.press("Fix")
        await nusrat.sees("what to fix?")
        await nusrat.press("Minutes")
        await nusrat.sees("how many minutes?")
        await nusrat.say(typed)
        await nusrat.sees("changed", f"{told} · talked")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?")
    await nusrat.press("Minutes")
    asked = await nusrat.sees("how many minutes?")
    await nusrat.say("25", reply_to=asked)
    await nusrat.sees("changed", "Call 25 min · talked")
    assert await shop.logged(shop.rahim) == [("connected", None, 1500, "kotha hoise 3 min")]


async def test_a_note_in_place_of_minutes_is_a_note(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678 kotha hoise 3 min")
    await nusrat.sees("saved")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?")
    await nusrat.press("Minutes")
    await nusrat.sees("how many minutes?")
    await nusrat.say("dhore nai")
    await nusrat.sees("no answer")
    assert [row[2] for row in await shop.logged(shop.rahim)] == [180, None]
    await nusrat.say("12")
    await nusrat.sees("12")
    assert len(await shop.logged(shop.rahim)) == 2
