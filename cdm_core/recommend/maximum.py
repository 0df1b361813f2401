"""The maximum of a smooth function of a few variables, given its gradient: BFGS, with nothing but numpy.

Nocedal and Wright, Numerical Optimization (2006), algorithms 6.1 and 3.1 (backtracking), with a bound on the step.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cdm_core.recommend.special import Floats

Slope = Callable[[Floats], tuple[float, Floats]]
"""A point to the value there and the gradient."""

_STEPS = 200
_LONGEST = 2.0
_ENOUGH = 1e-4
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class Maximum:
    """``point``, shape (variables,); ``found`` is whether the gradient vanished there."""

    point: Floats
    value: float
    found: bool


def maximise(slope: Slope, start: Floats, *, flat: float, bound: float) -> Maximum:
    """Climb from ``start`` until no part of the gradient exceeds ``flat``; every variable stays within ±``bound``.

    At the bound only what leads inwards counts. Never raises for a slope that is finite within the bound.
    """
    point = np.clip(start, -bound, bound)
    value, gradient = slope(point)
    inverse = np.eye(len(point)) / max(1.0, float(np.abs(gradient).max()))
    for _ in range(_STEPS):
        free = (np.abs(point) < bound) | (gradient * point < 0)
        if np.abs(gradient[free]).max(initial=0.0) <= flat:
            return Maximum(point, value, found=True)
        step = np.where(free, inverse @ np.where(free, gradient, 0.0), 0.0)
        if step @ gradient <= 0:
            inverse = np.eye(len(point)) / max(1.0, float(np.abs(gradient).max()))
            step = np.where(free, inverse @ gradient, 0.0)
        step *= min(1.0, _LONGEST / float(np.abs(step).max()))
        climbed = _line(slope, point, value, gradient, step, bound)
        if climbed is None:  # as high as the arithmetic can tell
            return Maximum(point, value, found=bool(np.abs(gradient[free]).max() <= 100 * flat))
        moved, turned = climbed[0] - point, gradient - climbed[2]
        point, value, gradient = climbed
        inverse = _updated(inverse, moved, turned)
    return Maximum(point, value, found=False)


def _line(
    slope: Slope, point: Floats, value: float, gradient: Floats, step: Floats, bound: float
) -> tuple[Floats, float, Floats] | None:
    for _ in range(_HALVINGS):
        there = np.clip(point + step, -bound, bound)
        height, turned = slope(there)
        if height >= value + _ENOUGH * float(gradient @ (there - point)) and height > value:
            return there, height, turned
        step = step / 2
    return None


def _updated(inverse: Floats, moved: Floats, turned: Floats) -> Floats:
    """The inverse of the (negated) curvature after a step; as it was where the step tells nothing of it."""
    curvature = float(moved @ turned)
    if curvature <= 1e-12 * float(np.linalg.norm(moved) * np.linalg.norm(turned)):
        return inverse
    left = np.eye(len(moved)) - np.outer(moved, turned) / curvature
    updated: Floats = left @ inverse @ left.T + np.outer(moved, moved) / curvature
    return updated
