"""What agents are told to offer, and why, once the shop's models are fitted."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from cdm_core.db.as_of import set_as_of
from cdm_core.db.steps import steps
from cdm_core.recommend import refit
from cdm_core.words import Language
from jobs import morning_digest
from jobs.clock import Ticker
from jobs.job import Shop
from tests import factories
from tests.bot.people import Person, Team
from tests.factories import NOW

RAHIM, LEAD = 123, 902
OIL, HONEY, CHIA, SAFFRON, TEA, CLOTH = (
    "Mustard oil 5 L",
    "Honey 1 kg",
    "Chia seed",
    "Saffron <b>1 g</b>",
    "Old tea",
    "Table cloth",
)
PRICES = {OIL: 900, HONEY: 850, CHIA: 450, SAFFRON: 2500, TEA: 100, CLOTH: 700}


@pytest.fixture
async def products(chat: Team) -> dict[str, int]:
    """Rahim buys oil each month and knows neither honey, which many buy with it, nor saffron, the dearest food; tea,
    which all buy, is sold out. Jahid is a lead."""
    async with chat.sessions() as session:
        food = (await session.execute(text("INSERT INTO categories (name) VALUES ('Food') RETURNING id"))).scalar_one()
        made = {
            name: await factories.product(
                session,
                name=name,
                price=Decimal(price),
                stock=0 if name == TEA else 9,
                category_id=food if name != CLOTH else None,
            )
            for name, price in PRICES.items()
        }
        await factories.customer(session, id=RAHIM, last_name="Sheikh", owner_id=chat.tanvir.staff_id)
        await factories.customer(
            session, id=LEAD, first_name="Jahid", owner_id=chat.tanvir.staff_id, created_at=NOW - timedelta(days=1)
        )
        others = [await factories.customer(session, owner_id=chat.nusrat.staff_id) for _ in range(12)]
        await session.commit()
        for back in (33, 63, 93, 123):
            await _order(chat, RAHIM, back, made[OIL])
        for number, customer in enumerate(others):
            with_it = (HONEY, TEA) if number < 10 else (SAFFRON, CHIA, CLOTH)
            await _order(chat, customer, 20 + number, made[OIL], *(made[name] for name in with_it))
        await factories.settle(session, RAHIM, LEAD, *others)
    return made


async def _order(chat: Team, customer: int, back: float, *products: int, status: str = "completed") -> None:
    async with chat.sessions.begin() as session:
        at = NOW - timedelta(days=back)
        order = await factories.order(session, customer, ordered_at=at, status=status, lines=False)
        for number, product in enumerate(products, 1):
            await factories.order_line(
                session, customer, order, product_id=product, product_name="?", line_no=number, status=status
            )


async def _night(chat: Team) -> None:
    await refit.run(steps(chat.sessions, NOW))


@pytest.fixture
async def tanvir(chat: Team, products: dict[str, int]) -> Person:
    await chat.tanvir.speaks(Language.EN)
    return chat.tanvir


async def _insights(person: Person, customer: int) -> list[str]:
    await person.say(f"#{customer}")
    await person.sees(f"#{customer}")
    await person.press("More")
    await person.sees("· Overview")
    await person.press("Insights")
    return str((await person.sees("· Insights"))["text"]).split("\n")


async def test_before_the_first_night_there_is_no_model_and_habits_are_known(tanvir: Person) -> None:
    lines = await _insights(tanvir, RAHIM)
    assert "Due again Mustard oil 5 L, 33 d (usual 30)" in lines
    assert not [line for line in lines if line.startswith("New for them")]


async def test_card_list_and_insights_say_what_to_offer(chat: Team, tanvir: Person) -> None:
    await _night(chat)
    await tanvir.say("/calls")
    await tanvir.sees("Rahim Sheikh #123", "Mustard oil 5 L: every 30 d, now 33")
    await tanvir.press("2")
    await tanvir.sees("Offer: Mustard oil 5 L, Honey 1 kg", "4 orders, every 30 d, now 33 (+2)", "likely to order: ")
    lines = await _insights(tanvir, RAHIM)
    assert lines[1:4] == ["💡 8 of 10", "Offer a reorder by Thu 26 Nov", "Why 4 orders, every 30 d, now 33 (+2)"]
    assert "Offer reorder: Mustard oil 5 L" in lines
    assert "Due again Mustard oil 5 L, 33 d (usual 30)" in lines
    new = next(line for line in lines if line.startswith("New for them"))
    assert new.startswith("New for them Honey 1 kg, "), "what goes with it comes first"
    assert "Old tea" not in " ".join(lines), "it is sold out"


async def test_the_models_own_numbers_are_for_who_leads(
    chat: Team, farhana: Person, rafiq: Person, products: dict[str, int]
) -> None:
    for person in (farhana, rafiq):
        assert (await _insights(person, RAHIM))[-1] == "No model yet, it comes at night"
    await _night(chat)
    for person in (farhana, rafiq):
        lines = await _insights(person, RAHIM)
        assert [line.split(" ")[0] for line in lines[-3:]] == ["Model", "Orders", "Still"]
        assert lines[-1].endswith("model 1, 22 Nov")
    await chat.tanvir.speaks(Language.EN)
    assert not [line for line in await _insights(chat.tanvir, RAHIM) if line.startswith(("Model", "Orders", "Still"))]


async def test_the_same_in_bengali(chat: Team, products: dict[str, int]) -> None:
    await _night(chat)
    await chat.tanvir.say("#123")
    await chat.tanvir.sees("অফার: Mustard oil 5 L, Honey 1 kg")
    await chat.tanvir.press("আরও")
    await chat.tanvir.sees("· এক নজরে")
    await chat.tanvir.press("সাজেশন")
    page = await chat.tanvir.sees("আবার লাগবে Mustard oil 5 L, ৩৩ দিন (সাধারণত ৩০)", "নতুন দিতে পারেন Honey 1 kg")
    assert "মডেল" not in page["text"]


@pytest.mark.parametrize("status", ["pending", "completed"])
async def test_what_was_ordered_since_the_night_is_offered_no_more(
    chat: Team, tanvir: Person, products: dict[str, int], status: str
) -> None:
    await _night(chat)
    await _order(chat, RAHIM, 0.1, products[OIL], products[HONEY], status=status)
    said = "\n".join(await _insights(tanvir, RAHIM))
    assert "Mustard oil" not in said.replace("· Mustard oil", "")
    assert "Honey" not in said
    assert "New for them Chia seed" in said or "New for them Saffron" in said


async def test_what_ran_out_or_is_sold_no_more_is_offered_no_more(
    chat: Team, tanvir: Person, products: dict[str, int]
) -> None:
    await _night(chat)
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE products SET stock = 0 WHERE id = :id"), {"id": products[OIL]})
        await session.execute(text("UPDATE products SET active = false WHERE id = :id"), {"id": products[HONEY]})
    said = "\n".join(await _insights(tanvir, RAHIM))
    assert "Due again" not in said
    assert "Honey" not in said
    assert "New for them" in said


async def test_who_trusts_the_shop_is_offered_what_is_dearer(chat: Team, tanvir: Person) -> None:
    await _order(chat, RAHIM, 150)
    await _night(chat)
    async with chat.sessions.begin() as session:
        await factories.dropoff(session, RAHIM)
        await session.execute(text("UPDATE products SET stock = 0 WHERE name = :name"), {"name": HONEY})
        await factories.settle(session, RAHIM)
    lines = await _insights(tanvir, RAHIM)
    assert "Offer upsell: Saffron <b>1 g</b>" in lines
    assert not [line for line in lines if line.startswith("New for them Saffron")], "it is named already"
    await tanvir.say("#123")
    await tanvir.sees("Offer: Saffron <b>1 g</b>, Mustard oil 5 L")


async def test_a_lead_is_offered_what_is_popular_and_told_how_such_leads_fare(chat: Team, tanvir: Person) -> None:
    await _night(chat)
    lines = await _insights(tanvir, LEAD)
    assert "New for them Mustard oil 5 L, Honey 1 kg, " in "\n".join(lines)
    such = next(place for place, line in enumerate(lines) if line.endswith("of 100 such leads buy"))
    assert lines[such + 1].startswith("judged by ")
    assert not any(line.startswith(("Offer", "Orders in")) for line in lines)


async def test_one_who_comes_between_nights_is_offered_what_is_popular(chat: Team, tanvir: Person) -> None:
    await _night(chat)
    async with chat.sessions() as session:
        newcomer = await factories.customer(session, owner_id=tanvir.staff_id)
        await factories.settle(session, newcomer)
    assert "New for them Mustard oil 5 L, Honey 1 kg" in "\n".join(await _insights(tanvir, newcomer))


async def test_the_morning_list_says_what_is_due_again(chat: Team, tanvir: Person) -> None:
    await _night(chat)
    nine = NOW.replace(hour=9, minute=0) + timedelta(days=1)
    ticker = Ticker(chat.sessions, chat.clock, [morning_digest.job(Shop())])
    for moment in (nine - timedelta(minutes=1), nine):
        chat.at(moment)
        await ticker.tick(moment)
    await tanvir.sees("Call first", "Rahim Sheikh · Mustard oil 5 L, 33 d (30)")


async def test_the_view_says_the_same_as_the_chat(chat: Team, tanvir: Person) -> None:
    await _night(chat)
    async with chat.sessions() as session:
        await set_as_of(session, NOW)
        told = (
            await session.execute(
                text("SELECT recommended_products FROM ai_call_recommendations WHERE customer_id = :id"), {"id": RAHIM}
            )
        ).scalar_one()
    await tanvir.say("#123")
    await tanvir.sees("Offer: " + ", ".join(told.split(", ")[:2]))


async def test_a_bad_suggestion_is_kept_to_learn_from(chat: Team, tanvir: Person, products: dict[str, int]) -> None:
    await _night(chat)
    await tanvir.say("/calls")
    await tanvir.sees("Rahim Sheikh #123")
    await _insights(tanvir, RAHIM)
    await tanvir.press("Bad suggestion")
    await tanvir.sees("👎 Tanvir: no call until 22 Dec")
    await tanvir.say("/calls")
    assert "Rahim" not in (await tanvir.sees("Call list: 1 ·"))["text"]
    async with chat.sessions() as session:
        kept = await session.execute(
            text(
                "SELECT f.kind, l.next_action, l.offer_type, l.products[1]"
                " FROM call_feedback f JOIN recommendation_log l ON l.customer_id = f.customer_id"
                " AND l.local_date = CAST(:day AS date) WHERE f.customer_id = :id"
            ),
            {"id": RAHIM, "day": NOW.date()},
        )
        assert [tuple(row) for row in kept] == [("bad_suggestion", "reorder", "reorder", products[OIL])]


async def test_who_has_just_ordered_has_no_score_and_no_earlier_order_as_reason(chat: Team, tanvir: Person) -> None:
    await _order(chat, RAHIM, 5)
    await _night(chat)
    async with chat.sessions.begin() as session:
        await factories.settle(session, RAHIM)
    lines = await _insights(tanvir, RAHIM)
    assert any(line.endswith("ordered 5 d ago (+1)") for line in lines)
    await tanvir.say("#123")
    await tanvir.sees("Rahim Sheikh #123")
    await tanvir.say("order holo 2 ta ghee 1600 tk bkash")
    await tanvir.sees("#123", "Order ৳1,600")
    lines = await _insights(tanvir, RAHIM)
    assert lines[1].startswith("💡 No call until ")
    assert "ordered just now, on its way (+1)" in lines
    assert not [line for line in lines if "of 10" in line or "5 d ago" in line]
    await tanvir.say("#123")
    await tanvir.sees("5 orders · 1 pending", "Delivered 5 of 5, last 5 d ago", "No call until ")
    await chat.farhana.say("#123")
    await chat.farhana.sees("#123")
    await chat.farhana.press("More")
    await chat.farhana.sees("· Overview")
    await chat.farhana.press("Insights")
    await chat.farhana.sees(" a call, without the order underway")


async def test_a_lead_that_waits_is_told_why_and_by_how_many_such_leads(chat: Team, tanvir: Person) -> None:
    async with chat.sessions.begin() as session:
        await session.execute(
            text("UPDATE customers SET created_at = :then WHERE id = :id"),
            {"id": LEAD, "then": NOW - timedelta(days=40)},
        )
        await factories.settle(session, LEAD)
    await _night(chat)
    await tanvir.say(f"#{LEAD}")
    await tanvir.sees("Wait: the lead is 40 d old")
    lines = await _insights(tanvir, LEAD)
    assert lines[1:3] == ["💡 Nothing to do now", "Why the lead is 40 d old"]
    assert lines[3].endswith("of 100 such leads buy")
    assert lines[4].startswith("judged by ")
