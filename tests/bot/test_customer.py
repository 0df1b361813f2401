"""Finding customers and reading their cards, as people see it in the chat."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from cdm_core import name_index
from cdm_core.words import Language
from templates.actions import Action, encode
from tests import factories
from tests.bot.people import Person, Team
from tests.factories import NOW

RAHIM, SHEIKH, SUMAIYA, JAHID = 123, 388, 480, 902


@pytest.fixture
async def customers(chat: Team) -> None:
    """Rahim and Sheikh are Tanvir's, Sumaiya is Nusrat's, Jahid nobody's."""
    async with chat.sessions() as session:
        tanvir, nusrat = chat.tanvir.staff_id, chat.nusrat.staff_id
        people = [
            (RAHIM, "রহিম", "উদ্দিন", "01712345678", tanvir, {"email": "r@example.com", "city": "Dhaka"}),
            (SHEIKH, "Rahim", "Sheikh", "01812344412", tanvir, {"city": "Cumilla"}),
            (SUMAIYA, "Sumaiya", "Akter", "01812345600", nusrat, {"city": "Chattogram"}),
            (JAHID, "Jahid", "Hasan", "01912345601", None, {"city": "Sylhet", "source": "Facebook"}),
        ]
        for customer_id, first, last, phone, owner, more in people:
            await factories.customer(
                session, id=customer_id, first_name=first, last_name=last, phone=phone, owner_id=owner, **more
            )
            await name_index.learn(session, [f"{first} {last}"])
        await factories.order(session, RAHIM, amount=Decimal(125_000), ordered_at=NOW - timedelta(days=5))
        await factories.dropoff(session, RAHIM)
        await factories.relative(
            session, RAHIM, name="Arif", relationship="child", gender="male", date_of_birth=date(2018, 11, 24)
        )
        await factories.settle(session, RAHIM, SHEIKH, SUMAIYA, JAHID)


@pytest.fixture
async def tanvir(chat: Team, customers: None) -> Person:
    await chat.tanvir.speaks(Language.EN)
    return chat.tanvir


@pytest.mark.parametrize(
    "words",
    [
        "/customer 01712345678",
        "/c +880 1712-345678",
        "/customer ০১৭১২৩৪৫৬৭৮",
        "01712-345678",
        "call him 01712345678 pls",
        "5678",
        "#123",
        "/customer r@example.com",
        "রহিম উদ্দিন",
        "rohim uddin",
        "Rahim Udin",
    ],
)
async def test_one_customer_is_found_many_ways(tanvir: Person, words: str) -> None:
    await tanvir.say(words)
    card = await tanvir.sees("রহিম উদ্দিন #123", "VIP", "+880 1712-345678 · Dhaka", "Cart ৳5,500, 3 h ago (+4)")
    assert [[one["text"] for one in row] for row in card["buttons"]] == [
        ["✅ Order", "📵 No answer", "⏰ Later"],
        ["🙅 No", "💬 WhatsApp", "👪 Family"],
        ["⋯ More"],
    ]


async def test_the_card_in_bengali(chat: Team, customers: None) -> None:
    await chat.tanvir.say("/customer 5678")
    await chat.tanvir.sees("রহিম উদ্দিন #123", "আপনার", "৳১,২৫,০০০ · ১ অর্ডার", "🎂 ছেলে Arif, মঙ্গল ২৪ নভে")


async def test_a_shared_contact(tanvir: Person) -> None:
    await tanvir.shares("+8801712345678", "Somebody")
    await tanvir.sees("রহিম উদ্দিন #123")


async def test_several_are_choices(tanvir: Person) -> None:
    await tanvir.say("rahim")
    await tanvir.sees("“rahim”: 2 customers", "··5678 · Dhaka", "··4412 · Cumilla")
    await tanvir.press("2")
    await tanvir.sees("Rahim Sheikh #388")


