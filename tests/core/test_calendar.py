"""The business calendar of Bangladesh: Friday and Saturday off, public holidays, quiet hours, Friday's prayer."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import calendar, thresholds
from cdm_core.thresholds import Thresholds
from cdm_core.words import Language

DHAKA = ZoneInfo("Asia/Dhaka")


@pytest.fixture
async def shop(session: AsyncSession) -> Thresholds:
    return await thresholds.load(session)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=DHAKA)


@pytest.mark.parametrize(
    ("day", "off"),
    [
        (date(2026, 11, 22), False),
        (date(2026, 11, 27), True),
        (date(2026, 11, 28), True),
        (date(2026, 12, 16), True),
        (date(2026, 12, 17), False),
    ],
)
def test_days_off(shop: Thresholds, day: date, off: bool) -> None:
    assert calendar.day_off(day, shop) is off


def test_a_holiday_is_named_in_both_languages(shop: Thresholds) -> None:
    victory = date(2026, 12, 16)
    assert calendar.holiday(victory, shop) == "Victory Day"
    assert calendar.holiday(victory, shop, Language.BN) == "বিজয় দিবস"


def test_an_admin_corrects_the_calendar(shop: Thresholds) -> None:
    durga, victory = date(2026, 10, 20), date(2026, 12, 16)
    corrected = replace(shop, holidays_extra=((durga, "Durga Puja"),), holidays_off=frozenset({victory}))
    assert calendar.holiday(durga, corrected) == "Durga Puja"
    assert not calendar.day_off(victory, corrected)


def test_an_unknown_country_has_weekends_alone(shop: Thresholds) -> None:
    elsewhere = replace(shop, country="XX")
    assert calendar.holiday(date(2026, 12, 16), elsewhere) is None
    assert calendar.day_off(date(2026, 11, 27), elsewhere)


def test_the_working_day_after_a_weekend_and_a_holiday(shop: Thresholds) -> None:
    assert calendar.working_day(date(2026, 11, 26), shop) == date(2026, 11, 29)
    assert calendar.working_day(date(2026, 12, 15), shop) == date(2026, 12, 17)


def test_a_shop_that_never_works_gets_the_next_day(shop: Thresholds) -> None:
    assert calendar.working_day(date(2026, 11, 26), replace(shop, weekend=frozenset(range(1, 8)))) == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("moment", "loud"),
    [
        ("2026-11-22 11:10", "2026-11-22 11:10"),
        ("2026-11-22 08:59", "2026-11-22 09:00"),
        ("2026-11-22 21:00", "2026-11-23 09:00"),
        ("2026-11-23 00:30", "2026-11-23 09:00"),
        ("2026-11-27 12:30", "2026-11-27 14:30"),
        ("2026-11-27 12:29", "2026-11-27 12:29"),
        ("2026-11-26 13:00", "2026-11-26 13:00"),
    ],
)
def test_quiet_hours_and_jumuah(shop: Thresholds, moment: str, loud: str) -> None:
    assert calendar.loud_at(at(moment), shop) == at(loud)
    assert calendar.quiet(at(moment), shop) is (moment != loud)


async def test_the_settings_of_holidays_are_read_as_they_are_written(session: AsyncSession, now: datetime) -> None:
    await thresholds.change(session, "holidays_extra", "2026-10-20 Durga Puja, 2026-10-21", now=now, staff_id=None)
    await thresholds.change(session, "holidays_off", "2026-12-25", now=now, staff_id=None)
    read = await thresholds.load(session)
    assert read.holidays_extra == ((date(2026, 10, 20), "Durga Puja"), (date(2026, 10, 21), ""))
    assert read.holidays_off == {date(2026, 12, 25)}
