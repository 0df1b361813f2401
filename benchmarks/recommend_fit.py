"""How long it takes to fit a shop's models and to score all its customers, and how much memory.

    python -m benchmarks.recommend_fit [--customers 10000 100000 1000000]

The shop is simulated with known parameters, which the fit should find again. "Fit" is from counted buyers to both
models; "whole" also counts them from order lines, replays and chooses as production does every night. Memory is the
process's peak, order lines included.
"""

import argparse
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.simulated_shop import PURCHASE, SPEND, simulated_shop
from cdm_core.recommend import model
from cdm_core.recommend.history import buyers, order_days
from cdm_core.recommend.production import fit_production

HORIZON = 90


def measure(customers: int) -> None:
    history = simulated_shop(customers)
    span = history.days
    assert span is not None
    known = history.as_of(span[1] + 1)
    print(f"{customers:,} customers, {len(known.lines):,} orders; memory before {_peak():,.0f} MiB")
    whom, days = buyers(known), order_days(known)
    with timed("fit"):
        fitted = model.fit(whom, days, HORIZON)
    with timed("score"):
        scores = model.score(fitted, whom)
    print(f"  found {fitted.purchase}, true {PURCHASE}")
    print(f"  found {fitted.spend}, true {SPEND}; mean P(buy) {scores.p_buy.mean():.4f}")
    with timed("whole"):
        counted = buyers(known)
        production = fit_production(known, HORIZON, counted)
        production.ranking(counted, model.score(production.model, counted))


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Tells the time a block takes, by the clock and of the processor, which others on the machine do not lengthen."""
    wall, busy = time.perf_counter(), time.process_time()
    yield
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    print(f"  {what} {wall:.2f} s, of the processor {busy:.2f} s; peak {_peak():,.0f} MiB")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    for customers in arguments.parse_args().customers:
        measure(customers)


if __name__ == "__main__":
    main()
