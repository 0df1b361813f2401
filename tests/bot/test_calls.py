"""The call list and the queue, as people see them in the chat."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person, Team
from tests.factories import NOW

KARIM, RAHIM, NASRIN, SALMA, SHEIKH = 77, 123, 215, 530, 388
NAMES = {
    KARIM: ("Karim", "Mia"),
    RAHIM: ("রহিম", "উদ্দিন"),
    NASRIN: ("Nasrin", "Sultana"),
    SALMA: ("Salma", "Ara"),
    SHEIKH: ("Rahim", "Sheikh"),
}


@pytest.fixture
async def customers(chat: Team) -> None:
    """Tanvir's: an order to confirm, a promise for now with a fresh cart, a failed payment, a birthday, a reorder."""
    async with chat.sessions() as session:
        tanvir = chat.tanvir.staff_id
        for customer_id, (first, last) in NAMES.items():
            born = {"birth_month": 11, "birth_day": 22} if customer_id == SALMA else {}
            await factories.customer(session, id=customer_id, first_name=first, last_name=last, owner_id=tanvir, **born)
        await factories.order(
            session, KARIM, amount=1890, status="pending", payment_method="cod", ordered_at=NOW - timedelta(days=2)
        )
        for status, back in (
            ("completed", 30),
            ("completed", 60),
            ("completed", 90),
            ("returned", 40),
            ("returned", 50),
        ):
            await factories.order(session, KARIM, status=status, ordered_at=NOW - timedelta(days=back))
        await factories.follow_up(session, RAHIM, tanvir, due_at=NOW)
        await factories.dropoff(session, RAHIM)
        await factories.dropoff(
            session, NASRIN, stage="payment_failed", cart_value=3200, occurred_at=NOW - timedelta(minutes=40)
        )
        for back in (18, 40):
            await factories.order(session, SALMA, ordered_at=NOW - timedelta(days=back))
        for back in (33, 63):
            order = await factories.order(session, SHEIKH, ordered_at=NOW - timedelta(days=back), lines=False)
            await factories.order_line(session, SHEIKH, order, product_name="Mustard oil 5 L")
        await factories.settle(session, *NAMES)


@pytest.fixture
async def tanvir(chat: Team, customers: None) -> Person:
    await chat.tanvir.speaks(Language.EN)
    return chat.tanvir


def labels(message: dict[str, Any]) -> list[list[str]]:
    return [[button["text"] for button in row] for row in message["buttons"]]


async def held(chat: Team) -> dict[int, int]:
    """Who is at which customer: staff id by customer id."""
    async with chat.sessions() as session:
        rows = await session.execute(text("SELECT customer_id, staff_id FROM claims"))
        return {row.customer_id: row.staff_id for row in rows}


async def test_the_list_in_english(tanvir: Person) -> None:
    await tanvir.say("/calls")
    message = await tanvir.sees("Call list: 5 · Sun 22 Nov")
    assert message["text"].split("\n")[1:] == [
        "1 📦 Karim Mia #77 · ৳1,890 COD",
        "pending 2 d · delivered 3 of 5",
        "2 ⏰ রহিম উদ্দিন #123 · today 11:10",
        "cart ৳5,500, 3 h ago",
        "3 🛒 Nasrin Sultana #215 · ৳3,200",
        "payment failed 40 min ago",
        "4 🎂 Salma Ara #530 · birthday today",
        "repeat buyer · last order 18 d ago",
        "5 ❄️ Rahim Sheikh #388",
        "Mustard oil 5 L: every 30 d, now 33",
    ]
    assert labels(message) == [
        ["1", "2", "3", "4", "5"],
        ["▶️ Start"],
        ["📦 1", "🔥 3", "⏰ 1", "🛒 2", "🎂 1"],
    ]
    await tanvir.press("5")
    await tanvir.sees("Rahim Sheikh #388")


async def test_the_list_in_bengali(chat: Team, customers: None) -> None:
    await chat.tanvir.say("/calls")
    message = await chat.tanvir.sees("কল লিস্ট: ৫ জন · রবি ২২ নভে", "২ দিন ধরে পেন্ডিং · ৩/৫ ডেলিভার্ড")
    assert labels(message)[1:] == [["▶️ শুরু"], ["📦 ১", "🔥 ৩", "⏰ ১", "🛒 ২", "🎂 ১"]]


