"""What is said of calling, in simulated shops where it is known what calling brings."""

from dataclasses import fields
from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import calls, staff, summary, thresholds
from cdm_core.db.as_of import set_as_of
from cdm_core.recommend import shown as recording
from cdm_core.recommend.anytime import TIGHTEST, reach
from cdm_core.recommend.shown import ShownIn
from cdm_core.recommend.uplift import LEAST, Difference, Drawn, detectable, difference, households_needed, uplift
from cdm_core.tables import settings
from tests import factories
from tests.factories import NOW

SHOPS = 600
POINTS = 0.06
"""What calling adds to the share that orders, in the simulated shops."""


def shop(
    chance: np.random.Generator, *, households: int = 1500, share: float = 0.1, periods: int = 1, lift: float = POINTS
) -> Drawn:
    """Households who differ, drawn anew in each period: in the second at twice the share and in a lean season."""
    likely, spend = chance.beta(2, 8, households), chance.lognormal(6, 1, households)
    parts = []
    for period in range(periods):
        held_out = chance.random(households) < share * (period + 1)
        ordered = chance.random(households) < likely * (1 - period / 2) + np.where(held_out, 0, lift)
        parts.append((held_out, np.full(households, 1 - share * (period + 1)), ordered, np.where(ordered, spend, 0)))
    held_out, propensity, ordered, revenue = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Drawn(np.tile(np.arange(households), periods), held_out, propensity, ordered, revenue)


@pytest.mark.parametrize("periods", [1, 2])
@pytest.mark.parametrize("lift", [0.0, POINTS])
def test_the_interval_covers_the_truth_and_the_estimate_is_unbiased(periods: int, lift: float) -> None:
    found = []
    for number in range(SHOPS):
        drawn = shop(np.random.default_rng(1000 + number), periods=periods, lift=lift)
        found.append(difference(drawn, drawn.ordered.astype(np.float64)))
    by = np.array([one.by for one in found])
    assert 0.92 < within_two_errors(found, lift, households=1500 * periods) < 0.98, "95 % as 600 shops can tell"
    assert np.mean([one.low <= lift <= one.high for one in found]) > 0.98, "at one look the more"
    assert abs(by.mean() - lift) < 4 * by.std() / np.sqrt(SHOPS)


def within_two_errors(found: list[Difference], truth: float, *, households: int) -> float:
    """The share that is not farther from the truth than 1.96 standard errors."""
    errors = np.array([one.high - one.by for one in found]) / reach(households)
    return float(np.mean(np.abs([one.by - truth for one in found]) <= 1.959964 * errors))


