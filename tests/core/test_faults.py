"""What is kept of why work broke, and told to people."""

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from cdm_core import faults


@pytest.mark.parametrize("error", [PoolTimeoutError("QueuePool limit reached"), ConnectionRefusedError()])
def test_a_database_that_did_not_answer_is_nobodys_mistake(error: Exception) -> None:
    assert faults.reason(error) == faults.DATABASE_AWAY


def test_what_broke_in_our_code_is_told_by_its_place() -> None:
    try:
        raise ValueError("words that somebody wrote")
    except ValueError as error:
        kept = faults.reason(error)
    assert kept.startswith("ValueError in test_what_broke_in_our_code_is_told_by_its_place, line ")
