"""The ranking in the database: the models' own scores, the same by night and by write, whatever the shop is like."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Row, delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import call_facts, event_batches, summary, thresholds
from cdm_core.behaviors import Behaved
from cdm_core.catch_up import catch_up
from cdm_core.db.as_of import set_as_of
from cdm_core.db.steps import steps
from cdm_core.dropoff_log import LeftBehind
from cdm_core.event_batches import Event
from cdm_core.recommend import fits, hours_refit, refit, scoring, sources
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.history import History, buyers
from cdm_core.recommend.model import score
from cdm_core.recommend.rankers import by_basis
from cdm_core.recommend.ranking import Judge
from cdm_core.recommend.refit import Refit
from cdm_core.tables import call_ranking, customers, sales_orders, settings, stale_customers
from cdm_core.words import BehaviorType, DropoffStage
from tests import factories
from tests.factories import NOW

Sessions = async_sessionmaker[AsyncSession]
CUTOFF = NOW.date().toordinal() + 1
NUMBERS = ("value", "p_alive", "p_buy", "expected_orders", "expected_spend", "p_answer")


@pytest.fixture(autouse=True)
async def today(session: AsyncSession) -> None:
    await set_as_of(session, NOW)


async def night(sessions: Sessions, **options: Any) -> Refit:
    return await refit.run(steps(sessions, NOW), **options)


async def settle(session: AsyncSession, ids: Iterable[int]) -> None:
    await factories.settle(session, *ids)
    await set_as_of(session, NOW)


async def people(session: AsyncSession, number: int) -> list[int]:
    """Customers without anything, rows as another system writes them."""
    values = [
        {"first_name": "Rahim", "created_at": NOW - timedelta(days=500), "updated_at": NOW} for _ in range(number)
    ]
    return list((await session.execute(insert(customers).returning(customers.c.id), values)).scalars())


async def orders(session: AsyncSession, rows: Iterable[tuple[int, int, float]]) -> None:
    """Completed orders without lines: customer, days ago, amount."""
    values = [
        {
            "customer_id": customer,
            "ordered_at": NOW - timedelta(days=days),
            "status": "completed",
            "total_amount": Decimal(str(amount)),
        }
        for customer, days, amount in rows
    ]
    if values:
        await session.execute(insert(sales_orders), values)


async def a_shop(session: AsyncSession, number: int = 120, seed: int = 1) -> list[int]:
    """Customers of all habits, every sixth a lead; calls to half of them."""
    random = Random(seed)
    ids = await people(session, number)
    rows = []
    for at, customer in enumerate(ids):
        first = random.randrange(20, 480)
        for _ in range(0 if at % 6 == 0 else 1 + int(random.expovariate(0.4))):
            rows.append((customer, random.randrange(1, first + 1), round(random.lognormvariate(6, 1), 2)))
        for _ in range(at % 4):
            answer = random.choice(["connected", "no_answer", "interested"])
            await factories.interaction(session, customer, outcome_code=answer, occurred_at=NOW - timedelta(days=30))
    await orders(session, rows)
    for customer in ids[::12]:
        await factories.dropoff(session, customer, occurred_at=NOW - timedelta(days=2))
    await settle(session, ids)
    return ids


async def ranked(session: AsyncSession) -> dict[int, Row[Any]]:
    rows = await session.execute(select(call_ranking))
    return {row.customer_id: row for row in rows}


def numbers(row: Row[Any]) -> list[float]:
    return [float(getattr(row, name)) if getattr(row, name) is not None else np.nan for name in NUMBERS]


def same(one: dict[int, Row[Any]], other: dict[int, Row[Any]]) -> bool:
    assert one.keys() == other.keys()
    assert [(row.owner_id, row.fit_id) for row in one.values()] == [
        (other[customer].owner_id, other[customer].fit_id) for customer in one
    ]
    return np.allclose(
        [numbers(row) for row in one.values()],
        [numbers(other[customer]) for customer in one],
        rtol=1e-6,
        atol=1e-9,
        equal_nan=True,
    )


async def test_before_the_first_night_revenue_ranks(session: AsyncSession) -> None:
    often, once, lead = await people(session, 3)
    await orders(session, [(often, 10, 500), (often, 5, 500), (once, 5, 500)])
    await settle(session, [often, once, lead])
    rows = await ranked(session)
    assert rows[often].value > rows[once].value > rows[lead].value == 0
    assert {row.fit_id for row in rows.values()} == {None}


async def test_the_ranking_is_what_the_models_say(session: AsyncSession, sessions: Sessions) -> None:
    ids = await a_shop(session)
    done = await night(sessions)
    assert done.ranked == len(ids)
    history = await sources.read_database(session)
    fit = await fits.latest(session, FitKind.PURCHASE)
    assert fit is not None
    assert (fit.id, fit.diagnostics["basis"]) == (done.fit_id, done.basis)
    judge = Judge.from_json(fit.parameters)
    whom = buyers(history.as_of(CUTOFF))
    judged = score(judge.production.model, whom)
    money = by_basis(done.basis, whom, judged) * judge.scale
    rows = await ranked(session)
    mine = [rows[int(history.customers[at])] for at in whom.customer]
    answered = np.array([row.p_answer for row in mine])
    assert np.allclose([row.value for row in mine], answered * money * 0.3 - 10, rtol=1e-5, atol=1e-4)
    assert np.allclose([row.p_alive for row in mine], judged.p_alive, rtol=1e-5)
    assert np.allclose([row.p_buy for row in mine], judged.p_buy, rtol=1e-5)
    assert np.allclose([float(row.expected_spend) for row in mine], judged.expected_spend, atol=0.01)
    assert np.isclose(np.maximum(money, 0).sum(), judged.value.sum())
    leads = [row for customer, row in rows.items() if customer not in set(history.customers.tolist())]
    assert leads
    assert all(row.p_alive is None and 0 < row.p_buy < 1 and row.expected_spend > 0 for row in leads)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_write_ranks_as_the_night_would(session: AsyncSession, sessions: Sessions, seed: int) -> None:
    ids = await a_shop(session, 60, seed)
    done = await night(sessions)
    random = Random(seed)
    written = random.sample(ids, 12)
    await orders(session, [(customer, random.randrange(60), random.choice([0, 10, 9999])) for customer in written])
    returned = await factories.order(session, written[0], amount=100, status="returned", lines=False)
    await factories.order_line(session, written[0], returned, amount=-5000, quantity=-1, status="returned")
    await factories.interaction(session, written[1], outcome_code="no_answer")
    await factories.dropoff(session, written[2], stage="payment_failed")
    await session.execute(delete(sales_orders).where(sales_orders.c.customer_id == written[3]))
    await settle(session, written)
    by_write = await ranked(session)
    await session.execute(delete(call_ranking).where(call_ranking.c.customer_id.in_(ids[::2])))
    await session.commit()
    assert (await night(sessions, since=NOW)).fit_id == done.fit_id
    assert same(by_write, await ranked(session))


async def test_batches_of_events_rank_as_the_night_would(session: AsyncSession, sessions: Sessions) -> None:
    ids = await a_shop(session, 60)
    done = await night(sessions)
    before = await ranked(session)
    left = [Event(one, LeftBehind(DropoffStage.PAYMENT_FAILED, NOW), None, None) for one in ids[::5]]
    seen = [Event(one, Behaved(BehaviorType.WISHLIST, NOW), None, None) for one in ids]
    await event_batches.keep(session, [*left, *seen], now=NOW)
    assert await catch_up(session, await thresholds.load(session)) == len(ids)
    by_write = await ranked(session)
    assert before[ids[30]].value != by_write[ids[30]].value, "a lead who left a cart"
    await session.execute(delete(call_ranking))
    await session.commit()
    assert (await night(sessions, since=NOW)).fit_id == done.fit_id
    assert same(by_write, await ranked(session))


async def test_calls_of_more_than_a_year_ago_say_nothing(session: AsyncSession, sessions: Sessions) -> None:
    """As the card's "answered 3 of 4" and the best hours hold it: of one window, by night and by write."""
    ids = await a_shop(session, 30)
    uncalled, old, young = await people(session, 3)
    for customer, days in ((old, 366), (young, 364)):
        for _ in range(20):
            at = NOW - timedelta(days=days)
            await factories.interaction(session, customer, outcome_code="no_answer", occurred_at=at)
    await settle(session, [uncalled, old, young])
    await night(sessions)
    for _ in ("by night", "by write"):
        chances = {customer: row.p_answer for customer, row in (await ranked(session)).items()}
        assert chances[young] < chances[old] == chances[uncalled]
        await settle(session, [*ids[:3], uncalled, old, young])
    fit = await fits.latest(session, FitKind.PURCHASE)
    assert fit is not None
    facts = await call_facts.load(session, list(chances), now=NOW, thresholds=await thresholds.load(session))
    assert fit.diagnostics["calls"] == sum(each.calls for each in facts.values())


