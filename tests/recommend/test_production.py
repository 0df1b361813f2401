"""Rules of thumb, and what production makes of them and the models."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.simulated_shop import simulated_shop
from cdm_core.recommend import metrics, odds, production
from cdm_core.recommend.history import NO_ITEM, History, buyers, order_days
from cdm_core.recommend.model import fit, score
from cdm_core.recommend.odds import AS_MODELLED, Odds, Signs
from cdm_core.recommend.production import Production, fit_production
from cdm_core.recommend.rankers import SIMPLE, Basis, Ranker, by_basis, guide
from tests.recommend.shops import DAY, Line, known, shop

HORIZON = 90


@pytest.fixture(scope="module")
def history() -> History:
    return simulated_shop(4000, days=500)


def test_the_guides_rule() -> None:
    days = {"hot_rich": 97, "hot_poor": 97, "warm_often": 80, "warm": 80, "cool": 60, "cold": 20}
    amounts = {"hot_rich": 400.0, "hot_poor": 5.0, "warm_often": 10.0, "warm": 100.0, "cool": 700.0, "cold": 900.0}
    rows = [Line(day, at, amounts[name]) for at, (name, day) in enumerate(days.items())]
    rows += [Line(day, 2, 1.0) for day in (40, 41)]
    scores = guide(buyers(known(rows, 100)))
    assert np.argsort(-scores).tolist() == [0, 1, 2, 3, 4, 5]


def test_equal_customers_are_equal_to_every_rule() -> None:
    same = buyers(known([Line(day, customer, 50) for customer in range(6) for day in (3, 40)], 60))
    for rank in SIMPLE.values():
        assert len(set(rank(same).tolist())) == 1


def test_debtors_come_last_and_the_deepest_last_of_all() -> None:
    rows = [Line(1, 0, 10), Line(2, 0, -90), Line(1, 1, 10), Line(2, 1, -40), Line(1, 2, 10)]
    whom = buyers(known(rows, 30))
    judged = score(fit_production(known(rows, 30), HORIZON).model, whom)
    assert np.argsort(-by_basis(Basis.BOTH, whom, judged)).tolist() == [2, 1, 0]


def test_scores_fit_together(history: History) -> None:
    whom = buyers(history.as_of(history.lines.day.max() + 1))
    judged = score(fit_production(history.as_of(whom.cutoff), HORIZON).model, whom)
    assert ((judged.p_buy >= 0) & (judged.p_buy <= 1) & (judged.p_alive >= 0) & (judged.p_alive <= 1)).all()
    assert (judged.expected_orders >= judged.p_buy).all()
    assert np.allclose(judged.value, judged.expected_orders * judged.expected_spend)


def test_the_truth_is_told_where_customers_buy_as_the_model_says(history: History) -> None:
    cutoff = int(history.lines.day.max()) + 1 - HORIZON
    found = history.as_of(cutoff)
    whom = buyers(found)
    judged = score(fit_production(found, HORIZON).model, whom)
    came = metrics.outcome_of(history.between(cutoff, cutoff + HORIZON), whom, len(history.customers))
    assert metrics.calibration_error(judged.p_buy, came.bought) < 0.04
    ours = metrics.auc(judged.p_buy, came.bought)
    assert ours is not None
    assert ours > max(
        metrics.auc(SIMPLE[rule](whom), came.bought) or 0 for rule in (Ranker.RECENCY, Ranker.PAST_REVENUE)
    )


def test_what_comes_after_the_cutoff_changes_nothing(history: History) -> None:
    """The planted signal of the future: those who will buy did so before in a way only the future shows."""
    cutoff = int(history.lines.day.max()) + 1 - HORIZON
    before = History(history.as_of(cutoff).lines, history.customers, history.items)
    one, other = (fit_production(each.as_of(cutoff), HORIZON) for each in (history, before))
    assert one == other


def test_who_comes_later_has_no_say_in_who_is_learnt_from(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a shop too large to replay whole, to which customers come whose keys are among all others'."""
    monkeypatch.setattr(production, "_MOST_CUSTOMERS", 1000)
    cutoff = int(history.lines.day.max()) + 1 - HORIZON
    known_ones = history.lines.where(history.lines.day < cutoff)
    grown = History(
        replace(known_ones, customer=3 * known_ones.customer + 1), np.arange(3 * len(history.customers)), history.items
    )
    assert fit_production(history.as_of(cutoff), HORIZON) == fit_production(grown.as_of(cutoff), HORIZON)


