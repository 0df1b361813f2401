"""What a backtest comes to: means over its cutoffs, how far production is ahead, and all of it as JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cdm_core.recommend.backtest import Backtest, ListMarks, Recommender
from cdm_core.recommend.metrics import Marks
from cdm_core.recommend.rankers import Ranker
from cdm_core.recommend.special import Floats

MEASURES = ("auc", "precision_at_50", "revenue_share_at_50", "revenue_share_top5", "revenue_share_top10")
INTERVAL = ("revenue_share_top10_low", "revenue_share_top10_high")
LIST_MEASURES = ("recall_at_5", "recall_at_10", "hit_at_5")

Numbers = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Lead:
    """How much more of the best possible top tenth production took than another ranker, with a 95 % interval."""

    over: Ranker
    by: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether it is more than chance either way."""
        return self.low > 0 or self.high < 0


def ranker_numbers(found: Backtest) -> dict[Ranker, Numbers]:
    """The means over the cutoffs, of those where there is a number; the interval is of the mean."""
    means: dict[Ranker, Numbers] = {}
    for ranker in Ranker if found.replays else ():
        marks = [replay.rankers[ranker] for replay in found.replays]
        names = (*MEASURES, "ece") if any(each.ece is not None for each in marks) else MEASURES
        of_mean = _mean_resampled(marks)
        low, high = np.percentile(of_mean, [2.5, 97.5]) if len(of_mean) else (None, None)
        means[ranker] = {name: _mean(getattr(each, name) for each in marks) for name in names} | dict(
            zip(INTERVAL, (low, high), strict=True)
        )
    return means


def recommender_numbers(found: Backtest) -> dict[Recommender, dict[str, Numbers]]:
    """The means over the cutoffs, of ``all`` items and ``new`` ones."""
    return {
        name: {
            which: {
                measure: _mean(getattr(getattr(replay.recommenders[name], which), measure) for replay in found.replays)
                for measure in LIST_MEASURES
            }
            for which in ("all", "new")
        }
        for name in (Recommender if found.replays else ())
    }


def lead(found: Backtest, over: Ranker) -> Lead | None:
    """Production against another; None where there is no revenue to compare by."""
    ours = _mean_resampled([replay.rankers[Ranker.PRODUCTION] for replay in found.replays])
    theirs = _mean_resampled([replay.rankers[over] for replay in found.replays])
    means = ranker_numbers(found)
    if not len(ours) or len(ours) != len(theirs):
        return None
    mine, other = (means[ranker]["revenue_share_top10"] for ranker in (Ranker.PRODUCTION, over))
    if mine is None or other is None:
        return None
    low, high = np.percentile(ours - theirs, [2.5, 97.5])
    return Lead(over, mine - other, float(low), float(high))


def to_json(found: Backtest, verdict: str) -> dict[str, Any]:
    """What ``cdm backtest --json`` prints; ``verdict`` is the sentence.

    ``skipped`` are the cutoffs with too little history before them, the latest first; ``basis`` is what production
    ranks by at a cutoff.
    """
    told: dict[str, Any] = _rounded(
        {
            "horizon_days": found.horizon_days,
            "history_days": found.history_days,
            "skipped": [cutoff.isoformat() for cutoff in found.skipped],
            "cutoffs": [
                {
                    "cutoff": replay.cutoff.isoformat(),
                    "customers": replay.customers,
                    "basis": replay.basis.value,
                    "rankers": {ranker.value: _marks(marks) for ranker, marks in replay.rankers.items()},
                    "recommenders": {
                        name.value: {"all": _list_marks(marks.all), "new": _list_marks(marks.new)}
                        for name, marks in replay.recommenders.items()
                    },
                }
                for replay in found.replays
            ],
            "mean": {
                "rankers": {ranker.value: numbers for ranker, numbers in ranker_numbers(found).items()},
                "recommenders": {name.value: numbers for name, numbers in recommender_numbers(found).items()},
            },
            "verdict": verdict,
        }
    )
    return told


def _marks(marks: Marks) -> dict[str, float | None]:
    numbers = {name: getattr(marks, name) for name in MEASURES} | dict(
        zip(INTERVAL, (marks.low, marks.high), strict=True)
    )
    return numbers if marks.ece is None else {**numbers, "ece": marks.ece}


def _list_marks(marks: ListMarks) -> dict[str, float | None]:
    return {name: getattr(marks, name) for name in LIST_MEASURES}


def _mean(values: Iterable[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return float(np.mean(told)) if told else None


def _mean_resampled(marks: Iterable[Marks]) -> Floats:
    """Draws of the mean: a draw of each cutoff's. Cutoffs with fewer draws bound them all."""
    told = [each.resampled for each in marks if len(each.resampled)]
    length = min((len(each) for each in told), default=0)
    return np.mean([each[:length] for each in told], axis=0) if length else np.empty(0)


def _rounded(value: Any) -> Any:
    match value:
        case dict():
            return {key: _rounded(each) for key, each in value.items()}
        case list():
            return [_rounded(each) for each in value]
        case float():
            return round(float(value), 6)
        case _:
            return value
