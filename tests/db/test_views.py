"""The call list for SQL: that it says what the chat says, and that a page of it costs a page."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cdm_core import call_candidates, call_facts, calls, summary, thresholds
from cdm_core import staff as people
from cdm_core.advice import advise
from cdm_core.db.as_of import set_as_of
from cdm_core.words import NextAction
from tests import factories
from tests.factories import NOW

PAGE = "SELECT * FROM ai_call_recommendations ORDER BY call_priority_score DESC LIMIT 5"


@pytest.fixture(autouse=True)
async def today(session: AsyncSession) -> None:
    await set_as_of(session, NOW)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def test_a_cart_is_recovered_until_an_order_follows(session: AsyncSession) -> None:
    left, bought, old = [await factories.customer(session) for _ in range(3)]
    for customer, hours in ((left, 3), (bought, 3), (old, 24 * 40)):
        await factories.dropoff(session, customer, occurred_at=NOW - timedelta(hours=hours))
    await factories.order(session, bought, ordered_at=NOW - timedelta(hours=1))
    await factories.settle(session, left, bought, old)
    await set_as_of(session, NOW)
    rows = await session.execute(text("SELECT customer_id, next_action_code FROM ai_call_recommendations"))
    advised = {row.customer_id: row.next_action_code for row in rows}
    assert advised == {left: "recover_cart", bought: "call_now"}, "for the third there is nothing to do"


async def test_products_are_read_for_the_page_alone(session: AsyncSession) -> None:
    customers = [await factories.customer(session) for _ in range(40)]
    for number, customer in enumerate(customers):
        for days in (70, 35):
            await factories.order(session, customer, amount=100 + number, ordered_at=NOW - timedelta(days=days))
    await factories.settle(session, *customers)
    await set_as_of(session, NOW)
    assert {row.recommended_products for row in await session.execute(text(PAGE))} == {"Honey 1 kg"}
    (explained,) = (await session.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {PAGE}"))).scalar_one()
    reads = [node for node in nodes(explained["Plan"]) if node.get("Relation Name") == "sales_order_items"]
    assert 5 <= sum(node["Actual Loops"] for node in reads) <= 20  # five customers of two orders each, read twice


async def test_the_score_is_the_cards(session: AsyncSession) -> None:
    customers = [await factories.customer(session) for _ in range(12)]
    for number, customer in enumerate(customers):
        await factories.order(session, customer, amount=100 * (1 + number // 3), ordered_at=NOW - timedelta(days=400))
    await factories.order(session, customers[0], status="pending")
    await factories.order(session, customers[1], amount=1, ordered_at=NOW - timedelta(days=2))
    await factories.settle(session, *customers)
    await set_as_of(session, NOW)
    await summary.store_score_cuts(session)
    limits = await thresholds.load(session)
    facts = await call_facts.load(session, customers, now=NOW, thresholds=limits)
    rows = await session.execute(text("SELECT customer_id, call_priority_score AS score FROM ai_call_recommendations"))
    scores = {row.customer_id: row.score for row in rows}
    assert scores == {customer: advise(facts[customer], NOW, limits).score for customer in customers}
    assert (scores[customers[0]], scores[customers[1]]) == (10, 8)
    assert len({scores[customer] for customer in customers[3:6]}) == 1
    assert scores[customers[3]] < scores[customers[6]] < scores[customers[9]]


async def test_the_tenths_are_of_those_who_may_be_called_now(session: AsyncSession) -> None:
    free, refused, asked, rested, tired, tried, kin = everybody = [await factories.customer(session) for _ in range(7)]
    for number, customer in enumerate(everybody):
        await factories.order(session, customer, amount=100 * (1 + number), ordered_at=NOW - timedelta(days=400))
    await session.execute(text("UPDATE customers SET do_not_call_at = cdm_now() WHERE id = :id"), {"id": refused})
    await session.execute(TOGETHER, {"id": kin, "other": rested})
    for customer, outcome, times, since in (
        (rested, "connected", 1, timedelta(hours=1)),
        (tired, "no_answer", 4, timedelta(days=1)),
        (tried, "no_answer", 1, timedelta(hours=1)),
    ):
        for back in range(times):
            at = NOW - since - timedelta(hours=back)
            await factories.interaction(session, customer, outcome_code=outcome, occurred_at=at)
    await factories.asks_no_calls(session, asked)
    await factories.settle(session, *everybody)
    await set_as_of(session, NOW)
    await summary.store_score_cuts(session)
    ranked = text(
        "SELECT value, cdm_setting('call_score_cuts')::float[] AS cuts FROM call_ranking WHERE customer_id = :id"
    )
    row = (await session.execute(ranked, {"id": free})).one()
    assert row.cuts == [row.value] * 9


async def test_summing_all_up_gives_up_no_statement_of_its_own(engine: AsyncEngine, session: AsyncSession) -> None:
    """As long as each may take in a big shop, also through a pool whose statements are given up after a while."""
    customer = await factories.customer(session)
    await factories.order(session, customer)
    for statement in (
        """
        CREATE FUNCTION gives_up() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF current_setting('statement_timeout') <> '0' THEN RAISE 'would be given up'; END IF;
            RETURN NEW;
        END $$
        """,
        "CREATE TRIGGER gives_up BEFORE UPDATE ON settings FOR EACH ROW EXECUTE FUNCTION gives_up()",
        "CREATE TRIGGER gives_up BEFORE INSERT OR UPDATE ON customer_summary FOR EACH ROW EXECUTE FUNCTION gives_up()",
    ):
        await session.execute(text(statement))
    await session.commit()
    try:
        assert await summary.refresh_all(engine) == 1
    finally:
        await session.execute(text("DROP FUNCTION gives_up CASCADE"))
        await session.commit()


async def test_whom_nobody_reaches_is_left_in_peace(session: AsyncSession) -> None:
    tired, tried, reached, to_confirm = everybody = [await factories.customer(session) for _ in range(4)]
    for customer in everybody:
        await factories.order(session, customer, ordered_at=NOW - timedelta(days=400))
    for customer, attempts in ((tired, 4), (tried, 3), (to_confirm, 5)):
        for days in range(1, attempts + 1):
            at = NOW - timedelta(days=days)
            await factories.interaction(session, customer, outcome_code="no_answer", occurred_at=at)
    await factories.interaction(session, reached)
    await factories.order(session, to_confirm, status="pending")
    await factories.settle(session, tired, tried, reached, to_confirm)
    await set_as_of(session, NOW)
    rows = await session.execute(text("SELECT customer_id FROM ai_call_recommendations"))
    assert set(rows.scalars()) == {tried, to_confirm}


RANKED = text(
    "UPDATE call_ranking SET fit_id = 1, p_buy = :buy, p_alive = :alive, best_call_time = :hours"
    " WHERE customer_id = :id"
)
SWEETS = text("INSERT INTO categories (name) VALUES ('Sweets') RETURNING id")
TOGETHER = text(
    "WITH home AS (SELECT coalesce(household_id, id) AS id FROM customers WHERE id = :other)"
    " UPDATE customers SET household_id = home.id FROM home WHERE customers.id IN (:id, :other)"
)
SKIPPED = text(
    "INSERT INTO call_feedback (customer_id, staff_id, kind, at, until) VALUES (:id, :staff, :kind, :at, :until)"
)
CHASED = text(
    "INSERT INTO campaign_tasks (customer_id, campaign_id, cause_id, caused_at, staff_id, local_date, created_at)"
    " VALUES (:id, :campaign, 1, :caused_at, :staff, :day, :caused_at)"
)
CLAIMED = text("SELECT customer_id FROM claims WHERE expires_at > cdm_now()")
HOUSEHOLDS = text("SELECT coalesce(household_id, id) FROM customers WHERE id = ANY(:ids)")
OFFERS = {
    "upsell": "Premium product upsell",
    "cross_sell": "Goes with what they buy",
    "reorder": "Buy again",
    "discount": "Discount",
    "reactivation": "Offer to come back",
    "occasion": "Birthday or anniversary offer",
    "none": "No offer",
}


SENT_BACK = {"status": "returned", "quantity": -1, "amount": -1250, "returned_at": NOW - timedelta(hours=1)}


async def somebody(
    session: AsyncSession, dice: Random, others: list[int], goods: list[int], agents: list[int], campaign: int
) -> int:
    """A customer of whom each thing that counts is so or not as the ``dice`` fall, of one of the agents or nobody's."""

    def falls(share: float) -> bool:
        return dice.random() < share

    def ago(*hours: float) -> Any:
        return NOW - timedelta(hours=dice.choice(hours))

    staff = dice.choice(agents)
    whose: dict[str, Any] = {"created_at": ago(1, 50, 24 * 20, 24 * 300), "owner_id": dice.choice((staff, staff, None))}
    if falls(0.05):
        whose |= {"birth_month": NOW.month, "birth_day": NOW.day}
    if falls(0.05):
        whose |= {"do_not_call_at": NOW}
    if falls(0.1):
        whose |= {"came_unknown": True}
    one = await factories.customer(session, **whose)
    if others and falls(0.15):
        await session.execute(TOGETHER, {"id": one, "other": dice.choice(others)})
    if falls(0.1):
        await factories.relative(session, one, birth_month=NOW.month, birth_day=NOW.day)
    for _ in range(dice.choice((0, 0, 1, 2, 3, 6))):
        bought = ago(3, 50, 24 * 20, 24 * 30.5, 24 * 41, 24 * 60, 24 * 75, 24 * 300)
        amount = dice.choice((90, 900, 9_000, 30_000))
        status = dice.choice(("completed", "completed", "completed", "cancelled"))
        order = await factories.order(session, one, amount=amount, ordered_at=bought, status=status, lines=False)
        known = {"product_id": dice.choice(goods[:9])} if falls(0.7) else {}
        await factories.order_line(session, one, order, status=status, **known)
        if falls(0.05):
            await factories.order_line(session, one, order, line_no=2, **known, **SENT_BACK)
    if falls(0.08):
        at, days = ago(1, 30), len(others) % 50
        underway = {"ordered_at": at - timedelta(days=days), "confirmed_at": at} if days % 2 else {"ordered_at": at}
        await factories.order(session, one, status="pending", **underway)
    if falls(0.2):
        await factories.dropoff(session, one, occurred_at=ago(1, 30, 24 * 5, 24 * 40))
    if falls(0.3):
        await factories.behavior(session, one, occurred_at=ago(1, 30, 24 * 5, 24 * 40))
    for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 5))):
        outcome = dice.choice(("connected", "interested", "no_answer", "no_answer", "wrong_number", "not_interested"))
        reason = dice.choice((None, "price", "timing"))
        tried = ago(0.5, 1.5, 3, 30, 24 * 2.9, 24 * 4, 24 * 12, 24 * 100, 24 * 400)
        await factories.interaction(
            session, one, outcome=outcome, outcome_code=outcome, reason=reason, occurred_at=tried
        )
    if falls(0.15):
        await factories.follow_up(session, one, staff, due_at=ago(-30, -2, 1, 30), created_at=ago(40, 60))
    if falls(0.15):
        task = {"id": one, "campaign": campaign, "staff": staff, "caused_at": ago(24, 24 * 50)}
        await session.execute(CHASED, task | {"day": ago(-30, 0, 30).date()})
    if falls(0.1):
        kind = "bad_suggestion" if len(others) % 3 else "not_today"
        skipped = {"id": one, "staff": staff, "kind": kind, "at": ago(0.5, 50), "until": ago(-20, 0.5)}
        await session.execute(SKIPPED, skipped)
    if falls(0.05):
        await factories.claim(session, one, staff, expires_at=ago(-1, 0.5))
    return one


