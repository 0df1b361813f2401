"""Changing a profile from the chat: the menu, questions and answers, /edit, what customers allow, a contact to call."""

from datetime import timedelta

import pytest

from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW


async def _profile(person: Person, customer_id: int) -> None:
    await person.say(f"#{customer_id}")
    await person.sees(f"#{customer_id}")
    await person.press("⋯ More")
    await person.sees("· Overview")
    await person.press("Profile")
    await person.sees("· Profile")


async def _column(shop: Shop, customer_id: int, column: str) -> object:
    return (await shop.rows(f"SELECT {column} FROM customers WHERE id = :id", id=customer_id))[0][0]


async def test_a_field_is_asked_for_answered_and_undone(shop: Shop, nusrat: Person) -> None:
    await _profile(nusrat, shop.rahim)
    await nusrat.press("✏️ Edit")
    await nusrat.sees("what to change?")
    await nusrat.press("Email")
    asked = await nusrat.sees("Rahim Uddin", "email", "Empty so far", "Send it: name@example.com")
    assert [[button["text"] for button in row] for row in asked["buttons"]] == [["‹ Back"]]
    await nusrat.say("rahim at example")
    await nusrat.sees("⚠️ Not an email: “rahim at example”")
    await nusrat.say("Rahim@Example.com")
    await nusrat.sees("· Profile", "📝 Email: rahim@example.com")
    assert await _column(shop, shop.rahim, "email") == "rahim@example.com"
    assert await nusrat.press("↩️ Undo") == ""
    undone = await nusrat.sees("↩️ Email: as before")
    assert "↩️ Undo" not in str(undone["buttons"])
    assert await _column(shop, shop.rahim, "email") is None


async def test_the_place_in_the_call_list_is_kept(shop: Shop, nusrat: Person) -> None:
    await shop.pending_order(shop.rahim, 1250)
    await nusrat.say("/next")
    card = await nusrat.sees("Rahim Uddin", "yours until")
    assert "⏭ Skip" in str(card["buttons"])
    await nusrat.press("⋯ More")
    await nusrat.sees("· Overview")
    await nusrat.press("Profile")
    await nusrat.sees("· Profile")
    await nusrat.press("✏️ Edit")
    await nusrat.sees("what to change?")
    await nusrat.press("City")
    await nusrat.sees("Send it")
    await nusrat.say("Sylhet")
    await nusrat.sees("📝 City: Sylhet")
    await nusrat.press("‹ Card")
    card = await nusrat.sees("Rahim Uddin", "yours until")
    assert "⏭ Skip" in str(card["buttons"])


async def test_undo_twice_and_after_another_change(shop: Shop, nusrat: Person, farhana: Person) -> None:
    await nusrat.say(f"/edit {shop.rahim} city Sylhet")
    mine = await nusrat.sees("📝 City: Sylhet")
    await farhana.say(f"/edit {shop.rahim} city Bogura")
    theirs = await farhana.sees("📝 City: Bogura")
    assert await nusrat.press("↩️ Undo", message=mine) == "⚠️ Changed again since: it stays"
    assert await _column(shop, shop.rahim, "city") == "Bogura"
    data = theirs["buttons"][1][1]["callback_data"]
    assert await nusrat.press_data(data, message=mine) == "Nothing to undo today"
    await farhana.press("↩️ Undo", message=theirs)
    await farhana.sees("↩️ City: as before")
    assert await farhana.press_data(data, message=theirs) == "Already done, 11:10"
    assert await _column(shop, shop.rahim, "city") == "Sylhet"


async def test_the_undo_command_takes_back_whichever_came_last(shop: Shop, chat: Team, nusrat: Person) -> None:
    await nusrat.say(f"/edit {shop.rahim} city Sylhet")
    await nusrat.sees("📝 City: Sylhet")
    chat.at(NOW + timedelta(minutes=1))
    await nusrat.say("kotha hoise 3 min")
    await nusrat.sees("saved")
    chat.at(NOW + timedelta(minutes=2))
    await nusrat.say(f"/edit {shop.rahim} profession Doctor")
    await nusrat.sees("📝 Work: Doctor")
    for answer in ("↩️ Work: as before", "undone", "↩️ City: as before", "Nothing to undo today"):
        await nusrat.say("/undo")
        await nusrat.sees(answer)
    assert await shop.logged(shop.rahim) == []


