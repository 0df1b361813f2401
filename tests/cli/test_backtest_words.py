"""What a backtest is said to come to, whoever came out ahead."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from cdm_core.recommend.backtest import Backtest, ListMarks, Recommended, Recommender, backtest
from cdm_core.recommend.rankers import Ranker
from cli.backtest_words import verdict
from tests.recommend.shops import Line, shop


@pytest.fixture(scope="module")
def found() -> Backtest:
    dice = np.random.default_rng(8)
    rows = [
        Line(int(day), int(customer), 50_000 / customer, int(item))
        for day, customer, item in zip(
            dice.integers(0, 400, 1500), dice.geometric(0.01, 1500), dice.integers(0, 12, 1500), strict=True
        )
    ]
    return backtest(shop(rows), cutoffs=2)


def ranked(found: Backtest, places: Mapping[Ranker, Ranker]) -> Backtest:
    """As if the first of each pair had done what the second did."""
    replays = [
        replace(each, rankers={**each.rankers, **{one: each.rankers[other] for one, other in places.items()}})
        for each in found.replays
    ]
    return replace(found, replays=replays)


def hit(found: Backtest, shares: Mapping[Recommender, tuple[float, float]]) -> Backtest:
    """As if the lists had been met by these shares: of all items, and of new ones."""
    lists = {
        name: Recommended(*(ListMarks(share, share, share) for share in shares.get(name, (0.0, 0.0))))
        for name in Recommender
    }
    return replace(found, replays=[replace(each, recommenders=lists) for each in found.replays])


def test_a_part_that_beats_production_is_told_of(found: Backtest) -> None:
    better = ranked(found, {Ranker.BGNBD_VALUE: Ranker.PAST_REVENUE, Ranker.PRODUCTION: Ranker.RECENCY})
    told = verdict(better)
    assert "; the model's value alone +" in told
    assert "points (95 % interval +" in told
    assert "which may be chance" not in told
    assert "together with decayed revenue unless one alone was ahead in each replay of the time before" in told
    assert "model's value alone" not in verdict(ranked(found, {Ranker.BGNBD_VALUE: Ranker.PRODUCTION}))
    worse = ranked(found, {Ranker.BGNBD_VALUE: Ranker.RECENCY, Ranker.PRODUCTION: Ranker.PAST_REVENUE})
    assert "model's value alone" not in verdict(worse)


@pytest.mark.parametrize(
    ("shown", "new", "words"),
    [
        (
            0.68,
            0.4,
            ("as shown for 68% of customers, 1.7 times as often as", "new to them for 40% of customers, 2.0 times"),
        ),
        (0.4, 0.1, ("as shown for 40% of customers, as often as", "new to them for 10% of customers, less often than")),
    ],
)
def test_the_lists_have_a_sentence_of_their_own(
    found: Backtest, shown: float, new: float, words: tuple[str, str]
) -> None:
    told = hit(
        found,
        {
            Recommender.PRODUCTION: (shown, 0.9),
            Recommender.NEW_ITEMS: (0.9, new),
            Recommender.POPULARITY: (0.4, 0.2),
        },
    )
    of_all, of_new = words
    best = "of what sells best"
    assert f". The next order held one of five {of_all} {best} (40%); one of five {of_new}" in verdict(told)
    assert verdict(told).endswith(f"{best} (20%).")


def test_no_interval_is_from_minus_nothing(found: Backtest) -> None:
    assert "−0.0" not in verdict(ranked(found, {Ranker.PRODUCTION: Ranker.DECAYED_REVENUE}))
