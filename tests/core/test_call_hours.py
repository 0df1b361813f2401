"""When a customer answers, and when they say they do."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.call_hours import MIN_ATTEMPTS, AnswerWindow, best_window, stated_hours
from cdm_core.month_days import LEAP_DAY, completed_years, month_days

WORKDAY = (time(9), time(21))


@pytest.mark.parametrize(
    ("calls", "window"),
    [
        ({}, None),
        ({18: (2, 2)}, None),
        ({18: (2, 1), 19: (2, 2)}, AnswerWindow(time(18), time(20), 3, 4)),
        ({10: (3, 3), 18: (10, 9)}, AnswerWindow(time(18), time(20), 9, 10)),
        ({10: (5, 0)}, None),
        ({7: (9, 9), 22: (9, 9)}, None),
    ],
)
def test_the_best_two_hours(calls: dict[int, tuple[int, int]], window: AnswerWindow | None) -> None:
    assert best_window(calls, workday=WORKDAY) == window


@given(
    st.dictionaries(st.integers(0, 23), st.integers(0, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
)
def test_a_window_lies_within_the_working_day_and_has_enough_calls(calls: dict[int, tuple[int, int]]) -> None:
    window = best_window(calls, workday=WORKDAY)
    if window is not None:
        assert time(9) <= window.start < window.end <= time(21)
        assert 0 < window.answered <= window.attempts
        assert window.attempts >= MIN_ATTEMPTS


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
