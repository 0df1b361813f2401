"""One person here twice: seen on the profile, compared, merged, taken back; old messages lead to who stayed."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.commands import ROUTES
from cdm_core.tables import merges
from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.bot.test_access import _OF_A_CUSTOMER, sample
from tests.factories import NOW


@pytest.fixture
async def shop(chat: Team) -> Shop:
    """Sumaiya is Tanvir's; English for him."""
    await chat.tanvir.speaks(Language.EN)
    return await Shop.open(chat)


@pytest.fixture
async def twice(shop: Shop) -> int:
    """Sumaiya once more, nobody's, with an e-mail and an order."""
    async with shop.team.sessions() as session:
        again = await factories.customer(
            session, first_name="সুমাইয়া", last_name="আক্তার", phone="01812349077", email="s@example.com"
        )
        await factories.order(session, again, amount=1450)
        await factories.settle(session, again)
    return again


async def both(shop: Shop) -> set[int]:
    return {row[0] for row in await shop.rows("SELECT id FROM customers WHERE phone_e164 = '+8801812349077'")}


async def profile(person: Person, shop: Shop) -> dict[str, Any]:
    await person.say(f"#{shop.sumaiya}")
    await person.sees("Sumaiya Akter", "Dhaka")
    await person.press("More")
    await person.sees("· Overview")
    await person.press("Profile")
    return await person.sees("· Profile")


async def compared(person: Person, shop: Shop) -> dict[str, Any]:
    assert "Maybe the same: সুমাইয়া আক্তার" in (await profile(person, shop))["text"]
    await person.press("Same person?")
    return await person.sees("Same person?")


async def test_seen_on_the_profile_compared_and_merged(shop: Shop, twice: int, tanvir: Person) -> None:
    """The one with more orders is to stay."""
    question = await compared(tanvir, shop)
    lines = question["text"].splitlines()
    assert lines[1] == f"1 সুমাইয়া আক্তার #{twice}"
    assert lines[-1] == f"#{shop.sumaiya} goes into #{twice}"
    await tanvir.press(f"Keep #{shop.sumaiya} instead")
    await tanvir.sees(f"#{twice} goes into #{shop.sumaiya}")
    await tanvir.press("Merge")
    merged = await tanvir.sees("Sumaiya Akter", "one customer now", "1 order", "Filled in: email")
    assert await both(shop) == {shop.sumaiya}
    await tanvir.press("Card")
    await tanvir.sees("Sumaiya Akter", "৳1,450")
    await tanvir.say(f"#{twice}")
    await tanvir.sees("Sumaiya Akter", f"#{shop.sumaiya}")
    await tanvir.press("Undo", message=merged)
    await tanvir.sees("Two customers again", f"#{shop.sumaiya}", f"#{twice}")
    assert await both(shop) == {shop.sumaiya, twice}
    assert "11:10" in await tanvir.press_data(f"v1:unmerge:{shop.sumaiya}:{await merge_id(shop)}", message=merged)


async def merge_id(shop: Shop) -> int:
    ((last,),) = await shop.rows("SELECT max(id) FROM merges")
    return int(last)


async def test_pressed_twice_and_by_two(shop: Shop, twice: int, tanvir: Person, rafiq: Person) -> None:
    """Whoever comes second is told that they are one already."""
    question = await compared(tanvir, shop)
    theirs = await compared(rafiq, shop)
    await tanvir.press("Merge")
    await tanvir.sees("one customer now")
    assert await rafiq.press("Merge", message=theirs) == "One customer already"
    assert await rafiq.press("Two people", message=theirs) == "One customer already"
    data = f"v1:merge:{twice}:{shop.sumaiya}"
    assert await tanvir.press_data(data, message=question) == "One customer already"
    assert len(await both(shop)) == 1


async def test_two_people(shop: Shop, twice: int, tanvir: Person) -> None:
    await compared(tanvir, shop)
    await tanvir.press("Two people")
    await tanvir.sees("Two people: not asked again")
    shown = (await profile(tanvir, shop))["text"]
    assert "Same phone" in shown
    assert "Maybe the same" not in shown
    assert await both(shop) == {shop.sumaiya, twice}


async def test_a_colleagues_double_is_not_merged_but_asked_for(shop: Shop, twice: int, tanvir: Person) -> None:
    await shop.give(twice, shop.team.nusrat)
    assert "Maybe the same: সু••• আ•••" in (await profile(tanvir, shop))["text"]
    await tanvir.press("Same person?")
    known = await tanvir.sees("known, with Nusrat")
    assert [button["text"] for row in known["buttons"] for button in row] == ["🤝 Ask hand-over", "✉️ Message"]
    await tanvir.press_data(f"v1:merge:{shop.sumaiya}:{twice}", message=known)
    await tanvir.sees("known, with Nusrat")
    assert len(await both(shop)) == 2