@pytest.mark.parametrize("seed", [7, 9])
async def test_the_view_and_the_chat_say_the_same(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Over a shop of everything that can be about a customer, in all mixtures, and of several agents."""
    dice = Random(seed)
    agents = [await factories.staff(session, name=name) for name in ("Nusrat", "Tanvir", "Rima")]
    campaign = (await session.execute(text("SELECT min(id) FROM campaigns WHERE cause <> 'dropoff'"))).scalar_one()
    sweets = (await session.execute(SWEETS)).scalar_one()
    goods = [
        await factories.product(session, price=500 + 100 * number, stock=number, category_id=sweets)
        for number in range(12)
    ]
    everybody: list[int] = []
    for _ in range(400):
        everybody.append(await somebody(session, dice, everybody, goods, agents, campaign))
    await factories.settle(session, *everybody)
    chances = [[0.3, 0.2, 0.1, 0.1, 0.1], [], [0.25, 0.15, 0.1, 0.05, 0.05]]
    await factories.model_fit(session, "items", parameters={"popular": goods, "chances": chances})
    await factories.model_fit(session, "leads", parameters={"overall": {"rate": 0.5}})
    await factories.model_fit(session, "purchase", parameters={"production": {"model": {"horizon": 90}}})
    for customer in everybody:
        if dice.random() < 0.5:
            hours = dice.choice((None, "09:00-12:00", "18:00-20:00", "22:00-08:00"))
            said = {"buy": dice.random(), "alive": dice.random(), "hours": hours}
            await session.execute(RANKED, said | {"id": customer})
    await session.execute(text("UPDATE settings SET value = '0.2' WHERE key = 'hold_out_share'"))
    await session.execute(text("ANALYZE"))  # or the plans are for what the tests before have left
    await set_as_of(session, NOW)
    await summary.store_score_cuts(session)
    limits = await thresholds.load(session)

    found = await calls.list_of_everybody(session, limits, now=NOW, size=1_000)
    ids = [entry.customer_id for entry in found.entries]
    for size in (1, 7, 40, 150):
        some = await calls.list_of_everybody(session, limits, now=NOW, size=size)
        assert list(some.ranked) == [entry for place, entry in calls.places(found.ranked) if place < size]
        best = await calls.list_of_everybody(session, limits, now=NOW, size=size, best_first=True)
        by_score = sorted(found.ranked, key=lambda entry: -entry.advice.score)
        assert list(best.ranked) == [entry for place, entry in calls.places(by_score) if place < size]
    entries = await calls.with_offers(session, found.entries, ids, now=NOW, thresholds=limits)
    told = {
        entry.customer_id: (
            entry.advice.next_action,
            entry.advice.score,
            OFFERS[entry.advice.offer],
            ", ".join(product.name for product in entry.advice.products[:3]) or None,
        )
        for entry in entries
    }
    rows = (await session.execute(text("SELECT * FROM ai_call_recommendations"))).all()
    seen = {
        row.customer_id: (row.next_action_code, row.call_priority_score, row.offer_type, row.recommended_products)
        for row in rows
    }
    assert len(rows) == len(seen)
    assert seen == told
    assert {action for action, *_ in told.values()} == set(NextAction) - {NextAction.WAIT}
    assert {row.offer_type for row in rows} == set(OFFERS.values())

    for limit in ("LIMIT", "SHARED_LIMIT"):
        monkeypatch.setattr(call_candidates, limit, 1_000)
    monkeypatch.setattr(calls, "LIST_SIZE", 1_000)
    mine = [await calls.call_list(session, await people.get(session, agent), limits, now=NOW) for agent in agents]
    by_agent = [entry.customer_id for listed in mine for entry in listed.entries]
    claimed = set((await session.execute(CLAIMED)).scalars())
    assert len(by_agent) == len(set(by_agent))
    assert set(by_agent) - claimed <= set(seen), "who is listed has one to call them"
    assert {told[each][0] for each in set(seen) - set(by_agent)} <= {NextAction.WIN_BACK}, "a colleague is to win back"
    households = (await session.execute(HOUSEHOLDS, {"ids": by_agent})).scalars().all()
    assert len(households) == len(set(households)), "and a household one call, whosever customers they are"
