"""Moments, days and spans in both languages, as the style sheet writes them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates import dates
from templates.speech import Speech
from tests.templates.speeches import BN, EN, NOW, at


@pytest.mark.parametrize(
    ("past", "english", "bengali"),
    [
        (NOW, "just now", "এইমাত্র"),
        (NOW + timedelta(hours=1), "just now", "এইমাত্র"),
        (NOW - timedelta(minutes=5, seconds=40), "5 min ago", "৫ মিনিট আগে"),
        (NOW - timedelta(hours=3), "3 h ago", "৩ ঘণ্টা আগে"),
        (NOW - timedelta(hours=23, minutes=59), "23 h ago", "২৩ ঘণ্টা আগে"),
        (at("2026-11-20T18:42"), "2 d ago", "২ দিন আগে"),
        (at("2026-08-15T09:00"), "99 d ago", "৯৯ দিন আগে"),
        (at("2026-07-22T09:00"), "4 mo ago", "৪ মাস আগে"),
        (at("2026-08-14T09:00"), "3 mo ago", "৩ মাস আগে"),
        (at("2024-12-22T09:00"), "23 mo ago", "২৩ মাস আগে"),
        (at("2024-11-22T09:00"), "2 y ago", "২ বছর আগে"),
        (date(2026, 11, 22), "today", "আজ"),
        (date(2026, 11, 21), "yesterday", "গতকাল"),
        (date(2026, 11, 16), "6 d ago", "৬ দিন আগে"),
    ],
)
def test_ago(past: datetime | date, english: str, bengali: str) -> None:
    assert dates.ago(past, EN) == english
    assert dates.ago(past, BN) == bengali
    if isinstance(past, datetime) and past < NOW:
        assert dates.lasting(past, EN) == english.removesuffix(" ago"), "one way to count"
        assert dates.lasting(past, BN) == bengali.removesuffix(" আগে")


def test_what_waits_since_just_now_waits_a_minute() -> None:
    assert [dates.lasting(NOW, speech) for speech in (EN, BN)] == ["1 min", "১ মিনিট"]


@pytest.mark.parametrize(
    ("moment", "english", "bengali"),
    [
        ("2026-11-22T18:00", "today 18:00", "আজ সন্ধ্যা ৬টা"),
        ("2026-11-23T10:00", "tomorrow 10:00", "আগামীকাল সকাল ১০টা"),
        ("2026-11-21T18:30", "yesterday 18:30", "গতকাল সন্ধ্যা ৬:৩০"),
        ("2026-11-24T17:00", "Tue 24 Nov 17:00", "মঙ্গল ২৪ নভে বিকাল ৫টা"),
        ("2025-11-24T17:00", "24 Nov 2025 17:00", "২৪ নভে ২০২৫ বিকাল ৫টা"),
    ],
)
def test_when(moment: str, english: str, bengali: str) -> None:
    assert dates.when(at(moment), EN) == english
    assert dates.when(at(moment), BN) == bengali


def test_until_counts_minutes_within_the_hour() -> None:
    soon = NOW + timedelta(minutes=30)
    assert (dates.until(soon, EN), dates.until(soon, BN)) == ("in 30 min", "৩০ মিনিট পর")
    assert dates.until(NOW + timedelta(minutes=60), EN) == "today 12:10"
    assert dates.until(NOW - timedelta(minutes=1), EN) == "today 11:09"


def test_what_was_just_booked_for_tomorrow_shows_the_date() -> None:
    booked = at("2026-11-23T18:00")
    assert dates.when_dated(booked, EN) == "tomorrow, Mon 23 Nov 18:00"
    assert dates.when_dated(booked, BN) == "আগামীকাল, সোম ২৩ নভে সন্ধ্যা ৬টা"
    assert dates.when_dated(at("2026-11-22T18:00"), EN) == "today 18:00"


@pytest.mark.parametrize(
    ("length", "english", "bengali"),
    [
        (timedelta(seconds=20), "1 min", "১ মিনিট"),
        (timedelta(minutes=20), "20 min", "২০ মিনিট"),
        (timedelta(minutes=90), "90 min", "৯০ মিনিট"),
        (timedelta(hours=5, minutes=50), "5 h", "৫ ঘণ্টা"),
        (timedelta(hours=23, minutes=50), "23 h", "২৩ ঘণ্টা"),
        (timedelta(hours=33), "1 d", "১ দিন"),
        (timedelta(days=30), "30 d", "৩০ দিন"),
    ],
)
def test_span(length: timedelta, english: str, bengali: str) -> None:
    assert dates.span(length, EN) == english
    assert dates.span(length, BN) == bengali


@pytest.mark.parametrize(
    ("hour", "bengali"),
    [
        ("04:00", "ভোর ৪টা"),
        ("06:00", "সকাল ৬টা"),
        ("10:09", "সকাল ১০:০৯"),
        ("12:00", "দুপুর ১২টা"),
        ("13:10", "দুপুর ১:১০"),
        ("15:00", "বিকাল ৩টা"),
        ("18:30", "সন্ধ্যা ৬:৩০"),
        ("20:00", "রাত ৮টা"),
        ("00:05", "রাত ১২:০৫"),
        ("03:59", "রাত ৩:৫৯"),
    ],
)
def test_clock(hour: str, bengali: str) -> None:
    local = time.fromisoformat(hour)
    assert dates.clock(local, EN) == hour
    assert dates.clock(local, BN) == bengali


def test_within_three_hours_the_part_of_the_day_goes() -> None:
    assert dates.short_clock(at("2026-11-22T13:04"), BN) == "১:০৪"
    assert dates.short_clock(at("2026-11-22T12:00"), BN) == "১২টা"
    assert dates.short_clock(at("2026-11-22T18:00"), BN) == "সন্ধ্যা ৬টা"
    assert dates.short_clock(at("2026-11-22T13:04"), EN) == "13:04"


def test_the_hour_within_a_sentence() -> None:
    assert (dates.clock_at(time(9), EN), dates.clock_at(time(9), BN)) == ("at 09:00", "সকাল ৯টায়")
    assert dates.clock_at(time(9, 30), BN) == "সকাল ৯টা ৩০ মিনিটে"


@pytest.mark.parametrize(
    ("start", "end", "english", "bengali"),
    [
        (time(18), time(20), "18–20", "সন্ধ্যা ৬–৮টা"),
        (time(18, 30), time(20), "18:30–20:00", "সন্ধ্যা ৬:৩০–৮টা"),
        (time(10), time(14), "10–14", "সকাল ১০–দুপুর ২টা"),
        (time(20), time(0), "20–24", "রাত ৮–১২টা"),
        (time(9), time(9, 45), "09:00–09:45", "সকাল ৯–৯:৪৫"),
    ],
)
def test_clock_range(start: time, end: time, english: str, bengali: str) -> None:
    assert dates.clock_range(start, end, EN) == english
    assert dates.clock_range(start, end, BN) == bengali


Form = Callable[[date, Speech], str]


@pytest.mark.parametrize(
    ("form", "value", "english", "bengali"),
    [
        (dates.day, date(2026, 11, 24), "Tue 24 Nov", "মঙ্গল ২৪ নভে"),
        (dates.day, date(2027, 1, 7), "Thu 7 Jan", "বৃহঃ ৭ জানু"),
        (dates.day, date(2025, 11, 24), "24 Nov 2025", "২৪ নভে ২০২৫"),
        (dates.short_date, date(2026, 11, 3), "3 Nov", "৩ নভে"),
        (dates.full_date, date(2015, 12, 20), "20 Dec 2015", "২০ ডিসে ২০১৫"),
        (dates.birth_date, date(1992, 5, 15), "15 May 1992 (34)", "১৫ মে ১৯৯২ (৩৪)"),
        (dates.weekday_day, date(2026, 11, 27), "Fri 27", "শুক্র ২৭"),
    ],
)
def test_days(form: Form, value: date, english: str, bengali: str) -> None:
    assert form(value, EN) == english
    assert form(value, BN) == bengali


def test_age_on_leap_birthdays() -> None:
    born = date(2004, 2, 29)
    assert dates.age(born, date(2026, 2, 27)) == 21
    assert dates.age(born, date(2026, 2, 28)) == 22
    assert dates.age(born, date(2028, 2, 28)) == 23
    assert dates.age(born, date(2028, 2, 29)) == 24
    assert dates.age(born, date(2000, 1, 1)) == 0


@given(st.integers(0, 23))
def test_every_hour_has_a_part_of_the_day_and_they_follow_one_another(hour: int) -> None:
    codes = [code for _, code in dates.DAY_PARTS]
    now, then = codes.index(dates.day_part(hour)), codes.index(dates.day_part((hour + 1) % 24))
    assert then in (now, (now + 1) % len(codes))


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Asia/Dhaka", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Africa/Cairo"]),
    st.sampled_from([EN, BN]),
)
def test_every_moment_can_be_said_in_every_zone(moment: datetime, zone: str, reader: Speech) -> None:
    speech = replace(reader, zone=ZoneInfo(zone))
    for form in (dates.ago, dates.when, dates.until, dates.when_dated, dates.clock, dates.short_clock):
        said = form(moment, speech)
        assert said == said.strip() != ""
        assert "%" not in said


@given(st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 22), timezones=st.just(NOW.tzinfo)))
def test_a_plain_date_and_its_moments_count_the_same_days(past: datetime) -> None:
    days = (EN.today - past.date()).days
    if 2 <= days < 100:
        assert dates.ago(past, EN) == dates.ago(past.date(), EN) == f"{days} d ago"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        dates.when(datetime(2026, 11, 22, 18), EN)
    with pytest.raises(ValueError, match="aware"):
        replace(EN, now=datetime(2026, 11, 22))
