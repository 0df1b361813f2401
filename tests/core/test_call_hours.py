"""Hours as they are written, and what of them may be called in."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import thresholds
from cdm_core.call_hours import allowed, holds, open_parts, stated_hours, written
from cdm_core.month_days import LEAP_DAY, completed_years, month_days


@pytest.mark.parametrize(
    ("stated", "hours"),
    [
        ("18:00-20:00", (time(18), time(20))),
        ("18–20", (time(18), time(20))),
        ("১৮-২০", (time(18), time(20))),
        ("6pm to 8pm", (time(18), time(20))),
        ("6-8 PM", (time(18), time(20))),
        ("10:30 am - 12:15 pm", (time(10, 30), time(12, 15))),
        ("20-24", (time(20), time(0))),
        ("12am-1am", (time(0), time(1))),
        ("after Maghrib", None),
        ("25-26", None),
        ("18:00-18:00", None),
        ("10:75-11", None),
        ("13pm-14pm", None),
        ("", None),
        (None, None),
    ],
)
def test_stated_hours(stated: str | None, hours: tuple[time, time] | None) -> None:
    assert stated_hours(stated) == hours


TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
RANGES = st.tuples(TIMES, TIMES).filter(lambda hours: hours[0] != hours[1])


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [
        ((18, 20), (18, 19), (17, 20, 0)),
        ((20, 0), (20, 23), (0, 19)),
        ((22, 2), (22, 23, 0, 1), (2, 21, 12)),
    ],
)
def test_a_range_holds_its_start_and_not_its_end(
    hours: tuple[int, int], inside: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    of = time(hours[0]), time(hours[1])
    assert all(holds(of, time(hour)) for hour in inside)
    assert not any(holds(of, time(hour)) for hour in outside)


async def test_what_may_be_called_in_lies_in_the_range_and_in_the_open_parts_of_the_day(session: AsyncSession) -> None:
    limits = await thresholds.load(session)
    workdays = st.sampled_from([(time(9), time(21)), (time(9), time()), (time(0), time()), (time(8, 30), time(13))])

    @given(RANGES, st.integers(1, 7), workdays)
    def holds_of(hours: tuple[time, time], weekday: int, workday: tuple[time, time]) -> None:
        of = replace(limits, workday_start=workday[0], workday_end=workday[1])
        open_minutes = {minute for first, last in open_parts(weekday, of) for minute in range(first, last)}
        said = {minute for minute in range(24 * 60) if holds(hours, time(minute // 60, minute % 60))}
        may = allowed(hours, weekday, of)
        left = {minute for minute in range(24 * 60) if may and holds(may, time(minute // 60, minute % 60))}
        assert left <= said & open_minutes
        assert bool(left) == bool(said & open_minutes)
        assert may is None or stated_hours(written(may)) == may

    holds_of()


@given(st.text(max_size=50))
def test_any_words_may_be_stated(stated: str) -> None:
    stated_hours(stated)


def test_the_leap_day_is_kept_on_the_28th_of_ordinary_years() -> None:
    assert month_days(date(2027, 2, 25), 8, (2, 28))[LEAP_DAY] == date(2027, 2, 28)
    assert month_days(date(2027, 2, 25), 8, (3, 1))[LEAP_DAY] == date(2027, 3, 1)
    assert month_days(date(2028, 2, 25), 8, (2, 28))[LEAP_DAY] == date(2028, 2, 29)


@given(st.dates(date(1990, 1, 1), date(2390, 1, 1)), st.integers(1, 365), st.sampled_from([(2, 28), (3, 1)]))
def test_every_day_ahead_is_found_by_its_month_and_day(start: date, days: int, leap_day: tuple[int, int]) -> None:
    found = month_days(start, days, leap_day)
    for ahead in range(days):
        day = start + timedelta(days=ahead)
        assert found[day.month * 100 + day.day] == day or (day.month, day.day) == (2, 29)
    assert all(start <= day < start + timedelta(days=days) for day in found.values())


def test_years_are_told_where_they_are_known() -> None:
    assert completed_years(date(2018, 11, 24), date(2026, 11, 24)) == 8
    assert completed_years(None, date(2026, 11, 24)) is None
    assert completed_years(date(2026, 1, 1), date(2026, 1, 1)) is None
