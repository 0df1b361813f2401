"""Cells as people and spreadsheets write them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.imports import values
from cdm_core.imports.values import Bad, Fault

DHAKA = ZoneInfo("Asia/Dhaka")
LATEST = datetime(2026, 11, 22, 11, 10, tzinfo=DHAKA)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-10-01", "2026-10-01T00:00"),
        ("2026-10-01 14:05", "2026-10-01T14:05"),
        ("2026-10-01T14:05:06", "2026-10-01T14:05:06"),
        ("01/10/2026", "2026-10-01T00:00"),
        ("1-10-2026 2:05 PM", "2026-10-01T14:05"),
        ("1.10.26 12:05 am", "2026-10-01T00:05"),
        ("2026/10/1 14:05", "2026-10-01T14:05"),
        ("১/১০/২০২৬ ১৪:০৫", "2026-10-01T14:05"),
        ("1 Oct 2026", "2026-10-01T00:00"),
        ("1-October-2026 9:30", "2026-10-01T09:30"),
        ("Oct 1, 2026", "2026-10-01T00:00"),
        ("১ অক্টোবর ২০২৬", "2026-10-01T00:00"),
        ("46296", "2026-10-01T00:00"),
        ("46296.58681", "2026-10-01T14:05"),
    ],
)
def test_moments_are_local_to_the_shop(cell: str, expected: str) -> None:
    read = values.moment(DHAKA, LATEST)(cell)
    assert read.astimezone(DHAKA).replace(second=0 if len(expected) == 16 else read.second) == datetime.fromisoformat(
        expected
    ).replace(tzinfo=DHAKA)


def test_an_offset_in_the_file_counts() -> None:
    assert values.moment(DHAKA, LATEST)("2026-10-01T10:00:00+00:00") == datetime(2026, 10, 1, 10, tzinfo=UTC)
    assert values.moment(DHAKA, LATEST)("2026-10-01T10:00:00Z") == datetime(2026, 10, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("cell", ["2026-10-01 10:00:00 UTC", "2026-10-01 10:00 utc", "2026-10-01 10:00:00.123 GMT",
                                  "01/10/2026 10:00 am UTC", "1 Oct 2026 10:00 Z", "2026-10-01 10:00:00 +0000",
                                  "2026-10-01 16:00:00.5 +06:00", "2026-10-01 16:00:00 +06"])  # fmt: skip
def test_a_zone_may_stand_apart(cell: str) -> None:
    read = values.moment(DHAKA, LATEST)(cell)
    assert read.replace(microsecond=0) == datetime(2026, 10, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("cell", ["0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "0000-00-00T00:00:00Z",
                                  "০০০০-০০-০০", "0000-00-00 00:00:00.000000", "0000-00-00 00:00:00 UTC"])  # fmt: skip
def test_the_zero_date_is_none(cell: str) -> None:
    assert values.unless_zero(values.moment(DHAKA, LATEST))(cell) is None
    assert values.unless_zero(values.birthday(LATEST.date()))(cell) is None
    with pytest.raises(Bad):
        values.moment(DHAKA, LATEST)(cell)


@pytest.mark.parametrize("cell", ["", "soon", "31/02/2026", "13/13/2026", "2026-13-01", "12", "1 Foo 2026", "25:00",
                                  "1/1/2026 25:00", "1/1/2026 13:00 pm", "0001-01-01", "99999", "১২",
                                  "1716123456", "1712012256", "1716123456789", "1716123456.25", "1999123123", "-",
                                  "UTC", "2026-10-01 10:00+06:00 UTC", "soon UTC"])  # fmt: skip
def test_what_is_no_date_is_refused(cell: str) -> None:
    with pytest.raises(Bad) as refused:
        values.moment(DHAKA, LATEST)(cell)
    assert refused.value.fault in (Fault.BAD_DATE, Fault.FUTURE_DATE)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("15/05/1992", (date(1992, 5, 15), 5, 15)),
        ("15/5", (None, 5, 15)),
        ("05-15", (None, 5, 15)),
        ("--05-15", (None, 5, 15)),
        ("15 May", (None, 5, 15)),
        ("১৫ মে", (None, 5, 15)),
        ("১৫ মে ১৯৯২", (date(1992, 5, 15), 5, 15)),
        ("29 Feb", (None, 2, 29)),
    ],
)
def test_a_birthday_may_lack_its_year(cell: str, expected: tuple[date | None, int, int]) -> None:
    assert values.birthday(LATEST.date())(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1225", "1225"), ("1,225", "1225"), ("1,25,000.50", "125000.50"), ("125,000", "125000"),
        ("৳ ১,২৫,০০০", "125000"),
        ("Tk. 450", "450"), ("450/-", "450"), ("450 টাকা", "450"), ("BDT 12.5", "12.50"), ("12,50", "12.50"),
        ("-80", "-80"), ("−80", "-80"), ("(80)", "-80"), (".5", "0.5"), ("2.675", "2.68"), ("1 225", "1225"),
    ],
)  # fmt: skip
def test_amounts_as_written_here(cell: str, expected: str) -> None:
    assert values.number(2)(cell) == Decimal(expected)


@pytest.mark.parametrize("cell", ["", "-", "many", "1,2,3", "12,5000", "1.2.3", "1e5", "NaN", "Infinity", "5 kg",
                                  "1.250,50", "99999999999999"])  # fmt: skip
def test_what_is_no_amount_is_refused(cell: str) -> None:
    with pytest.raises(Bad) as refused:
        values.number(2)(cell)
    assert refused.value.fault is Fault.BAD_NUMBER


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("  a \t b\n", "a b"),
        ("\u200ea\u202c", "a"),
        ("র\u200d্য", "র\u200d্য"),
        ("\x00a\x1b", "a"),
        ("য\u09bc", "য\u09bc"),
    ],
)
def test_text_is_cleaned_but_bengali_joiners_stay(cell: str, expected: str) -> None:
    assert values.clean(cell) == expected


@given(st.text())
def test_no_cell_surprises(cell: str) -> None:
    kept = values.clean(cell)
    assert not set(kept) & set("\t\n\r\0")
    readers: list[Callable[[str], Any]] = [
        values.moment(DHAKA, LATEST), values.day(LATEST.date()), values.birthday(LATEST.date()), values.number(2),
        values.whole(least=0), values.email, values.text(10), values.word({"a": "b"}),
    ]  # fmt: skip
    for read in readers:
        try:
            read(kept)
        except Bad:
            continue


@given(st.dates(date(1900, 1, 1), date(2026, 11, 21)))
def test_every_date_survives_its_spellings(day: date) -> None:
    read = values.day(LATEST.date())
    serial = (day - date(1899, 12, 30)).days
    for cell in (day.isoformat(), f"{day:%d/%m/%Y}", f"{day:%d %B %Y}", *([str(serial)] if serial >= 10_000 else [])):
        assert read(cell) == day


@given(st.decimals(-(10**8), 10**8, places=2, allow_nan=False, allow_infinity=False))
def test_every_amount_survives_its_spellings(amount: Decimal) -> None:
    read = values.number(2)
    bengali = str(amount).translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))
    for cell in (str(amount), f"{amount:,}", f"৳{amount:,}", bengali):
        assert read(cell) == amount


def test_a_memo_forgets_before_it_grows_without_end() -> None:
    memo = values.Memo(len, size=3)
    assert [memo[cell] for cell in ("a", "bb", "ccc", "dddd", "a")] == [1, 2, 3, 4, 1]
    assert len(memo) <= 3
