"""Inline mode: "@bot rahim" in any chat, answered to the team alone, and saying nothing where others read."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.sandbox.client import SandboxError
from cdm_core import name_index
from cdm_core import staff as people
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW


@pytest.fixture
async def shop(chat: Team) -> Shop:
    shop = await Shop.open(chat)
    async with chat.sessions.begin() as session:
        await name_index.learn(session, ["Rahim Uddin", "Karim Mia", "Sumaiya Akter"])
        changed = "UPDATE customers SET city = 'Dhaka', customer_type = 'vip', lifecycle_stage = 'loyal' WHERE id = :id"
        await session.execute(text(changed), {"id": shop.rahim})
    return shop


def titles(found: dict[str, Any]) -> list[str]:
    return [result["title"] for result in found["results"]]


async def test_a_name_is_found_and_shown_to_the_person_alone(shop: Shop, nusrat: Person) -> None:
    found = await nusrat.looks_for("rahim")
    assert (found["is_personal"], found["cache_time"], found["next_offset"]) == (True, 0, "")
    assert [(one["type"], one["title"], one["description"]) for one in found["results"]] == [
        ("article", "❄️ Rahim Uddin", "VIP · loyal · ··5678 · Dhaka")
    ]


async def test_in_bengali(shop: Shop, tanvir: Person) -> None:
    found = await tanvir.looks_for("সুমাইয়া")
    assert [(one["title"], one["description"]) for one in found["results"]] == [
        ("❄️ Sumaiya Akter", "লিড · ··9077 · Dhaka")
    ]


@pytest.mark.parametrize("where", ["mirpur", None])
async def test_what_is_chosen_tells_others_nothing(shop: Shop, chat: Team, nusrat: Person, where: str | None) -> None:
    (result,) = (await nusrat.looks_for("5678", chat=where))["results"]
    said = await nusrat.chooses(result, chat=where)
    assert said["text"] == f"👤 #{shop.rahim}"
    (button,) = said["buttons"][0]
    assert button["text"] == "🔒 Open in private"
    assert button["url"].endswith(f"?start=c_{shop.rahim}")
    if where is None:  # in the bot's own chat it opens the card
        await nusrat.sees("Rahim Uddin", "+880 1712-345678")
        return
    await chat.polled()
    await chat.settled()
    with pytest.raises(SandboxError, match="no such message"):
        await chat.sandbox.wait_for(where, timeout=0)


async def test_a_colleagues_customer_is_not_found_by_name_and_masked_by_phone(shop: Shop, tanvir: Person) -> None:
    assert titles(await tanvir.looks_for("rahim")) == []
    (result,) = (await tanvir.looks_for("01712345678"))["results"]
    assert (result["title"], result["description"]) == ("🔒 R••• U•••", "Nusrat দেখছেন")
    await tanvir.chooses(result)
    await tanvir.sees("R••• U•••: Nusrat দেখছেন")


async def test_strangers_and_the_removed_find_nothing(shop: Shop, chat: Team, nusrat: Person) -> None:
    for words in ("rahim", "", "01712345678"):
        found = await chat.stranger.looks_for(words)
        assert (found["results"], found["is_personal"], found["cache_time"]) == ([], True, 0)
    async with chat.sessions.begin() as session:
        await people.remove(session, nusrat.staff_id, now=NOW)
    assert (await nusrat.looks_for("rahim"))["results"] == []
    rows = await shop.rows("SELECT count(*) FROM chats WHERE chat_id = :id", id=chat.stranger.user_id)
    assert rows == [(0,)]


async def test_without_words_whom_the_person_had_to_do_with_last(shop: Shop, chat: Team, nusrat: Person) -> None:
    assert (await nusrat.looks_for(""))["results"] == []
    for minute, customer in enumerate((shop.karim, shop.rahim, shop.karim)):
        chat.at(NOW + timedelta(minutes=minute))
        await nusrat.say(f"#{customer}")
        await nusrat.sees(f"#{customer}")
    assert titles(await nusrat.looks_for("")) == ["❄️ Karim Mia", "❄️ Rahim Uddin"]
    await shop.give(shop.karim, chat.tanvir)
    assert titles(await nusrat.looks_for("")) == ["❄️ Rahim Uddin"]


async def test_many_come_page_by_page(shop: Shop, chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        ids = [await factories.customer(session, id=90_000 + n, first_name="Salma") for n in range(45)]
        await factories.settle(session, *ids)
    found, pages = await nusrat.looks_for("salma"), []
    while True:
        pages.append([one["id"] for one in found["results"]])
        if not found["next_offset"]:
            break
        found = await nusrat.looks_for("salma", offset=found["next_offset"])
    assert [len(page) for page in pages] == [20, 20, 5]
    assert len({ident for page in pages for ident in page}) == 45


@pytest.mark.parametrize("offset", ["-1", "x", "৫", "99999999999999999999"])
async def test_a_forged_offset_is_harmless(shop: Shop, nusrat: Person, offset: str) -> None:
    await nusrat.looks_for("rahim", offset=offset)


@pytest.mark.parametrize("words", ["<b>rahim</b>", "😀", "a" * 256, "%", "' OR 1=1", "#", "01712345678 " * 20])
async def test_odd_words_are_answered(shop: Shop, nusrat: Person, words: str) -> None:
    await nusrat.looks_for(words)


async def test_names_are_said_as_stored(shop: Shop, chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        odd = await factories.customer(session, first_name="<b>Rafi & Co</b>", last_name="র" * 200)
        nobody = await factories.customer(session, first_name="", last_name="", phone="01612349999")
        await factories.settle(session, odd, nobody)
    (result,) = (await nusrat.looks_for(f"#{odd}"))["results"]
    assert result["title"].startswith("❄️ <b>Rafi & Co</b>")
    assert len(result["title"]) < 40
    assert titles(await nusrat.looks_for("01612349999")) == ["❄️ No name"]


async def test_everybody_listed_is_on_record(shop: Shop, nusrat: Person) -> None:
    await nusrat.looks_for("rahim")
    seen = await shop.rows("SELECT staff_id, action, details FROM audit_log")
    assert seen == [(nusrat.staff_id, "inline", {"customers": [shop.rahim]})]


async def test_an_answer_that_comes_too_late_is_no_trouble(shop: Shop, chat: Team, nusrat: Person) -> None:
    await chat.sandbox.fault("bad_request", "answerInlineQuery", description="query is too old", count=1)
    unanswered = await chat.sandbox.inline(nusrat.key, "rahim", timeout=0.5)
    assert not unanswered["answered"]
    assert titles(await nusrat.looks_for("rahim")) == ["❄️ Rahim Uddin"]


async def test_looking_does_not_unblock_a_chat(shop: Shop, chat: Team, nusrat: Person) -> None:
    async with chat.sessions.begin() as session:
        await session.execute(
            text("UPDATE chats SET blocked_at = :now WHERE chat_id = :id"), {"now": NOW, "id": nusrat.user_id}
        )
    await nusrat.looks_for("rahim")
    assert await shop.rows("SELECT blocked_at IS NOT NULL FROM chats WHERE chat_id = :id", id=nusrat.user_id) == [
        (True,)
    ]