async def test_filters_in_place(tanvir: Person) -> None:
    await tanvir.say("/calls")
    whole = await tanvir.sees("Call list: 5")
    await tanvir.press("🛒 2")
    part = await tanvir.sees("Call list: 2", "Nasrin Sultana", "রহিম উদ্দিন")
    assert part["id"] == whole["id"]
    assert "Karim" not in part["text"]
    assert labels(part)[-1] == ["📦 1", "🔥 3", "⏰ 1", "📞 5", "🎂 1"]
    await tanvir.press("📞 5")
    await tanvir.sees("Call list: 5", "Karim Mia")


@pytest.mark.parametrize(
    ("word", "name"),
    [("confirm", "Karim"), ("hot", "রহিম"), ("DUE", "রহিম"), ("cart", "Nasrin"), ("birthday", "Salma")],
)
async def test_filters_by_word(tanvir: Person, word: str, name: str) -> None:
    await tanvir.say(f"/calls {word}")
    message = await tanvir.sees("Call list:", name)
    assert "Sheikh" not in message["text"]


async def test_an_unknown_word_is_told(tanvir: Person) -> None:
    await tanvir.say("/calls everybody <b>")
    await tanvir.sees("/calls does not know “everybody <b>”", "It knows: confirm, hot, due, cart, birthday")


async def test_an_empty_part_leads_to_the_others(chat: Team, tanvir: Person) -> None:
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE customers SET birth_day = 23 WHERE id = :id"), {"id": SALMA})
    await tanvir.say("/calls birthday")
    message = await tanvir.sees("Nobody in this part now, 4 in all")
    await tanvir.press("📦 1", message=message)
    await tanvir.sees("Call list: 1", "Karim Mia")


async def test_pages_in_place(chat: Team, tanvir: Person) -> None:
    async with chat.sessions() as session:
        more = [await factories.customer(session, owner_id=tanvir.staff_id, first_name=f"Cart{n}") for n in range(7)]
        for customer in more:
            await factories.dropoff(session, customer, occurred_at=NOW - timedelta(days=1))
        await factories.settle(session, *more)
    await tanvir.say("/calls")
    first = await tanvir.sees("Call list: 12", "1 📦 Karim")
    assert labels(first)[1] == ["▶️ Start", "7 more ›"]
    await tanvir.press("7 more ›")
    second = await tanvir.sees("Call list: 12", "6 🛒 Cart", "10 🛒 Cart")
    assert second["id"] == first["id"]
    assert labels(second)[:2] == [["6", "7", "8", "9", "10"], ["▶️ Start", "2 more ›"]]
    await tanvir.press("2 more ›")
    await tanvir.sees("11 🎂 Salma", "12 ❄️ Rahim Sheikh")


async def test_start_claims_and_shows_the_first(chat: Team, tanvir: Person) -> None:
    await tanvir.say("/calls")
    await tanvir.sees("Call list: 5")
    await tanvir.press("Start")
    card = await tanvir.sees("Karim Mia #77", "📞 1 of 5 · yours until 11:30")
    assert labels(card)[-1] == ["⏭ Skip", "⋯ More"]
    assert await held(chat) == {KARIM: tanvir.staff_id}


async def test_the_next_in_bengali(chat: Team, customers: None) -> None:
    await chat.tanvir.say("/next")
    card = await chat.tanvir.sees("Karim Mia #77", "📞 ১/৫ · ১১:৩০ পর্যন্ত আপনার")
    assert labels(card)[-1] == ["⏭ স্কিপ", "⋯ আরও"]


async def test_skipping_asks_why_and_shows_the_next_in_place(chat: Team, tanvir: Person) -> None:
    await tanvir.say("/next")
    card = await tanvir.sees("Karim Mia #77", "1 of 5")
    await tanvir.press("Skip")
    asked = await tanvir.sees("⏭ Karim Mia #77: why skip?")
    await tanvir.press("Not today")
    following = await tanvir.sees("রহিম উদ্দিন #123", "1 of 4")
    assert card["id"] == asked["id"] == following["id"]
    assert await held(chat) == {RAHIM: tanvir.staff_id}
    async with chat.sessions() as session:
        told = await session.execute(text("SELECT details FROM audit_log WHERE action = 'skip'"))
        assert told.scalars().all() == [{"why": "not_today"}]


