"""Win-back in the chat: the morning's calls, greetings to customers, and /campaign for managers."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert, text, update

from cdm_core import campaigns
from cdm_core.schedule import JobName
from cdm_core.tables import customers, staff, teams
from cdm_core.words import Language
from jobs import win_back
from jobs.job import Shop as Business
from jobs.job import just_now
from jobs.runner import run_slot
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.databases import ZONE
from tests.factories import NOW

DAY = timedelta(days=1)


async def leaves_cart(shop: Shop, customer_id: int, *, days: int = 8, product: str | None = "Honey 1 kg") -> None:
    """Older than the cart list looks back."""
    async with shop.team.sessions() as session:
        product_id = await factories.product(session, name=product) if product else None
        await factories.dropoff(session, customer_id, occurred_at=NOW - days * DAY, product_id=product_id)
        await factories.settle(session, customer_id)


async def morning(shop: Shop) -> None:
    now = shop.team.clock.now()
    outcome = await run_slot(shop.team.sessions, win_back.job(Business()), just_now(JobName.WIN_BACK, "", now, ZONE))
    assert outcome.state == "done", outcome


async def speaks(shop: Shop, customer_id: int, language: str) -> None:
    async with shop.team.sessions.begin() as session:
        change = update(customers).where(customers.c.id == customer_id)
        await session.execute(change.values(preferred_language=language))


def link(message: dict[str, object]) -> str:
    rows = message["buttons"]
    assert isinstance(rows, list)
    (address,) = [button["url"] for row in rows for button in row if "url" in button]
    return str(address)


def said_by(address: str) -> str:
    return parse_qs(urlsplit(address).query)["text"][0]


async def greets(person: Person) -> None:
    """Open Rahim's card and press for a greeting."""
    await person.say("Rahim")
    await person.sees("Rahim Uddin")
    await person.press("✉️ Greeting")
    await person.sees("✉️ Rahim Uddin")


async def rewords(shop: Shop, person: Person) -> None:
    """Ask for a text of one's own to win Rahim back, who left a cart."""
    await leaves_cart(shop, shop.rahim)
    await morning(shop)
    await greets(person)
    await person.press("✏️ Reword")
    await person.sees("Send your text for it")


async def opens_carts(person: Person) -> None:
    await person.say("/campaign")
    await person.sees("campaigns")
    await person.press("1")
    await person.sees("🛒 Carts")


# The agent's side


async def test_from_the_list_to_the_greeting_to_sent(chat: Team, shop: Shop, nusrat: Person) -> None:
    await leaves_cart(shop, shop.rahim)
    await speaks(shop, shop.rahim, "bn")
    await morning(shop)
    await nusrat.say("/calls cart")
    await nusrat.sees("Call list: 1", "🛒 Rahim Uddin", "Carts, try 1 of 2")
    await nusrat.press("1")
    await nusrat.sees("🛒 Win-back: Carts, try 1 of 2")
    await nusrat.press("✉️ Greeting")
    shown = await nusrat.sees("✉️ Rahim Uddin", "greeting", "আসসালামু আলাইকুম Rahim Uddin, আপনার Honey 1 kg কার্টে রয়ে গেছে")
    assert said_by(link(shown)).startswith("আসসালামু আলাইকুম Rahim Uddin, আপনার Honey 1 kg")
    await nusrat.press("☑️ Sent")
    await nusrat.sees("📝 Rahim Uddin", "WhatsApp sent")
    assert await shop.rows("SELECT state, contacted_by FROM campaign_tasks") == [("contacted", nusrat.staff_id)]
    await nusrat.press("↩️ Undo")
    await nusrat.sees("undone")
    assert await shop.rows("SELECT state, contacted_by FROM campaign_tasks") == [("open", None)]


async def test_in_the_other_language_and_back_to_the_card(chat: Team, shop: Shop, nusrat: Person) -> None:
    await leaves_cart(shop, shop.rahim, product=None)
    await morning(shop)
    await greets(nusrat)
    await nusrat.sees("Hello Rahim Uddin, your favourite is still waiting")
    await nusrat.press("🌐 বাংলা")
    await nusrat.sees("আপনার পছন্দের জিনিস কার্টে রয়ে গেছে")
    await nusrat.press("‹ Card")
    await nusrat.sees("🛒 Win-back: Carts")


