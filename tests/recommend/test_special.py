"""The gamma function against the standard library's, which has it for one number at a time."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.recommend.quadrature import beta_nodes
from cdm_core.recommend.special import digamma, log_gamma

positive = st.floats(1e-8, 1e8)


@given(positive)
def test_log_gamma_is_the_librarys(z: float) -> None:
    assert math.isclose(float(log_gamma(z)), math.lgamma(z), rel_tol=1e-12, abs_tol=1e-12)


@given(positive)
def test_digamma_steps_by_one_over_z(z: float) -> None:
    step = float(digamma(z + 1)) - float(digamma(z))
    assert math.isclose(step, 1 / z, rel_tol=1e-6, abs_tol=1e-9)


def test_digamma_of_one_is_eulers_constant() -> None:
    assert math.isclose(float(digamma(1.0)), -0.5772156649015329, rel_tol=1e-14)


@given(st.floats(1e-6, 1e4), st.floats(1e-6, 1e4))
def test_nodes_keep_the_moments_of_beta(a: float, b: float) -> None:
    nodes, masses = beta_nodes(a, b)
    assert ((nodes > 0) & (nodes <= 1) & (masses >= 0)).all()
    mean, square = a / (a + b), a * (a + 1) / ((a + b) * (a + b + 1))
    assert np.isclose(nodes @ masses, mean, rtol=1e-7)
    assert np.isclose(nodes**2 @ masses, square, rtol=1e-6)
