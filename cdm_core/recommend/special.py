"""The gamma function's logarithm and its derivative on arrays, which numpy lacks.

Both climb to arguments of at least 8 by Γ(z + 1) = z Γ(z) and use Stirling's series there (Abramowitz and Stegun 1964,
6.1.40 and 6.3.18); the error is below 1e-12 of the value or of 1, whichever is larger.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_CLIMB = 8
_HALF_LOG_TAU = 0.9189385332046727
_LOG_GAMMA = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_DIGAMMA = (-1 / 12, 1 / 120, -1 / 252, 1 / 240, -1 / 132, 691 / 32760, -1 / 12)


def log_gamma(z: ArrayLike) -> Floats:
    """log Γ(z) for z > 0, of any shape."""
    given = np.asarray(z, dtype=np.float64)
    large, product = _climbed(given)
    series = _horner(_LOG_GAMMA, 1 / large**2) / large
    return (large - 0.5) * np.log(large) - large + _HALF_LOG_TAU + series - np.log(product)


def digamma(z: ArrayLike) -> Floats:
    """d log Γ(z) / dz for z > 0, of any shape."""
    given = np.asarray(z, dtype=np.float64)
    large, total = given.copy(), np.zeros_like(given)
    for _ in range(_CLIMB):
        low = large < _CLIMB
        total -= np.where(low, 1 / large, 0.0)
        large = np.where(low, large + 1, large)
    square = 1 / large**2
    return np.log(large) - 0.5 / large + _horner(_DIGAMMA, square) * square + total


def _climbed(z: Floats) -> tuple[Floats, Floats]:
    """``z`` raised to at least 8, and the product of the steps left behind."""
    large, product = z.copy(), np.ones_like(z)
    for _ in range(_CLIMB):
        low = large < _CLIMB
        product = np.where(low, product * large, product)
        large = np.where(low, large + 1, large)
    return large, product


def _horner(coefficients: tuple[float, ...], x: Floats) -> Floats:
    value = np.zeros_like(x)
    for coefficient in reversed(coefficients):
        value = value * x + coefficient
    return value