async def test_own_words_for_this_customer_alone(chat: Team, shop: Shop, nusrat: Person) -> None:
    await rewords(shop, nusrat)
    await nusrat.say("Salam {name} <b>bhai</b>, {prodct} ase")
    await nusrat.sees("⚠️ Only {name} and {product} fill in")
    await nusrat.say("x" * 301)
    await nusrat.sees("⚠️ 300 letters at most")
    await nusrat.say("Salam {name} <b>bhai</b> 😊, {product} ase, pathabo?")
    shown = await nusrat.sees("your text", "Salam Rahim Uddin <b>bhai</b> 😊, Honey 1 kg ase, pathabo?")
    assert said_by(link(shown)) == "Salam Rahim Uddin <b>bhai</b> 😊, Honey 1 kg ase, pathabo?"
    assert await shop.rows("SELECT greeting_en FROM campaigns WHERE id = 1 AND greeting_en LIKE 'Salam%'") == []
    await nusrat.say("kotha hoise, nibe na")  # what comes after it is a note again
    await nusrat.sees("📝 Rahim Uddin")
    assert await shop.rows("SELECT state FROM campaign_tasks") == [("dropped",)]


async def test_a_search_instead_of_the_text(chat: Team, shop: Shop, nusrat: Person) -> None:
    await rewords(shop, nusrat)
    await nusrat.say("01512344412")
    await nusrat.sees("Karim Mia")


async def test_the_text_for_a_customer_who_went_to_a_colleague(chat: Team, shop: Shop, nusrat: Person) -> None:
    await rewords(shop, nusrat)
    await shop.give(shop.rahim, chat.tanvir)
    await nusrat.say("Salam {name}, {product} ase")
    shown = await nusrat.sees("known, with Tanvir")
    assert "Rahim" not in shown["text"]


async def test_who_refuses_whatsapp_is_greeted_on_the_call(chat: Team, shop: Shop, nusrat: Person) -> None:
    await leaves_cart(shop, shop.rahim)
    await morning(shop)
    async with chat.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO consents (customer_id, channel, allowed, changed_at)"
                " VALUES (:id, 'whatsapp', false, now())"
            ),
            {"id": shop.rahim},
        )
    await greets(nusrat)
    shown = await nusrat.sees("Not on WhatsApp: say it on the call.")
    assert not any("url" in button for row in shown["buttons"] for button in row)


async def test_a_birthday_wish_in_the_customers_language(chat: Team, shop: Shop, nusrat: Person) -> None:
    await speaks(shop, shop.rahim, "bn")
    async with chat.sessions.begin() as session:
        born = update(customers).where(customers.c.id == shop.rahim)
        await session.execute(born.values(date_of_birth=NOW.date().replace(year=1984)))
    await greets(nusrat)
    shown = await nusrat.sees("আসসালামু আলাইকুম Rahim Uddin, শুভ জন্মদিন।")
    assert "শুভ জন্মদিন" in said_by(link(shown))
    await nusrat.press("🌐 English")
    await nusrat.sees("happy birthday")


async def test_a_day_off_ahead_is_wished_for_the_day_before(chat: Team, shop: Shop, nusrat: Person) -> None:
    """On Thursday for Saturday, not on Sunday for Tuesday."""
    async with chat.sessions.begin() as session:
        born = update(customers).where(customers.c.id == shop.rahim)
        await session.execute(born.values(date_of_birth=date(1984, 11, 28)))
    chat.at(NOW + 3 * DAY)
    await nusrat.say("Rahim")
    card = await nusrat.sees("🎂 Birthday, Sat 28 Nov")
    assert len(card["buttons"][-1]) == 1
    chat.at(NOW + 4 * DAY)
    await nusrat.say("Rahim")
    await nusrat.sees("🎂 Birthday, Sat 28 Nov")
    await nusrat.press("✉️ Greeting")
    await nusrat.sees("happy birthday")


async def test_an_old_greeting_button(chat: Team, shop: Shop, nusrat: Person) -> None:
    await nusrat.say("Rahim")
    card = await nusrat.sees("Rahim Uddin")
    for why in ("winback", "occasion"):
        assert "Old" in await nusrat.press_data(f"v1:greet:{shop.rahim}:{why}:en", message=card)


async def test_two_log_the_same_customer_at_once(chat: Team, shop: Shop) -> None:
    await leaves_cart(shop, shop.karim)
    await morning(shop)
    await asyncio.gather(
        chat.nusrat.say("01512344412 kotha hoise, pore janabe"), chat.tanvir.say("01512344412 kotha hoise, pore janabe")
    )
    await chat.polled()
    await chat.settled()
    assert await shop.rows("SELECT state FROM campaign_tasks") == [("contacted",)]


# The manager's side