@pytest.mark.parametrize("periods", [1, 2])
def test_who_looks_every_day_is_seldom_fooled(periods: int) -> None:
    """A hundred looks at shops in which calling brings nothing: by intervals of one look many would find it does."""
    shops, looks, households = 120, 100, 800
    fooled = fooled_by_one_look = 0
    for number in range(shops):
        whole = shop(np.random.default_rng(40_000 + number), households=households, periods=periods, lift=0)
        alarms = []
        for day in range(1, looks + 1):
            drawn = first(whole, 500 + day * (len(whole) - 500) // looks)
            told = difference(drawn, drawn.ordered.astype(np.float64))
            alarms.append((told.sure, abs(told.by) > 1.959964 * (told.high - told.by) / reach(len(drawn))))
        sure, by_one_look = np.any(alarms, axis=0)
        fooled, fooled_by_one_look = fooled + sure, fooled_by_one_look + by_one_look
    assert fooled <= 0.05 * shops
    assert fooled_by_one_look > 0.1 * shops


def first(drawn: Drawn, number: int) -> Drawn:
    """What was known when so many windows were over."""
    return Drawn(*(getattr(drawn, field.name)[:number] for field in fields(Drawn)))


@pytest.mark.parametrize("draw", ["normal", "skewed"])
def test_a_walk_without_direction_seldom_leaves_the_sequence(draw: str) -> None:
    chance, walks, steps = np.random.default_rng(6), 1000, 10_000
    number = np.arange(1, steps + 1)
    reaches = np.array([reach(units) for units in number.tolist()])
    left = 0
    for _ in range(walks):
        parts = chance.normal(size=steps) if draw == "normal" else chance.exponential(size=steps) - 1
        left += bool(np.any(np.abs(np.cumsum(parts)) > reaches * np.sqrt(number)))
    assert left <= 0.05 * walks


def test_the_reach_is_narrow_where_shops_are() -> None:
    assert reach(TIGHTEST) == pytest.approx(3.035, abs=0.001)
    assert all(reach(TIGHTEST) < reach(units) < 3.38 for units in (1_000, 2_000, 10_000, 100_000))
    assert reach(1) > 50


def test_revenue_is_unbiased_though_it_is_skewed() -> None:
    found = []
    for number in range(SHOPS):
        chance = np.random.default_rng(5000 + number)
        drawn = shop(chance, households=3000)
        found.append(difference(drawn, chance.lognormal(4, 1.2, len(drawn)) + np.where(drawn.held_out, 0, 25)))
    by = np.array([one.by for one in found])
    assert abs(by.mean() - 25) < 4 * by.std() / np.sqrt(SHOPS)
    assert 0.92 < within_two_errors(found, 25, households=3000) < 0.98


def test_a_share_changed_on_the_way_does_no_harm() -> None:
    """Held out more in the lean season: plain means would find that calling does wonders where it does nothing."""
    plain, weighed = [], []
    for number in range(SHOPS):
        drawn = shop(np.random.default_rng(9000 + number), periods=2, share=0.2, lift=0)
        plain.append(drawn.ordered[~drawn.held_out].mean() - drawn.ordered[drawn.held_out].mean())
        weighed.append(difference(drawn, drawn.ordered.astype(np.float64)).by)
    assert np.mean(plain) > 0.01
    assert abs(np.mean(weighed)) < 0.003


def test_of_one_share_it_is_the_difference_of_two_means_and_no_row_s_place_matters() -> None:
    drawn = shop(np.random.default_rng(3))
    outcome = drawn.ordered.astype(np.float64)
    told = difference(drawn, outcome)
    on, off = outcome[~drawn.held_out], outcome[drawn.held_out]
    assert told.by == pytest.approx(on.mean() - off.mean())
    error = np.sqrt(on.var(ddof=1) / len(on) + off.var(ddof=1) / len(off))
    assert (told.high - told.low) / 2 / reach(len(drawn)) == pytest.approx(error, rel=1e-6)
    by = np.random.default_rng(4).permutation(len(drawn))
    turned = Drawn(
        *(getattr(drawn, name)[by] for name in ("household", "held_out", "propensity", "ordered", "revenue"))
    )
    assert difference(turned, outcome[by]).by == pytest.approx(told.by)


def test_as_many_as_are_needed_find_the_difference_four_times_of_five() -> None:
    needed = households_needed(shop(np.random.default_rng(1), households=20_000), 0.1, POINTS)
    found = 0
    for number in range(400):
        drawn = shop(np.random.default_rng(20_000 + number), households=needed)
        found += difference(drawn, drawn.ordered.astype(np.float64)).low > 0
    assert 0.72 < found / 400 < 0.88


def test_how_many_are_needed() -> None:
    none, no = np.empty(0), np.empty(0, dtype=np.bool_)
    nothing = Drawn(np.empty(0, dtype=np.int64), no, none, no, none)
    assert households_needed(nothing, 0, 0.05) == 0
    assert households_needed(nothing, 0.05, 0.05) > households_needed(nothing, 0.1, 0.05) > 1000
    for share in (0.05, 0.2, 0.5):
        seen = detectable(nothing, share, households_needed(nothing, share, 0.08))
        assert seen == pytest.approx(0.08, rel=1e-3), "the one is the other turned round"
    assert detectable(nothing, 0.05, 900) is None, "fewer than 50 held out"
    assert detectable(nothing, 0, 10**6) is None
    assert households_needed(nothing, 0.05, 0.5) == pytest.approx(LEAST / 0.05, abs=1), (
        "never fewer than each side's least"
    )


ROWS = text(
    """
    INSERT INTO recommendation_log (customer_id, household_id, local_date, shown_at, shown_in, held_out, rank, score,
                                    propensity, drawn_until, next_action, offer_type, ordered_at, revenue, settled_at,
                                    window_days)
    SELECT n, n, CAST(:day AS date), CAST(:at AS timestamptz), 'list', n % 4 = 0, 1, 5, 0.75, CAST(:until AS date),
           'reorder', 'reorder', CASE WHEN n % 3 = 0 THEN CAST(:at AS timestamptz) END, n % 3 * 100,
           CASE WHEN :settled THEN CAST(:at AS timestamptz) END, CASE WHEN :settled THEN 30 END
    FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) n
    """
)


@pytest.fixture
async def shown(session: AsyncSession) -> None:
    await session.execute(text("INSERT INTO customers (id, first_name) SELECT n, 'x' FROM generate_series(1, 2000) n"))
    await session.execute(update(settings).where(settings.c.key == "hold_out_share").values(value="0.25"))
    await add(session, 1, 2000, until=NOW.date() + timedelta(days=60))


async def add(
    session: AsyncSession, first: int, last: int, *, until: date | None, day: date = NOW.date(), settled: bool = True
) -> None:
    at = NOW + (day - NOW.date())
    await session.execute(
        ROWS, {"first": first, "last": last, "until": until, "day": day, "at": at, "settled": settled}
    )


async def test_each_household_counts_as_first_drawn_once_a_period(session: AsyncSession, shown: None) -> None:
    rules = await thresholds.load(session)
    before = await uplift(session, rules, detect=0.15)
    assert (before.shown, before.held_out, before.waiting) == (1500, 500, 0)
    assert before.ordered is not None
    assert before.ordered.by == pytest.approx(0, abs=0.01)
    # Again in the same period, drawn otherwise and better off: neither adds anything.
    later = NOW.date() + timedelta(days=2)
    await add(session, 1, 2000, until=NOW.date() + timedelta(days=60), day=later)
    await session.execute(
        text("UPDATE recommendation_log SET held_out = NOT held_out, revenue = 9999 WHERE local_date = :day"),
        {"day": later},
    )
    again = await uplift(session, rules, detect=0.15)
    assert (again.ordered, again.revenue, again.households) == (before.ordered, before.revenue, 2000)


async def test_what_does_not_count(session: AsyncSession, shown: None) -> None:
    rules = await thresholds.load(session)
    before = await uplift(session, rules)
    day = NOW.date() - timedelta(days=200)
    await add(session, 1, 10, until=None, day=day)  # nothing was drawn
    await add(session, 11, 20, until=day + timedelta(days=29), day=day)  # the window runs into the next draw
    await add(session, 21, 30, until=day + timedelta(days=30), day=day, settled=False)
    after = await uplift(session, rules)
    assert (after.households, after.waiting) == (before.households, 10)
    assert (after.first, after.last) == (NOW.date(), NOW.date())


async def test_another_window_judges_what_was_settled_anew(session: AsyncSession) -> None:
    """Both are offered and order, one soon and one late: which of it counts is the window's of today."""
    soon, late = [await factories.customer(session) for _ in range(2)]
    for one, after in ((soon, 5), (late, 20)):
        await factories.order(session, one, amount=500, ordered_at=NOW + timedelta(days=after))
    await add(session, soon, late, until=NOW.date() + timedelta(days=60), settled=False)
    at = NOW + timedelta(days=50)

    async def ordered(window: int) -> tuple[int, list[int]]:
        """How many wait, as it stands in the morning after, and who ordered."""
        await session.execute(update(settings).where(settings.c.key == "uplift_window_days").values(value=str(window)))
        rules = await thresholds.load(session)
        stale = (await uplift(session, rules)).waiting
        await recording.settle(session, now=at, thresholds=rules)
        assert (await uplift(session, rules)).households == 2
        rows = await session.execute(text("SELECT customer_id FROM recommendation_log WHERE ordered_at IS NOT NULL"))
        return stale, sorted(rows.scalars())

    assert await ordered(30) == (2, [soon, late])
    assert await ordered(14) == (2, [soon]), "settled by 30 days it tells nothing of 14"
    assert await ordered(14) == (0, [soon])
    assert await ordered(30) == (2, [soon, late])


async def test_another_length_of_the_draws_ends_those_that_hold(session: AsyncSession, shown: None) -> None:
    """Everybody is drawn anew then: whoever was held out may be called from that day on."""
    rules = await thresholds.load(session)
    await add(session, 1, 10, until=NOW.date() - timedelta(days=1), day=NOW.date() - timedelta(days=60))
    await add(session, 11, 30, until=NOW.date() + timedelta(days=10), day=NOW.date() - timedelta(days=40))
    assert (await uplift(session, rules)).households == 2030
    await set_as_of(session, NOW + timedelta(days=20))
    await thresholds.change(session, "hold_out_days", "90", now=NOW, staff_id=None)
    assert (await uplift(session, rules)).households == 2030, "nothing was changed"
    await thresholds.change(session, "hold_out_days", "120", now=NOW, staff_id=None)
    found = await uplift(session, await thresholds.load(session))
    assert (found.households, found.last) == (30, NOW.date() - timedelta(days=40)), "the others' windows were cut short"


async def test_nothing_is_told_before_there_are_enough(session: AsyncSession, shown: None) -> None:
    rules = await thresholds.load(session)
    found = await uplift(session, rules, detect=0.02)
    assert found.needed > found.households
    assert found.ordered is None
    assert found.revenue is None


async def test_of_an_empty_shop(session: AsyncSession) -> None:
    found = await uplift(session, await thresholds.load(session))
    assert (found.households, found.waiting, found.needed, found.first, found.ordered) == (0, 0, 0, None, None)


async def test_from_the_lists_of_a_morning_to_what_they_brought(session: AsyncSession) -> None:
    """Whoever is on a list orders for ৳500 the next day; nobody else does."""
    await session.execute(update(settings).where(settings.c.key == "hold_out_share").values(value="0.5"))
    rules = await thresholds.load(session)
    await set_as_of(session, NOW)
    called: list[int] = []
    for _ in range(6):
        agent = await staff.get(session, await factories.staff(session))
        for _ in range(30):
            one = await factories.customer(session, owner_id=agent.id)
            for back in (40, 50):
                await factories.order(session, one, ordered_at=NOW - timedelta(days=back))
            await summary.refresh(session, await summary.begin_write(session, [one]))
        listed = await calls.call_list(session, agent, rules, now=NOW)
        told = listed.suggested(0, calls.LIST_SIZE)
        await recording.record(session, agent.id, ShownIn.LIST, told, now=NOW, thresholds=rules)
        called += [entry.customer_id for entry in listed.entries]
    for one in called:
        await factories.order(session, one, amount=500, ordered_at=NOW + timedelta(days=1))
    end = NOW + timedelta(days=37)
    assert await recording.settle(session, now=end, thresholds=rules) == 180
    found = await uplift(session, rules, detect=0.5)
    assert (found.shown, found.held_out) == (len(called), 180 - len(called))
    assert found.ordered is not None
    assert found.revenue is not None
    assert (found.ordered.shown, found.ordered.held_out, found.revenue.by) == pytest.approx((1, 0, 500))
