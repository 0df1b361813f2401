"""/erase: one clear question, the person gone for everybody, and nothing that leads back to them."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from cdm_core.tables import staff
from cdm_core.words import Language
from jobs import hot_alerts
from jobs.job import Shop as Business
from tests import factories
from tests.bot.people import Person
from tests.bot.shop import Shop
from tests.bot.test_queued import let_go, queue
from tests.factories import NOW


async def erased(rafiq: Person, customer_id: int) -> None:
    await rafiq.say(f"/erase #{customer_id}")
    await rafiq.sees("Lost for good")
    await rafiq.press("Erase for good")
    await rafiq.sees(f"#{customer_id} is erased", "Delete old messages by hand")


async def test_the_question_says_what_is_lost_and_what_stays(shop: Shop, rafiq: Person) -> None:
    async with shop.team.sessions() as session:
        await factories.relative(session, shop.rahim, name="Ayesha")
        await factories.order(session, shop.rahim, amount=1450)
        await session.commit()
    await shop.pending_order(shop.rahim, 900)
    await rafiq.say("/log 01712345678 kotha hoise, dam beshi")
    await rafiq.sees("Rahim Uddin")
    await rafiq.say("/erase ০১৭১২৩৪৫৬৭৮")
    question = await rafiq.sees("Erase Rahim Uddin", "Lost for good, no undo", "1 relative", "1 note")
    assert "2 orders · 1 contact" in question["text"]
    assert "1 order is not delivered yet" in question["text"]
    await rafiq.press("Keep, show the card")
    await rafiq.sees("Rahim Uddin", "+880 1712-345678")
    assert await shop.rows("SELECT count(*) FROM customers WHERE erased_at IS NOT NULL") == [(0,)]


async def test_gone_for_everybody(shop: Shop, rafiq: Person, nusrat: Person) -> None:
    """The number, the name, the id, buttons and messages of before; the agent who had them is told."""
    await nusrat.say("01712345678")
    card = await nusrat.sees("Rahim Uddin")
    note = await nusrat.say("kotha hoise 3 min, dam beshi")
    echo = await nusrat.sees("3 min")
    await erased(rafiq, shop.rahim)
    await nusrat.sees(f"#{shop.rahim} is erased", "By Rafiq")
    refused = f"#{shop.rahim} is erased"
    for label, message in (("No answer", card), ("More", card), ("Undo", echo)):
        await nusrat.press(label, message=message)
        await nusrat.sees(refused, "no undo")
    await nusrat.say("order confirmed 2450 cod", reply_to=card)
    await nusrat.sees(refused)
    await nusrat.sandbox.edit("nusrat", note["id"], "kotha hoise 5 min, kal 6tay call")
    await shop.team.polled()
    await nusrat.say(f"#{shop.rahim}")
    await nusrat.sees(refused)
    await nusrat.say("Rahim Uddin")
    await nusrat.sees("nobody")
    await nusrat.say("kotha hoise")
    await nusrat.sees("kotha hoise")
    kept = "SELECT duration_seconds, description FROM customer_interactions"
    assert await shop.rows(kept) == [(180, None)]


async def test_what_is_taken_back_is_what_came_before(shop: Shop, rafiq: Person, nusrat: Person) -> None:
    """/undo passes over contacts with who was erased."""
    await nusrat.say("/log 01512344412 no answer")
    await nusrat.sees("Karim Mia")
    await nusrat.say("/log 01712345678 no answer")
    await nusrat.sees("Rahim Uddin")
    await erased(rafiq, shop.rahim)
    await nusrat.say("/undo")
    await nusrat.sees("Karim Mia")
    await nusrat.say("/undo")
    await nusrat.sees("Nothing to undo")


async def test_pressed_twice_and_by_two(shop: Shop, rafiq: Person, farhana: Person) -> None:
    async with shop.team.sessions.begin() as session:
        await session.execute(update(staff).where(staff.c.id == farhana.staff_id).values(role="admin"))
    await farhana.say("/erase 01712345678")
    theirs = await farhana.sees("Erase Rahim Uddin")
    await erased(rafiq, shop.rahim)
    await farhana.press("Erase for good", message=theirs)
    await farhana.sees(f"#{shop.rahim} is erased", "no undo")
    await farhana.press("Keep", message=theirs)
    await farhana.sees(f"#{shop.rahim} is erased")
    await rafiq.say(f"/erase #{shop.rahim}")
    await rafiq.sees(f"#{shop.rahim} is erased", "no undo")
    assert await shop.rows("SELECT count(*) FROM audit_log WHERE action = 'erased'") == [(1,)]


async def test_the_question_is_an_admins(shop: Shop, rafiq: Person, farhana: Person, nusrat: Person) -> None:
    for person in (farhana, nusrat):
        await person.say("/erase 01712345678")
        answer = await person.sees("erase")
        assert "Lost for good" not in answer["text"]
    await rafiq.say("/erase 01712345678")
    question = await rafiq.sees("Lost for good")
    async with shop.team.sessions.begin() as session:
        await session.execute(update(staff).where(staff.c.id == rafiq.staff_id).values(role="manager"))
    await rafiq.press("Erase for good", message=question)
    await shop.team.settled()
    assert await shop.rows("SELECT count(*) FROM customers WHERE erased_at IS NOT NULL") == [(0,)]


async def test_one_merged_is_erased_by_either_number(shop: Shop, rafiq: Person) -> None:
    async with shop.team.sessions() as session:
        again = await factories.customer(session, first_name="Rohim", last_name="Uddin", phone="01912345670")
        await factories.settle(session, again)
    await rafiq.press_data(f"v1:merge:{shop.rahim}:{again}", message=await opened(rafiq))
    await rafiq.sees("one customer now")
    await rafiq.say(f"/erase #{again}")
    await rafiq.sees("Erase Rahim Uddin", f"#{shop.rahim}")
    await rafiq.press("Erase for good")
    await rafiq.sees(f"#{shop.rahim} is erased")
    await rafiq.say("/undo")
    await rafiq.sees("Nothing to undo")
    for words, seen in ((f"#{again}", "is erased"), ("01912345670", "nobody yet"), ("01712345678", "nobody yet")):
        await rafiq.say(words)
        await rafiq.sees(seen)
    kept = "SELECT count(*) FROM merges WHERE moved::text ILIKE '%rohim%' OR gone_phone IS NOT NULL"
    assert await shop.rows(kept) == [(0,)]


async def opened(person: Person) -> dict[str, object]:
    await person.say("01712345678")
    return await person.sees("Rahim Uddin")


async def test_a_forwarded_number_says_so_and_a_lead_is_made_on_purpose(
    shop: Shop, rafiq: Person, nusrat: Person, tanvir: Person
) -> None:
    await erased(rafiq, shop.rahim)
    await tanvir.say("01712-345678")
    await tanvir.sees("মুছে ফেলা হয়েছে")
    await nusrat.say("+8801712345678")
    await nusrat.sees("nobody yet", "Erased on", "New lead only if they ask for it")
    await nusrat.press("New lead")
    await nusrat.sees("What is the name?")
    await nusrat.say("Rahim again")
    await nusrat.sees("Rahim again", "+880 1712-345678")
    assert await shop.rows("SELECT count(*) FROM tombstones") == [(0,)]


@pytest.mark.parametrize("name", ["<b>Bold</b>", "অ" * 200, "🔥🔥 Rahim"])
async def test_any_name(shop: Shop, rafiq: Person, name: str) -> None:
    async with shop.team.sessions() as session:
        odd = await factories.customer(session, first_name=name, last_name="", phone="01912345670")
        await factories.settle(session, odd)
    await erased(rafiq, odd)
    ((first, phone),) = await shop.rows("SELECT first_name, phone FROM customers WHERE id = :id", id=odd)
    assert (first, phone) == ("", None)


async def test_what_was_queued_does_not_go_out(shop: Shop, rafiq: Person, nusrat: Person) -> None:
    await queue(shop.team, nusrat.user_id, "to call Rahim", customer_id=shop.rahim)
    await queue(shop.team, nusrat.user_id, "list with Rahim", context={"entries": {"1": shop.rahim}})
    await queue(shop.team, nusrat.user_id, "to call Karim", customer_id=shop.karim)
    await rafiq.say("/erase 01712345678")
    await rafiq.sees("Erase Rahim Uddin")
    await rafiq.press("Erase for good")
    await rafiq.sees("2 unsent messages withdrawn", "Nusrat is told")
    await let_go(shop.team)
    await nusrat.sees("to call Karim")
    said = [message["text"] for message in await nusrat.sandbox.messages("nusrat")]
    assert not [words for words in said if "with Rahim" in words or "call Rahim" in words]


async def test_an_alert_that_rang_says_that_it_is_over(shop: Shop, rafiq: Person, nusrat: Person) -> None:
    async with shop.team.sessions() as session:
        await factories.dropoff(session, shop.rahim, stage="payment_failed", cart_value=5500, occurred_at=NOW)
        await factories.settle(session, shop.rahim)
    await shop.team.ring(hot_alerts.job(Business()), NOW + timedelta(minutes=1))
    rang = await nusrat.sees("🚨", "Rahim Uddin")
    await erased(rafiq, shop.rahim)
    await shop.team.settled()
    (now,) = [one for one in await nusrat.sandbox.messages("nusrat") if one["id"] == rang["id"]]
    assert "Rahim" not in now["text"]
    assert "345678" not in now["text"]


async def test_in_bengali(shop: Shop, rafiq: Person) -> None:
    await rafiq.speaks(Language.BN)
    await rafiq.say("/erase 01712345678")
    await rafiq.sees("মুছে ফেলবেন? Rahim Uddin", "আনডু নেই")
    await rafiq.press("একেবারে মুছুন")
    await rafiq.sees(f"#{shop.rahim} মুছে ফেলা হয়েছে")
    current = await shop.rows("SELECT count(*) FROM chats WHERE current_customer_id = :id", id=shop.rahim)
    assert current == [(0,)]
