"""The family from chat: in one line, by buttons, changed, removed and taken back."""

from typing import Any

from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person
from tests.bot.shop import Shop

ROWS = (
    "SELECT name, relationship, gender, phone_e164, birthday_md, extract(year FROM date_of_birth)::int, profession"
    " FROM customer_family_members WHERE customer_id = :id ORDER BY id"
)


async def family(shop: Shop, customer_id: int | None = None) -> list[tuple[Any, ...]]:
    return await shop.rows(ROWS, id=customer_id or shop.rahim)


async def test_the_line_of_the_guide(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} spouse Sarah 15 May 1992")
    seen = await nusrat.sees("Rahim Uddin", "· Family 1", "1 Sarah, spouse · 🎂 15 May 1992 (34)", "➕ Sarah: added")
    assert [[button["text"] for button in row] for row in seen["buttons"]][:2] == [
        ["➕ Add", "✏️ Edit", "🗑 Remove"],
        ["↩️ Undo"],
    ]
    assert await family(shop) == [("Sarah", "spouse", None, None, 515, 1992, None)]
    await nusrat.press("Undo")
    await nusrat.sees("Family", "Nobody known yet", "↩️ Sarah: as before")
    assert await family(shop) == []
    assert await nusrat.press_data(f"v1:revert:{shop.rahim}:1", message=seen) != ""


