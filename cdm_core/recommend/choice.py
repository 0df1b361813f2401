"""Which of several things people choose, learnt from what they did choose.

The conditional logit (McFadden, Conditional Logit Analysis of Qualitative Choice Behavior, 1974): of the things before
somebody, each is chosen with a chance in proportion to e^(weights · signs). Only differences within one person's things
tell anything, so that who buys much does not outshout who buys little; who chose several counts once, divided among
them, as in ListNet (Cao et al., Learning to Rank, ICML 2007). The weights are pulled to those expected, so that little
history changes little.
"""

import numpy as np

from cdm_core.recommend.history import Flags, Ints
from cdm_core.recommend.special import Floats

_SD = 0.5
_STEPS = 50
_FLAT = 1e-6


def learn(signs: Floats, chosen: Flags, whose: Ints, expected: Floats) -> Floats:
    """The weights of ``signs``, shape (things, signs), that make what was ``chosen`` likeliest; shape (signs,).

    ``whose``, shape (things,), tells whose each thing is, those of one person together; who chose nothing tells
    nothing. ``expected``, shape (signs,), are the weights without any of it.
    """
    told = np.isin(whose, whose[chosen])
    if not told.any():
        return expected
    signs, chosen, whose = signs[told], chosen[told], whose[told]
    begins = np.flatnonzero(np.diff(whose, prepend=whose[0] - 1))
    person = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(whose)))
    share = chosen / np.add.reduceat(chosen.astype(np.float64), begins)[person]
    weights = expected.astype(np.float64)
    for _ in range(_STEPS):
        score = signs @ weights
        likely = np.exp(score - np.maximum.reduceat(score, begins)[person])
        likely /= np.add.reduceat(likely, begins)[person]
        weighed = signs * likely[:, None]
        mean = np.add.reduceat(weighed, begins, axis=0)
        slope = signs.T @ (share - likely) - (weights - expected) / _SD**2
        bend = weighed.T @ signs - mean.T @ mean + np.eye(len(weights)) / _SD**2
        step = np.linalg.solve(bend, slope)
        weights = weights + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _FLAT:
            break
    return weights