async def test_values_on_offer(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/edit {shop.rahim}")
    await nusrat.sees("what to change?")
    await nusrat.press("Gender")
    await nusrat.sees("gender", "Choose:")
    await nusrat.press("Female")
    await nusrat.sees("Female", "📝 Gender: female")
    await nusrat.press("✏️ Edit")
    await nusrat.sees("what to change?")
    await nusrat.press("More ›")
    await nusrat.sees("what to change?")
    await nusrat.press("Hours")
    await nusrat.sees("Choose, or send")
    await nusrat.press("18–21")
    await nusrat.sees("Call at 18–21", "📝 Hours")
    await nusrat.say("/edit hours সন্ধ্যা")
    await nusrat.sees("Call at 18–20")
    await nusrat.say("/edit gender -")
    cleared = await nusrat.sees("🗑 Gender: cleared")
    assert "Female" not in cleared["text"]
    assert await _column(shop, shop.rahim, "gender") is None


async def test_an_open_question_eats_neither_a_note_nor_a_command(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/edit {shop.rahim} email")
    await nusrat.sees("Send it: name@example.com")
    await nusrat.say("dhore nai")
    await nusrat.sees("no answer")
    assert len(await shop.logged(shop.rahim)) == 1
    await nusrat.say(f"/edit {shop.rahim} profession")
    await nusrat.sees("Send it")
    await nusrat.say(f"#{shop.karim}")
    await nusrat.sees("Karim Mia")
    await nusrat.say("Doctor")
    await nusrat.sees("Doctor", "nobody")
    assert await _column(shop, shop.rahim, "profession") is None


async def test_an_answer_after_ten_minutes_is_a_search(shop: Shop, chat: Team, nusrat: Person) -> None:
    await nusrat.say(f"/edit {shop.rahim} city")
    await nusrat.sees("Send it")
    chat.at(NOW + timedelta(minutes=11))
    await nusrat.say("Sylhet")
    await nusrat.sees("“Sylhet”: nobody")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("name <b>Karim</b> & Sons", "📝 Name: <b>Karim</b> & Sons"),
        ("name 🙂", "Nothing in it to save"),
        ("name " + "ক্ষ" * 60, "📝 Name: " + "ক্ষ" * 24 + "…"),
        ("address " + "x" * 1100, "⚠️ 1,000 letters at most"),
        ("birthday ১৫ মে ১৯৯২", "📝 Birthday: 15 May 1992"),
        ("birthday 31 feb", "⚠️ Not a date: “31 feb”"),
        ("birthday 15 May 2030", "⚠️ Still to come"),
        ("anniversary 20 dec", "⚠️ The year too"),
        ("phone 12", "⚠️ Not a phone: “12”"),
        ("tags kids, ঘি", "📝 Tags: kids, ঘি"),
        ("language bangla", "📝 Language: Bengali"),
        ("source", "Choose, or send another:"),
    ],
)
async def test_what_people_type(shop: Shop, nusrat: Person, typed: str, told: str) -> None:
    await nusrat.say(f"/edit {shop.rahim} {typed}")
    await nusrat.sees(told)


