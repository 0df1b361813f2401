"""The purchase and spend models against published figures.

    python -m benchmarks.bgnbd_reference FILE

FILE is the one-in-ten sample of CDNOW's new customers as Fader and Hardie publish it, a CSV with the columns x, t_x, T
(weeks) and zbar. Published: BG/NBD r .243, α 4.414, a .793, b 2.426, log-likelihood −9582.4 (Fader, Hardie and Lee
2005); Gamma-Gamma p 6.25, q 3.74, γ 15.44 (Fader and Hardie 2013). Ends with status 1 where ours differ by more than
rounding.
"""

import argparse
import csv
import sys
import time
from pathlib import Path

import numpy as np

from cdm_core.recommend import bgnbd, gamma_gamma

PUBLISHED = {"r": (0.243, 0.005), "alpha": (4.414, 0.005), "a": (0.793, 0.005), "b": (2.426, 0.005)}
PUBLISHED_LIKELIHOOD = (-9582.4, 0.05)
PUBLISHED_SPEND = {"p": (6.25, 0.01), "q": (3.74, 0.01), "gamma": (15.44, 0.02)}


def check(path: Path) -> bool:
    """Whether all agrees."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    x, tx, T, mean = (np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar"))
    began = time.perf_counter()
    purchase = bgnbd.fit(x, tx, T)
    spenders = (x > 0) & (mean > 0)
    spend = gamma_gamma.fit(x[spenders], mean[spenders])
    print(f"{len(rows):,} customers, {spenders.sum():,} with repeats, fitted in {time.perf_counter() - began:.2f} s")
    right = [_shown(name, getattr(purchase.params, name), *PUBLISHED[name]) for name in PUBLISHED]
    right.append(_shown("log-likelihood", purchase.log_likelihood, *PUBLISHED_LIKELIHOOD))
    right += [_shown(name, getattr(spend.params, name), *PUBLISHED_SPEND[name]) for name in PUBLISHED_SPEND]
    return all(right) and purchase.converged and spend.converged


def _shown(name: str, ours: float, published: float, within: float) -> bool:
    print(f"{name:>15} {ours:12.4f}   published {published}")
    return abs(ours - published) <= within


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file", type=Path)
    sys.exit(0 if check(arguments.parse_args().file) else 1)


if __name__ == "__main__":
    main()