async def test_a_skip_pressed_twice_skips_one(chat: Team, tanvir: Person) -> None:
    await tanvir.say("/next")
    card = await tanvir.sees("Karim Mia #77")
    await tanvir.press_data(f"v1:skip:{KARIM}:not_now", message=card)
    await tanvir.sees("রহিম উদ্দিন #123")
    await tanvir.press_data(f"v1:skip:{KARIM}:not_now", message=card)
    await chat.settled()
    assert await held(chat) == {RAHIM: tanvir.staff_id}


async def test_the_outcome_frees_the_customer_and_offers_the_next(chat: Team, tanvir: Person) -> None:
    await tanvir.say("/next")
    await tanvir.sees("Karim Mia #77")
    await tanvir.say("kotha hoise 3 min, dam beshi")
    await tanvir.sees("Karim Mia", "saved")
    assert await held(chat) == {}
    await chat.settled()
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE sales_orders SET confirmed_at = :now WHERE customer_id = 77"), {"now": NOW})
        await factories.settle(session, KARIM)
    await tanvir.press("Next")
    await tanvir.sees("রহিম উদ্দিন #123", "1 of 4")


async def test_no_answer_goes_behind_the_others(tanvir: Person) -> None:
    await tanvir.say("/next")
    await tanvir.sees("Karim Mia #77", "1 of 5")
    await tanvir.press("No answer")
    await tanvir.sees("Karim Mia #77: no answer")
    await tanvir.say("/next")
    await tanvir.sees("রহিম উদ্দিন #123", "1 of 4")


async def test_after_twenty_minutes_back_to_the_queue(chat: Team, tanvir: Person) -> None:
    async with chat.sessions() as session:
        lead = await factories.customer(session, first_name="Jahid", created_at=NOW)
        await factories.claim(session, lead, chat.tanvir.staff_id)
        await factories.deal(session, lead, chat.nusrat.staff_id)
        await factories.settle(session, lead)
    await chat.nusrat.say("/next")
    await chat.nusrat.sees("Nobody left to call now")
    chat.at(NOW + timedelta(minutes=20))
    await chat.nusrat.say("/next")
    await chat.nusrat.sees(f"Jahid Uddin #{lead}", "1 of 1 · yours until 11:50")
    assert await held(chat) == {lead: chat.nusrat.staff_id}


async def test_two_agents_never_get_the_same_customer(chat: Team) -> None:
    await chat.tanvir.speaks(Language.EN)
    async with chat.sessions() as session:
        leads = {await factories.customer(session, created_at=NOW - timedelta(hours=n)) for n in range(10)}
        await factories.settle(session, *leads)

    async def work(agent: Person) -> list[int]:
        called: list[int] = []
        await agent.say("/next")
        while True:
            seen = await agent.sees("\n" if not called else "")
            if "Nobody left" in seen["text"]:
                return called
            called.append(int(seen["text"].split("#")[1].split()[0]))
            await agent.press_data(f"v1:skip:{called[-1]}:not_today", message=seen)
            await chat.settled()

    tanvirs, nusrats = await asyncio.gather(work(chat.tanvir), work(chat.nusrat))
    assert tanvirs
    assert nusrats
    assert sorted(tanvirs + nusrats) == sorted(leads)


async def test_nobody_left_tells_who_is_next(chat: Team) -> None:
    await chat.tanvir.speaks(Language.EN)
    async with chat.sessions() as session:
        evening = await factories.customer(session, first_name="রহিম", last_name="উদ্দিন", owner_id=chat.tanvir.staff_id)
        await factories.follow_up(session, evening, chat.tanvir.staff_id)
        await factories.settle(session, evening)
    await chat.tanvir.say("/next")
    message = await chat.tanvir.sees("☑️ Nobody left to call now", "Next: রহিম উদ্দিন, 18:00")
    chat.at(NOW.replace(hour=18, minute=0))
    await chat.tanvir.press("Next", message=message)
    await chat.tanvir.sees(f"#{evening}", "1 of 1 · yours until 18:20")


@pytest.mark.parametrize("words", ["/calls", "/next", "/calls hot"])
async def test_a_manager_without_customers(chat: Team, customers: None, words: str) -> None:
    await chat.farhana.say(words)
    await chat.farhana.sees("Nobody left to call now")


