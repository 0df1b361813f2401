"""A colleague's customer: asked for, handed over or kept, written about; managers assign."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from cdm_core import staff as people
from cdm_core.tables import absences, customers, staff
from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW

KNOWN = "R••• U•••: known, with Nusrat"
PHONE = "01712345678"


@pytest.fixture
async def shop(chat: Team) -> Shop:
    """Rahim is Nusrat's, who promised to call this evening; English for Tanvir."""
    await chat.tanvir.speaks(Language.EN)
    shop = await Shop.open(chat)
    async with chat.sessions() as session:
        await factories.follow_up(session, shop.rahim, chat.nusrat.staff_id)
        await factories.settle(session, shop.rahim)
    return shop


async def owner(shop: Shop, customer_id: int) -> Any:
    ((owner_id,),) = await shop.rows("SELECT owner_id FROM customers WHERE id = :id", id=customer_id)
    return owner_id


async def known(person: Person) -> dict[str, Any]:
    await person.say(PHONE)
    return await person.sees("R••• U•••: known, with Nusrat")


async def sent(shop: Shop, person: Person, since: int = 0) -> list[str]:
    """All that the person was told after ``since``, a mark of the chat."""
    await shop.team.settled()
    return [one["text"] for one in await shop.team.sandbox.messages(person.key) if one["seq"] > since]


async def test_asked_for_and_handed_over(shop: Shop, tanvir: Person, nusrat: Person) -> None:
    """The promised call goes with the customer; until then the asker learns nothing."""
    await known(tanvir)
    await tanvir.press("Ask hand-over")
    asked = await tanvir.sees("R••• U•••: asked Nusrat")
    assert "Rahim" not in asked["text"]
    await nusrat.sees("Tanvir asks for Rahim Uddin", f"#{shop.rahim}")
    await nusrat.press("Hand over")
    await nusrat.sees("Rahim Uddin", "with Tanvir now", "Tanvir is told.")
    await tanvir.sees("Rahim Uddin", "yours now", "From Nusrat")
    await tanvir.press("Card")
    await tanvir.sees("Rahim Uddin", "yours", "Today 18:00")
    assert await owner(shop, shop.rahim) == tanvir.staff_id
    assert await shop.rows("SELECT staff_id FROM follow_ups WHERE status = 'open'") == [(tanvir.staff_id,)]
    await nusrat.say(PHONE)
    await nusrat.sees("known, with Tanvir")


async def test_the_owner_takes_it_back_the_same_day(shop: Shop, tanvir: Person, nusrat: Person) -> None:
    await known(tanvir)
    await tanvir.press("Ask hand-over")
    await nusrat.sees("Tanvir asks for")
    await nusrat.press("Hand over")
    given = await nusrat.sees("with Tanvir now")
    await tanvir.sees("yours now")
    await nusrat.press("Undo", message=given)
    await nusrat.sees("Rahim Uddin", "yours")
    await tanvir.sees("R••• U•••: with Nusrat")
    assert await owner(shop, shop.rahim) == nusrat.staff_id
    assert await shop.rows("SELECT staff_id FROM follow_ups WHERE status = 'open'") == [(nusrat.staff_id,)]


async def test_kept(shop: Shop, tanvir: Person, nusrat: Person) -> None:
    """The asker is told, and may ask again."""
    await known(tanvir)
    await tanvir.press("Ask hand-over")
    asked = await nusrat.sees("Tanvir asks for")
    await nusrat.say("keno lagbe?", reply_to=asked)
    await nusrat.sees("Sent to Tanvir")
    await tanvir.sees("Nusrat about R••• U•••", "keno lagbe?")
    await nusrat.press("Keep", message=asked)
    await nusrat.sees("Rahim Uddin", "kept")
    refused = await tanvir.sees("R••• U•••: with Nusrat")
    assert "Rahim" not in refused["text"]
    assert await nusrat.press_data(f"v1:answer:{shop.rahim}:{await last_asked(shop)}:1", message=asked) == (
        "Already done, 11:10"
    )
    assert await owner(shop, shop.rahim) == nusrat.staff_id
    again = await known(tanvir)
    await tanvir.press("Ask hand-over", message=again)
    await nusrat.sees("Tanvir asks for")


async def last_asked(shop: Shop) -> int:
    ((last,),) = await shop.rows("SELECT max(id) FROM hand_overs")
    return int(last)


