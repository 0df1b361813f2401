"""What `cdm uplift` and `cdm settings` say and do."""

import json

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import thresholds
from cdm_core.tables import settings
from cli.settings_words import WHAT
from tests.cli.conftest import Cdm

FILLED = text(
    """
    INSERT INTO recommendation_log (customer_id, household_id, local_date, shown_at, shown_in, held_out, rank, score,
                                    propensity, drawn_until, next_action, offer_type, ordered_at, revenue, settled_at,
                                    window_days)
    SELECT id, id, DATE '2026-08-01', TIMESTAMPTZ '2026-08-01 10:00+06', 'list', id % 2 = 0, 1, 5, 0.5,
           DATE '2026-10-01', 'reorder', 'reorder',
           CASE WHEN id % 2 = 0 AND id % 10 = 0 OR id % 2 = 1 AND id % 5 = 0 OR id % 12 = 1
                THEN TIMESTAMPTZ '2026-08-02 10:00+06' END,
           CASE WHEN id % 5 = 0 THEN 800 + id % 50 ELSE 0 END,
           CASE WHEN id <= :settled THEN TIMESTAMPTZ '2026-09-10 02:00+06' END, CASE WHEN id <= :settled THEN 30 END
    FROM customers WHERE id <= :people
    """
)


async def fill(session: AsyncSession, people: int, settled: int) -> None:
    await session.execute(text("UPDATE settings SET value = '0.5' WHERE key = 'hold_out_share'"))
    await session.execute(
        text("INSERT INTO customers (id, first_name, phone) SELECT n, 'x', '01' || n FROM generate_series(1, :n) n"),
        {"n": people},
    )
    await session.execute(FILLED, {"people": people, "settled": settled})
    await session.commit()


async def test_an_empty_database(cdm: Cdm, session: AsyncSession) -> None:
    told = await cdm("uplift")
    assert (
        told
        == "Nobody is held out, so nothing can be said. To leave out 5 %: `cdm settings set hold_out_share 0.05`.\n"
    )
    await cdm("settings", "set", "hold_out_share", "0.05")
    told = await cdm("uplift")
    assert "Not enough to say: 0 of about 35,000 households, to see a difference of 5 points" in told
    assert "5 % are held out; each counts 37 days after it was first offered" in told
    found = json.loads(await cdm("uplift", "--json"))
    assert (found["shown"], found["held_out"], found["ordered"], found["first"]) == (0, 0, None, None)
    assert found["verdict"] in " ".join(told.split())


async def test_the_share_is_told_as_it_was_set(cdm: Cdm, session: AsyncSession) -> None:
    await fill(session, people=300, settled=200)
    await cdm("settings", "set", "hold_out_share", "0.025")
    assert "(2.5 % are held out;" in " ".join((await cdm("uplift")).split())
    await cdm("settings", "set", "hold_out_share", "0")
    told = " ".join((await cdm("uplift")).split())
    assert "(nobody is held out any more;" in told
    assert told.endswith("No more will come: to go on, `cdm settings set hold_out_share 0.05`.")


async def test_too_few_tell_nothing_yet(cdm: Cdm, session: AsyncSession) -> None:
    await fill(session, people=300, settled=200)
    told = await cdm("uplift")
    assert "Not enough to say: 200 of about 4,800 households" in told
    assert [line.split()[-1] for line in told.splitlines() if "offered " in line or "held out " in line]
    assert "Not enough to say: 200 of about 1,400" in await cdm("uplift", "--detect", "10")


async def test_a_shop_that_can_never_see_it_is_told_what_it_can(cdm: Cdm, session: AsyncSession) -> None:
    await fill(session, people=2000, settled=0)
    await cdm("settings", "set", "hold_out_share", "0.05")
    told = " ".join((await cdm("uplift")).split())
    assert "0 of about 35,000 households" in told
    assert (
        "This shop has at most 8,111 a year, which is too few: it can show a difference of 10 points"
        " (`cdm uplift --detect 10`), or 5 points with 30 % held out (`cdm settings set hold_out_share 0.3`)."
    ) in told
    assert "which is too few" not in await cdm("uplift", "--detect", "11")
    assert "to see a difference of 1 point in the share" in " ".join((await cdm("uplift", "--detect", "1")).split())


