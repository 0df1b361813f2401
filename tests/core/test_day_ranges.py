"""Stretches of days as people type them, on Sunday 22 November 2026."""

from datetime import date

import pytest

from cdm_core.day_ranges import read

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("24-26 nov", "11-24", "11-26"),
        ("২৪ থেকে ২৬ নভে", "11-24", "11-26"),
        ("২৪–২৬ নভেম্বর", "11-24", "11-26"),
        ("from 24 to 26 november", "11-24", "11-26"),
        ("24 nov - 2 dec", "11-24", "12-02"),
        ("24 nov theke 2 dec porjonto", "11-24", "12-02"),
        ("30-2 dec", "11-30", "12-02"),
        ("24 nov - 26", "11-24", "11-26"),
        ("24-26", "11-24", "11-26"),
        ("24/11 - 26/11", "11-24", "11-26"),
        ("2026-11-24 2026-11-26", "11-24", "11-26"),
        ("kal theke 3 din", "11-23", "11-25"),
        ("কাল থেকে ৩ দিন", "11-23", "11-25"),
        ("3 days", "11-22", "11-24"),
        ("১ সপ্তাহ", "11-22", "11-28"),
        ("ajke", "11-22", "11-22"),
        ("tomorrow", "11-23", "11-23"),
        ("25", "11-25", "11-25"),
        ("5", "12-05", "12-05"),
        ("until thursday", "11-22", "11-26"),
        ("thursday porjonto", "11-22", "11-26"),
        ("২৬ নভে পর্যন্ত", "11-22", "11-26"),
        ("ajke theke robibar", "11-22", "11-29"),
        ("tue to thu", "11-24", "11-26"),
        ("sick, 24-26 nov <b>", "11-24", "11-26"),
    ],
)
def test_read(typed: str, first: str, last: str) -> None:
    assert read(typed, TODAY) == (date.fromisoformat(f"2026-{first}"), date.fromisoformat(f"2026-{last}"))


def test_a_day_gone_by_is_given_as_such() -> None:
    assert read("gotokal", TODAY) == (date(2026, 11, 21), date(2026, 11, 21))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "🏖",
        "leave",
        "31 nov",
        "next week",
        "after eid",
        "kal theke",
        "24 26 28 nov",
        "400 days",
        "26 nov - 24 nov",
        "9" * 50,
        "kotha hoise 3 min, dam beshi",
        "2450 taka 24 nov",
    ],
)
def test_what_names_no_one_stretch(typed: str) -> None:
    assert read(typed, TODAY) is None
