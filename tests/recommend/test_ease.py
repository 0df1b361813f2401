"""The item model against numbers worked out by hand."""

from math import exp

import numpy as np
import pytest

from cdm_core.recommend import ease
from cdm_core.recommend.baskets import Habits, habits, popularity, trends
from cdm_core.recommend.ease import fit_items, wanted
from tests.recommend.shops import DAY, Line, known

A, B, C = range(3)
LATELY = np.zeros((3, 3))


def bought(*baskets: tuple[int, ...], weight: float) -> Habits:
    """Each customer's things, all of one weight."""
    customer = np.array([at for at, basket in enumerate(baskets) for _ in basket], dtype=np.int64)
    item = np.array([each for basket in baskets for each in basket], dtype=np.int64)
    once = np.ones(len(item), dtype=np.int64)
    return Habits(
        cutoff=DAY + 1,
        customer=customer,
        item=item,
        times=once,
        first=once * DAY,
        last=once * DAY,
        weight=np.full(len(item), weight),
        starts=np.searchsorted(customer, np.arange(len(baskets) + 1)),
        back_customer=customer[:0],
        back_item=item[:0],
    )


def test_the_weights_are_those_of_the_inverse() -> None:
    """XᵀX + 100·I is 100 times (2 1 0 · 1 3 1 · 0 1 2), whose inverse is an eighth of (5 −2 1 · −2 4 −2 · 1 −2 5)."""
    model = fit_items(bought((A, B), (A, B), (B, C), (B, C), weight=50.0), np.ones(3), LATELY)
    weights = np.zeros((3, 3))
    weights[np.ix_(model.dense, model.dense)] = model.weights
    assert weights == pytest.approx(np.array([[0, 0.5, -0.2], [0.4, 0, 0.4], [-0.2, 0.5, 0]]), abs=1e-6)
    assert not len(model.near_from), "none is too rare for it"


def test_who_bought_one_thing_wants_the_others_by_its_weights_and_by_how_popular_they_are() -> None:
    model = fit_items(bought((A, B), (A, B), (B, C), (B, C), weight=50.0), np.array([0.0, 1.0, 2.0]), LATELY)
    scores = wanted(model, bought((A,), (), weight=4.0), np.array([0, 1], dtype=np.int32))
    assert scores[0].tolist() == pytest.approx([-np.inf, 1 + 0.15, -0.4 + 0.3], abs=1e-6)
    assert scores[1].tolist() == pytest.approx([0.0, 0.15, 0.3], abs=1e-6)


def test_the_rarer_are_near_by_the_cosine_of_who_bought_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three bought A, twelve B and three both: 3 / √(3 · 12), trusted by 3 / (3 + 10); C came with B but once."""
    monkeypatch.setattr(ease, "DENSE", 0)
    model = fit_items(bought(*[(A, B)] * 3, *[(B,)] * 8, (B, C), (C,), weight=1.0), np.ones(3), LATELY)
    near = dict(zip(zip(model.near_from.tolist(), model.near_to.tolist(), strict=True), model.nearness, strict=True))
    assert near == pytest.approx({(A, B): 0.5 * 3 / 13, (B, A): 0.5 * 3 / 13})
    scores = wanted(model, bought((A,), weight=1.0), np.array([0], dtype=np.int32))
    assert scores[0].tolist() == pytest.approx([-np.inf, 1 + 0.3, 0.3], abs=1e-6)


def test_trends_and_popularity_fade_by_the_day() -> None:
    """A was bought by two customers a week ago, by one of them a month ago too; B by one four months ago."""
    rows = [Line(83, customer, item=A) for customer in (0, 1)] + [Line(60, 0, item=A), Line(-30, 0, item=B)]
    found = known(rows, 90, items=3)
    sold = [[2 * exp(-7 / span) + exp(-30 / span), exp(-120 / span), 0.0] for span in (7, 30, 120)]
    told = trends(found)
    assert told.T.tolist() == [pytest.approx(row) for row in np.log(0.5 + np.array(sold)).tolist()]
    assert told[0, 0] == pytest.approx(0.222762, abs=1e-6)
    assert popularity(found) == pytest.approx([2 * exp(-7 / 30), exp(-4), 0.0])
    assert habits(found).weight == pytest.approx([exp(-7 / 120) + exp(-0.25), exp(-1), exp(-7 / 120)])
