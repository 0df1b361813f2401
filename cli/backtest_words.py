"""A backtest in words: tables a person can read, and a verdict: of the ranking one sentence, of the lists another."""

from collections.abc import Iterator

from rich.table import Column, Table

from cdm_core.imports.rows import Rejects
from cdm_core.recommend.backtest import LEAST_HISTORY, Backtest, Recommender
from cdm_core.recommend.metrics import LIST, part
from cdm_core.recommend.rankers import Basis, Ranker
from cdm_core.recommend.verdict import Lead, Numbers, lead, ranker_numbers, recommender_numbers
from cli.fault_words import FAULTS

LEAST_CUSTOMERS = 100
"""Ranked at a cutoff: of fewer it is chance who comes."""

LEAST_PRODUCTS = 10
"""Of fewer a list of five or ten is most of what there is."""

_BASES = {
    Basis.DECAYED_REVENUE: "decayed revenue",
    Basis.BGNBD_VALUE: "model's value",
    Basis.BOTH: "both together",
}
NAMES = {
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
    """The cutoffs, the rankings, and where there are products enough the lists; without cutoffs none."""
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

    yield _ranked(found)
    if _products(found) >= LEAST_PRODUCTS:
        yield _listed(found)


def _ranked(found: Backtest) -> Table:
    """Without the columns of lists that hold everybody, or the same as the next."""
    measures = {"AUC": "auc"}
    told = ["top 10 % with 95 % interval"]
    sizes = [replay.customers for replay in found.replays]
    if any(part(size, 0.05) < part(size, 0.10) for size in sizes):
        measures["top 5"] = "revenue_share_top5"
        told.insert(0, "top 5 %")
    if any(size > LIST for size in sizes):
        measures = {"AUC": "auc", "buy@50": "precision_at_50", "rev@50": "revenue_share_at_50", **measures}
        told.insert(0, f"{LIST}")
    measures["top10"] = "revenue_share_top10"
    ranked = Table(Column("ranking", no_wrap=True), *map(_right, measures))
    ranked.add_column("in %", justify="right", no_wrap=True)
    ranked.add_column("ECE", justify="right")
    ranked.title = f"Share of the best possible list's revenue ({', '.join(told)})"
    for ranker, numbers in ranker_numbers(found).items():
        ranked.add_row(
            NAMES[ranker],
            *(_number(numbers[measure]) for measure in measures.values()),
            _interval(numbers),
            _number(numbers["ece"]) if "ece" in numbers else "",
            style="bold" if ranker is Ranker.PRODUCTION else "",
        )
    return ranked


def _listed(found: Backtest) -> Table:
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
    return lists


def verdict(found: Backtest, rejects: Rejects | None = None) -> str:
    """How production did against the guide's rule and the simple one, how the lists did, and what was left out of the
    history and, as ``rejects`` tell, of the file."""
    left_out = f"{_skipped(found)}{_rejected(rejects)}"
    if not found.replays:
        needed = LEAST_HISTORY + found.horizon_days
        return f"Nothing to judge by: days of history {found.history_days}, needed {needed}{left_out}."
    means = ranker_numbers(found)
    share = means[Ranker.PRODUCTION]["revenue_share_top10"]
    if share is None:
        nothing = "after no cutoff did any customer's orders, less what came back, come to more than 0"
        return f"Nothing to judge by: {nothing}{left_out}."
    parts = [f"The top tenth of production's list brought {share:.0%} of what the best possible list would have"]
    parts += [
        _against(against) for ranker in (Ranker.GUIDE, Ranker.DECAYED_REVENUE) if (against := lead(found, ranker))
    ]
    ranking = f"{'; '.join([*parts, *_beaten_by_a_part(found), *_shortfalls(means)])}{left_out}."
    return " ".join(sentence for sentence in (_too_few(found), ranking, _lists(found)) if sentence)


def _too_few(found: Backtest) -> str:
    most = max(replay.customers for replay in found.replays)
    return f"Too few customers ({most}): read nothing into this." if most < LEAST_CUSTOMERS else ""


def _products(found: Backtest) -> int:
    return max(replay.products for replay in found.replays)


def _lists(found: Backtest) -> str:
    """How often an offer of five was met, against that of what sells best."""
    number = _products(found)
    if number < LEAST_PRODUCTS:
        return f"Too few products ({number}) to judge lists." if number else ""
    numbers = recommender_numbers(found)
    told = []
    for which, ours, whose in (
        ("all", Recommender.PRODUCTION, "as shown"),
        ("new", Recommender.NEW_ITEMS, "new to them"),
    ):
        mine, popular = (numbers[name][which]["hit_at_5"] for name in (ours, Recommender.POPULARITY))
        if mine is not None and popular is not None:
            told.append(f"one of five {whose} for {mine:.0%} of customers, {_often(mine, popular)}")
    return f"The next order held {'; '.join(told)}." if told else ""


def _often(mine: float, popular: float) -> str:
    best = f"of what sells best ({popular:.0%})"
    if round(mine, 2) == round(popular, 2):
        return f"as often as {best}"
    if mine > popular > 0:
        return f"{mine / popular:.1f} times as often as {best}"
    return f"{'more' if mine > popular else 'less'} often than {best}"


def _beaten_by_a_part(found: Backtest) -> list[str]:
    """That the model's value alone did better than production, which it is a part of."""
    ahead = lead(found, Ranker.BGNBD_VALUE)
    if ahead is None or _points(ahead.by) in (_points(0), _points(abs(ahead.by))):
        return []
    chance = "" if ahead.sure else ", which may be chance"
    return [
        f"the model's value alone {_points(-ahead.by)} points (95 % interval {_points(-ahead.high)} to "
        f"{_points(-ahead.low)}{chance}): production takes it together with decayed revenue unless one alone was ahead "
        "in each replay of the time before"
    ]


def _rejected(rejects: Rejects | None) -> str:
    """How many rows of the file were left out, and the commonest reason with a row it is of."""
    if rejects is None or not rejects.faults:
        return ""
    ((fault, number),) = rejects.faults.most_common(1)
    every = rejects.faults.total()
    most = f"{every:,} rows left out, {'all' if number == every else f'{number:,} of them'}"
    told = f"; {'1 row left out' if every == 1 else most} for “{FAULTS[fault]}”"
    example = next((each for each in rejects.examples if each.fault == fault), None)
    if example is None:
        return told
    column = f", column {example.column}" if example.column else ""
    return f"{told} (line {example.line}{column})"


def _skipped(found: Backtest) -> str:
    if not found.skipped:
        return ""
    more = f" and {len(found.skipped) - 1} before it" if len(found.skipped) > 1 else ""
    return f"; skipped with under {LEAST_HISTORY} days of history before: {found.skipped[0].isoformat()}{more}"


def _against(found: Lead) -> str:
    name, interval = (
        f"the {NAMES[found.over]}" if found.over is Ranker.GUIDE else NAMES[found.over],
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
    better = [NAMES[simple] for simple in _SIMPLE if ours is not None and (means[simple]["auc"] or 0.0) > ours]
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
