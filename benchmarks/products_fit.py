"""How long it takes to learn a shop's products and to list for each customer what to offer, and how much memory.

    python -m benchmarks.products_fit [--customers 10000 100000] [--products 100 100000]

The shop is simulated: who buys when is as ``simulated_shop`` says, what they buy is by Zipf's law over the products,
half of it what they bought before. Memory is the process's peak, order lines included.
"""

import argparse
from dataclasses import replace

import numpy as np

from benchmarks.recommend_fit import timed
from benchmarks.simulated_shop import simulated_shop
from cdm_core.recommend.history import NO_ITEM, History
from cdm_core.recommend.lists import lists

HORIZON = 90


def with_products(history: History, count: int, seed: int = 1) -> History:
    """The same orders, with a product on each line."""
    random = np.random.default_rng(seed)
    lines = history.lines
    chance = 1 / np.arange(1, count + 1)
    item = random.choice(count, size=len(lines), p=chance / chance.sum())
    by = np.lexsort((lines.day, lines.customer))
    again = np.flatnonzero((np.diff(lines.customer[by], prepend=-1) == 0) & (random.random(len(by)) < 0.5))
    for place in again.tolist():
        item[by[place]] = item[by[place - 1]]
    return History(replace(lines, item=item.astype(np.int32)), history.customers, np.arange(count))


def measure(customers: int, count: int) -> None:
    history = with_products(simulated_shop(customers), count)
    assert history.days is not None
    print(f"{customers:,} customers, {count:,} products, {len(history.lines):,} order lines")
    with timed("lists"):
        found = lists(history, history.days[1] + 1, HORIZON, np.ones(count, dtype=np.bool_))
    shown = (found.due_again, found.bought_before, found.new_items)
    due, before, new = (float((listed[:, 0] != NO_ITEM).mean()) for listed in shown)
    print(f"  something due again for {due:.0%}, bought before for {before:.0%}, new for {new:.0%}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000])
    arguments.add_argument("--products", type=int, nargs="+", default=[100, 100_000])
    chosen = arguments.parse_args()
    for customers in chosen.customers:
        for count in chosen.products:
            measure(customers, count)


if __name__ == "__main__":
    main()