async def test_who_leads_sees_how_much_each_agent_has(chat: Team, customers: None) -> None:
    async with chat.sessions.begin() as session:
        other = await factories.staff(session, name="Asif")
        await factories.dropoff(session, await factories.customer(session, owner_id=other))
    await chat.farhana.say("/calls")
    told = await chat.farhana.sees(
        "Nobody left to call now", "Team Mirpur", "Nusrat 0", "Tanvir 5 · 📦 1 · ⏰ 1 · 🛒 2"
    )
    assert "Asif" not in told["text"]
    await chat.rafiq.say("/calls")
    await chat.rafiq.sees("Everybody", "Asif ", "Nusrat 0", "Tanvir 5 · 📦 1 · ⏰ 1 · 🛒 2")
    await chat.nusrat.say("/calls")
    assert "Tanvir" not in (await chat.nusrat.sees("Nobody left to call now"))["text"]
    await chat.tanvir.speaks(Language.EN)
    await chat.tanvir.say("/calls")
    await chat.tanvir.sees("Call list: 5")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("/next", "in private only"),
        ("/calls due", "in private only"),
        ("/calls", "Team Mirpur"),
        ("/due", "Team Mirpur"),
        ("/dropoffs", "Team Mirpur"),
    ],
)
async def test_nobody_is_named_or_taken_in_a_group(chat: Team, tanvir: Person, words: str, said: str) -> None:
    await tanvir.say(words, chat="mirpur")
    message = await tanvir.sees(said, chat="mirpur")
    assert "Karim" not in message["text"]
    assert await held(chat) == {}


async def test_a_bad_suggestion_is_out_for_a_month(chat: Team, tanvir: Person) -> None:
    await tanvir.say("#388")
    await tanvir.sees("Rahim Sheikh #388")
    await tanvir.press("More")
    await tanvir.sees("· Overview")
    await tanvir.press("Insights")
    await tanvir.sees("· Insights")
    assert await tanvir.press("Bad suggestion") == "Left out of the call list for 30 d · /undo"
    insights = await tanvir.sees("· Insights", "👎 Tanvir: no call until 22 Dec")
    assert "of 10" not in insights["text"]
    assert await tanvir.press_data(f"v1:bad:{SHEIKH}", message=insights) == "Already done, 11:10"
    await tanvir.say("/calls")
    message = await tanvir.sees("Call list: 4")
    assert "Sheikh" not in message["text"]
    async with chat.sessions() as session:
        told = await session.execute(text("SELECT customer_id, details FROM audit_log WHERE action = 'skip'"))
        assert [tuple(row) for row in told] == [(SHEIKH, {"why": "bad_suggestion"})]


async def test_a_bad_suggestion_is_taken_back(chat: Team, tanvir: Person) -> None:
    await tanvir.say("#388")
    await tanvir.sees("Rahim Sheikh #388")
    await tanvir.press("More")
    await tanvir.sees("· Overview")
    await tanvir.press("Insights")
    await tanvir.sees("· Insights")
    await tanvir.press("Bad suggestion")
    left_out = await tanvir.sees("· Insights", "👎 Tanvir: no call until 22 Dec")
    await tanvir.press("Undo 👎", message=left_out)
    await tanvir.sees("· Insights", "↩️ Call list: as before")
    assert await tanvir.press_data(f"v1:bad:{SHEIKH}", message=left_out) == "Left out of the call list for 30 d · /undo"
    await tanvir.say("/undo")
    await tanvir.sees("· Insights", "↩️ Call list: as before")
    await tanvir.say("/undo")
    await tanvir.sees("Nothing to undo today")
    async with chat.sessions() as session:
        assert (await session.execute(text("SELECT kind FROM call_feedback"))).all() == []


async def _left_out(chat: Team) -> int:
    """The change that left a customer out."""
    await chat.settled()
    async with chat.sessions() as session:
        found = await session.execute(text("SELECT id FROM customer_changes WHERE kind = 'left_out'"))
        return int(found.scalar_one())


