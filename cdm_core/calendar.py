"""The business calendar: weekend, public holidays, quiet hours, Friday's prayer.

Holidays are those of the ``holidays`` package for the shop's country, which does not know all of them and estimates
the Islamic ones ahead of time: the settings ``holidays_extra`` and ``holidays_off`` correct it.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from cdm_core.thresholds import Thresholds
from cdm_core.words import Language

_FRIDAY = 5
_LANGUAGES = {Language.BN: "bn", Language.EN: "en_US"}
_LONGEST_BREAK = 30


def holiday(day: date, thresholds: Thresholds, language: Language = Language.EN) -> str | None:
    """The name of the public holiday, in ``language`` where the package has it so; None: it is none."""
    extra = dict(thresholds.holidays_extra)
    if day in extra:
        return extra[day] or "Holiday"
    if day in thresholds.holidays_off:
        return None
    return _public(thresholds.country, day.year, language).get(day)


def day_off(day: date, thresholds: Thresholds) -> bool:
    """Weekend or public holiday."""
    return day.isoweekday() in thresholds.weekend or holiday(day, thresholds) is not None


def working_day(after: date, thresholds: Thresholds) -> date:
    """The first working day after ``after``; where there is none for a month, the next day."""
    days = [after + timedelta(days=ahead) for ahead in range(1, _LONGEST_BREAK)]
    return next((day for day in days if not day_off(day, thresholds)), days[0])


def quiet(moment: datetime, thresholds: Thresholds) -> bool:
    """Whether nobody is to be rung up at ``moment``: outside the working hours, or in Friday's prayer."""
    local = moment.astimezone(thresholds.zone)
    at = local.time()
    return not thresholds.workday_start <= at < thresholds.workday_end or _praying(local.date(), at, thresholds)


def loud_at(moment: datetime, thresholds: Thresholds) -> datetime:
    """``moment`` itself, or the first one after it that is not quiet, whatever the day."""
    local = moment.astimezone(thresholds.zone)
    if not quiet(moment, thresholds):
        return moment
    if _praying(local.date(), local.time(), thresholds) and thresholds.jumuah_end < thresholds.workday_end:
        return datetime.combine(local.date(), thresholds.jumuah_end, thresholds.zone)
    day = local.date() if local.time() < thresholds.workday_start else local.date() + timedelta(days=1)
    return datetime.combine(day, thresholds.workday_start, thresholds.zone)


def loud_until(moment: datetime, thresholds: Thresholds) -> datetime:
    """When the hours in which people may be rung up end, ``moment`` being one of them."""
    local = moment.astimezone(thresholds.zone)
    prayer = local.isoweekday() == _FRIDAY and local.time() < thresholds.jumuah_start
    end = min(thresholds.workday_end, thresholds.jumuah_start) if prayer else thresholds.workday_end
    return datetime.combine(local.date(), end, thresholds.zone)


def _praying(day: date, at: time, thresholds: Thresholds) -> bool:
    return day.isoweekday() == _FRIDAY and thresholds.jumuah_start <= at < thresholds.jumuah_end


@lru_cache(maxsize=32)
def _public(country: str, year: int, language: Language) -> Mapping[date, str]:
    import holidays  # a fifth of a second with all its countries, which most commands never ask

    known = holidays.list_supported_countries()
    if country not in known:
        return {}
    calendar = holidays.country_holidays(country)
    wanted = _LANGUAGES[language]
    named = wanted if wanted in calendar.supported_languages else calendar.default_language
    return dict(holidays.country_holidays(country, years=year, language=named))