async def test_a_shop_too_small_for_anything_is_told_so(cdm: Cdm, session: AsyncSession) -> None:
    await fill(session, people=20, settled=0)
    told = " ".join((await cdm("uplift")).split())
    assert "This shop has at most 81 a year, which is too few: it can show no difference that is likely." in told
    found = json.loads(await cdm("uplift", "--json"))
    assert (found["yearly"], found["detectable"], found["share_needed"]) == (81, None, None)


async def test_the_side_that_lacks_is_named(cdm: Cdm, session: AsyncSession) -> None:
    await fill(session, people=1500, settled=1500)
    await session.execute(
        text("UPDATE recommendation_log SET held_out = (id - (SELECT min(id) FROM recommendation_log)) % 40 = 0")
    )
    await session.commit()
    told = " ".join((await cdm("uplift", "--detect", "20")).split())
    assert "Not enough to say: 38 of at least 50 households held out (50 % are held out;" in told


async def test_enough_tell_the_difference(cdm: Cdm, session: AsyncSession) -> None:
    await fill(session, people=6000, settled=6000)
    told = await cdm("uplift")
    assert "points more households order when they are offered to agents (95 % interval +" in told
    found = json.loads(await cdm("uplift", "--json"))
    ordered = found["ordered"]
    assert ordered["by"] == pytest.approx(ordered["shown"] - ordered["held_out"])
    assert 0 < ordered["low"] < ordered["by"] < ordered["high"]
    assert ordered["held_out"] == pytest.approx(600 / 3000)
    assert found["revenue"]["shown"] > 0


async def test_a_draw_shorter_than_the_window_cannot_tell(cdm: Cdm, session: AsyncSession) -> None:
    """Set by other software: `cdm settings` refuses it."""
    await session.execute(update(settings).where(settings.c.key == "hold_out_days").values(value="30"))
    await session.commit()
    assert "a draw holds 30 days (hold_out_days), which is not longer than the window of 30" in await cdm("uplift")


async def test_settings_are_listed_and_set(cdm: Cdm, session: AsyncSession) -> None:
    listed = await cdm("settings", "list")
    assert "hold_out_share" in listed
    assert "clock_offset_seconds" not in listed
    assert max(len(line) for line in listed.splitlines()) <= 80
    assert set(WHAT) == set(await thresholds.by_hand(session)), "each is told of"
    words = " ".join(listed.split())
    assert "call_cost 10 what one call costs (money)" in words
    said = await cdm("settings", "set", "hold_out_share", "0.1")
    assert "hold_out_share is 0.1; it was 0" in said
    assert "night" not in said
    row = (await session.execute(text("SELECT actor, details FROM audit_log"))).one()
    assert row.details == {"key": "hold_out_share", "before": "0", "after": "0.1"}
    said = await cdm("settings", "set", "call_cost", "25")
    told = " ".join((await cdm("settings", "set", "--help")).split())
    assert {key for key in thresholds.BY_NIGHT if key in told} == thresholds.BY_NIGHT
    assert "call_cost is 25; it was 10\nIt counts from the next nightly ranking on" in said


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("hold_out_share", "1", "the value '1', which cannot be read"),
        ("hold_out_share", "nan", "cannot be read"),
        ("hold_out_share", "five", "cannot be read"),
        ("hold_out_days", "0", "cannot be read"),
        *[("call_margin", value, "cannot be read") for value in ("nan", "inf", "0", "-3", "30")],
        *[("call_cost", value, "cannot be read") for value in ("nan", "inf", "-1")],
        *[("ranking_horizon_days", value, "cannot be read") for value in ("0", "-9", "1.5", "99999")],
        ("hold_out_days", "30", "hold_out_days would be 30, uplift_window_days 30."),
        ("uplift_window_days", "365", "hold_out_days would be 90, uplift_window_days 365."),
        ("hold_out", "1", "no setting 'hold_out'"),
        ("demo", "true", "no setting 'demo' to set"),
    ],
)
async def test_what_cannot_be_set_is_refused(cdm: Cdm, key: str, value: str, words: str) -> None:
    assert words in await cdm("settings", "set", "--", key, value, status=1)
