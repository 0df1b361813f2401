"""Voice notes, photos and papers: kept with a contact, copied to our folder, got back, taken back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from cdm_core import file_copies
from cdm_core.contact_files import MOST_BYTES
from cdm_core.words import Language
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW
from tests.sandbox.test_people import png

VOICE = b"OggS voice"


@pytest.fixture
async def shop(chat: Team) -> AsyncIterator[Shop]:
    shop = await Shop.open(chat)
    yield shop
    await copied(shop)


async def copied(shop: Shop) -> None:
    """Until nothing is left to fetch or to delete."""
    left = (
        "SELECT (SELECT count(*) FROM interaction_files WHERE state = 'wanted'"
        " AND next_attempt_at < clock_timestamp() + interval '10 minutes') + (SELECT count(*) FROM files_to_delete)"
    )
    async with asyncio.timeout(15):
        while await shop.rows(left) != [(0,)]:  # noqa: ASYNC110 - the database offers no event
            await asyncio.sleep(0.01)


async def files(shop: Shop) -> list[tuple[Any, ...]]:
    """Customer, kind and state of each, in the order they came."""
    return await shop.rows("SELECT customer_id, kind, state FROM interaction_files ORDER BY id")


def stored(shop: Shop) -> list[bytes]:
    """What lies in the folder."""
    return [path.read_bytes() for path in sorted(shop.team.files.rglob("*")) if path.is_file()]


async def card(person: Person, words: str, seen: str) -> dict[str, Any]:
    await person.say(words)
    return await person.sees(seen)


async def test_a_voice_note_in_answer_to_a_card(shop: Shop, nusrat: Person) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(VOICE, "voice", reply_to=opened, duration=72)
    said = await nusrat.sees("📝 Rahim Uddin", "saved", "🎤 Voice note 1:12")
    assert "With what" not in said["text"]
    assert await shop.logged(shop.rahim) == [(None, None, None, None)]
    await copied(shop)
    assert await files(shop) == [(shop.rahim, "voice", "kept")]
    assert stored(shop) == [VOICE]
    ((name,),) = await shop.rows("SELECT stored_name FROM interaction_files")
    assert name.startswith(f"2026/{shop.rahim}/")
    assert oct((shop.team.files / name).stat().st_mode)[-3:] == "600"


async def test_in_bengali(shop: Shop, tanvir: Person) -> None:
    opened = await card(tanvir, "9077", "Sumaiya Akter #")
    await tanvir.sends(png(), "photo", reply_to=opened)
    await tanvir.sees("📝 Sumaiya Akter", "সেভ হয়েছে", "🖼 ছবি")


@pytest.mark.parametrize("kind", ["photo", "document", "audio", "video"])
async def test_every_kind_is_kept_and_comes_back(shop: Shop, nusrat: Person, kind: str) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    sent = await nusrat.sends(png(), kind, reply_to=opened, name="bill.png")
    await nusrat.sees("Rahim Uddin", "saved")
    await copied(shop)
    assert await files(shop) == [(shop.rahim, kind, "kept")]
    await nusrat.press("⋯ More", message=opened)
    await nusrat.sees("Overview")
    await nusrat.press("Interactions")
    await nusrat.sees("Interactions 1", "1 ")
    await nusrat.press(" 1")
    back = await nusrat.sees("Rahim Uddin #", "Today 11:10")
    assert back[kind]["file_id"] == sent[kind]["file_id"]


async def test_its_caption_is_a_note(shop: Shop, nusrat: Person) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    sent = await nusrat.sends(png(), "photo", reply_to=opened, caption="kotha hoise 3 min, dam beshi")
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min · talked · price", "🖼 Photo")
    assert await shop.logged(shop.rahim) == [("connected", "price", 180, "kotha hoise 3 min, dam beshi")]
    await nusrat.edits(sent, "kotha hoise 5 min")
    await nusrat.sees("Rahim Uddin", "changed", "Call 5 min")
    assert await shop.logged(shop.rahim) == [("connected", None, 300, "kotha hoise 5 min")]
    await copied(shop)
    assert await files(shop) == [(shop.rahim, "photo", "kept")]


async def test_without_words_it_belongs_to_what_was_logged_just_now(shop: Shop, chat: Team, nusrat: Person) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.say("kotha hoise 3 min")
    await nusrat.sees("saved")
    chat.at(NOW + timedelta(minutes=14))
    await nusrat.sends(VOICE, "voice", reply_to=opened)
    await nusrat.sees("Rahim Uddin", "saved", "🎤 Voice note", "With what you logged just now")
    assert await shop.logged(shop.rahim) == [("connected", None, 180, "kotha hoise 3 min")]
    chat.at(NOW + timedelta(minutes=40))
    await nusrat.sends(png(), "photo", reply_to=opened)
    await nusrat.sees("🖼 Photo")
    assert len(await shop.logged(shop.rahim)) == 2


async def test_with_a_card_open_it_asks(shop: Shop, nusrat: Person) -> None:
    await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(png(), "photo", caption="no answer")
    asked = await nusrat.sees("With Rahim Uddin", "🖼 Photo", "“no answer”")
    assert await shop.logged(shop.rahim) == []
    await nusrat.press("Keep")
    kept = await nusrat.sees("Rahim Uddin", "no answer")
    assert kept["id"] == asked["id"]
    assert await shop.logged(shop.rahim) == [("no_answer", None, None, "no answer")]
    await copied(shop)
    assert await files(shop) == [(shop.rahim, "photo", "kept")]
    assert "already" in (await nusrat.press_data(f"v1:note:{shop.rahim}", message=asked)).lower()
    assert len(await files(shop)) == 1


async def test_or_it_is_somebody_elses(shop: Shop, nusrat: Person) -> None:
    await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(VOICE, "voice")
    await nusrat.sees("With Rahim Uddin")
    await nusrat.press("Someone else")
    await nusrat.sees("Whose note is it?", "📎 File")
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia", "saved", "🎤 Voice note")
    assert await files(shop) in ([(shop.karim, "voice", state)] for state in ("wanted", "kept"))


async def test_with_no_card_it_waits_for_whose_it_is(shop: Shop, chat: Team, nusrat: Person) -> None:
    await nusrat.sends(VOICE, "voice")
    await nusrat.sees("Whose note is it?", "📎 File")
    assert await files(shop) == []
    await nusrat.say("nobody at all zzz")
    await nusrat.sees("nobody", "📎 File")
    chat.at(NOW + timedelta(minutes=30))
    await nusrat.say("/log")
    await nusrat.sees("Whose are these?", "1 📎 File")
    await nusrat.press("1")
    await nusrat.sees("Whose note is it?")
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin", "saved", "🎤 Voice note")
    await copied(shop)
    assert await files(shop) == [(shop.rahim, "voice", "kept")]


async def test_a_new_lead_gets_the_file(shop: Shop, nusrat: Person) -> None:
    await nusrat.sends(png(), "photo", caption="shop card")
    await nusrat.sees("Whose note is it?", "“shop card”")
    await nusrat.say("01611111111")
    await nusrat.sees("nobody yet", "“shop card”")
    await nusrat.press("New lead")
    await nusrat.sees("🖼 Photo")
    ((customer, kind, _),) = await files(shop)
    assert (customer not in (shop.rahim, shop.karim, shop.sumaiya), kind) == (True, "photo")


async def test_the_caption_names_the_customer(shop: Shop, nusrat: Person) -> None:
    await nusrat.sends(png(), "photo", caption="01712345678 kotha hoise 3 min")
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min", "🖼 Photo")
    assert await shop.logged(shop.rahim) == [("connected", None, 180, "kotha hoise 3 min")]


async def test_a_forwarded_file_is_asked_about(shop: Shop, nusrat: Person) -> None:
    await nusrat.sends(png(), "photo", caption="amar slip, 01712345678", forwarded=True)
    await nusrat.sees("With Rahim Uddin", "🖼 Photo")
    assert await files(shop) == []
    await nusrat.press("Keep")
    await nusrat.sees("Rahim Uddin", "saved")
    assert [row[:2] for row in await files(shop)] == [(shop.rahim, "photo")]


async def test_an_album_is_kept_whole_with_one_echo(shop: Shop, chat: Team, nusrat: Person) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    for number in range(4):
        caption = "dam beshi" if number == 0 else ""
        await nusrat.sends(png(3 + number), "photo", reply_to=opened, album="7001", caption=caption)
    said = await nusrat.sees("Rahim Uddin")
    await chat.polled()
    await chat.settled()
    card_of, *since = (await nusrat.screen())[-6:]
    assert "Lead · yours" in card_of
    assert [words for words in since if words not in ("", "dam beshi")] == [said["text"]]
    await copied(shop)
    assert await files(shop) == [(shop.rahim, "photo", "kept")] * 4
    assert len(await shop.logged(shop.rahim)) == 1
    assert len(stored(shop)) == 4


async def test_an_album_waits_whole(shop: Shop, chat: Team, nusrat: Person) -> None:
    for number in range(3):
        await nusrat.sends(png(3 + number), "photo", album="7002", caption="hot customer" if number == 2 else "")
    await chat.polled()
    await chat.settled()
    assert len([words for words in (await nusrat.screen())[-4:] if "Whose" in words]) == 1
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin", "saved", "🖼 Photo ×3")
    assert len(await files(shop)) == 3
    assert (await shop.logged(shop.rahim))[0][3] == "hot customer"
    await nusrat.sends(png(9), "photo", album="7002")
    await chat.polled()
    await chat.settled()
    assert len(await files(shop)) == 4


async def test_undo_of_a_file_alone(shop: Shop, nusrat: Person) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(VOICE, "voice", reply_to=opened)
    await nusrat.sees("saved", "🎤")
    await copied(shop)
    await nusrat.press("Undo")
    await nusrat.sees("Rahim Uddin", "undone", "📎 File: removed")
    await copied(shop)
    assert (await files(shop), await shop.logged(shop.rahim), stored(shop)) == ([], [], [])


async def test_undo_of_a_file_added_to_a_contact_leaves_the_contact(shop: Shop, chat: Team, nusrat: Person) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.say("kotha hoise 3 min")
    await nusrat.sees("saved")
    for _ in range(2):
        chat.at(chat.clock.now() + timedelta(minutes=2))
        await nusrat.sends(VOICE, "voice", reply_to=opened)
        shown = await nusrat.sees("With what you logged just now")
    await copied(shop)
    await nusrat.press("Undo", message=shown)
    await nusrat.sees("Rahim Uddin", "undone", "🎤 Voice note: removed")
    assert "Nothing to undo" in await nusrat.press_data(shown["buttons"][0][0]["callback_data"], message=shown)
    await nusrat.say("/undo")
    await nusrat.sees("undone", "🎤 Voice note: removed")
    assert len(await shop.logged(shop.rahim)) == 1
    await nusrat.say("/undo")
    await nusrat.sees("undone", "Call 3 min")
    await copied(shop)
    assert (await files(shop), stored(shop)) == ([], [])


async def test_files_follow_a_note_to_its_right_customer(shop: Shop, nusrat: Person) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(png(), "photo", reply_to=opened, caption="kotha hoise 3 min")
    await nusrat.sees("saved")
    await nusrat.press("Fix")
    await nusrat.sees("what to fix?")
    await nusrat.press("Customer")
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia", "changed")
    await copied(shop)
    assert await files(shop) == [(shop.karim, "photo", "kept")]


async def test_in_answer_to_a_list(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("01712345678 01512344412")
    hits = await nusrat.sees("2 customers")
    await nusrat.sends(VOICE, "voice", reply_to=hits, caption="২ no answer")
    await nusrat.sees("Karim Mia", "no answer")
    await nusrat.sends(png(), "photo", reply_to=hits)
    await nusrat.sees("Which number of the list?", "📎 File")
    await nusrat.press("1")
    await nusrat.sees("Rahim Uddin", "saved", "🖼 Photo")


async def test_a_voice_note_answers_what_happened(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.sends(VOICE, "voice")
    await nusrat.sees("Rahim Uddin", "saved", "🎤 Voice note")


async def test_a_file_over_the_limit_is_told_at_once(shop: Shop, nusrat: Person) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(bytes(MOST_BYTES + 1), "document", reply_to=opened, name="film.mkv")
    await nusrat.sees("saved", "📎 film.mkv", "⚠️ Over 20 MB")
    assert await files(shop) == [(shop.rahim, "document", "too_large")]


async def test_a_file_found_over_the_limit_is_told_later(shop: Shop, chat: Team, nusrat: Person) -> None:
    await chat.sandbox.fault("bad_request", "getFile", description="Bad Request: file is too big", count=1)
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(VOICE, "voice", reply_to=opened)
    await nusrat.sees("⚠️ Voice note over 20 MB", f"#{shop.rahim}", "stays in Telegram")
    assert await files(shop) == [(shop.rahim, "voice", "too_large")]


async def test_a_file_that_telegram_lost_is_told_once(
    shop: Shop, chat: Team, nusrat: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_copies, "BACKOFF_SECONDS", (0.01, 0.01))
    monkeypatch.setattr(file_copies, "MOST_ATTEMPTS", 3)
    await chat.sandbox.fault("bad_request", "getFile", count=5)
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(VOICE, "voice", reply_to=opened)
    await nusrat.sees("⚠️ Voice note not saved", f"#{shop.rahim}", "Send it again")
    assert await files(shop) == [(shop.rahim, "voice", "lost")]
    await chat.settled()
    assert await shop.rows("SELECT count(*) FROM outbox WHERE dedup_key LIKE 'file:%'") == [(1,)]


async def test_trouble_is_tried_again(shop: Shop, chat: Team, nusrat: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_copies, "BACKOFF_SECONDS", (0.01, 0.05))
    for kind in ("server_error", "flood", "drop_before", "bad_request"):
        await chat.sandbox.fault(kind, "getFile", count=1, retry_after=0)
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(VOICE, "voice", reply_to=opened)
    await nusrat.sees("saved")
    await copied(shop)
    assert await files(shop) == [(shop.rahim, "voice", "kept")]
    assert (await shop.rows("SELECT attempts FROM interaction_files"))[0][0] >= 4
    assert stored(shop) == [VOICE]


async def test_another_bot_gives_back_our_copy(shop: Shop, chat: Team, nusrat: Person) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(VOICE, "voice", reply_to=opened)
    await nusrat.sees("saved")
    await copied(shop)
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE interaction_files SET bot_id = 1, file_id = 'of another bot'"))
    ((customer, interaction),) = await shop.rows("SELECT customer_id, interaction_id FROM interaction_files")
    await nusrat.press_data(f"v1:files:{customer}:{interaction}", message=opened)
    back = await nusrat.sees("Rahim Uddin #")
    assert chat.state.store.get_bytes(chat.state.files[back["voice"]["file_id"]].blob) == VOICE
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE interaction_files SET stored_name = NULL"))
    toast = await nusrat.press_data(f"v1:files:{customer}:{interaction}", message=opened)
    assert toast == "The file is not here any more"


async def test_nobody_elses_file_comes_back(shop: Shop, tanvir: Person, nusrat: Person) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(VOICE, "voice", reply_to=opened)
    await nusrat.sees("saved")
    ((customer, interaction),) = await shop.rows("SELECT customer_id, interaction_id FROM interaction_files")
    message = await card(tanvir, "9077", "Sumaiya Akter #")
    await tanvir.press_data(f"v1:files:{customer}:{interaction}", message=message)
    await tanvir.sees("Nusrat দেখছেন")
    file_id = (await shop.rows("SELECT id FROM interaction_files"))[0][0]
    await tanvir.press_data(f"v1:unfile:{shop.sumaiya}:{file_id}", message=message)
    assert len(await files(shop)) == 1


async def test_strangers_groups_and_stickers(shop: Shop, chat: Team, nusrat: Person) -> None:
    await chat.stranger.sends(VOICE, "voice")
    await nusrat.sends(VOICE, "voice", chat="mirpur")
    await chat.polled()
    await chat.settled()
    assert await shop.rows("SELECT count(*) FROM waiting_notes") == [(0,)]
    assert await files(shop) == []


@pytest.mark.parametrize("name", ["<b>bill</b>.pdf", "র" * 100 + ".pdf", "../../../etc/passwd", ".hidden", "a/b\\c"])
async def test_odd_names_are_said_as_they_are_and_stay_in_the_folder(shop: Shop, nusrat: Person, name: str) -> None:
    opened = await card(nusrat, "5678", "Rahim Uddin #")
    await nusrat.sends(b"paper", "document", reply_to=opened, name=name)
    await nusrat.sees("saved", "📎 ")
    await copied(shop)
    assert stored(shop) == [b"paper"]


async def test_two_agents_add_to_one_customer(shop: Shop, chat: Team, nusrat: Person, tanvir: Person) -> None:
    await tanvir.speaks(Language.EN)
    mine, theirs = await card(nusrat, "4412", "Karim Mia #"), await card(tanvir, "4412", "Karim Mia #")
    await asyncio.gather(nusrat.sends(VOICE, "voice", reply_to=mine), tanvir.sends(png(), "photo", reply_to=theirs))
    await nusrat.sees("saved", "🎤")
    await tanvir.sees("saved", "🖼")
    await copied(shop)
    assert sorted(row[1:] for row in await files(shop)) == [("photo", "kept"), ("voice", "kept")]
    assert len(await shop.logged(shop.karim)) == 2


async def test_a_file_about_a_customer_a_colleague_took_meanwhile_is_kept(
    shop: Shop, nusrat: Person, tanvir: Person
) -> None:
    await nusrat.say("5678")
    rahim = await nusrat.sees("Rahim Uddin")
    await shop.give(shop.rahim, tanvir)
    await nusrat.sends(VOICE, "voice", reply_to=rahim, caption="bkash e taka dise")
    await nusrat.sees("R••• U•••: known, with Tanvir")
    await nusrat.sees("The text is kept", "“bkash e taka dise”")
    await nusrat.sends(VOICE, "voice")
    await nusrat.sees("R••• U•••: known, with Tanvir")
    kept = await nusrat.sees("The text is kept", "📎")
    await nusrat.press("Whose?", message=kept)
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia", "Voice note")
