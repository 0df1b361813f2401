"""The arithmetic of slots: one a local date, whatever the zone does to its clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cdm_core.schedule import LOOK_BACK, PLANS, JobName, Slot, moment, next_moment, slots
from cdm_core.words import RunState

DHAKA = ZoneInfo("Asia/Dhaka")
WINDOW = PLANS[JobName.MORNING_DIGEST].window
ZONES = sorted(
    name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right"))
)
times = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def due(at: time, zone: ZoneInfo, last: datetime | None, now: datetime, **options: object) -> tuple[Slot, ...]:
    return slots(JobName.MORNING_DIGEST, "1", at, zone, last=last, now=now, **options)  # type: ignore[arg-type]


@given(st.sampled_from(ZONES), st.dates(date(1971, 1, 2), date(2037, 12, 30)), times)
@example("Pacific/Apia", date(2011, 12, 30), time(9))
@example("America/Nuuk", date(2024, 3, 30), time(23, 30))
@example("America/Sao_Paulo", date(2018, 11, 4), time(0, 30))
def test_a_local_time_is_one_moment_of_its_day(name: str, day: date, at: time) -> None:
    zone = ZoneInfo(name)
    found = moment(day, at, zone)
    if found is None:
        whole_day = datetime.combine(day, time(12), UTC)
        hours = (whole_day + timedelta(hours=h) for h in range(-30, 30))
        assert all(hour.astimezone(zone).date() != day for hour in hours), "the day exists"
        return
    local = found.astimezone(zone)
    assert local.date() == day
    if local.replace(tzinfo=None) != datetime.combine(day, at):  # such a time did not exist
        assert abs(local.replace(tzinfo=None) - datetime.combine(day, at)) <= timedelta(hours=2)
    else:
        assert found <= datetime.combine(day, at, zone).replace(fold=1), "the first of two"


def test_a_skipped_hour_and_a_doubled_one() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert moment(date(2026, 3, 29), time(2, 30), berlin) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert moment(date(2026, 10, 25), time(2, 30), berlin) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(
    st.sampled_from(ZONES),
    times,
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)).map(lambda d: d.replace(tzinfo=UTC)),
    st.timedeltas(timedelta(), timedelta(days=5)),
)
def test_no_slot_of_a_standstill_is_forgotten(name: str, at: time, now: datetime, down: timedelta) -> None:
    zone = ZoneInfo(name)
    last = now - down
    found = {slot.local_date: slot for slot in due(at, zone, last, now)}
    day = last.astimezone(zone).date() - timedelta(days=2)
    while day <= now.astimezone(zone).date() + timedelta(days=2):
        expected = moment(day, at, zone)
        if expected is not None and last < expected <= now:
            assert found[day].at == expected
            expired = now - expected >= WINDOW
            assert (found[day].fate is RunState.EXPIRED) == expired
        day += timedelta(days=1)
    assert all(slot.at <= now for slot in found.values())


@given(times, st.timedeltas(timedelta(minutes=1), timedelta(days=2)))
def test_a_clock_set_back_loses_and_doubles_nothing(at: time, back: timedelta) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    before = {slot.local_date for slot in due(at, DHAKA, now - timedelta(days=1), now)}
    after_it = due(at, DHAKA, now, now - back)
    assert all(slot.at <= now - back for slot in after_it)
    again = {slot.local_date for slot in due(at, DHAKA, now - back, now)}
    assert before & again == {day for day in again if day in before}
    assert len({slot.local_date for slot in after_it}) == len(after_it)


@pytest.mark.parametrize(
    ("down", "fate"),
    [
        (timedelta(minutes=1), RunState.DONE),
        (timedelta(hours=3), RunState.LATE),
        (timedelta(hours=7), RunState.EXPIRED),
    ],
)
def test_how_late_is_late(down: timedelta, fate: RunState) -> None:
    nine = datetime(2026, 11, 22, 9, tzinfo=DHAKA)
    (slot,) = due(time(9), DHAKA, nine - timedelta(minutes=1), nine + down)
    assert slot.fate is fate
    assert slot.lateness == down


def test_the_first_tick_ever_reports_nothing_of_the_past() -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=DHAKA)
    assert [slot.fate for slot in due(time(9), DHAKA, None, noon)] == [RunState.LATE]
    assert due(time(9), DHAKA, None, noon + timedelta(hours=6)) == ()


def test_after_a_very_long_standstill_only_the_last_weeks_are_told() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=DHAKA)
    found = due(time(9), DHAKA, now - timedelta(days=400), now)
    assert len(found) == LOOK_BACK.days
    assert [slot.at for slot in found] == sorted(slot.at for slot in found)


def test_days_off_and_times_before_one_joined() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=DHAKA)  # a Sunday
    week = now - timedelta(days=7)
    assert [slot.local_date.isoweekday() for slot in due(time(9), DHAKA, week, now, weekdays={1, 3})] == [1, 3]
    joined = datetime(2026, 11, 20, 9, 1, tzinfo=DHAKA)
    assert [slot.local_date.day for slot in due(time(9), DHAKA, week, now, since=joined)] == [21, 22]


@given(st.sampled_from(ZONES), times, st.sets(st.integers(1, 7), min_size=1))
def test_the_next_moment_is_the_next_slot(name: str, at: time, weekdays: set[int]) -> None:
    zone = ZoneInfo(name)
    now = datetime(2026, 3, 27, 23, 45, tzinfo=UTC)
    following = next_moment(at, zone, now=now, on=lambda day: day.isoweekday() in weekdays)
    assert following is not None
    assert following > now
    assert following.astimezone(zone).isoweekday() in weekdays
    between = due(at, zone, now, following - timedelta(minutes=1), weekdays=weekdays)
    assume(following - now > timedelta(minutes=1))
    assert not [slot for slot in between if slot.at > now]


def test_nobody_who_never_works_has_a_next_moment() -> None:
    assert next_moment(time(9), DHAKA, now=datetime(2026, 11, 22, tzinfo=UTC), on=lambda _: False) is None