async def test_a_line_with_everything(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/family rahim wife Sarah 01712345679 15 May 1992 anniversary 20 Dec 2015")
    await nusrat.sees("1 Sarah, wife · +880 1712-345679", "🎂 15 May 1992 (34) · 💍 20 Dec 2015")
    wedding = "SELECT anniversary_date::text FROM customers WHERE id = :id"
    assert await shop.rows(wedding, id=shop.rahim) == [("2015-12-20",)]
    await nusrat.press("Undo")
    await nusrat.sees("Nobody known yet", "as before")
    assert await shop.rows(wedding, id=shop.rahim) == [(None,)]


async def test_in_bengali(shop: Shop, tanvir: Person) -> None:
    await tanvir.say("/family sumaiya bou শিরিন ১৫ মে")
    await tanvir.sees("পরিবার ১", "১ শিরিন, স্ত্রী · 🎂 ১৫ মে", "➕ শিরিন: যোগ হয়েছে")
    await tanvir.press("আনডু")
    await tanvir.sees("এখনো কারও নাম নেই")


async def test_the_tab_alone_and_whose(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/family")
    await nusrat.sees("Send a number or a name")
    await nusrat.say(f"/family {shop.rahim}")
    card = await nusrat.sees("Rahim Uddin", "Nobody known yet")
    await nusrat.say("/family")
    await nusrat.sees("Rahim Uddin", "Nobody known yet")
    await nusrat.say("/family karim")
    await nusrat.sees("Karim Mia", "Nobody known yet")
    await nusrat.say("/family spouse Sarah", reply_to=card)
    await nusrat.sees("Rahim Uddin", "Sarah, spouse")
    await nusrat.say("/family nobodyatall wife Sarah")
    await nusrat.sees("“nobodyatall”: nobody")


async def test_a_colleagues_customer(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/family 01812349077 wife Sarah")
    await nusrat.sees("known, with Tanvir")
    await nusrat.say(f"/family #{shop.sumaiya} wife Sarah")
    await nusrat.sees("nobody")
    assert await family(shop, shop.sumaiya) == []


async def test_several_customers_of_that_name(shop: Shop, nusrat: Person) -> None:
    async with shop.team.sessions() as session:
        other = await factories.customer(session, first_name="Rahim", last_name="Sheikh")
        await factories.settle(session, other)
    await nusrat.say("/family rahim wife Sarah 15 May")
    await nusrat.sees("“rahim”: 2 customers", "Sheikh")
    hits = await shop.rows("SELECT context->'entries' FROM outbox ORDER BY id DESC LIMIT 1")
    number = next(number for number, one in hits[0][0].items() if one == other)
    await nusrat.press(number)
    await nusrat.sees("Rahim Sheikh", "1 Sarah, wife · 🎂 15 May", "added")
    assert (await family(shop), len(await family(shop, other))) == ([], 1)


async def test_what_the_line_lacks_is_asked(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} Sarah 15 May")
    await nusrat.sees("Sarah", "🎂 15 May", "Who is it to them?")
    await nusrat.press("Spouse")
    await nusrat.sees("1 Sarah, spouse · 🎂 15 May")
    await nusrat.say("/family chele 24/11/2018")
    await nusrat.sees("Son", "🎂 24 Nov 2018", "Send the name")
    await nusrat.say("Arif")
    await nusrat.sees("2 Arif, son · 🎂 Tue 24 Nov, turns 8")


async def test_adding_by_buttons(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim}")
    await nusrat.sees("Nobody known yet")
    await nusrat.press("Add")
    await nusrat.sees("Who is to be added?")
    await nusrat.press("Child")
    await nusrat.sees("Child", "Send name and birthday:")
    await nusrat.say("meye Mim ৩ মার্চ ২০২০")
    await nusrat.sees("1 Mim, daughter · 🎂 3 Mar 2020 (6)")
    assert await family(shop) == [("Mim", "child", "female", None, 303, 2020, None)]


async def test_a_note_or_another_card_ends_the_question(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} wife")
    await nusrat.sees("Send name and birthday")
    await nusrat.say("kotha hoise 3 min")
    await nusrat.sees("saved")
    await nusrat.say(f"/family {shop.rahim} wife")
    await nusrat.sees("Send name and birthday")
    await nusrat.say("karim")
    await nusrat.sees("karim, wife")
    await nusrat.say("/family wife")
    await nusrat.sees("Is there already.")
    await nusrat.say(f"/family {shop.rahim} son")
    await nusrat.sees("Send name and birthday")
    await nusrat.say("/customer karim")
    await nusrat.sees("Karim Mia")
    await nusrat.say("rahim")
    await nusrat.sees("Rahim Uddin")
    assert len(await family(shop)) == 1


async def test_a_day_that_cannot_be_is_asked_again_and_nothing_is_lost(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} wife Sarah 01712345679 15 May 2031")
    await nusrat.sees("Sarah, wife", "+880 1712-345679", "Still to come: 15/05/2031")
    assert await family(shop) == []
    await nusrat.say("15 May 1801")
    await nusrat.sees("Sarah, wife", "+880 1712-345679", "120")
    await nusrat.say("১৫ মে ১৯৯১")
    await nusrat.sees("1 Sarah, wife · +880 1712-345679", "🎂 15 May 1991 (35)", "Sarah: added")


async def test_what_is_not_understood(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} chele Arif 24/11/2018 doctor")
    await nusrat.sees("1 Arif, son", "added", "❓ “doctor”: profession?")
    await nusrat.press("Work")
    await nusrat.sees("📝 Arif, profession: doctor")
    assert (await family(shop))[0][-1] == "doctor"
    await nusrat.say("/family bou Shirin biye barshiki 20 dec")
    await nusrat.sees("2 Shirin, wife", "❓ “20 dec”: anniversary? Type it.")
    await nusrat.say("2015")
    await nusrat.sees("2 Shirin, wife · 💍 20 Dec 2015")
    await nusrat.press("Undo")
    await nusrat.sees("Family 2", "as before")


async def test_the_same_relative_again(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} wife Shirin")
    await nusrat.sees("added")
    await nusrat.say("/family wife শিরিন 15 May 1992")
    await nusrat.sees("Shirin, wife", "Is there already.", "New: 🎂 15 May 1992")
    await nusrat.press("Save")
    await nusrat.sees("1 Shirin, wife · 🎂 15 May 1992 (34)", "Shirin, birthday: 15 May 1992")
    await nusrat.say("/family wife Shirin 15 May")
    seen = await nusrat.sees("Is there already.")
    assert "New" not in seen["text"]
    await nusrat.press("Edit")
    await nusrat.sees("What to change?")
    assert len(await family(shop)) == 1


async def test_editing_each_field(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} son Arif")
    await nusrat.sees("added")
    await nusrat.say("/family daughter Mim")
    await nusrat.sees("2 Mim, daughter")

    async def choose(field: str) -> None:
        await nusrat.press("✏️ Edit")
        await nusrat.sees("Change whom?")
        await nusrat.press("1")
        await nusrat.sees("Arif", "What to change?")
        await nusrat.press(field)

    for field, question, answer, change in (
        ("Birthday", "15 May 1992, or 15 May", "২৪ নভেম্বর ২০১৮", "Arif, birthday: 24 Nov 2018"),
        ("Phone", "Send the number", "01712345679", "Arif, phone: +880 1712-345679"),
        ("Email", "name@example.com", "arif@x.com", "Arif, email: arif@x.com"),
        ("Work", "Profession", "student", "Arif, profession: student"),
        ("Wedding", "with its year", "1 Jan 2026", "Arif, anniversary: 1 Jan 2026"),
        ("Name", "Send the name", "Arif Rahman", "Arif Rahman: saved"),
    ):
        await choose(field)
        await nusrat.sees(question)
        await nusrat.say(answer)
        await nusrat.sees(change)
    await choose("Gender")
    await nusrat.sees("Choose:")
    await nusrat.press("Other")
    await nusrat.sees("Arif Rahman, gender: other")
    await choose("Relation")
    await nusrat.sees("What is it now?")
    await nusrat.press("Sibling")
    await nusrat.sees("1 Arif Rahman, sibling", "relation: sibling")
    await nusrat.press("Undo")
    await nusrat.sees("1 Arif Rahman, child", "relation: as before")
    await choose("Phone")
    await nusrat.sees("Send the number")
    await nusrat.press("Clear")
    await nusrat.sees("Arif Rahman, phone: cleared")
    assert await family(shop) == [
        ("Arif Rahman", "child", "other", None, 1124, 2018, "student"),
        ("Mim", "child", "female", None, None, None, None),
    ]


async def test_an_answer_that_cannot_be_taken_is_asked_again(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} son Arif")
    await nusrat.sees("added")
    await nusrat.press("✏️ Edit")
    await nusrat.sees("What to change?")
    await nusrat.press("Birthday")
    await nusrat.sees("Send it")
    await nusrat.say("31 feb")
    await nusrat.sees("Arif, son", "31 feb")
    await nusrat.say("24 nov 2099")
    await nusrat.sees("Still to come")
    await nusrat.say("24 nov")
    await nusrat.sees("Arif, birthday: 24 Nov")
    await nusrat.press("✏️ Edit")
    await nusrat.sees("What to change?")
    await nusrat.press("Phone")
    await nusrat.sees("Send the number")
    await nusrat.say("dhore nai")
    await nusrat.sees("no answer")
    await nusrat.say("/family son Rafi")
    await nusrat.sees("2 Rafi, son")
    await nusrat.press("✏️ Edit")
    await nusrat.sees("Change whom?")
    await nusrat.press("2")
    await nusrat.sees("What to change?")
    await nusrat.press("Name")
    await nusrat.sees("Send the name")
    await nusrat.say("Arif")
    await nusrat.sees("That relative is there already")


async def test_removing_and_taking_back(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} wife <b>Sarah</b> 01712345679")
    await nusrat.sees("1 <b>Sarah</b>, wife")
    await nusrat.press("🗑 Remove")
    asked = await nusrat.sees("Remove from the family?")
    await nusrat.press("🗑 Remove")
    await nusrat.sees("Nobody known yet", "🗑 <b>Sarah</b>: removed")
    await nusrat.press_data(f"v1:kin_gone:{shop.rahim}:1:1", message=asked)
    await nusrat.sees("No longer in the family")
    await nusrat.say("/undo")
    await nusrat.sees("1 <b>Sarah</b>, wife · +880 1712-345679", "as before")


async def test_more_than_a_page(shop: Shop, nusrat: Person) -> None:
    for number, name in enumerate(("Arif", "Rafi", "Mim", "Tania", "Sohel", "Jui"), 1):
        await nusrat.say(f"/family {shop.rahim} child {name}")
        await nusrat.sees(f"{number} {name}, child", "added")
    await nusrat.press("Newer")
    await nusrat.sees("1 Arif, child", "5 Sohel, child")
    await nusrat.press("🗑 Remove")
    await nusrat.sees("Remove whom?")
    await nusrat.press("Older")
    await nusrat.sees("6 Jui, child", "Remove whom?")
    await nusrat.press("6")
    await nusrat.sees("Jui, child", "Remove from the family?")
    await nusrat.press("🗑 Remove")
    await nusrat.sees("Family 5", "🗑 Jui: removed")


async def test_the_other_is_told(shop: Shop, nusrat: Person, farhana: Person) -> None:
    """Two at once: who changed it last has it, and the first cannot undo what is no more there."""
    await nusrat.say(f"/family {shop.rahim} wife Sarah 15 May")
    first = await nusrat.sees("added")
    await farhana.say(f"/family {shop.rahim} wife Sarah 16 May 1992")
    await farhana.sees("Is there already.", "New: 🎂 16 May 1992")
    await farhana.press("Save")
    await farhana.sees("birthday: 16 May 1992")
    toast = await nusrat.press("Undo", message=first)
    assert "Changed again since" in toast
    assert (await family(shop))[0][4:6] == (516, 1992)


async def test_a_relative_who_is_a_customer_too(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} brother Karim 01512344412")
    await nusrat.sees(f"1 Karim, brother · also customer #{shop.karim}")
    assert await shop.rows("SELECT count(DISTINCT household_id) FROM customers WHERE household_id IS NOT NULL") == [
        (1,)
    ]


async def test_odd_lines(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} wife 🙂")
    await nusrat.sees("Wife", "Send name and birthday")
    await nusrat.say(f"/family {shop.rahim} wife {'Sar' * 100}")
    await nusrat.sees("letters")
    await nusrat.say(f"/family {shop.rahim} wife {'সারাহ' * 12} 15 May")
    await nusrat.sees("…, wife", "🎂 15 May")
    await nusrat.speaks(Language.BN)
    await nusrat.say("/family")
    await nusrat.sees("পরিবার ১")


async def test_a_second_child_is_added_by_the_buttons(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/family {shop.rahim} son Ayan 3 March 2018")
    await nusrat.sees("Ayan")
    await nusrat.say(f"/family {shop.rahim}")
    await nusrat.sees("Ayan")
    await nusrat.press("➕ Add")
    await nusrat.sees("Who is to be added?")
    await nusrat.press("Child")
    await nusrat.sees("name")
    await nusrat.say("Mim")
    await nusrat.sees("1 Ayan", "2 Mim")
    await nusrat.say(f"/family {shop.rahim} son ayan")
    await nusrat.sees("Is there already")