async def test_many_at_once_are_ranked_as_one_by_one(session: AsyncSession, sessions: Sessions) -> None:
    ids = await a_shop(session)
    await night(sessions)
    by_night = await ranked(session)
    for changed in (ids, ids[:3]):
        await session.execute(call_ranking.update().where(call_ranking.c.customer_id.in_(changed)).values(value=-1))
        await settle(session, changed)
        assert same(by_night, await ranked(session))


async def test_the_order_of_rows_tells_nothing(session: AsyncSession, sessions: Sessions) -> None:
    await a_shop(session)
    first = await night(sessions)
    one = await ranked(session)
    await session.execute(text("CREATE TEMP TABLE o ON COMMIT DROP AS SELECT * FROM sales_orders ORDER BY random()"))
    await session.execute(text("SELECT set_config('cdm.writer', 'core', true)"))
    await session.execute(text("DELETE FROM sales_orders"))
    await session.execute(text("INSERT INTO sales_orders SELECT * FROM o"))
    await session.commit()
    second = await night(sessions)
    assert second.fit_id > first.fit_id
    other = await ranked(session)
    assert np.array_equal(
        [numbers(row) for row in one.values()], [numbers(other[customer]) for customer in one], equal_nan=True
    )


async def test_a_night_cut_off_goes_on_by_the_same_fit(session: AsyncSession, sessions: Sessions) -> None:
    ids = await a_shop(session, 30)
    done = await night(sessions)
    await session.execute(
        text("UPDATE call_ranking SET fit_id = NULL, value = 0 WHERE customer_id > :id"), {"id": ids[9]}
    )
    await session.commit()
    again = await night(sessions, since=NOW)
    assert again.fit_id == done.fit_id
    assert {row.fit_id for row in (await ranked(session)).values()} == {done.fit_id}
    assert (await night(sessions)).fit_id > done.fit_id