def test_it_comes_back_from_json(history: History) -> None:
    made = fit_production(history.as_of(int(history.lines.day.max())), HORIZON)
    assert Production.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_a_candidate_alone_must_have_been_better_each_time() -> None:
    def told(decayed: float, value: float, both: float) -> dict[str, float]:
        return {Basis.DECAYED_REVENUE: decayed, Basis.BGNBD_VALUE: value, Basis.BOTH: both}

    assert production._chosen([]) is Basis.BOTH
    assert production._chosen([told(0.9, 0.5, 0.6)]) is Basis.BOTH
    assert production._chosen([told(0.9, 0.5, 0.6), told(0.7, 0.9, 0.6)]) is Basis.DECAYED_REVENUE
    assert production._chosen([told(0.9, 0.5, 0.6), told(0.605, 0.9, 0.6)]) is Basis.BOTH


def signs(modelled: np.ndarray, spend: np.ndarray) -> Signs:
    nothing = np.zeros(len(modelled))
    return Signs(modelled, spend, nothing, nothing)


def test_odds_learn_what_else_tells() -> None:
    random = np.random.default_rng(2)
    modelled, spend = random.normal(-1, 1, 4000), random.normal(5, 1, 4000)
    truth = 1 / (1 + np.exp(-(modelled + 0.8 * (spend - 5))))
    bought = random.random(4000) < truth
    learnt = odds.learn(signs(modelled, spend), bought, signs(modelled, spend))
    assert 0.6 < learnt.spend < 1.0
    assert np.abs(odds.corrected(learnt, signs(modelled, spend)) - truth).mean() < 0.03


def test_odds_stay_as_modelled_where_there_is_little_to_learn() -> None:
    few = signs(np.zeros(60), np.zeros(60))
    assert odds.learn(few, np.arange(60) < 20, few) is AS_MODELLED
    assert np.isclose(odds.corrected(AS_MODELLED, few)[0], 0.5)


orders = st.lists(
    st.builds(
        Line,
        st.integers(0, 200),
        st.integers(0, 15),
        st.sampled_from([-500.0, 0.0, 1.0, 250.0, 9e9]),
        item=st.just(NO_ITEM),
        order=st.just(-1),
        until=st.none() | st.integers(200, 203),
    ),
    max_size=80,
)


@settings(max_examples=100)
@given(
    orders,
    st.integers(1, 400),
    st.builds(Odds, *(st.floats(-5, 5) for _ in range(5)), *(st.floats(-3, 9) for _ in range(3))),
)
def test_nobody_buys_who_is_not_alive_whatever_the_shop_taught(rows: list[Line], horizon: int, taught: Odds) -> None:
    whom = buyers(shop(rows).as_of(DAY + 201))
    model = replace(fit_production(shop(rows).as_of(DAY + 201), horizon).model, odds=taught)
    judged = score(model, whom)
    assert ((judged.p_buy >= 0) & (judged.p_buy <= judged.p_alive) & (judged.p_alive <= 1)).all()
    assert (judged.expected_orders >= judged.p_buy).all()


@settings(max_examples=40)
@given(orders, st.integers(1, 400))
def test_any_shop_is_scored(rows: list[Line], horizon: int) -> None:
    found = shop(rows).as_of(DAY + 201)
    whom = buyers(found)
    made = fit_production(found, horizon)
    judged = score(made.model, whom)
    for values in (judged.p_alive, judged.p_buy, judged.value, made.ranking(whom, judged)):
        assert np.isfinite(values).all()
        assert len(values) == len(whom.x)


def test_a_customers_scores_depend_on_nobody_else(history: History) -> None:
    found = history.as_of(int(history.lines.day.max()) + 1)
    whom = buyers(found)
    model = fit_production(found, HORIZON).model
    alone = buyers(
        History(found.lines.where(found.lines.customer == whom.customer[7]), history.customers, history.items).as_of(
            whom.cutoff
        )
    )
    assert np.isclose(score(model, whom).value[7], score(model, alone).value[0])
    assert fit(alone, order_days(found), HORIZON).customers == 1