async def test_asked_once_until_it_lapses(shop: Shop, tanvir: Person, nusrat: Person) -> None:
    shown = await known(tanvir)
    await tanvir.press("Ask hand-over")
    await nusrat.sees("Tanvir asks for")
    before = len(await sent(shop, nusrat))
    assert await tanvir.press_data(f"v1:handover:{shop.rahim}", message=shown) == "Already done, 11:10"
    assert len(await sent(shop, nusrat)) == before
    shop.team.at(NOW + timedelta(days=3, hours=1))
    await tanvir.press_data(f"v1:handover:{shop.rahim}", message=shown)
    await nusrat.sees("Tanvir asks for")
    assert len(await shop.rows("SELECT id FROM hand_overs")) == 1


async def test_who_is_not_asked_has_nothing_to_answer(
    shop: Shop, tanvir: Person, nusrat: Person, farhana: Person, rafiq: Person
) -> None:
    """Neither the asker nor a stale or forged button hands anything over; who leads the owner may."""
    shown = await known(tanvir)
    await tanvir.press("Ask hand-over")
    await nusrat.sees("Tanvir asks for")
    data = f"v1:answer:{shop.rahim}:{await last_asked(shop)}:1"
    await tanvir.press_data(data, message=shown)
    await tanvir.sees(KNOWN)
    assert await owner(shop, shop.rahim) == nusrat.staff_id
    await rafiq.say("/help")
    helped = await rafiq.sees("What you can type")
    assert "Old button" in await rafiq.press_data(f"v1:answer:{shop.rahim}:999999:1", message=helped)
    await farhana.say("/help")
    await farhana.press_data(data, message=await farhana.sees("What you can type"))
    await farhana.sees("Rahim Uddin", "with Tanvir now")
    await tanvir.sees("yours now", "From Farhana")


async def test_the_owner_is_away(shop: Shop, tanvir: Person, nusrat: Person, farhana: Person) -> None:
    """Then the team lead is asked too, who sees whose customer it is."""
    async with shop.team.sessions.begin() as session:
        today: date = NOW.date()
        values = {"staff_id": nusrat.staff_id, "first_day": today, "last_day": today, "created_at": NOW}
        await session.execute(insert(absences).values(values))
    await known(tanvir)
    await tanvir.press("Ask hand-over")
    await tanvir.sees("asked Nusrat, Farhana")
    await nusrat.sees("Tanvir asks for")
    await farhana.sees("Tanvir asks for Rahim Uddin", "With Nusrat, who is away")
    await farhana.press("Keep")
    await farhana.sees("Rahim Uddin", "kept")
    await tanvir.sees("R••• U•••: with Nusrat")


async def test_somebody_gone_is_answered_for_and_given_nothing(
    shop: Shop, tanvir: Person, nusrat: Person, farhana: Person
) -> None:
    await known(tanvir)
    await tanvir.press("Ask hand-over")
    await nusrat.sees("Tanvir asks for")
    async with shop.team.sessions.begin() as session:
        await people.remove(session, tanvir.staff_id, now=NOW)
    await nusrat.press("Hand over")
    await nusrat.sees("Tanvir is not here any more")
    assert await owner(shop, shop.rahim) == nusrat.staff_id


@pytest.mark.parametrize(("hour", "silent"), [(12, False), (21, True), (8, True)])
async def test_it_rings_in_the_owners_hours_alone(
    shop: Shop, tanvir: Person, nusrat: Person, hour: int, silent: bool
) -> None:
    shop.team.at(NOW.replace(hour=hour, minute=0))
    await known(tanvir)
    await tanvir.press("Ask hand-over")
    asked = await nusrat.sees("Tanvir asks for")
    assert asked["silent"] is silent


async def test_who_else_asked_is_told(shop: Shop, tanvir: Person, nusrat: Person, farhana: Person) -> None:
    """One gets the customer, the other hears with whom it is."""
    async with shop.team.sessions.begin() as session:
        await session.execute(update(customers).where(customers.c.id == shop.rahim).values(owner_id=tanvir.staff_id))
        other = await factories.team(session)
    for person in (nusrat, farhana):
        async with shop.team.sessions.begin() as session:
            if person is farhana:
                await session.execute(update(staff).where(staff.c.id == farhana.staff_id).values(team_id=other))
        await person.say(PHONE)
        await person.sees("known, with Tanvir")
        await person.press("Ask hand-over")
        await person.sees("asked Tanvir")
    await tanvir.sees("Farhana asks for")
    await tanvir.press("Hand over")
    await farhana.sees("Rahim Uddin", "yours now")
    await nusrat.sees("R••• U•••: with Farhana")


