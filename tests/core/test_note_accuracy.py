"""What the note grammar makes of phrases it was not tuned on: those that may be looked at, and those that may not."""

import json
from collections.abc import Iterator

import pytest

from benchmarks.notes_accuracy import LEFT_OVER, PARTS, Share, measure, read_part

FRESH = read_part("fresh")


def exactly() -> Iterator[object]:
    """The fresh rows; of words that carry no fact it is a matter of taste which of them are left over."""
    for row in FRESH:
        expected, found = dict(row.expected), json.loads(json.dumps(row.found))
        if row.wrong == [LEFT_OVER]:
            expected.pop(LEFT_OVER, None)
            found.pop(LEFT_OVER, None)
        yield pytest.param(expected, found, id=row.phrase)


@pytest.mark.parametrize(("expected", "found"), list(exactly()))
def test_fresh(expected: dict[str, object], found: dict[str, object]) -> None:
    assert found == expected


def test_little_of_the_fresh_part_is_left_over_wrongly() -> None:
    assert _percent(measure(FRESH).exact) >= 92


def test_the_holdout_stays_understood() -> None:
    """Totals alone: who sees a row tunes on it."""
    measured = measure(read_part("holdout"))
    exact, facts, outcomes = (_percent(share) for share in (measured.exact, measured.facts, measured.fields["outcome"]))
    assert facts >= 85
    assert exact >= 76
    assert outcomes >= 88


def test_the_parts_are_large_enough() -> None:
    assert {part: len(read_part(part)) >= least for part, least in zip(PARTS, (400, 200, 120), strict=True)} == (
        dict.fromkeys(PARTS, True)
    )


def _percent(share: Share) -> float:
    return 100 * share.right / share.rows
