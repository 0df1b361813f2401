"""The model a shop uses: fitted on all it knows, put right and chosen by a replay of its own last months.

A replay looks at the shop as it was one horizon ago, ranks by each candidate, and sees what came. So the choice never
depends on what comes after the cutoff.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np

from cdm_core.recommend import odds
from cdm_core.recommend.bgnbd import p_buy
from cdm_core.recommend.gamma_gamma import expected_spend
from cdm_core.recommend.history import Buyers, Known, buyers, order_days
from cdm_core.recommend.metrics import LIST, Outcome, calibration_error, outcome_of, part, rankings, revenue_share
from cdm_core.recommend.model import Model, Scores, fit, score
from cdm_core.recommend.odds import Signs
from cdm_core.recommend.rankers import Basis, by_basis
from cdm_core.recommend.special import Floats

MARGIN = 0.01
"""How much better than both together one candidate must have been in each replay to be used alone."""

_REPLAYS = 3
_ENOUGH_DAYS = 30
_MOST_CUSTOMERS = 100_000


@dataclass(frozen=True, slots=True)
class Production:
    """``shares`` is the mean share of revenue each basis reached in ``replays`` replays, empty without any.

    ``calibration_error`` is that of P(buy) in the last replay, put right by the one before; None without either.
    """

    model: Model
    basis: Basis
    replays: int
    shares: dict[str, float]
    calibration_error: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values that :meth:`from_json` makes the same of."""
        return {**asdict(self), "model": self.model.to_json()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Of what ``to_json`` gave. Raises TypeError, ValueError or KeyError for anything else."""
        return cls(**{**stored, "model": Model.from_json(stored["model"]), "basis": Basis(stored["basis"])})

    def ranking(self, whom: Buyers, judged: Scores) -> Floats:
        """The scores to rank ``whom`` by, the best the highest."""
        return by_basis(self.basis, whom, judged)


@dataclass(frozen=True, slots=True)
class _Replay:
    signs: Signs
    outcome: Outcome
    shares: dict[str, float]


def fit_production(known: Known, horizon: int, whom: Buyers | None = None) -> Production:
    """Fit, replay, choose. ``whom`` are the known history's buyers, for whoever has counted them already."""
    now = buyers(known) if whom is None else whom
    model = fit(now, order_days(known), horizon)
    replays = _replays(_sample(known), horizon)
    if replays:
        past = replays[0]
        model = replace(model, odds=odds.learn(past.signs, past.outcome.bought, _signs(model, now)))
    told = [replay.shares for replay in replays if replay.shares]
    shares = {basis.value: float(np.mean([each[basis] for each in told])) for basis in Basis} if told else {}
    return Production(model, _chosen(told), len(told), shares, _calibration_error(replays))


def _calibration_error(replays: Sequence[_Replay]) -> float | None:
    if len(replays) < 2 or not len(replays[0].outcome.bought):
        return None
    last, before = replays[:2]
    put_right = odds.learn(before.signs, before.outcome.bought, last.signs)
    return calibration_error(odds.corrected(put_right, last.signs), last.outcome.bought)


def _chosen(told: Sequence[Mapping[str, float]]) -> Basis:
    """Both together, unless one alone was clearly better whenever it was tried, which was more than once."""
    ahead = {basis: min((each[basis] - each[Basis.BOTH] for each in told), default=0.0) for basis in Basis}
    best = max(Basis, key=ahead.__getitem__)
    return best if len(told) > 1 and ahead[best] > MARGIN else Basis.BOTH


def _replays(known: Known, horizon: int) -> list[_Replay]:
    """What would have been, the latest first: windows of one horizon, or of half the history where that is shorter."""
    if not len(known.lines):
        return []
    start = int(known.lines.day.min())
    length = min(horizon, (known.cutoff - start) // 2)
    ends = [known.cutoff - back * length for back in range(_REPLAYS)]
    return [_replay(known, end, length) for end in ends if end - length - start >= _ENOUGH_DAYS <= length]


def _replay(known: Known, end: int, length: int) -> _Replay:
    before = known.as_of(end - length)
    whom = buyers(before)
    model = fit(whom, order_days(before), length)
    outcome = outcome_of(known.told.between(end - length, end), whom, known.customers)
    judged = score(model, whom)
    lengths = (min(LIST, len(whom.x)), part(len(whom.x), 0.10))
    found = {
        basis.value: [revenue_share(orders, outcome.brought, length) for length in lengths]
        for basis in Basis
        for orders in [rankings(by_basis(basis, whom, judged))]
    }
    told = {name: [share for share in shares if share is not None] for name, shares in found.items()}
    return _Replay(
        signs=_signs(model, whom),
        outcome=outcome,
        shares={name: float(np.mean(shares)) for name, shares in told.items() if shares},
    )


def _signs(model: Model, whom: Buyers) -> Signs:
    modelled = p_buy(model.purchase, whom.x, whom.tx, whom.T, float(model.horizon), model.season.kappa)
    return odds.signs(modelled, whom, expected_spend(model.spend, whom.x + 1, whom.order_value))


def _sample(known: Known) -> Known:
    """Every so many customers of a large shop: enough to learn from. Who comes later has no say in who they are."""
    here = np.zeros(known.customers, dtype=np.bool_)
    here[known.told.customer] = True
    number = np.cumsum(here) - 1
    every = -(-np.count_nonzero(here) // _MOST_CUSTOMERS)
    if every <= 1:
        return known
    return replace(known, told=known.told.where(number[known.told.customer] % every == 0))