async def test_a_phone_that_somebody_has(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/edit {shop.rahim} phone 01512-344412")
    await nusrat.sees("📝 Phone", f"Same phone: Karim Mia #{shop.karim}")
    await nusrat.say(f"/edit {shop.rahim} phone ০১৮১২৩৪৯০৭৭")
    seen = await nusrat.sees("Same phone: S••• A•••, with Tanvir")
    assert "Sumaiya" not in seen["text"]


async def test_whom_edit_is_about(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/edit city Sylhet")
    await nusrat.sees("Send a number or a name")
    await nusrat.say("/edit nobody-here city Sylhet")
    await nusrat.sees("nobody")
    await nusrat.say("/edit 01812349077 city Sylhet")
    await nusrat.sees("known, with Tanvir")
    assert await _column(shop, shop.sumaiya, "city") == "Dhaka"
    await nusrat.say("karim mia")
    card = await nusrat.sees("Karim Mia")
    await nusrat.say("#" + str(shop.rahim))
    await nusrat.sees("Rahim Uddin")
    await nusrat.say("/profile city Sylhet", reply_to=card)
    await nusrat.sees("Karim Mia", "📝 City: Sylhet")
    await nusrat.say("/edit city Sylhet", reply_to=card)
    again = await nusrat.sees("Karim Mia", "· Profile")
    assert "📝" not in again["text"]


async def test_stop_calls_and_allow_them_again(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/dnc {shop.rahim}")
    await nusrat.sees("stop all calls?")
    assert await _column(shop, shop.rahim, "do_not_call_at") is None
    await nusrat.press("🚫 Do not call")
    await nusrat.sees("saved")
    rows = await shop.rows("SELECT channel, allowed FROM consents WHERE customer_id = :id", id=shop.rahim)
    assert rows == [("call", False)]
    await nusrat.say("/dnc rahim")
    await nusrat.sees("· Profile", "🚫 Do not call, since 22 Nov")
    await nusrat.press("📞 Allow calls")
    allowed = await nusrat.sees("📝 Calls: allowed")
    assert "🚫" not in allowed["text"]
    assert await _column(shop, shop.rahim, "do_not_call_at") is None
    await nusrat.press("↩️ Undo")
    await nusrat.sees("↩️ Calls: as before", "🚫 Do not call, since")
    assert await _column(shop, shop.rahim, "do_not_call_by") == nusrat.staff_id


async def test_who_refuses_whatsapp_is_not_written_to(shop: Shop, nusrat: Person) -> None:
    await _profile(nusrat, shop.rahim)
    await nusrat.press("🔏 Consent")
    await nusrat.sees("what they allow", "Calls: not said yet", "WhatsApp: not said yet")
    await nusrat.press("WhatsApp")
    await nusrat.sees("what did they say?", "WhatsApp: not said yet")
    await nusrat.press("Not allowed")
    await nusrat.sees("🔏 WhatsApp: not allowed", "📝 WhatsApp: not allowed")
    await nusrat.press("‹ Card")
    card = await nusrat.sees("Rahim Uddin")
    assert "WhatsApp" not in str(card["buttons"])
    await nusrat.say("/undo")
    await nusrat.sees("↩️ WhatsApp: as before")
    await nusrat.say(f"#{shop.rahim}")
    card = await nusrat.sees("Rahim Uddin")
    assert "💬 WhatsApp" in str(card["buttons"])


async def test_calls_refused_among_the_consents_are_asked_about(shop: Shop, nusrat: Person) -> None:
    await _profile(nusrat, shop.rahim)
    await nusrat.press("🔏 Consent")
    await nusrat.sees("what they allow")
    await nusrat.press("Calls")
    await nusrat.sees("what did they say?")
    await nusrat.press("Not allowed")
    await nusrat.sees("stop all calls?")


async def test_a_contact_to_call_from(shop: Shop, chat: Team, nusrat: Person) -> None:
    await nusrat.say(f"#{shop.rahim}")
    await nusrat.sees("Rahim Uddin")
    await nusrat.press("⋯ More")
    await nusrat.sees("· Overview")
    await nusrat.press("📞 Contact")
    told = await nusrat.sees("📞 Rahim Uddin", "+880 1712-345678")
    sent = [message for message in await nusrat.sandbox.messages(nusrat.key) if message.get("contact")]
    assert sent[-1]["contact"] == {"phone_number": "+8801712345678", "first_name": "Rahim Uddin"}
    assert sent[-1]["id"] < told["id"]
    await nusrat.press("📵 No answer", message=told)
    await nusrat.sees("no answer")
    left = await shop.rows("SELECT payload FROM outbox WHERE method = 'sendContact'")
    assert left == [(None,)]


async def test_nobody_is_called_who_wants_no_calls(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"#{shop.rahim}")
    await nusrat.sees("Rahim Uddin")
    await nusrat.press("⋯ More")
    overview = await nusrat.sees("· Overview")
    await nusrat.say(f"/dnc {shop.rahim}")
    await nusrat.sees("stop all calls?")
    await nusrat.press("🚫 Do not call")
    await nusrat.sees("saved")
    assert await nusrat.press("📞 Contact", message=overview) != ""
    said = await nusrat.sandbox.messages(nusrat.key)
    assert not [message for message in said if message["id"] > overview["id"] and message.get("contact")]


async def test_in_bengali(shop: Shop, tanvir: Person) -> None:
    await tanvir.speaks(Language.BN)
    await tanvir.say(f"/edit {shop.sumaiya} জন্মদিন ১৫ মে")
    await tanvir.sees("📝 জন্মদিন: ১৫ মে", "প্রোফাইল")
    await tanvir.press("🔏 সম্মতি")
    await tanvir.sees("কীসে রাজি", "কল: এখনো বলেনি")


async def test_days_that_are_asked_for_are_typed(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/edit #{shop.rahim} birthday")
    await nusrat.sees("Send it: 15 May 1992")
    await nusrat.say("31 feb 1992")
    await nusrat.sees("⚠️", "31 feb 1992")
    await nusrat.say("15 may 2040")
    await nusrat.sees("⚠️", "15 may 2040")
    await nusrat.say("15 may 1992")
    await nusrat.sees("· Profile", "📝 Birthday:", "15 May 1992")
    await nusrat.say(f"/edit #{shop.rahim} anniversary")
    await nusrat.sees("Send it")
    await nusrat.say("kal")
    await nusrat.sees("⚠️")
    await nusrat.say("১৫ ডিসেম্বর ২০১৪")
    await nusrat.sees("· Profile", "15 Dec 2014")
    assert await shop.logged(shop.rahim) == []


@pytest.mark.parametrize("nothing", ["-", "নেই", "none"])
async def test_what_says_that_there_is_none_clears_the_field(shop: Shop, nusrat: Person, nothing: str) -> None:
    """As an answer and in one line alike."""
    for line in (f"/edit {shop.rahim} address", f"/edit {shop.rahim} address {nothing}"):
        await nusrat.say(f"/edit {shop.rahim} address Road 5, Mirpur 10")
        await nusrat.sees("· Profile", "Road 5, Mirpur 10")
        await nusrat.say(line)
        if line.endswith("address"):
            await nusrat.sees("Rahim Uddin", "Now: Road 5, Mirpur 10")
            await nusrat.say(nothing)
        await nusrat.sees("· Profile", "Address: cleared")
        assert await _column(shop, shop.rahim, "address") is None


async def test_dnc_in_one_line_keeps_why(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/dnc 5678 bolse r kokhono phone na dite")
    await nusrat.sees(f"Rahim Uddin #{shop.rahim}", "stop all calls?", "Text saved")
    await nusrat.press("Do not call")
    echo = await nusrat.sees("Rahim Uddin", "saved", "Do not call")
    assert "Call · " not in echo["text"]
    told = "SELECT outcome_code, interaction_type, description FROM customer_interactions WHERE undone_at IS NULL"
    assert await shop.rows(told) == [("do_not_call", "other", "bolse r kokhono phone na dite")]


async def test_dnc_of_nobody_at_all_says_so(shop: Shop, tanvir: Person) -> None:
    await tanvir.say("/dnc zzyzx")
    await tanvir.sees("কেউ নেই")


async def test_no_call_is_counted_where_only_calls_are_stopped(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.say("kotha hoise 3 min")
    await nusrat.sees("Call 3 min")
    await nusrat.say("/dnc")
    await nusrat.sees("stop all calls?")
    await nusrat.press("Do not call")
    echo = await nusrat.sees("Rahim Uddin", "saved", "Do not call")
    assert "Call · " not in echo["text"]
    calls = "SELECT count(*) FROM customer_interactions WHERE undone_at IS NULL AND interaction_type = 'call'"
    assert await shop.rows(calls) == [(1,)]


async def test_an_edit_in_one_line_is_kept_while_it_is_asked_whose(shop: Shop, nusrat: Person) -> None:
    async with shop.team.sessions() as session:
        other = await factories.customer(session, first_name="Rahim", last_name="Sheikh", owner_id=nusrat.staff_id)
        await factories.settle(session, other)
    await nusrat.say("/edit rahim city Sylhet")
    hits = await nusrat.sees("2 customers")
    place = "1" if hits["text"].index("Sheikh") < hits["text"].index("Uddin") else "2"
    await nusrat.press(place)
    await nusrat.sees("Rahim Sheikh", "📝 City: Sylhet")
    assert await _column(shop, other, "city") == "Sylhet"
