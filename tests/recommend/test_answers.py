"""The laws of answer rates, and what the choice of an hour is worth on simulated shops."""

from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.recommend import answers
from cdm_core.recommend.answers import MIN_OWN, MIN_SHOP, AnswerRates, Betas, chance_greater, choose, windows
from cdm_core.recommend.special import Floats

OPEN = range(9, 20)
"""The hours at which a window of the working day 9 to 21 begins."""

COUNTS = st.integers(0, 2000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
CELLS = st.dictionaries(st.tuples(st.integers(0, 6), st.integers(0, 23)), COUNTS, max_size=40)
NOBODY = np.zeros((1, 24), dtype=np.int64)


def table(cells: dict[tuple[int, int], tuple[int, int]]) -> tuple[answers.Ints, answers.Ints]:
    attempts, answered = np.zeros((2, 7, 24), dtype=np.int64)
    for cell, (tried, reached) in cells.items():
        attempts[cell], answered[cell] = tried, reached
    return attempts, answered


def totals(attempts: answers.Ints, answered: answers.Ints) -> answers.Ints:
    """As if each cell were one customer's calls."""
    hours = np.tile(np.arange(24), 7)
    return np.column_stack([hours, attempts.ravel(), answered.ravel(), np.ones(7 * 24, dtype=np.int64)])


def fitted(attempts: answers.Ints, answered: answers.Ints) -> AnswerRates:
    return answers.fit(attempts, answered, totals(attempts, answered))


@given(CELLS, st.integers(1, 7))
def test_rates_are_probabilities_whatever_the_calls(
    cells: dict[tuple[int, int], tuple[int, int]], weekday: int
) -> None:
    rates = fitted(*table(cells))
    for betas in (rates.overall, rates.hours, rates.cells):
        assert np.all((betas.mean > 0) & (betas.mean < 1))
        assert np.all((betas.a > 0) & (betas.b > 0) & (betas.variance > 0))
    day = windows(rates, weekday, OPEN)
    assert day is not None
    assert np.all((day.rates.mean > 0) & (day.rates.mean < 1))
    assert not np.any(day.offered & (day.attempts < MIN_SHOP))
    assert AnswerRates.from_json(rates.to_json()).to_json() == rates.to_json()


@given(CELLS, st.integers(0, 6), st.integers(0, 23), st.integers(1, 50))
def test_more_answers_at_an_hour_never_lower_it(
    cells: dict[tuple[int, int], tuple[int, int]], weekday: int, hour: int, more: int
) -> None:
    before = fitted(*table(cells))
    attempts, answered = before.attempts.copy(), before.answered.copy()
    attempts[weekday, hour] += more
    answered[weekday, hour] += more
    after = replace(before, attempts=attempts, answered=answered)
    assert np.all(after.hours.mean >= before.hours.mean - 1e-12)
    assert np.all(after.cells.mean >= before.cells.mean - 1e-12)
    assert after.hours.mean[hour] > before.hours.mean[hour]


@given(
    CELLS,
    st.lists(st.integers(0, 3).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=24, max_size=24),
)
def test_few_calls_say_nothing_personal(
    cells: dict[tuple[int, int], tuple[int, int]], calls: list[tuple[int, int]]
) -> None:
    rates = fitted(*table(cells))
    attempts, answered = (np.array([column], dtype=np.int64) for column in zip(*calls, strict=True))
    chosen = choose(rates, windows(rates, 1, OPEN), attempts, answered)
    tried = np.array([attempts[0, hour : hour + 2].sum() for hour in OPEN])
    if chosen.own[0]:
        assert chosen.attempts[0] >= MIN_OWN
        assert tried.max() >= MIN_OWN
    if chosen.start[0] < 0:
        assert (chosen.attempts[0], chosen.own[0]) == (0, False)
    else:
        assert chosen.start[0] in OPEN


@given(CELLS, st.permutations(range(3)))
def test_each_customer_is_judged_alone(cells: dict[tuple[int, int], tuple[int, int]], order: list[int]) -> None:
    rates = fitted(*table(cells))
    attempts = np.zeros((3, 24), dtype=np.int64)
    attempts[0, 10], attempts[1, 18], attempts[2, 12] = 12, 7, 100
    answered = attempts // np.array([[1], [2], [3]])
    day = windows(rates, 3, OPEN)
    whole, mixed = choose(rates, day, attempts, answered), choose(rates, day, attempts[order], answered[order])
    assert whole.start[order].tolist() == mixed.start.tolist()
    assert whole.own[order].tolist() == mixed.own.tolist()


def test_no_window_no_choice() -> None:
    rates = fitted(*table({}))
    assert windows(rates, 5, []) is None
    assert choose(rates, None, NOBODY, NOBODY).start.tolist() == [-1]


@pytest.mark.parametrize(
    ("one", "other", "chance"),
    [
        ((1, 1), (1, 1), 0.5),
        ((2, 1), (1, 1), 2 / 3),
        ((3, 2), (2, 3), 0.757142857),
        ((0.5, 0.5), (0.5, 0.5), 0.5),
        ((40_000, 60_000), (39_000, 61_000), 0.9999974),
        ((9, 1), (400_000, 100_000), 0.8657823),
        *[
            ((n / 2 + lead, n / 2 - lead), (n / 2, n / 2), 0.75111)
            for n, lead in ((2e4, 67.8), (2e5, 214.4), (2e8, 6780))
        ],
    ],
)
def test_the_chance_that_one_rate_is_higher(
    one: tuple[float, float], other: tuple[float, float], chance: float
) -> None:
    """By hand for small whole numbers, by the normal or the incomplete beta where one of them is as good as known."""
    a, b = (Betas(np.array(x), np.array(y)) for x, y in (one, other))
    assert chance_greater(a, b) == pytest.approx(chance, abs=5e-4)
    assert chance_greater(a, b) + chance_greater(b, a) == pytest.approx(1)


@given(*[st.floats(0.1, 1e6)] * 4)
def test_a_chance_is_one(a: float, b: float, c: float, d: float) -> None:
    found = chance_greater(Betas(np.array(a), np.array(b)), Betas(np.array(c), np.array(d)))
    assert 0 <= found <= 1


def truth(seed: int, spread: float) -> tuple[np.random.Generator, Floats]:
    """The rates of a shop's cells: an own rate of each hour, a little of each weekday."""
    rng = np.random.default_rng(seed)
    logits = -0.5 + spread * rng.normal(size=24) + 0.3 * spread * rng.normal(size=(7, 24))
    return rng, 1 / (1 + np.exp(-logits))


def simulated(seed: int, calls: int, spread: float) -> tuple[AnswerRates, Floats]:
    rng, rate = truth(seed, spread)
    attempts = np.zeros((7, 24), dtype=np.int64)
    attempts[:, 9:21] = rng.poisson(calls / (7 * 12), size=(7, 12))
    return fitted(attempts, rng.binomial(attempts, rate)), rate


def of_window(rate: Floats, weekday: int, start: int) -> float:
    return float(rate[weekday - 1, start : start + 2].mean())


@pytest.mark.parametrize("calls", [1000, 10_000, 100_000])
def test_the_chosen_hours_are_answered_more_than_fixed_ones_and_than_any(calls: int) -> None:
    """Against 10 to 12, as a rule of thumb has it, and against calling at any hour, on 15 shops of this size."""
    gains, offered, right = [], 0, 0
    for seed in range(15):
        rates, rate = simulated(seed, calls, spread=0.5)
        for weekday in range(1, 8):
            day = windows(rates, weekday, OPEN)
            assert day is not None
            start = int(choose(rates, day, NOBODY, NOBODY).start[0])
            if start >= 0:
                offered += 1
                gains.append(of_window(rate, weekday, start) - of_window(rate, weekday, 10))
                right += of_window(rate, weekday, start) > rate[weekday - 1, 9:21].mean()
    assert offered >= {1000: 20, 10_000: 75, 100_000: 90}[calls]
    assert fmean(gains) > 0.05
    assert right / offered > 0.9


def test_shops_where_no_hour_differs_are_told_of_none() -> None:
    offered = 0
    for seed in range(15):
        rates, _ = simulated(seed, 20_000, spread=0.0)
        day = windows(rates, 2, OPEN)
        assert day is not None
        offered += int(choose(rates, day, NOBODY, NOBODY).start[0] >= 0)
    assert offered <= 1


def test_customers_with_hours_of_their_own_are_found_and_others_left_alone() -> None:
    """A fifth answers at 10 to 12 alone; everybody else as the shop does, best in the evening."""
    rng = np.random.default_rng(7)
    usual = np.full(24, 0.35)
    usual[18:20] = 0.55
    early = np.full(24, 0.15)
    early[10:12] = 0.9
    is_early = np.arange(2000) % 5 == 0
    attempts = np.zeros((2000, 24), dtype=np.int64)
    attempts[:, 9:21] = rng.poisson(4.0, size=(2000, 12))
    answered = rng.binomial(attempts, np.where(is_early[:, None], early, usual))
    shop = np.zeros((2, 7, 24), dtype=np.int64)
    shop[0, 0], shop[1, 0] = attempts.sum(0), answered.sum(0)
    cells = np.column_stack([np.tile(np.arange(24), 2000), attempts.ravel(), answered.ravel()])
    each, count = np.unique(cells, axis=0, return_counts=True)
    rates = answers.fit(shop[0], shop[1], np.column_stack([each, count]))
    chosen = choose(rates, windows(rates, 2, OPEN), attempts, answered)
    expected = np.where(is_early[:, None], early, usual)
    told = np.flatnonzero(chosen.start >= 0)
    gain = [expected[at, chosen.start[at] :][:2].mean() - expected[at, 18:20].mean() for at in told]
    assert len(told) > 1800
    assert chosen.own[is_early].mean() > 0.4
    assert chosen.own[~is_early].mean() < 0.12
    assert fmean(gain) > 0.05