async def test_the_list_and_what_a_campaign_brought(chat: Team, shop: Shop, farhana: Person) -> None:
    await leaves_cart(shop, shop.rahim)
    await morning(shop)
    await chat.nusrat.say("Rahim")
    await chat.nusrat.sees("Win-back")
    await chat.nusrat.say("order confirmed 2450 cod")
    await chat.nusrat.sees("✅ Order ৳2,450")
    await farhana.say("/campaign")
    await farhana.sees("🛒 Win-back campaigns: 2", "1 Carts · on", "1 to call · reached 1 · won 1", "2 Long quiet · on")
    await farhana.press("1")
    await farhana.sees("🛒 Carts · on", "Any drop-off", "2 calls each, 2 d apart", "100% of those reached · ৳2,450")
    await farhana.press("Back")
    await farhana.sees("campaigns: 2")
    await farhana.press("📊 Results")
    await farhana.sees("📊 Won back in 30 d · campaign", "Carts won 1 of 1")
    await farhana.press("Agent")
    await farhana.sees("Nusrat won 1 of 1")
    await farhana.press("Stage")
    await farhana.sees("Cart won 1 of 1")
    await farhana.press("Reason")
    await farhana.sees("Not said won 1 of 1")
    await farhana.press("📅 7 d")
    await farhana.sees("Won back in 7 d · reason", "Not said won 1 of 1")


async def test_our_own_are_called_as_the_reader_says_it_until_they_are_renamed(
    chat: Team, shop: Shop, farhana: Person
) -> None:
    await farhana.speaks(Language.BN)
    await farhana.say("/campaign")
    await farhana.sees("১ ফেলে যাওয়া কার্ট · চালু", "২ অনেক দিন চুপ · চালু")
    await farhana.press("১")
    await farhana.sees("🛒 ফেলে যাওয়া কার্ট · চালু")
    await farhana.press("✏️ নাম")
    await farhana.sees("নাম")
    await farhana.say("Long Quiet")
    await farhana.sees("⚠️")
    await farhana.say("Eid carts")
    await farhana.sees("🛒 Eid carts · চালু")


async def test_switching_off_and_on(chat: Team, shop: Shop, farhana: Person) -> None:
    await leaves_cart(shop, shop.rahim)
    await opens_carts(farhana)
    await farhana.press("Switch off")
    shown = await farhana.sees("🛒 Carts · off")
    await farhana.press_data("v1:campaign:1:off", message=shown)
    await morning(shop)
    assert await shop.rows("SELECT count(*) FROM campaign_tasks") == [(0,)]
    await farhana.press("Switch on")
    await farhana.sees("🛒 Carts · on")
    assert await shop.rows("SELECT count(*) FROM audit_log WHERE action = 'campaign_changed'") == [(2,)]


async def test_changing_what_it_says_and_how_often(chat: Team, shop: Shop, farhana: Person) -> None:
    await opens_carts(farhana)
    await farhana.press("Tries")
    await farhana.sees("how many calls?")
    await farhana.press("4")
    await farhana.sees("4 calls each, 2 d apart")
    await farhana.press("Spacing")
    await farhana.sees("days between?")
    await farhana.press("10")
    await farhana.sees("4 calls each, 10 d apart")
    await farhana.press("Left where")
    await farhana.sees("left where?")
    await farhana.press("Checkout")
    await farhana.sees("Left at checkout")
    await farhana.press("Amount")
    await farhana.sees("from what amount?")
    await farhana.say("onek taka")
    await farhana.sees("⚠️ A number from 1 to")
    await farhana.say("৳৫,০০০")
    await farhana.sees("Left at checkout · from ৳5,000")
    await farhana.press("✏️ বাংলা")
    await farhana.sees("Send the new text")
    await farhana.say("সালাম {name}, {product} আছে <3")
    await farhana.sees("Bengali “সালাম {name}, {product} আছে <3”")
    await farhana.press("✏️ Name")
    await farhana.sees("what to call it?")
    await farhana.say("long QUIET")
    await farhana.sees("⚠️ There is one of that name")
    await farhana.say("Big carts 🛒")
    await farhana.sees("🛒 Big carts 🛒 · on")
    assert await shop.rows(
        "SELECT name, stage, min_value, tries, days_apart, greeting_bn FROM campaigns WHERE id = 1"
    ) == [("Big carts 🛒", "checkout_initiated", Decimal(5000), 4, 10, "সালাম {name}, {product} আছে <3")]