async def test_a_bad_suggestion_is_seen_and_lifted_days_later_by_whoever_sees_the_customer(
    chat: Team, tanvir: Person
) -> None:
    await tanvir.say("#388")
    card = await tanvir.sees("Rahim Sheikh #388")
    await tanvir.press_data(f"v1:bad:{SHEIKH}", message=card)
    await tanvir.sees("👎 Tanvir: no call until 22 Dec")
    chat.at(NOW + timedelta(days=8))
    await chat.farhana.say("#388")
    card = await chat.farhana.sees("Rahim Sheikh #388", "👎 Tanvir: no call until 22 Dec")
    assert "💡" not in card["text"]
    await chat.farhana.press("Undo 👎", message=card)
    await chat.farhana.sees("· Insights", "↩️ Call list: as before", "of 10")
    again = await chat.farhana.press_data(f"v1:revert:{SHEIKH}:{await _left_out(chat)}", message=card)
    assert again == "Already done, 11:10"
    await chat.nusrat.say("/undo")
    await chat.nusrat.sees("Nothing to undo today")
    await tanvir.say("#388")
    assert "👎" not in (await tanvir.sees("Rahim Sheikh #388", "💡"))["text"]


async def test_a_bad_suggestion_that_is_over_is_not_lifted(chat: Team, tanvir: Person) -> None:
    """What was found bad stays known: the suggestions learn from it."""
    await tanvir.say("#388")
    card = await tanvir.sees("Rahim Sheikh #388")
    await tanvir.press_data(f"v1:bad:{SHEIKH}", message=card)
    left_out = await tanvir.sees("👎 Tanvir: no call until 22 Dec")
    undo = f"v1:revert:{SHEIKH}:{await _left_out(chat)}"
    chat.at(NOW + timedelta(days=30))
    assert await tanvir.press_data(undo, message=left_out) == "Back on the call list since 22 Dec"
    await tanvir.speaks(Language.BN)
    assert await tanvir.press_data(undo, message=left_out) == "২২ ডিসে থেকে আবার কল লিস্টে"
    async with chat.sessions() as session:
        assert (await session.execute(text("SELECT kind FROM call_feedback"))).scalars().all() == ["bad_suggestion"]


async def test_a_bad_suggestion_is_lifted_by_nobody_who_may_not_see_the_customer(chat: Team, tanvir: Person) -> None:
    await tanvir.say("#388")
    card = await tanvir.sees("Rahim Sheikh #388")
    await tanvir.press_data(f"v1:bad:{SHEIKH}", message=card)
    await tanvir.sees("👎 Tanvir")
    await chat.nusrat.say("/calls")
    message = await chat.nusrat.sees("Nobody left")
    await chat.nusrat.press_data(f"v1:revert:{SHEIKH}:{await _left_out(chat)}", message=message)
    await chat.nusrat.sees("known, with Tanvir")
    await tanvir.say("#388")
    await tanvir.sees("👎 Tanvir: no call until 22 Dec")


async def test_a_bad_suggestion_skipped_in_the_list_is_taken_back(chat: Team, tanvir: Person) -> None:
    await tanvir.say("/next")
    await tanvir.sees("1 of")
    await tanvir.press("Skip")
    await tanvir.sees("why skip?")
    assert await tanvir.press("Bad suggestion") == "Again in an hour, other calls in 30 d · /undo"
    await tanvir.sees("1 of")
    await tanvir.say("/undo")
    await tanvir.sees("· Insights", "↩️ Call list: as before")


@pytest.mark.parametrize("data", [f"v1:skip:{KARIM}:not_now", f"v1:bad:{KARIM}", f"v1:recovered:{KARIM}"])
async def test_buttons_about_a_colleagues_customer_are_refused(chat: Team, customers: None, data: str) -> None:
    await chat.nusrat.say("/calls")
    message = await chat.nusrat.sees("Nobody left")
    await chat.nusrat.press_data(data, message=message)
    await chat.nusrat.sees("known, with Tanvir")
    async with chat.sessions() as session:
        assert (await session.execute(text("SELECT count(*) FROM call_feedback"))).scalar_one() == 0


