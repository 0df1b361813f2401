"""Learning which of several things people choose."""

import numpy as np
import pytest

from cdm_core.recommend.choice import learn

NONE = np.zeros(2)


def test_the_weights_people_choose_by_are_found_again() -> None:
    random = np.random.default_rng(3)
    people, things, true = 4000, 6, np.array([1.0, -0.7])
    signs = random.normal(size=(people, things, 2))
    best = (signs @ true + random.gumbel(size=(people, things))).argmax(axis=1)
    chosen = np.arange(things) == best[:, None]
    found = learn(signs.reshape(-1, 2), chosen.ravel(), np.repeat(np.arange(people), things), NONE)
    assert found == pytest.approx(true, abs=0.06)


def test_what_tells_one_person_from_another_tells_nothing() -> None:
    """The second sign is high for all things of those who choose much, and the same within each."""
    random = np.random.default_rng(4)
    much = np.repeat(random.integers(0, 2, 300), 5)
    signs = np.column_stack([random.normal(size=1500), much])
    chosen = random.random(1500) < np.where(much, 0.8, 0.1)
    found = learn(signs, chosen, np.repeat(np.arange(300), 5), np.array([0.0, 0.4]))
    assert found[1] == pytest.approx(0.4)


def test_little_history_changes_little_and_none_nothing() -> None:
    expected = np.array([1.0, 0.5])
    signs, whose = np.array([[1.0, 0.0], [0.0, 0.0], [3.0, 1.0]]), np.array([7, 7, 9])
    one = learn(signs, np.array([False, True, False]), whose, expected)
    assert 0 < np.abs(one - expected).max() < 0.25
    assert learn(signs, np.zeros(3, dtype=np.bool_), whose, expected) == pytest.approx(expected)
    assert learn(np.empty((0, 2)), np.empty(0, dtype=np.bool_), np.empty(0, dtype=np.int64), expected) is expected


@pytest.mark.parametrize("size", [1e-12, 1.0, 200.0])
def test_signs_of_any_size_and_choices_without_doubt_give_weights(size: float) -> None:
    signs = size * np.array([[1.0, 0.0], [0.0, 1.0]] * 50)
    found = learn(signs, np.array([True, False] * 50), np.repeat(np.arange(50), 2), NONE)
    assert np.isfinite(found).all()
    assert found[0] >= found[1]
