"""How a list of customers is judged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.recommend import metrics
from cdm_core.recommend.metrics import Outcome
from cdm_core.recommend.special import Floats


def outcome(brought: list[float]) -> Outcome:
    values = np.array(brought)
    return Outcome(values > 0, values)


def judge(scores: list[float], brought: list[float]) -> metrics.Marks:
    came = outcome(brought)
    return metrics.marks(np.array(scores, dtype=float), came, metrics.resample(came, 50))


def test_the_best_list_has_all() -> None:
    found = judge([3, 2, 1, 0], [50, 20, 5, 0])
    assert (found.auc, found.revenue_share_at_50, found.revenue_share_top10) == (1.0, 1.0, 1.0)
    assert found.precision_at_50 == 0.75
    assert (found.low, found.high) == (1.0, 1.0)


def test_a_share_is_of_the_best_list_of_that_size() -> None:
    brought = [0.0] * 99 + [70.0]
    scores = list(range(100))
    assert judge(scores, brought).revenue_share_top5 == 1.0
    assert judge(scores[::-1], brought).revenue_share_top5 == 0.0
    assert metrics.part(1001, 0.10) == 101


def test_ties_are_neither_luck_nor_bad_luck() -> None:
    found = judge([1.0] * 1000, [10.0 if at % 2 else 0.0 for at in range(1000)])
    assert found.auc == 0.5
    assert found.revenue_share_top10 is not None
    assert 0.4 < found.revenue_share_top10 < 0.6


def test_the_interval_of_a_tied_ranking_is_of_its_share() -> None:
    """Half of all tie, and a few bring all: one draw of the ties may be far from their mean."""
    random = np.random.default_rng(3)
    for _ in range(20):
        brought = np.where(random.random(200) < 0.05, random.gamma(1, 100, 200), 0.0)
        scores = random.integers(0, 2, 200).astype(float)
        found = judge(scores.tolist(), brought.tolist())
        assert found.low is not None
        assert found.high is not None
        assert found.revenue_share_top10 is not None
        assert found.low <= found.revenue_share_top10 <= found.high


def test_without_revenue_or_buyers_there_is_no_share() -> None:
    found = judge([1, 2], [0, 0])
    assert (found.auc, found.revenue_share_at_50, found.low) == (None, None, None)
    assert found.precision_at_50 == 0.0
    assert judge([], []).precision_at_50 is None


def test_calibration_is_how_far_off_probabilities_are() -> None:
    bought = np.array([True, False] * 500)
    assert metrics.calibration_error(np.full(1000, 0.5), bought) < 0.01
    assert np.isclose(metrics.calibration_error(np.full(1000, 0.9), bought), 0.4)


def test_a_customer_without_a_score_is_refused() -> None:
    with pytest.raises(ValueError, match="without a score"):
        judge([np.nan, 1.0], [1, 1])


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1e6)), min_size=1, max_size=120))
def test_shares_stay_shares(rows: list[tuple[int, float]]) -> None:
    found = judge([float(score) for score, _ in rows], [value for _, value in rows])
    for share in (found.revenue_share_at_50, found.revenue_share_top5, found.revenue_share_top10, found.auc):
        assert share is None or -1e-9 <= share <= 1 + 1e-9
    assert ((found.resampled >= 0) & (found.resampled <= 1 + 1e-9)).all()


def test_the_interval_holds_the_share() -> None:
    random = np.random.default_rng(5)
    brought = np.where(random.random(3000) < 0.3, random.gamma(1, 100, 3000), 0.0)
    scores: Floats = brought + random.normal(0, 60, 3000)
    came = Outcome(brought > 0, brought)
    found = metrics.marks(scores, came, metrics.resample(came, 200))
    assert found.low is not None
    assert found.high is not None
    assert found.revenue_share_top10 is not None
    assert found.low < found.revenue_share_top10 < found.high