async def test_an_order_talked_about_just_now_rests_before_it_is_offered_again(chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        for name, days in (("Karim", 2), ("Rina", 1)):
            customer = await factories.customer(session, first_name=name, last_name="Mia", owner_id=nusrat.staff_id)
            await factories.order(session, customer, status="pending", ordered_at=NOW - timedelta(days=days))
            await factories.settle(session, customer)
    await nusrat.say("/next")
    await nusrat.sees("Karim Mia")
    await nusrat.say("kotha hoise 2 min")
    await nusrat.sees("Karim Mia", "saved")
    await nusrat.say("/next")
    await nusrat.sees("Rina Mia", "1 of 1")
    chat.at(NOW + timedelta(hours=3))
    await nusrat.say("/calls confirm")
    await nusrat.sees("Karim Mia", "Rina Mia")


async def test_the_number_on_the_card_is_the_list_s(chat: Team, tanvir: Person) -> None:
    """Who was promised a later hour stands in both, and is told when all others are done."""
    async with chat.sessions() as session:
        await session.execute(
            text("UPDATE follow_ups SET due_at = :at WHERE customer_id = :id"),
            {"id": RAHIM, "at": NOW + timedelta(hours=7)},
        )
        await factories.settle(session, RAHIM)
    await tanvir.say("/calls")
    await tanvir.sees("Call list: 5", "2 ⏰ রহিম উদ্দিন #123 · today 18:10")
    for left in (5, 4, 3, 2):
        await tanvir.say("/next")
        await tanvir.sees(f"1 of {left}")
        await tanvir.say("/calls")
        await tanvir.sees(f"Call list: {left}")
        await tanvir.press("Skip")
        await tanvir.sees("why skip?")
        await tanvir.press("Not today")
    await tanvir.sees("Nobody left to call now", "Next: রহিম উদ্দিন, 18:10")
    await tanvir.say("/calls")
    await tanvir.sees("Call list: 1", "রহিম উদ্দিন #123 · today 18:10")


async def test_orders_to_confirm_the_oldest_first_one_line_a_customer(chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        ids = {}
        for name, days in (("Mitu", 1), ("Karim", 3), ("Rina", 2)):
            ids[name] = await factories.customer(session, first_name=name, last_name="Das", owner_id=nusrat.staff_id)
            await factories.order(
                session,
                ids[name],
                status="pending",
                payment_method="cod",
                amount=1000,
                ordered_at=NOW - timedelta(days=days),
            )
        await factories.order(session, ids["Karim"], status="pending", amount=890, ordered_at=NOW - timedelta(hours=1))
        for status in ("completed", "completed", "completed", "returned", "returned"):
            await factories.order(session, ids["Karim"], status=status, ordered_at=NOW - timedelta(days=60))
        await factories.settle(session, *ids.values())
    await nusrat.say("/calls confirm")
    message = await nusrat.sees("Call list: 3")
    assert message["text"].split("\n")[1:] == [
        f"1 📦 Karim Das #{ids['Karim']} · ৳1,890 COD",
        "2 orders, 3 d · delivered 3 of 5",
        f"2 📦 Rina Das #{ids['Rina']} · ৳1,000 COD",
        "pending 2 d",
        f"3 📦 Mitu Das #{ids['Mitu']} · ৳1,000 COD",
        "pending 1 d",
    ]
    for name in ("Karim", "Rina", "Mitu"):
        await nusrat.say("/next")
        card = await nusrat.sees(f"{name} Das", "1 of")
        await nusrat.press_data(f"v1:skip:{ids[name]}:not_today", message=card)
        await chat.settled()
    await nusrat.say("/calls confirm")
    await nusrat.sees("Nobody left to call now")


async def test_after_four_attempts_without_answer_not_for_two_weeks(chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        customer = await factories.customer(session, first_name="Rina", last_name="Das", owner_id=nusrat.staff_id)
        for back in (40, 50):
            await factories.order(session, customer, ordered_at=NOW - timedelta(days=back))
        await factories.settle(session, customer)
    for attempt in range(4):
        chat.at(NOW + timedelta(days=attempt))
        await nusrat.say("/next")
        await nusrat.sees("Rina Das", "1 of 1")
        await nusrat.press("No answer")
        await nusrat.sees("Rina Das", "no answer")
    for days in (4, 13):
        chat.at(NOW + timedelta(days=days))
        await nusrat.say("/next")
        await nusrat.sees("Nobody left to call now")
    chat.at(NOW + timedelta(days=14, minutes=1))
    await nusrat.say("/next")
    await nusrat.sees("Rina Das", "1 of 1")


@pytest.mark.parametrize(
    ("label", "kind", "back", "toast"),
    [
        ("Not now", "not_now", timedelta(hours=1), "Again in an hour"),
        ("Not today", "not_today", timedelta(hours=12, minutes=50), "Left out of the list today"),
        ("Bad suggestion", "bad_suggestion", timedelta(days=30), "Left out of the call list for 30 d · /undo"),
    ],
)
async def test_why_it_was_skipped_is_kept_and_for_how_long(
    chat: Team, nusrat: Person, label: str, kind: str, back: timedelta, toast: str
) -> None:
    async with chat.sessions() as session:
        customer = await factories.customer(session, first_name="Rina", last_name="Das", owner_id=nusrat.staff_id)
        for days in (40, 50):
            await factories.order(session, customer, ordered_at=NOW - timedelta(days=days))
        await factories.settle(session, customer)
    await nusrat.say("/next")
    await nusrat.sees("Rina Das")
    await nusrat.press("Skip")
    await nusrat.sees("why skip?")
    assert await nusrat.press(label) == toast
    await nusrat.sees("Nobody left to call now")
    await chat.settled()
    async with chat.sessions() as session:
        told = await session.execute(text("SELECT kind, staff_id, until FROM call_feedback"))
        assert [tuple(row) for row in told] == [(kind, nusrat.staff_id, NOW + back)]
    chat.at(NOW + back - timedelta(seconds=1))
    await nusrat.say("/next")
    await nusrat.sees("Nobody left to call now")
    chat.at(NOW + back)
    await nusrat.say("/next")
    await nusrat.sees("Rina Das", "1 of 1")


@pytest.mark.parametrize("owed", ["an order to confirm", "a promised call"])
async def test_a_bad_suggestion_hides_what_is_owed_for_an_hour_alone(chat: Team, nusrat: Person, owed: str) -> None:
    async with chat.sessions() as session:
        customer = await factories.customer(session, first_name="Rina", last_name="Das", owner_id=nusrat.staff_id)
        if owed == "a promised call":
            await factories.follow_up(session, customer, nusrat.staff_id, due_at=NOW)
        else:
            await factories.order(session, customer, status="pending")
        await factories.settle(session, customer)
    await nusrat.say("/next")
    card = await nusrat.sees("Rina Das", "1 of 1")
    toast = await nusrat.press_data(f"v1:skip:{customer}:bad", message=card)
    assert toast == "Again in an hour, other calls in 30 d · /undo"
    await nusrat.sees("Nobody left to call now")
    await nusrat.say(f"#{customer}")
    card = await nusrat.sees("Rina Das", "👎 Nusrat: no call until 12:10")
    assert "💡" not in card["text"]
    chat.at(NOW + timedelta(hours=1))
    await nusrat.say("/next")
    await nusrat.sees("Rina Das", "1 of 1", "💡", "👎 Nusrat: other calls from 22 Dec")


async def test_a_card_whose_time_is_up(chat: Team, nusrat: Person) -> None:
    """A manager has the customer by now: the agent's old card says so, and skips nobody."""
    async with chat.sessions() as session:
        rina = await factories.customer(session, first_name="Rina", last_name="Das", owner_id=nusrat.staff_id)
        mitu = await factories.customer(session, first_name="Mitu", last_name="Das", owner_id=nusrat.staff_id)
        for customer, amount in ((rina, 9000), (mitu, 100)):
            for days in (40, 50):
                await factories.order(session, customer, amount=amount, ordered_at=NOW - timedelta(days=days))
        await factories.settle(session, rina, mitu)
    await nusrat.say("/next")
    card = await nusrat.sees("Rina Das", "1 of 2 · yours until 11:30")
    chat.at(NOW + timedelta(minutes=20))
    async with chat.sessions() as session:
        await session.execute(text("UPDATE claims SET staff_id = :id"), {"id": chat.farhana.staff_id})
        await session.execute(text("UPDATE claims SET expires_at = :until"), {"until": NOW + timedelta(hours=1)})
        await session.commit()
    await nusrat.press("More", message=card)
    await nusrat.sees("Rina Das", "Overview", "🙋 Farhana is calling")
    await nusrat.press("Card")
    again = await nusrat.sees("Rina Das", "Farhana is calling")
    assert "yours until" not in again["text"]
    toast = await nusrat.press_data(f"v1:skip:{rina}:not_today", message=card)
    assert toast == "Farhana has it now"
    await nusrat.sees("Mitu Das", "1 of 1 · yours until 11:50")
    await chat.settled()
    assert await held(chat) == {rina: chat.farhana.staff_id, mitu: nusrat.staff_id}
    async with chat.sessions() as session:
        assert (await session.execute(text("SELECT count(*) FROM call_feedback"))).scalar_one() == 0


async def test_an_alert_claim_is_not_cut_short_by_the_queue(chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        customer = await factories.customer(session, first_name="Rina", last_name="Das", owner_id=nusrat.staff_id)
        await factories.dropoff(session, customer)
        until = NOW + timedelta(hours=2)
        await factories.claim(session, customer, nusrat.staff_id, kind="alert", expires_at=until)
        await factories.settle(session, customer)
    await nusrat.say("/next")
    await nusrat.sees("Rina Das", "yours until 13:10")
    await nusrat.say("/next")
    await nusrat.sees("Rina Das", "yours until 13:10")
    await chat.settled()
    async with chat.sessions() as session:
        kept = await session.execute(text("SELECT kind, expires_at FROM claims"))
        assert [tuple(row) for row in kept] == [("alert", until)]


async def test_the_next_is_offered_after_every_outcome(chat: Team, tanvir: Person) -> None:
    await tanvir.say("/next")
    await tanvir.sees("Karim Mia #77")
    await tanvir.press("No answer")
    echo = await tanvir.sees("Karim Mia #77: no answer")
    assert any("Next" in label for row in labels(echo) for label in row)
    await tanvir.press("Next", message=echo)
    await tanvir.sees("রহিম উদ্দিন #123", "1 of 4")


async def own_numbers(chat: Team) -> list[str]:
    """Each agent's own list by its head, as far as it is not empty."""
    found = []
    for person in (chat.nusrat, chat.tanvir):
        await person.say("/calls")
        found.append((await person.sees("📞"))["text"].partition(" ·")[0].removeprefix("📞 Call list: "))
    return found


async def test_who_leads_sees_the_team_from_a_list_of_their_own(chat: Team, tanvir: Person) -> None:
    async with chat.sessions() as session:
        for owner in (chat.farhana, chat.nusrat):
            own = await factories.customer(session, first_name="Mina", last_name="Akter", owner_id=owner.staff_id)
            await factories.order(session, own, amount=900, status="pending", ordered_at=NOW - timedelta(days=1))
            await factories.settle(session, own)
    await chat.nusrat.speaks(Language.EN)
    numbers = await own_numbers(chat)
    await chat.farhana.say("/calls")
    listed = await chat.farhana.sees("📞 Call list: 1", "Mina Akter")
    await chat.farhana.press("Team", message=listed)
    team = await chat.farhana.sees("👥 Team Mirpur", f"Nusrat {numbers[0]} · 📦 1", f"Tanvir {numbers[1]} · 📦 1")
    assert team["id"] == listed["id"], "in place"
    await chat.farhana.press("Back", message=team)
    assert (await chat.farhana.sees("📞 Call list: 1", "Mina Akter"))["id"] == listed["id"]
    await chat.farhana.speaks(Language.BN)
    await chat.farhana.press("Team", message=listed)
    await chat.farhana.sees("👥 টিম Mirpur", "Nusrat ১")


async def test_who_leads_nobody_has_no_button_for_it(tanvir: Person) -> None:
    await tanvir.say("/calls")
    labels = [button["text"] for row in (await tanvir.sees("📞 Call list"))["buttons"] for button in row]
    assert "👥 Team" not in labels
    assert "▶️ Start" in labels


async def test_who_leads_and_has_nobody_to_call_sees_the_team_at_once(chat: Team, tanvir: Person) -> None:
    await chat.farhana.say("/calls")
    await chat.farhana.sees("Nobody left to call now", "👥 Team Mirpur", "Nusrat 0", "Tanvir 5 · 📦 1 · ⏰ 1 · 🛒 2")


async def test_with_nobody_else_at_work_the_button_says_so(chat: Team, tanvir: Person) -> None:
    async with chat.sessions.begin() as session:
        own = await factories.customer(session, owner_id=chat.farhana.staff_id)
        await factories.order(session, own, amount=900, status="pending", ordered_at=NOW - timedelta(days=1))
        await session.execute(text("UPDATE staff SET working_days = '{6}' WHERE role = 'agent'"))
    async with chat.sessions() as session:
        await factories.settle(session, own)
    await chat.farhana.say("/calls")
    await chat.farhana.press("Team", message=await chat.farhana.sees("📞 Call list: 1"))
    await chat.farhana.sees("👥 Nobody else is at work today")