async def test_everybody_seen_is_on_record(chat: Team, tanvir: Person) -> None:
    """A list names all it showed, a refusal whom it was about."""
    await tanvir.say("rahim")
    message = await tanvir.sees("“rahim”: 2 customers")
    await tanvir.press_data(encode(Action("card", (SUMAIYA, 0))), message=message)
    await tanvir.sees("known, with Nusrat")
    await tanvir.say("/due")
    await tanvir.sees("No call is promised")
    async with chat.sessions() as session:
        seen = await session.execute(
            text("SELECT staff_id, action, customer_id, details FROM audit_log ORDER BY id"),
        )
        assert [tuple(one) for one in seen] == [
            (tanvir.staff_id, "text", None, {"customers": [RAHIM, SHEIKH]}),
            (tanvir.staff_id, "refused", SUMAIYA, {"why": "colleagues_customer"}),
            (tanvir.staff_id, "/due", None, {}),
        ]


@pytest.mark.parametrize(("words", "shown"), [("salma", "salma"), ("সালমা আরা সালমা আরা", "সালমা আরা সালমা আরা")])
async def test_more_than_five_are_paged_in_place(chat: Team, tanvir: Person, words: str, shown: str) -> None:
    async with chat.sessions() as session:
        ids = [await factories.customer(session, first_name="Salma", last_name="Ara") for _ in range(7)]
        await factories.settle(session, *ids)
    await tanvir.say(words)
    first = await tanvir.sees(f"“{shown}”: 7 customers", "5 ")
    await chat.settled()
    await tanvir.press("Next 2 ›")
    second = await tanvir.sees(f"“{shown}”: 7 customers", "7 ")
    assert second["id"] == first["id"]
    assert [one["text"] for one in second["buttons"][0]] == ["6", "7"]
    await chat.settled()
    await tanvir.press("Back")
    await tanvir.sees(f"“{shown}”: 7 customers", "1 ")


async def test_a_household_shares_a_phone(chat: Team, tanvir: Person) -> None:
    async with chat.sessions() as session:
        shared = await factories.customer(session, first_name="Sarah", last_name="Khan", phone="01712345678")
        await factories.settle(session, shared)
    await tanvir.say("01712345678")
    await tanvir.sees("+880 1712-345678: 2 people", "রহিম উদ্দিন", "Sarah Khan")


async def test_a_relatives_name_finds_the_customer(tanvir: Person) -> None:
    await tanvir.say("Arif")
    await tanvir.sees("রহিম উদ্দিন #123")


@pytest.mark.parametrize("words", ["/customer", "/c   "])
async def test_no_argument_is_told(tanvir: Person, words: str) -> None:
    await tanvir.say(words)
    await tanvir.sees("Send a number or a name")


async def test_without_argument_the_open_card(tanvir: Person) -> None:
    await tanvir.say("5678")
    await tanvir.sees("#123")
    await tanvir.say("/customer")
    await tanvir.sees("#123")


async def test_a_card_is_current_for_half_an_hour(chat: Team, tanvir: Person) -> None:
    await tanvir.say("5678")
    await tanvir.sees("#123")
    async with chat.sessions() as session:
        row = (
            await session.execute(
                text("SELECT current_customer_id, current_until FROM chats WHERE chat_id = :chat"),
                {"chat": tanvir.user_id},
            )
        ).one()
        assert tuple(row) == (RAHIM, NOW + timedelta(minutes=30))
        seen = await session.execute(text("SELECT staff_id, customer_id FROM audit_log"))
        assert [tuple(one) for one in seen] == [(tanvir.staff_id, RAHIM)]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("rohim miya zzz", "The last 4 digits find more"),
        ("#99999", "The full phone number tells"),
        ("nobody@example.com", "The last 4 digits find more"),
    ],
)
async def test_nobody(tanvir: Person, words: str, hint: str) -> None:
    await tanvir.say(words)
    await tanvir.sees("nobody", hint)


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "😀😀", "রহিম <b>rahim</b> Рахим", "%s %(n)s {{ 7 * 7 }}"]
)
async def test_odd_searches_are_answered(tanvir: Person, words: str) -> None:
    await tanvir.say(words)
    await tanvir.sees("🔎")


async def test_a_search_of_5000_letters(tanvir: Person) -> None:
    await tanvir.say("/customer " + "abc " * 1000)
    await tanvir.sees("a search takes 100")