async def test_no_transaction_is_open_while_models_are_fitted(
    session: AsyncSession, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever reads beside it waits for a connection, and nothing is tidied up behind any write of that time."""
    await a_shop(session, 30)
    begin, is_open = steps(sessions, NOW), 0
    fitted: list[int] = []

    @asynccontextmanager
    async def begin_counted() -> AsyncIterator[AsyncSession]:
        nonlocal is_open
        async with begin() as opened:
            is_open += 1
            yield opened
        is_open -= 1

    for module in (refit, hours_refit):
        fit = module._fit

        def fit_alone(*given: Any, fit: Callable[..., Any] = fit) -> Any:
            fitted.append(is_open)
            return fit(*given)

        monkeypatch.setattr(module, "_fit", fit_alone)
    await refit.run(begin_counted)
    assert fitted == [0, 0]


async def test_a_night_after_a_restore_elsewhere_ranks_all(session: AsyncSession, sessions: Sessions) -> None:
    """A dump brings the transactions' numbers along, and another server counts its own from the beginning."""
    ids = await a_shop(session, 30)
    await night(sessions)
    right = await ranked(session)
    hours = {customer: (row.best_call_time_n, row.best_call_time_by) for customer, row in right.items()}
    wrong = {"value": -1.0, "best_call_time_n": 99, "ranked_in": call_ranking.c.ranked_in + 1_000_000_000}
    await session.execute(call_ranking.update().values(**wrong))
    await session.commit()
    await refit.run(steps(sessions, NOW), since=NOW)
    found = await ranked(session)
    assert same(found, right)
    assert {customer: (row.best_call_time_n, row.best_call_time_by) for customer, row in found.items()} == hours
    assert len(found) == len(ids)


@pytest.mark.parametrize("began", [-1, 5], ids=["before the night", "during it"])
@pytest.mark.parametrize("after_fit", [False, True], ids=["before the fit", "after it"])
async def test_what_was_written_since_is_not_overwritten(
    session: AsyncSession, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, began: int, after_fit: bool
) -> None:
    """The night's history was read before the orders came, whenever the write began: the write knows better."""
    ids = await a_shop(session, 60)
    lead = ids[6]
    await night(sessions)
    written: list[Row[Any]] = []

    async def write() -> None:
        async with sessions.begin() as other:
            await set_as_of(other, NOW + timedelta(minutes=began))
            locked = await summary.begin_write(other, [lead])
            await orders(other, [(lead, days, 77_000) for days in (2, 20, 40)])
            await summary.refresh(other, locked)
            written.append((await ranked(other))[lead])

    read = sources.read_database

    async def read_before(reader: AsyncSession) -> History:
        history = await read(reader)
        if not after_fit:
            await write()
        return history

    begin, begun = steps(sessions, NOW), 0

    @asynccontextmanager
    async def begin_after() -> AsyncIterator[AsyncSession]:
        nonlocal begun
        begun += 1
        if after_fit and begun == 3:
            await write()
        async with begin() as opened:
            yield opened

    monkeypatch.setattr(sources, "read_database", read_before)
    new = await refit.run(begin_after)
    assert len(written) == 1
    row = (await ranked(session))[lead]
    assert (row.fit_id, row.p_alive is None) == (new.fit_id, False)
    assert np.isclose(row.value, written[0].value, rtol=0.5)
    assert not after_fit or row.value == written[0].value


async def listed(session: AsyncSession) -> list[int]:
    """The shop's call list by value, as other software reads it."""
    rows = await session.execute(text("SELECT customer_id FROM ai_call_recommendations ORDER BY value DESC, 1"))
    return list(rows.scalars())


class CutOffError(Exception):
    pass


async def test_a_first_night_cut_off_anywhere_leaves_no_two_scales_in_one_list(
    session: AsyncSession, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Revenue is in money of years, a fit's value in what one call earns: side by side the list would be by neither."""
    monkeypatch.setattr(refit, "BATCH", 10)
    await a_shop(session, 45)
    before = await listed(session)
    assert len(before) > 20

    def cut_off(done: int, _total: int) -> None:
        if done > 25:
            raise CutOffError

    with pytest.raises(CutOffError):
        await night(sessions, progress=cut_off)
    assert {row.fit_id for row in (await ranked(session)).values()} == {None}
    assert await listed(session) == before

    begin, begun = steps(sessions, NOW), 0

    @asynccontextmanager
    async def begin_once() -> AsyncIterator[AsyncSession]:
        nonlocal begun
        begun += 1
        if begun > 2:
            raise CutOffError
        async with begin() as opened:
            yield opened

    with pytest.raises(CutOffError):
        await refit.run(begin_once)
    (fit_id,) = {row.fit_id for row in (await ranked(session)).values()}
    assert fit_id is not None
    after, cuts = await listed(session), await score_cuts(session)
    assert after != before
    assert (await night(sessions, since=NOW)).fit_id == fit_id
    assert (await listed(session), await score_cuts(session)) == (after, cuts), "the score's cuts came with the fit"


async def score_cuts(session: AsyncSession) -> str:
    """Where the scores from 1 to 10 are cut, as it is stored."""
    await session.commit()
    cuts = select(settings.c.value).where(settings.c.key == "call_score_cuts")
    return str((await session.execute(cuts)).scalar_one())


@pytest.mark.parametrize("ends", ["before the fit is written down", "while it is"])
async def test_a_write_beside_the_first_fit_is_ranked_by_it(
    session: AsyncSession, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    """One that has ranked by revenue already is waited for; one that has not waits for nobody and is ranked later."""
    ids = await a_shop(session, 30)
    await session.execute(delete(stale_customers))
    await session.commit()
    await set_as_of(session, NOW)
    known, new = ids[6], 0
    end_by_revenue = scoring.end_by_revenue
    writing, over = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        nonlocal new
        async with sessions.begin() as other:
            await set_as_of(other, NOW)
            await summary.begin_write(other, [known])
            (new,) = await people(other, 1)
            locked = await summary.begin_write(other, [known, new])
            await orders(other, [(customer, days, 77_000) for customer in locked for days in (2, 20, 40)])
            await summary.refresh(other, locked)
            writing.set()
            if ends != "while it is":
                await over.wait()

    async def beside(opened: AsyncSession) -> None:
        if ends == "while it is":
            await end_by_revenue(opened)
            await write()
            return
        writer = asyncio.create_task(write())
        await writing.wait()
        asyncio.get_running_loop().call_later(0.2, over.set)
        await end_by_revenue(opened)
        assert over.is_set(), "the night waited for the write"
        await writer

    monkeypatch.setattr(scoring, "end_by_revenue", beside)
    done = await night(sessions)
    async with sessions.begin() as job:
        await set_as_of(job, NOW)
        caught_up = await catch_up(job, await thresholds.load(job))
    assert caught_up == (2 if ends == "while it is" else 0)
    rows = await ranked(session)
    assert {row.fit_id for row in rows.values()} == {done.fit_id}
    assert {rows[known].p_alive is None, rows[new].p_alive is None} == {False}, "their orders count"
    await settle(session, [known, new])
    assert same(rows, await ranked(session))


async def test_who_was_erased_is_ranked_no_more(session: AsyncSession, sessions: Sessions) -> None:
    ids = await a_shop(session, 30)
    gone = ids[:2]
    for first_fit in (True, False):
        await session.execute(customers.update().where(customers.c.id.in_(gone)).values(erased_at=NOW))
        await session.execute(delete(call_ranking).where(call_ranking.c.customer_id.in_(gone)))
        await summary.refresh(session, await summary.begin_write(session, ids), erased=True)
        await session.commit()
        await set_as_of(session, NOW)
        rows = await ranked(session)
        assert rows.keys() == set(ids[2:])
        assert all((row.fit_id is None) == first_fit for row in rows.values())
        assert (await night(sessions)).ranked == len(ids) - 2
        assert (await ranked(session)).keys() == set(ids[2:])


async def test_another_owner_counts_at_once_and_what_a_call_costs_from_the_next_night(
    session: AsyncSession, sessions: Sessions
) -> None:
    """Else who was written to stood by another scale than all others, for a day."""
    ids = await a_shop(session, 30)
    await night(sessions)
    before = await ranked(session)
    nusrat = await factories.staff(session)
    await session.execute(customers.update().where(customers.c.id == ids[1]).values(owner_id=nusrat))
    for key, value in (("call_cost", "25"), ("call_margin", "0.6")):
        await session.execute(settings.update().where(settings.c.key == key).values(value=value))
    await settle(session, ids[1:2])
    after = (await ranked(session))[ids[1]]
    assert (after.owner_id, after.value) == (nusrat, pytest.approx(before[ids[1]].value))
    await session.commit()
    await night(sessions)
    await set_as_of(session, NOW)
    await settle(session, ids[2:3])
    after_night = await ranked(session)
    for customer in ids[:5]:
        assert after_night[customer].value + 25 == pytest.approx(2 * (before[customer].value + 10))


Shop = Callable[[list[int]], Sequence[tuple[int, int, float]]]
SHOPS: dict[str, tuple[int, Shop]] = {
    "nobody": (0, lambda ids: []),
    "ten people": (10, lambda ids: [(ids[at], 40 * at % 300, 250) for at in range(7)] + [(ids[0], 3, 120)]),
    "leads alone": (25, lambda ids: []),
    "one with many orders": (3, lambda ids: [(ids[0], at % 700, 90 + at) for at in range(10_000)] + [(ids[1], 9, 5)]),
    "all once": (150, lambda ids: [(customer, 1 + at % 200, 100 + at) for at, customer in enumerate(ids)]),
    "all on one day": (150, lambda ids: [(customer, 0, 100) for customer in ids for _ in range(2)]),
    "all for nothing": (150, lambda ids: [(customer, 1 + at % 90, 0) for at, customer in enumerate(ids * 2)]),
    "a week": (150, lambda ids: [(customer, at % 7, 100 + at) for at, customer in enumerate(ids * 2)]),
    "sums beyond measure": (60, lambda ids: [(c, at, 10.0 ** (at % 12)) for at, c in enumerate(ids * 3)]),
}


@pytest.mark.parametrize("name", SHOPS)
async def test_any_shop_is_ranked(session: AsyncSession, sessions: Sessions, name: str) -> None:
    number, made = SHOPS[name]
    ids = await people(session, number) if number else []
    await orders(session, made(ids))
    await settle(session, ids)
    await night(sessions)
    await settle(session, ids[:5])
    rows = await ranked(session)
    assert rows.keys() == set(ids)
    for row in rows.values():
        assert np.isfinite(row.value)
        assert row.p_alive is None or 0 <= row.p_alive <= 1
        assert 0 <= row.p_buy <= 1
        assert 0 < row.p_answer < 1
        assert row.expected_orders >= row.p_buy - 1e-6
        assert row.expected_spend >= 0
    for kind in (FitKind.PURCHASE, FitKind.LEADS):
        assert await fits.latest(session, kind) is not None


async def test_who_sent_back_more_than_they_kept_comes_last(session: AsyncSession, sessions: Sessions) -> None:
    ids = await a_shop(session, 30)
    debtor = ids[1]
    returned = await factories.order(session, debtor, amount=0, status="returned", lines=False)
    await factories.order_line(session, debtor, returned, amount=-90_000, quantity=-1, status="returned")
    await settle(session, [debtor])
    await night(sessions)
    rows = await ranked(session)
    worst = min(rows.values(), key=lambda row: row.value)
    basis = await fits.latest(session, FitKind.PURCHASE)
    assert basis is not None
    assert worst.customer_id == debtor or basis.diagnostics["basis"] == "bgnbd_value"
