"""Means over a Beta distribution: Gauss and Jacobi's rule by the eigenvalues of its recurrence.

Golub and Welsch, Calculation of Gauss Quadrature Rules, Mathematics of Computation 23 (1969).
"""

from functools import lru_cache

import numpy as np

from cdm_core.recommend.special import Floats

NODES = 32


@lru_cache(maxsize=4096)
def beta_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    """Nodes in (0, 1) and masses summing to 1, shape (32,) each: Σ masses·f(nodes) is the mean of f over Beta(a, b)."""
    k = np.arange(NODES, dtype=np.float64)
    total = 2 * k + a + b
    # Of Beta(a, b) on (0, 1): the shifted Jacobi recurrence, exact where a + b is 1 or 2 too.
    with np.errstate(invalid="ignore", divide="ignore"):
        diagonal = 0.5 + (a - b) * (a + b - 2) / (2 * total * (total - 2))
        squares = k * (k + a - 1) * (k + b - 1) * (k + a + b - 2) / ((total - 1) * (total - 2) ** 2 * (total - 3))
    diagonal[0] = a / (a + b)
    squares[1] = a * b / ((a + b) ** 2 * (a + b + 1))
    beside = np.sqrt(squares[1:])
    nodes, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
    nodes = np.clip(nodes, np.finfo(np.float64).tiny, 1.0)
    masses = vectors[0] ** 2
    return nodes, masses / masses.sum()
