"""What the SQL functions say, that it is what the code says, and that they cost no more than written out."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.notes.outcomes import UNREACHED
from cdm_core.words import Outcome
from tests.factories import NOW


async def test_outcomes_answered_and_not(session: AsyncSession) -> None:
    query = text(
        "SELECT code, cdm_answered(code) AS answered, cdm_unanswered(code) AS unanswered"
        " FROM unnest(CAST(:codes AS text[])) AS code"
    )
    rows = (await session.execute(query, {"codes": [str(code) for code in Outcome]})).all()
    assert {row.code for row in rows if row.unanswered} == UNREACHED
    neither = {Outcome.WHATSAPP_MESSAGE_SENT, Outcome.WRONG_NUMBER}
    assert {row.code for row in rows if row.answered} == set(Outcome) - UNREACHED - neither


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("রহিম", "উদ্দিন", "রহিম উদ্দিন"),
        ("Rahim", "", "Rahim"),
        ("", "Uddin", "Uddin"),
        (None, None, ""),
        (" Md ", "Ali", "Md  Ali"),
    ],
)
async def test_a_name_is_what_there_is_of_it(
    session: AsyncSession, first: str | None, last: str | None, name: str
) -> None:
    query = text("SELECT cdm_name(CAST(:first AS text), CAST(:last AS text))")
    assert (await session.execute(query, {"first": first, "last": last})).scalar_one() == name


@pytest.mark.parametrize(
    ("hot", "warm", "temperature"),
    [(1, 9, "hot"), (0, 1, "warm"), (None, 1, "warm"), (None, 0, "cold"), (None, None, "cold")],
)
async def test_hot_then_warm_then_cold(
    session: AsyncSession, hot: int | None, warm: int | None, temperature: str
) -> None:
    moments = {
        name: None if days is None else NOW + timedelta(days=days) for name, days in (("hot", hot), ("warm", warm))
    }
    query = text(
        "SELECT cdm_temperature(CAST(:hot AS timestamptz), CAST(:warm AS timestamptz), CAST(:now AS timestamptz))"
    )
    assert (await session.execute(query, {**moments, "now": NOW})).scalar_one() == temperature


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id FROM customer_interactions WHERE cdm_answered(outcome_code) OR cdm_unanswered(outcome_code)",
        "SELECT cdm_name(first_name, last_name) FROM customers",
        "SELECT cdm_temperature(hot_until, warm_until, '2026-11-22') FROM customer_summary",
    ],
)
async def test_planned_as_if_written_out(session: AsyncSession, query: str) -> None:
    plan = "\n".join((await session.execute(text(f"EXPLAIN (VERBOSE) {query}"))).scalars())
    assert "cdm_" not in plan
