"""The shop's own history replayed: what each way to rank and to recommend would have brought, had it been used.

At each cutoff everything is fitted on what was known before it, and judged by what came in the horizon after it. Only
customers with an order before the cutoff are ranked. Recommendations are held against what those customers bought on
their next day with an order in the horizon; of new items, what they had never bought before. All items are taken to be
in stock: what was is not known.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cdm_core.recommend import metrics, offers
from cdm_core.recommend.history import NO_ITEM, History, Known, Lines, buyers
from cdm_core.recommend.lists import lists_of
from cdm_core.recommend.metrics import Marks
from cdm_core.recommend.model import Model, score
from cdm_core.recommend.offers import NextOrder, Offers
from cdm_core.recommend.production import fit_production
from cdm_core.recommend.rankers import SIMPLE, Basis, Ranker

Progress = Callable[[int, int], None]

LEAST_HISTORY = 90
"""Days of history that a cutoff needs before it."""

_RESAMPLES, _LEAST_RESAMPLES = 200, 20
_RESAMPLED = 10_000_000
_MOST_CUSTOMERS = 10_000
_STEPS = 3


class Recommender(StrEnum):
    """``popularity``: what sells best of late, the same for all (of new items: what each does not know).

    ``personal``: of all they bought, just now too, what they are likeliest to order next: no list that is shown.
    ``new_items``: what they do not know. ``production``: what chat, pages and view show, which is what is due again,
    bought before and new, each at most five and nothing just bought, joined by chance.
    """

    POPULARITY = "popularity"
    PERSONAL = "personal"
    NEW_ITEMS = "new_items"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class ListMarks:
    """Means over the customers asked; None where there were none. Recall is of all that they bought."""

    recall_at_5: float | None
    recall_at_10: float | None
    hit_at_5: float | None


@dataclass(frozen=True, slots=True)
class Recommended:
    """How a recommender did on ``all`` items the customers bought next, and on those ``new`` to them."""

    all: ListMarks
    new: ListMarks


@dataclass(frozen=True, slots=True)
class Replay:
    """One cutoff: ``customers`` ranked, ``products`` known by then, the part that ``bought`` after it, what production
    used, and how all did."""

    cutoff: date
    customers: int
    products: int
    bought: float
    model: Model
    basis: Basis
    rankers: Mapping[Ranker, Marks]
    recommenders: Mapping[Recommender, Recommended]


@dataclass(frozen=True, slots=True)
class Backtest:
    """``replays`` by cutoff, the latest first; ``skipped`` are cutoffs with too little history before them.

    ``history_days`` is from the first day with anything to the last.
    """

    horizon_days: int
    history_days: int
    replays: Sequence[Replay]
    skipped: Sequence[date]


def backtest(history: History, *, horizon: int = 90, cutoffs: int = 4, progress: Progress | None = None) -> Backtest:
    """Replay ``cutoffs`` horizons of ``horizon`` days: the last one up to the end of the data, the others before it.

    ``progress(done, total)`` counts steps. Raises ValueError where either number is below 1.
    """
    if horizon < 1 or cutoffs < 1:
        raise ValueError("a horizon and a number of cutoffs are at least 1")
    span = history.days
    if span is None:
        return Backtest(horizon, 0, (), ())
    start, end = span[0], span[1] + 1
    wished = [end - (back + 1) * horizon for back in range(cutoffs)]
    kept = [cutoff for cutoff in wished if cutoff - start >= LEAST_HISTORY]
    replays = []
    for number, cutoff in enumerate(kept):

        def report(step: int, before: int = number * _STEPS) -> None:
            if progress is not None:
                progress(before + step, len(kept) * _STEPS)

        replays.append(_replay(history, cutoff, horizon, report))
    skipped = tuple(date.fromordinal(max(cutoff, 1)) for cutoff in wished if cutoff not in kept)
    return Backtest(horizon, end - start, tuple(replays), skipped)


def _replay(history: History, cutoff: int, horizon: int, report: Callable[[int], None]) -> Replay:
    report(0)
    known, future = history.as_of(cutoff), history.between(cutoff, cutoff + horizon)
    whom = buyers(known)
    production = fit_production(known, horizon, whom)
    judged = score(production.model, whom)
    report(1)
    outcome = metrics.outcome_of(future, whom, known.customers)
    scores = {ranker: rank(whom) for ranker, rank in SIMPLE.items()} | {
        Ranker.BGNBD_PBUY: judged.p_buy,
        Ranker.BGNBD_VALUE: judged.value,
        Ranker.PRODUCTION: production.ranking(whom, judged),
    }
    draws = int(np.clip(_RESAMPLED // max(len(whom.x), 1), _LEAST_RESAMPLES, _RESAMPLES))
    resamples = metrics.resample(outcome, draws)
    marks = {
        ranker: metrics.marks(values, outcome, resamples, probability=ranker is Ranker.BGNBD_PBUY)
        for ranker, values in scores.items()
    }
    report(2)
    recommended = _recommended(known, future, horizon)
    report(3)
    return Replay(
        cutoff=date.fromordinal(cutoff),
        customers=len(whom.x),
        products=len(np.unique(known.told.item[known.told.item != NO_ITEM])),
        bought=float(outcome.bought.mean()) if len(whom.x) else 0.0,
        model=production.model,
        basis=production.basis,
        rankers=marks,
        recommenders=recommended,
    )


def _recommended(known: Known, future: Lines, horizon: int) -> dict[Recommender, Recommended]:
    learnt = offers.fit_offers(known, horizon)
    came = offers.next_order(future, known.customers, known.items)
    buyers_known = np.flatnonzero(np.diff(learnt.habits.starts))
    customers = np.intersect1d(buyers_known, came.customers).astype(np.int32)
    customers = customers[:: max(1, -(-len(customers) // _MOST_CUSTOMERS))]
    own, new = offers.personal_items(learnt, customers), offers.new_items(learnt, customers)
    shown = lists_of(learnt, customers, np.ones(known.items, dtype=np.bool_))
    popular, unknown = (offers.popular_items(learnt, customers, unknown_only=only) for only in (False, True))
    lists = {
        Recommender.POPULARITY: (popular, unknown),
        Recommender.PERSONAL: (own, np.full_like(own, NO_ITEM)),
        Recommender.NEW_ITEMS: (new, new),
        Recommender.PRODUCTION: (shown.joined[:, : offers.LONGEST], shown.new_items),
    }
    bought_new = _new_to(came, learnt)
    return {
        name: Recommended(all=_list_marks(of_all, customers, came), new=_list_marks(of_new, customers, bought_new))
        for name, (of_all, of_new) in lists.items()
    }


def _new_to(came: NextOrder, learnt: Offers) -> NextOrder:
    """What came without what its customer had bought before."""
    mine = learnt.habits
    before = np.append(mine.customer, mine.back_customer) * came.items + np.append(mine.item, mine.back_item)
    return NextOrder(came.items, np.setdiff1d(came.pairs, before, assume_unique=True))


def _list_marks(items: NDArray[np.int64], customers: NDArray[np.int32], came: NextOrder) -> ListMarks:
    buyer, bought = np.unique(came.pairs // max(came.items, 1), return_counts=True)
    asked = np.isin(customers, buyer)
    if not asked.any():
        return ListMarks(None, None, None)
    whom, lists = customers[asked], items[asked]
    of_each = bought[np.searchsorted(buyer, whom)]
    hits = came.holds(np.broadcast_to(whom[:, None], lists.shape), lists)
    return ListMarks(
        recall_at_5=float((hits[:, :5].sum(axis=1) / of_each).mean()),
        recall_at_10=float((hits.sum(axis=1) / of_each).mean()),
        hit_at_5=float(hits[:, :5].any(axis=1).mean()),
    )