async def test_a_colleagues_customer_is_masked(chat: Team, tanvir: Person) -> None:
    await tanvir.say("01812345600")
    message = await tanvir.sees("S••• A•••: known, with Nusrat")
    assert "Chattogram" not in message["text"]
    for words in ("5600", "Sumaiya Akter"):
        await tanvir.say(words)
        await tanvir.sees("nobody")


async def test_a_manager_sees_the_teams(chat: Team, customers: None) -> None:
    await chat.farhana.say("01812345600")
    await chat.farhana.sees("Sumaiya Akter #480", "owner: Nusrat")


async def test_no_personal_data_in_a_group(tanvir: Person) -> None:
    await tanvir.say("/customer 5678", chat="mirpur")
    message = await tanvir.sees("in private only", chat="mirpur")
    assert "রহিম" not in message["text"]


TABS = [
    ("Profile", "· Profile", "r@example.com"),
    ("Family", "· Family 1", "Arif, son · 🎂 Tue 24 Nov, turns 8"),
    ("Interactions", "· Interactions", "Not called yet"),
    ("Behaviour", "· Behaviour", "Left in the cart · ৳5,500"),
    ("Insights", "· Insights", "Why cart ৳5,500"),
]


async def test_the_tabs_are_edited_in_place(tanvir: Person) -> None:
    await tanvir.say("5678")
    card = await tanvir.sees("#123")
    await tanvir.press("More")
    shown = [await tanvir.sees("· Overview", "৳1,25,000")]
    for label, head, part in TABS:
        await tanvir.press(label)
        shown.append(await tanvir.sees(head, part))
    await tanvir.press("‹ Card")
    shown.append(await tanvir.sees("VIP", "৳1,25,000"))
    assert {message["id"] for message in shown} == {card["id"]}


async def test_the_purchase_history_is_paged(chat: Team, tanvir: Person) -> None:
    async with chat.sessions() as session:
        for back in range(6, 12):
            await factories.order(session, RAHIM, amount=100 * back, ordered_at=NOW - timedelta(days=back))
        await factories.settle(session, RAHIM)
    await tanvir.say("5678")
    await tanvir.sees("#123")
    await tanvir.press("More")
    await tanvir.sees("· Overview")
    await tanvir.press("Orders")
    await tanvir.sees("7 orders", "Tue 17 Nov · ৳1,25,000 · delivered", "Honey 1 kg")
    await tanvir.press("Older")
    await tanvir.sees("৳1,100", "৳900")
    await tanvir.press("Newer")
    await tanvir.sees("৳1,25,000")
    await tanvir.press("‹ Overview")
    await tanvir.sees("· Overview")


async def test_who_must_not_be_called_has_no_outcomes(chat: Team, tanvir: Person) -> None:
    async with chat.sessions() as session:
        forbidden = await factories.customer(
            session, first_name="Karim", owner_id=tanvir.staff_id, do_not_call_at=NOW - timedelta(days=19)
        )
        await factories.settle(session, forbidden)
    await tanvir.say(f"#{forbidden}")
    card = await tanvir.sees("🚫 Do not call, since 3 Nov")
    assert [[one["text"] for one in row] for row in card["buttons"]] == [["⋯ More"]]


async def test_an_old_card_of_a_customer_given_away_tells_so(chat: Team, tanvir: Person) -> None:
    await tanvir.say("5678")
    await tanvir.sees("#123")
    async with chat.sessions.begin() as session:
        await session.execute(
            text("UPDATE customers SET owner_id = :nusrat WHERE id = 123"), {"nusrat": chat.nusrat.staff_id}
        )
    await tanvir.press("More")
    await tanvir.sees("র••• উ•••: known, with Nusrat")


@pytest.mark.parametrize("data", ["v1:tab:123:0:nothing:0", "v0:card:123", "v1:hits::1", "v1:lead:12"])
async def test_old_and_forged_buttons_are_harmless(tanvir: Person, data: str) -> None:
    await tanvir.say("5678")
    card = await tanvir.sees("#123")
    assert await tanvir.press_data(data, message=card) == "Old button: send the number again"


