"""Replaying a shop's history, whatever the shop."""

import csv
import json
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from benchmarks.simulated_shop import simulated_shop
from cdm_core.imports.values import Fault
from cdm_core.recommend import production
from cdm_core.recommend.backtest import backtest
from cdm_core.recommend.history import NO_ITEM, History, Known, LookAhead
from cdm_core.recommend.rankers import Ranker
from cdm_core.recommend.sources import read_file
from cdm_core.recommend.verdict import lead, ranker_numbers, to_json
from tests.recommend.shops import DAY, Line, shop

RANKERS = ["guide", "recency", "rfm", "past_revenue", "decayed_revenue", "bgnbd_pbuy", "bgnbd_value", "production"]


def some(*, customers: int, days: int, amount: Callable[[int], float], items: int = 5, orders: int = 400) -> list[Line]:
    dice = random.Random(4)
    picked = ((dice.randrange(days), dice.randrange(customers), dice.randrange(items)) for _ in range(orders))
    return [Line(day, customer, amount(at), item) for at, (day, customer, item) in enumerate(picked)]


SHOPS: dict[str, tuple[int, list[Line]]] = {
    "no orders": (0, []),
    "ten customers": (3, some(customers=10, days=400, amount=float)),
    "one with 10,000 orders": (3, [Line(at // 25, 0, item=at % 50) for at in range(10_000)] + [Line(5, 1)]),
    "all bought once": (3, [Line(at, at, 10.0 + at, at % 3) for at in range(400)]),
    "all on one day": (0, [Line(0, at % 50) for at in range(200)]),
    "amounts of 0": (3, some(customers=80, days=400, amount=lambda _: 0.0)),
    "totals below 0": (3, some(customers=80, days=400, amount=lambda at: -500.0 if at % 2 else 20.0)),
    "returns alone": (3, some(customers=80, days=400, amount=lambda _: -5.0)),
    "one product": (3, some(customers=80, days=400, amount=float, items=1)),
    "no product": (3, [line._replace(item=NO_ITEM) for line in some(customers=80, days=400, amount=float)]),
    "20,000 products": (3, some(customers=300, days=400, amount=float, items=20_000, orders=6000)),
    "a week": (0, some(customers=40, days=7, amount=float)),
}


@pytest.mark.parametrize("name", SHOPS)
def test_every_shop(name: str) -> None:
    replays, rows = SHOPS[name]
    found = backtest(shop(rows), cutoffs=3)
    assert len(found.replays) == replays
    assert len(found.replays) + len(found.skipped) == (3 if rows else 0)
    told = json.loads(json.dumps(to_json(found, "so"), allow_nan=False))
    assert list(told) == ["horizon_days", "history_days", "skipped", "cutoffs", "mean", "verdict"]
    for cutoff in (*told["cutoffs"], told["mean"]) if replays else ():
        assert list(cutoff["rankers"]) == RANKERS
        assert list(cutoff["recommenders"]) == ["popularity", "personal", "new_items", "production"]
        for numbers in cutoff["rankers"].values():
            assert all(value is None or -1e-9 <= value <= 1 + 1e-9 for value in numbers.values())


def test_cutoffs_lie_a_horizon_apart_and_want_90_days_before_them() -> None:
    rows = [Line(day, customer) for day in range(200) for customer in (day % 20, day % 7)]
    found = backtest(shop(rows), horizon=40, cutoffs=4)
    starts = [replay.cutoff.toordinal() - DAY for replay in found.replays]
    assert starts == [160, 120]
    assert [skipped.toordinal() - DAY for skipped in found.skipped] == [80, 40]


def test_only_customers_with_an_order_before_it_are_ranked() -> None:
    rows = [Line(day, day % 10) for day in range(150)] + [Line(120, 99)]
    assert backtest(shop(rows), horizon=40, cutoffs=1).replays[0].customers == 10


def test_a_planted_signal_of_the_future_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody hands the models a history in which those who will buy can be told by what they buy later."""

    def leaking(self: History, cutoff: int) -> Known:
        return Known(cutoff, self.lines, len(self.customers), len(self.items))

    monkeypatch.setattr(History, "as_of", leaking)
    with pytest.raises(LookAhead):
        backtest(simulated_shop(300, days=300))


def test_the_future_reaches_no_ranking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens after a cutoff, all rank as before: shares change, the order does not."""
    seen: list[np.ndarray] = []
    ranking = production.Production.ranking

    def watched(*of: Any) -> np.ndarray:
        seen.append(ranking(*of))
        return seen[-1]

    monkeypatch.setattr(production.Production, "ranking", watched)
    history = simulated_shop(500, days=300)
    backtest(history, cutoffs=1)
    end = int(history.lines.day.max())
    later = history.lines.where((history.lines.day <= end - 90) | (history.lines.day == end))
    backtest(History(later, history.customers, history.items), cutoffs=1)
    assert np.array_equal(seen[0], seen[1])


def test_statistics_beat_the_guides_rule_where_habits_last() -> None:
    found = backtest(simulated_shop(6000, days=600), cutoffs=2)
    ahead = lead(found, Ranker.GUIDE)
    assert ahead is not None
    assert ahead.sure
    assert ahead.by > 0.05
    means = ranker_numbers(found)
    ours, simple = (means[name]["revenue_share_top10"] for name in (Ranker.PRODUCTION, Ranker.DECAYED_REVENUE))
    assert ours is not None
    assert simple is not None
    assert ours > simple - 0.01


def test_progress_ends_at_the_end() -> None:
    steps: list[tuple[int, int]] = []
    backtest(simulated_shop(200, days=300), cutoffs=2, progress=lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1] == (6, 6)


@pytest.mark.parametrize(("horizon", "cutoffs"), [(0, 4), (90, 0)])
def test_senseless_questions_are_refused(horizon: int, cutoffs: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        backtest(shop([]), horizon=horizon, cutoffs=cutoffs)


HEADER = ["order_id", "customer_id", "ordered_at", "sku", "product", "quantity", "unit_price", "amount", "status"]


def rows_of_a_file() -> Iterator[list[object]]:
    start = date(2025, 1, 1)
    for at in range(120):
        yield [f"o{at}", f"c{at % 7}", start + timedelta(at), f"s{at % 3}", "", 2, 10 + at % 5, "", "completed"]
    yield ["o5", "c5", start + timedelta(9), "s1", "", -1, 10, "", "returned"]
    yield ["x1", "c1", start, "s1", "", 1, 10, "", "cancelled"]
    yield ["x2", "c1", start, "s1", "", 1, 10, "", "pending"]
    yield ["x3", "c1", start, "s1", "", 1, 10, "", "returned"]
    yield ["x4", "c1", "no date", "s1", "", 1, 10, "", "completed"]


def write(path: Path, rows: list[list[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def test_a_file_is_read_as_the_import_reads_it(tmp_path: Path, now: datetime, zone: ZoneInfo) -> None:
    rows = list(rows_of_a_file())
    history, left_out = read_file(write(tmp_path / "orders.csv", rows), now=now, zone=zone)
    assert (left_out.faults, left_out.examples[0].column) == ({Fault.BAD_DATE: 1}, "ordered_at")
    assert history.customers.tolist() == [f"c{at}" for at in range(7)]
    known = history.as_of(now.toordinal() + 1)
    assert len(known.lines) == 121  # what was cancelled, awaits or came back whole counts nothing
    assert np.isclose(known.lines.amount.sum(), sum(2 * (10 + at % 5) for at in range(120)) - 10)
    assert (~known.lines.bought).sum() == 1
    assert len(history.as_of(now.toordinal()).lines) == 122  # until today nobody knew of the one that came back


def test_the_order_of_rows_in_a_file_tells_nothing(tmp_path: Path, now: datetime, zone: ZoneInfo) -> None:
    rows = list(rows_of_a_file())
    mixed = random.Random(9).sample(rows, len(rows))
    one, other = (
        read_file(write(tmp_path / f"{name}.csv", each), now=now, zone=zone)[0]
        for name, each in (("one", rows), ("other", mixed))
    )
    told = [to_json(backtest(each, horizon=15, cutoffs=1), "") for each in (one, other)]
    assert told[0] == told[1]