async def test_the_list_of_doubles(shop: Shop, twice: int, farhana: Person) -> None:
    """A manager's: pair by pair; whose customer went is told."""
    await shop.give(twice, shop.team.nusrat)
    await farhana.say("/duplicates")
    await farhana.sees("Maybe one person: 1", "+880 1812-349077", f"Sumaiya Akter #{shop.sumaiya}")
    await farhana.press("1")
    await farhana.sees("Same person?")
    await farhana.press(f"Keep #{shop.sumaiya} instead")
    await farhana.sees(f"#{twice} goes into #{shop.sumaiya}")
    await farhana.press("Merge")
    await farhana.sees("one customer now", "Nusrat is told.")
    await shop.team.nusrat.sees("সু••• আ•••: merged by Farhana", "With Tanvir now")
    await farhana.say("/duplicates")
    await farhana.sees("Nobody is here twice")


async def test_the_later_merge_is_undone_first(shop: Shop, twice: int, rafiq: Person) -> None:
    """The refusal brings the button for it."""
    async with shop.team.sessions() as session:
        third = await factories.customer(session, first_name="Sumaiya", last_name="", phone="01812349077")
        await factories.settle(session, third)
    shown = await compared(rafiq, shop)
    for gone in (twice, third):
        await rafiq.press_data(f"v1:merge:{shop.sumaiya}:{gone}", message=shown)
        await rafiq.sees("one customer now", f"#{gone}")
    first = await merge_id(shop) - 1
    await rafiq.press_data(f"v1:unmerge:{shop.sumaiya}:{first}", message=shown)
    await rafiq.sees("Sumaiya came in later", "Undo that first")
    await rafiq.press("Undo")
    await rafiq.sees("Two customers again", f"#{third}")
    await rafiq.press_data(f"v1:unmerge:{shop.sumaiya}:{first}", message=shown)
    await rafiq.sees("Two customers again", f"#{twice}")
    assert await both(shop) == {shop.sumaiya, twice, third}


@pytest.mark.parametrize("name", sorted(set(_OF_A_CUSTOMER.split()) & set(ROUTES.presses)))
async def test_every_old_button_leads_to_who_stayed(shop: Shop, tanvir: Person, name: str) -> None:
    """Customer 902 went into Sumaiya; a button of 902's, whatever it is, does not fail and does not speak of nobody."""
    async with shop.team.sessions.begin() as session:
        await session.execute(
            insert(merges).values(customer_id=shop.sumaiya, gone_id=902, moved={}, merged_by=None, merged_at=NOW)
        )
        await factories.interaction(session, shop.sumaiya, id=902, staff_id=tanvir.staff_id, occurred_at=NOW)
        await factories.relative(session, shop.sumaiya, id=902)
    await tanvir.say("/help")
    shown = await tanvir.sees("What you can type")
    after = await shop.team.sandbox.mark("tanvir")
    toast = await tanvir.press_data(sample(name), message=shown)
    await shop.team.polled()
    await shop.team.settled()
    said = [one["text"] for one in await shop.team.sandbox.messages("tanvir") if one["seq"] > after]
    assert toast or said
    failed = ("could not be done", "#902: nobody", "This did not work")
    assert not any(words in one for one in [toast, *said] for words in failed)
    assert await shop.rows("SELECT 1 FROM inbox WHERE state = 'quarantined' OR attempts > 0") == []


async def test_notes_and_answers_about_one_who_went(shop: Shop, twice: int, tanvir: Person) -> None:
    """The card that was open, an answer to it, a promised time: all of it is now about who stayed."""
    await tanvir.say(f"#{twice}")
    card = await tanvir.sees("সুমাইয়া আক্তার")
    shown = await compared(tanvir, shop)
    await tanvir.press_data(f"v1:merge:{shop.sumaiya}:{twice}", message=shown)
    await tanvir.sees("one customer now")
    await tanvir.say("kotha hoise 3 min, dam beshi", reply_to=card)
    await tanvir.sees("Sumaiya Akter", "saved")
    await tanvir.press("No answer", message=card)
    await tanvir.sees("Sumaiya Akter", "no answer")
    assert [row[0] for row in await shop.logged(shop.sumaiya)] == ["connected", "no_answer"]


async def test_undo_takes_a_merge_back_in_turn(shop: Shop, twice: int, tanvir: Person) -> None:
    """After a note that came later, before one that came earlier."""
    await tanvir.say(f"#{shop.karim} no answer")
    await tanvir.sees("Karim Mia", "no answer")
    shop.team.at(NOW + timedelta(minutes=1))
    await compared(tanvir, shop)
    await tanvir.press("Merge")
    await tanvir.sees("one customer now")
    shop.team.at(NOW + timedelta(minutes=2))
    await tanvir.say(f"#{twice} kotha hoise")
    await tanvir.sees("saved")
    for undone in ("talked: removed", "Two customers again", "Karim Mia"):
        await tanvir.say("/undo")
        await tanvir.sees(undone)
    await tanvir.say("/undo")
    await tanvir.sees("Nothing to undo today")