async def test_a_new_one_by_two_taps_and_a_word(chat: Team, shop: Shop, farhana: Person) -> None:
    await farhana.say("/campaigns")
    await farhana.sees("campaigns")
    await farhana.press("➕ New")
    await farhana.sees("for whom?")
    await farhana.press("Drop-offs")
    await farhana.sees("left where?")
    await farhana.press("Payment")
    await farhana.sees("its name?")
    await farhana.say("x" * 41)
    await farhana.sees("⚠️ A name has 1 to 40 letters")
    await farhana.say("Failed payments")
    await farhana.sees("🛒 Failed payments · on", "Payment failed")
    await farhana.say("/campaign")
    await farhana.sees("campaigns")
    await farhana.press("➕ New")
    await farhana.sees("for whom?")
    await farhana.press("Long quiet")
    await farhana.sees("how long quiet?")
    await farhana.press("180 d")
    await farhana.sees("its name?")
    await farhana.say("Half a year")
    await farhana.sees("🛒 Half a year · on", "No order for 180 d")
    await farhana.press("Days quiet")
    await farhana.sees("days without an order?")
    await farhana.press("When inactive")
    await farhana.sees("Buyers who become inactive")
    assert await shop.rows("SELECT name, cause, stage, days_quiet FROM campaigns WHERE id > 2 ORDER BY id") == [
        ("Failed payments", "dropoff", "payment_failed", None),
        ("Half a year", "inactive", None, None),
    ]


async def test_something_else_instead_of_the_name(chat: Team, shop: Shop, farhana: Person) -> None:
    await farhana.say("/campaign")
    await farhana.sees("campaigns")
    await farhana.press("➕ New")
    await farhana.sees("for whom?")
    await farhana.press("Long quiet")
    await farhana.sees("how long quiet?")
    await farhana.press("90 d")
    await farhana.sees("its name?")
    await farhana.say("01712345678")
    await farhana.sees("Rahim Uddin")
    await farhana.say("/campaign")
    await farhana.sees("campaigns: 2")
    await farhana.say("Half a year")
    await farhana.sees("“Half a year”: nobody")


@pytest.mark.parametrize(
    "data",
    [
        "v1:campaign:999:show",
        "v1:campaign:2:value",
        "v1:campaign:1:quiet",
        "v1:campaign_is:1:tries:99",
        "v1:campaign_is:1:tries:many",
        "v1:campaign_is:1:stage:moon",
        "v1:campaign_is:1:show:1",
        "v1:campaign_is:1:quiet:30",
        "v1:campaign_new:moon:any",
        "v1:campaign_new:inactive:0",
        "v1:campaign_new:dropoff:product_view",
    ],
)
async def test_forged_buttons_change_nothing(chat: Team, shop: Shop, farhana: Person, data: str) -> None:
    before = await shop.rows("SELECT * FROM campaigns ORDER BY id")
    await farhana.say("/campaign")
    shown = await farhana.sees("campaigns")
    assert "Old" in await farhana.press_data(data, message=shown)
    assert await shop.rows("SELECT * FROM campaigns ORDER BY id") == before


async def test_more_campaigns_than_fit_a_page(chat: Team, shop: Shop, farhana: Person) -> None:
    async with chat.sessions.begin() as session:
        for number in range(campaigns.MOST - 2):
            await session.execute(
                text(
                    "INSERT INTO campaigns (slug, name, cause, greeting_en, greeting_bn)"
                    " VALUES (:name, :name, 'dropoff', 'Hello', 'সালাম')"
                ),
                {"name": f"No {number}"},
            )
    await farhana.say("/campaign")
    await farhana.sees("campaigns")
    await farhana.press("15 more")
    await farhana.sees("6 No 3 · on")
    await farhana.press("➕ New")
    await farhana.sees("for whom?")
    await farhana.press("Drop-offs")
    await farhana.sees("left where?")
    await farhana.press("Anywhere")
    await farhana.sees("its name?")
    await farhana.say("One more")
    await farhana.sees("⚠️ 20 campaigns at most")


async def test_a_manager_sees_the_own_teams_numbers(chat: Team, shop: Shop, farhana: Person) -> None:
    async with chat.sessions() as session:
        stranger = await factories.staff(session, name="Stranger")
        one = await factories.customer(session, owner_id=stranger)
        await session.commit()
    await leaves_cart(shop, one)
    await morning(shop)
    await farhana.say("/campaign")
    await farhana.sees("nobody to call yet")
    await chat.rafiq.say("/campaign")
    await chat.rafiq.sees("1 to call")


async def test_who_leads_a_team_without_being_in_it_sees_its_numbers(chat: Team, shop: Shop, farhana: Person) -> None:
    """As in /stats."""
    await leaves_cart(shop, shop.rahim)
    await morning(shop)
    async with chat.sessions.begin() as session:
        other = (await session.execute(insert(teams).values(name="Uttara").returning(teams.c.id))).scalar_one()
        await session.execute(update(staff).where(staff.c.id == farhana.staff_id).values(team_id=other))
    await farhana.say("/campaign")
    await farhana.sees("1 to call")
    await farhana.say("/stats")
    await farhana.sees("Team Mirpur")