async def test_one_tap_makes_a_lead_then_the_name(chat: Team, tanvir: Person) -> None:
    await tanvir.say("01612345678")
    asked = await tanvir.sees("+880 1612-345678: nobody yet")
    await tanvir.press("New lead")
    prompt = await tanvir.sees("🆕 +880 1612-345678", "What is the name?")
    assert prompt["id"] == asked["id"]
    await tanvir.say("Shirin Akter")
    await tanvir.sees("Shirin Akter #", "Lead · yours · from chat", "+880 1612-345678", "the lead is of today")
    await tanvir.say("sirin")
    await tanvir.sees("Shirin Akter #")
    async with chat.sessions() as session:
        lead = (
            await session.execute(
                text("SELECT first_name, last_name, owner_id, lifecycle_stage FROM customers WHERE source = 'chat'")
            )
        ).one()
        assert tuple(lead) == ("Shirin", "Akter", tanvir.staff_id, "lead")
        dialogs = await session.execute(text("SELECT dialog FROM chats WHERE chat_id = :id"), {"id": tanvir.user_id})
        assert dialogs.scalar_one() is None


async def test_a_name_typed_under_another_card_names_no_lead(chat: Team, tanvir: Person) -> None:
    async with chat.sessions.begin() as session:
        other = await factories.customer(session, first_name="Sumaiya", last_name="Akter", owner_id=tanvir.staff_id)
        await factories.settle(session, other)
    await tanvir.say("01612345678")
    await tanvir.sees("nobody yet")
    await tanvir.press("New lead")
    await tanvir.sees("What is the name?")
    await tanvir.say(f"#{other}")
    await tanvir.sees(f"Sumaiya Akter #{other}")
    await tanvir.say("Sumaiya")
    await tanvir.sees("Sumaiya")
    async with chat.sessions() as session:
        lead = await session.execute(text("SELECT first_name FROM customers WHERE source = 'chat'"))
        assert lead.scalar_one() == ""


async def test_pressing_new_lead_twice_makes_one(chat: Team, tanvir: Person) -> None:
    await tanvir.say("01612345678")
    asked = await tanvir.sees("nobody yet")
    await tanvir.press("New lead")
    await tanvir.sees("What is the name?")
    await tanvir.press_data("v1:lead:+8801612345678", message=asked)
    await tanvir.sees("No name #")
    async with chat.sessions() as session:
        made = await session.execute(text("SELECT count(*) FROM customers WHERE source = 'chat'"))
        assert made.scalar_one() == 1


async def test_a_lead_of_another_meanwhile_is_told(chat: Team, tanvir: Person) -> None:
    await tanvir.say("01612345678")
    await tanvir.sees("nobody yet")
    await chat.nusrat.say("01612345678")
    await chat.nusrat.sees("nobody yet")
    await chat.nusrat.press("New lead")
    await chat.nusrat.sees("What is the name?")
    await tanvir.press("New lead")
    await tanvir.sees("known, with Nusrat")


async def test_a_number_instead_of_the_name_is_a_search(tanvir: Person) -> None:
    await tanvir.say("01612345678")
    await tanvir.sees("nobody yet")
    await tanvir.press("New lead")
    await tanvir.sees("What is the name?")
    await tanvir.say("5678")
    await tanvir.sees("2 customers", "No name", "রহিম উদ্দিন")
    await tanvir.say("Shirin")
    await tanvir.sees("nobody")


async def test_a_contacts_name_is_the_leads(chat: Team, tanvir: Person) -> None:
    await tanvir.shares("+8801612345678", "Shirin", "Akter")
    await tanvir.sees("nobody yet")
    await chat.settled()
    await tanvir.press("New lead")
    await tanvir.sees("Shirin Akter #", "yours")


async def test_a_stranger_learns_nothing(chat: Team, customers: None) -> None:
    await chat.stranger.say("01712345678")
    await chat.stranger.say("/customer 5678")
    await chat.settled()
    assert not [words for words in await chat.stranger.screen() if "রহিম" in words]