async def test_a_message_to_the_owner_and_back(shop: Shop, tanvir: Person, nusrat: Person) -> None:
    """Names are masked for who may not see them; answers go by reply and by button, and are no notes."""
    since = await shop.team.sandbox.mark("tanvir")
    await known(tanvir)
    await tanvir.press("Message")
    await tanvir.sees("To Nusrat about R••• U•••", "Type the message.")
    await tanvir.say("dam beshi bolse amake, <b>kotha</b> bolben?")
    await tanvir.sees("Sent to Nusrat")
    letter = await nusrat.sees("Tanvir about Rahim Uddin", "dam beshi bolse amake, <b>kotha</b> bolben?")
    await nusrat.say("kotha hoise, thik ache", reply_to=letter)
    await nusrat.sees("Sent to Tanvir")
    back = await tanvir.sees("Nusrat about R••• U•••", "kotha hoise, thik ache")
    assert "Rahim" not in back["text"]
    await tanvir.press("Reply", message=back)
    await tanvir.sees("To Nusrat about R••• U•••")
    await tanvir.say("ধন্যবাদ 🙂")
    await nusrat.sees("ধন্যবাদ 🙂")
    assert await shop.logged(shop.rahim) == []
    assert not any("Rahim" in message for message in await sent(shop, tanvir, since))


async def test_a_message_that_cannot_be_sent_so(shop: Shop, tanvir: Person, nusrat: Person) -> None:
    """Too long it is asked for again; a number instead of it is looked up."""
    since = await shop.team.sandbox.mark("nusrat")
    await known(tanvir)
    await tanvir.press("Message")
    await tanvir.sees("Type the message.")
    await tanvir.say("ক" * 1_001)
    await tanvir.sees("1,001 letters, at most 1,000")
    await tanvir.say("01812349077")
    await tanvir.sees("Sumaiya Akter")
    await tanvir.say("/help")
    await tanvir.sees("What you can type")
    assert await sent(shop, nusrat, since) == []


async def test_a_stale_message_button(shop: Shop, tanvir: Person) -> None:
    await tanvir.say("/help")
    helped = await tanvir.sees("What you can type")
    assert "Old button" in await tanvir.press_data("v1:reply", message=helped)


async def test_whose_customer_became_visible_is_shown(shop: Shop, tanvir: Person) -> None:
    """Asking for what one may see by now opens the card."""
    shown = await known(tanvir)
    await shop.give(shop.rahim, tanvir)
    for data in ("handover", "message"):
        await tanvir.press_data(f"v1:{data}:{shop.rahim}", message=shown)
        await tanvir.sees("Rahim Uddin", "yours")


async def test_assign(shop: Shop, tanvir: Person, nusrat: Person, farhana: Person) -> None:
    await farhana.say(f"/assign {PHONE} tanvir")
    given = await farhana.sees("Rahim Uddin", "with Tanvir now")
    await tanvir.sees("Rahim Uddin", "yours now", "From Farhana")
    await nusrat.sees("R••• U•••: with Tanvir")
    assert await owner(shop, shop.rahim) == tanvir.staff_id
    await farhana.press("Undo", message=given)
    await tanvir.sees("R••• U•••: with Nusrat")
    assert await owner(shop, shop.rahim) == nusrat.staff_id
    await farhana.say(f"/assign #{shop.rahim} -")
    await farhana.sees("nobody's now")
    assert await owner(shop, shop.rahim) is None


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/assign", "Whom, then to which colleague"),
        ("/assign Rahim", "Whom, then to which colleague"),
        (f"/assign {PHONE} Karima", "Karima"),
        ("/assign 01999999999 Tanvir", "nobody yet"),
    ],
)
async def test_assign_typed_wrongly(shop: Shop, farhana: Person, typed: str, answer: str) -> None:
    await farhana.say(typed)
    await farhana.sees(answer)
    assert await owner(shop, shop.rahim) == shop.team.nusrat.staff_id
