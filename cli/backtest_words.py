"""A backtest in words: tables a person can read, and one sentence of verdict."""

from collections.abc import Iterator

from rich.table import Column, Table

from cdm_core.recommend.backtest import LEAST_HISTORY, Backtest, Recommender
from cdm_core.recommend.rankers import Basis, Ranker
from cdm_core.recommend.verdict import Lead, Numbers, lead, ranker_numbers, recommender_numbers

_BASES = {
    Basis.DECAYED_REVENUE: "decayed revenue",
    Basis.BGNBD_VALUE: "model's value",
    Basis.BOTH: "both together",
}
_NAMES = {
    Ranker.GUIDE: "guide's rule",
    Ranker.RECENCY: "recency",
    Ranker.RFM: "RFM",
    Ranker.PAST_REVENUE: "past revenue",
    Ranker.DECAYED_REVENUE: "decayed revenue",
    Ranker.BGNBD_PBUY: "P(buy)",
    Ranker.BGNBD_VALUE: "model's value",
    Ranker.PRODUCTION: "production",
}
_LISTS = {
    Recommender.POPULARITY: "what sells best",
    Recommender.PERSONAL: "all they bought",
    Recommender.NEW_ITEMS: "new to them",
    Recommender.PRODUCTION: "as shown",
}
_WHICH = (
    "as shown: the products that chat, pages and view offer; nothing just bought is among them\n"
    "all they bought: by what they likeliest order next, just bought or not; shown to nobody"
)
_SIMPLE = (Ranker.GUIDE, Ranker.RECENCY, Ranker.RFM, Ranker.PAST_REVENUE, Ranker.DECAYED_REVENUE)


def tables(found: Backtest) -> Iterator[Table]:
    """The cutoffs, the rankings, the recommendations; without cutoffs none."""
    if not found.replays:
        return
    cutoffs = Table(
        Column("cutoff", no_wrap=True), _right("customers"), _right("bought"), _right("season κ"), "ranks by"
    )
    cutoffs.title = f"{found.horizon_days} days after each cutoff"
    for replay in found.replays:
        model = replay.model
        cutoffs.add_row(
            replay.cutoff.isoformat(),
            f"{replay.customers:,}",
            f"{replay.bought:.0%}",
            f"{model.season.kappa:.2f}" if model.season.years else "–",
            _BASES[replay.basis],
        )
    yield cutoffs

    ranked = Table(Column("ranking", no_wrap=True), *map(_right, ("AUC", "buy@50", "rev@50", "top 5", "top10")))
    ranked.add_column("in %", justify="right", no_wrap=True)
    ranked.add_column("ECE", justify="right")
    ranked.title = "Share of the best possible list's revenue (50, top 5 %, top 10 % with 95 % interval)"
    for ranker, numbers in ranker_numbers(found).items():
        ranked.add_row(
            _NAMES[ranker],
            _number(numbers["auc"]),
            _number(numbers["precision_at_50"]),
            _number(numbers["revenue_share_at_50"]),
            _number(numbers["revenue_share_top5"]),
            _number(numbers["revenue_share_top10"]),
            _interval(numbers),
            _number(numbers["ece"]) if "ece" in numbers else "",
            style="bold" if ranker is Ranker.PRODUCTION else "",
        )
    yield ranked

    measures = ("hit@5", "rec@5", "rec@10")
    lists = Table(Column("list", no_wrap=True), *map(_right, measures), *(_right(f"new: {name}") for name in measures))
    lists.title = "Of five or ten products offered, bought on the next day with an order: mean of the cutoffs"
    lists.caption, lists.caption_justify = _WHICH, "left"
    for recommender, which in recommender_numbers(found).items():
        cells = [
            _number(which[part][name])
            for part in ("all", "new")
            for name in ("hit_at_5", "recall_at_5", "recall_at_10")
        ]
        lists.add_row(_LISTS[recommender], *cells, style="bold" if recommender is Recommender.PRODUCTION else "")
    yield lists


def verdict(found: Backtest) -> str:
    """One sentence: how production did against the guide's rule and the simple one, and what was left out."""
    left_out = _left_out(found)
    if not found.replays:
        needed = LEAST_HISTORY + found.horizon_days
        return f"Nothing to judge by: days of history {found.history_days}, needed {needed}{left_out}."
    means = ranker_numbers(found)
    share = means[Ranker.PRODUCTION]["revenue_share_top10"]
    if share is None:
        return f"Nothing to judge by: no customer brought any revenue after a cutoff{left_out}."
    parts = [f"The top tenth of production's list brought {share:.0%} of what the best possible list would have"]
    parts += [
        _against(against) for ranker in (Ranker.GUIDE, Ranker.DECAYED_REVENUE) if (against := lead(found, ranker))
    ]
    return f"{'; '.join([*parts, *_shortfalls(means)])}{left_out}."


def _left_out(found: Backtest) -> str:
    if not found.skipped:
        return ""
    more = f" and {len(found.skipped) - 1} before it" if len(found.skipped) > 1 else ""
    return f"; skipped with under {LEAST_HISTORY} days of history before: {found.skipped[0].isoformat()}{more}"


def _against(found: Lead) -> str:
    name, interval = (
        f"the {_NAMES[found.over]}" if found.over is Ranker.GUIDE else _NAMES[found.over],
        f"95 % interval {_points(found.low)} to {_points(found.high)}",
    )
    if found.sure:
        return f"{abs(found.by) * 100:.1f} points {'more' if found.by > 0 else 'less'} than {name} ({interval})"
    if found.over is Ranker.DECAYED_REVENUE:
        return f"no clear difference from decayed revenue, the simple rule ({_points(found.by)} points, {interval})"
    return f"no clear difference from {name} ({_points(found.by)} points, {interval})"


def _shortfalls(means: dict[Ranker, Numbers]) -> list[str]:
    """Where a simple rule did better than the models, and how far P(buy) was off."""
    told = []
    ours = means[Ranker.BGNBD_PBUY]["auc"]
    better = [_NAMES[simple] for simple in _SIMPLE if ours is not None and (means[simple]["auc"] or 0.0) > ours]
    if better:
        told.append(f"who buys at all was told better by {' and '.join(better)} than by P(buy)")
    error = means[Ranker.BGNBD_PBUY].get("ece")
    if error is not None:
        told.append(f"P(buy) was off by {error * 100:.0f} points on average")
    return told


def _interval(numbers: Numbers) -> str:
    ends = [numbers[f"revenue_share_top10_{end}"] for end in ("low", "high")]
    return "–".join("" if end is None else f"{end * 100:.0f}" for end in ends)


def _points(share: float) -> str:
    return f"{round(share * 100, 1) + 0.0:+.1f}".replace("-", "−")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _right(name: str) -> Column:
    return Column(name, justify="right")
