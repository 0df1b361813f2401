"""Moments, days and spans as people say them: relative to now, in the business zone, in either language.

Nothing here reads a clock: ``Speech`` brings now, zone and language. English has 24 hours; Bengali has twelve and
the part of the day.
"""

from calendar import isleap
from datetime import date, datetime, time, timedelta

from cdm_core.words import Language
from templates.numbers import digits
from templates.speech import Speech
from templates.vocabulary import render_words

DAY_PARTS = ((4, "dawn"), (6, "morning"), (12, "noon"), (15, "afternoon"), (18, "evening"), (20, "night"))
"""The hour at which each part of the day begins; the last one lasts until the first."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NEAR_DAYS = 180
_PART_MAY_GO = timedelta(hours=3)


def day_part(hour: int) -> str:
    """The code of the part of the day an hour (0 to 23) belongs to."""
    return next((code for start, code in reversed(DAY_PARTS) if hour >= start), DAY_PARTS[-1][1])


def ago(past: datetime | date, speech: Speech) -> str:
    """``just now``, ``5 min ago``, ``3 h ago``, then by calendar days: ``2 d ago``, ``4 mo ago``, ``2 y ago``.

    A plain date gives ``today``, ``yesterday``, ``2 d ago``. What lies ahead of now counts as now.
    """
    if isinstance(past, datetime):
        if speech.now - past < timedelta(minutes=1):
            return speech.gettext("just now")
    elif past >= speech.today:
        return speech.gettext("today")
    elif past == speech.today - timedelta(days=1):
        return speech.gettext("yesterday")
    match _since(past, speech):
        case number, "min":
            return speech.gettext("%(n)s min ago", n=_n(number, speech))
        case number, "h":
            return speech.gettext("%(n)s h ago", n=_n(number, speech))
        case number, "d":
            return speech.gettext("%(n)s d ago", n=_n(number, speech))
        case number, "mo":
            return speech.gettext("%(n)s mo ago", n=_n(number, speech))
        case number, _:
            return speech.gettext("%(n)s y ago", n=_n(number, speech))


def lasting(since: datetime, speech: Speech) -> str:
    """How long something waits or is late: ``5 min``, ``3 h``, ``2 d``, counted as ``ago`` counts."""
    match _since(since, speech):
        case number, "min":
            return speech.gettext("%(n)s min", n=_n(max(1, number), speech))
        case number, "h":
            return speech.gettext("%(n)s h", n=_n(number, speech))
        case number, "d":
            return days(number, speech)
        case number, "mo":
            return speech.gettext("%(n)s mo", n=_n(number, speech))
        case number, _:
            return speech.gettext("%(n)s y", n=_n(number, speech))


def _since(past: datetime | date, speech: Speech) -> tuple[int, str]:
    """How much time has passed, and in what: whole minutes, hours, then calendar days, months or years."""
    day = past
    if isinstance(past, datetime):
        elapsed, day = speech.now - past, speech.local(past).date()
        if elapsed < timedelta(hours=1):
            return max(0, elapsed // timedelta(minutes=1)), "min"
        if elapsed < timedelta(days=1):
            return elapsed // timedelta(hours=1), "h"
    passed = (speech.today - day).days
    if passed < 100:
        return passed, "d"
    months = (speech.today.year - day.year) * 12 + speech.today.month - day.month
    months -= speech.today.day < day.day
    return (months, "mo") if months < 24 else (months // 12, "y")


def span(length: timedelta, speech: Speech) -> str:
    """A length: ``20 min`` (rounded, at least 1) below two hours, ``5 h`` below a day, else ``30 d``. What lasts until
    now is counted by ``lasting``."""
    minutes = max(1, int(length.total_seconds() / 60 + 0.5))
    if minutes < 120:
        return speech.gettext("%(n)s min", n=_n(minutes, speech))
    if minutes < 24 * 60:
        return speech.gettext("%(n)s h", n=_n(minutes // 60, speech))
    return days(minutes // (24 * 60), speech)


def days(number: int, speech: Speech) -> str:
    """``30 d``."""
    return speech.gettext("%(n)s d", n=_n(number, speech))


def when(moment: datetime, speech: Speech) -> str:
    """``today 18:00``, ``tomorrow 10:00``, ``yesterday 18:00``, ``Tue 24 Nov 17:00``: stays true when read late."""
    local = speech.local(moment)
    return speech.gettext(
        "%(day)s %(clock)s", day=relative_day(local.date(), speech), clock=clock(local.time(), speech)
    )


def until(moment: datetime, speech: Speech) -> str:
    """``in 30 min`` within the hour, else as ``when``."""
    ahead = speech.now <= moment < speech.now + timedelta(hours=1)
    if not ahead:
        return when(moment, speech)
    minutes = max(1, (moment - speech.now) // timedelta(minutes=1))
    return speech.gettext("in %(n)s min", n=_n(minutes, speech))


def when_dated(moment: datetime, speech: Speech) -> str:
    """As ``when``, and tomorrow with its date, for what was just booked: ``tomorrow, Mon 23 Nov 18:00``."""
    local = speech.local(moment)
    if local.date() != speech.today + timedelta(days=1):
        return when(moment, speech)
    return speech.gettext(
        "tomorrow, %(date)s %(clock)s", date=day(local.date(), speech), clock=clock(local.time(), speech)
    )


def relative_day(value: date, speech: Speech) -> str:
    """``today``, ``tomorrow``, ``yesterday``, else the date."""
    match (value - speech.today).days:
        case 0:
            return speech.gettext("today")
        case 1:
            return speech.gettext("tomorrow")
        case -1:
            return speech.gettext("yesterday")
        case _:
            return day(value, speech)


def day(value: date, speech: Speech) -> str:
    """``Tue 24 Nov``; half a year away and more ``24 Nov 2025``."""
    if abs((value - speech.today).days) > _NEAR_DAYS:
        return full_date(value, speech)
    return f"{weekday(value, speech)} {month_day(value.month, value.day, speech)}"


def short_date(value: date, speech: Speech) -> str:
    """``3 Nov``; half a year away and more with its year."""
    if abs((value - speech.today).days) > _NEAR_DAYS:
        return full_date(value, speech)
    return month_day(value.month, value.day, speech)


def full_date(value: date, speech: Speech) -> str:
    """``24 Nov 2025``."""
    return f"{month_day(value.month, value.day, speech)} {_n(value.year, speech)}"


def birth_date(value: date, speech: Speech) -> str:
    """``15 May 1992 (34)``: the date and the age today."""
    return f"{full_date(value, speech)} ({_n(age(value, speech.today), speech)})"


def month_day(month: int, day_of_month: int, speech: Speech) -> str:
    """``15 May``, for a day of the year as well."""
    return f"{_n(day_of_month, speech)} {render_words('month', _MONTHS[month - 1], speech)}"


def weekday(value: date, speech: Speech) -> str:
    """``Tue``."""
    return render_words("weekday", _WEEKDAYS[value.weekday()], speech)


def weekday_day(value: date, speech: Speech) -> str:
    """``Fri 27``, where the month is plain."""
    return f"{weekday(value, speech)} {_n(value.day, speech)}"


def day_range(first: date, last: date, speech: Speech) -> str:
    """``Tue 24 – Thu 26 Nov``, ``Mon 30 Nov – Wed 2 Dec``; one day alone as ``day``."""
    if first == last:
        return day(first, speech)
    same_month = (first.year, first.month) == (last.year, last.month)
    return f"{weekday_day(first, speech) if same_month else day(first, speech)} – {day(last, speech)}"


def age(born: date, today: date) -> int:
    """Whole years, at least 0; one born on 29 February grows older on the 28th of ordinary years."""
    birthday = (born.month, born.day)
    if birthday == (2, 29) and not isleap(today.year):
        birthday = (2, 28)
    return max(0, today.year - born.year - ((today.month, today.day) < birthday))


def clock(moment: datetime | time, speech: Speech) -> str:
    """``18:00`` · ``সন্ধ্যা ৬টা``, ``সন্ধ্যা ৬:৩০``. A plain time is local already."""
    at = _time(moment, speech)
    if speech.language is Language.EN:
        return f"{at:%H:%M}"
    return f"{_part(at, speech)} {_twelve(at, speech)}"


def short_clock(moment: datetime, speech: Speech) -> str:
    """As ``clock``, but within three hours of now without the part of the day: ``১১:০৪``, ``৬টা``."""
    if speech.language is Language.EN or abs(moment - speech.now) > _PART_MAY_GO:
        return clock(moment, speech)
    return _twelve(_time(moment, speech), speech)


def clock_face(moment: datetime | time, speech: Speech) -> str:
    """Never the part of the day, for buttons beside a text that has it: ``13:10`` · ``১:১০``."""
    at = _time(moment, speech)
    return f"{at:%H:%M}" if speech.language is Language.EN else _twelve(at, speech)


def clock_at(moment: datetime | time, speech: Speech) -> str:
    """The hour at which something happens, within a sentence: ``at 09:00`` · ``সকাল ৯টায়``."""
    at = _time(moment, speech)
    if speech.language is Language.EN:
        return speech.gettext("at %(clock)s", clock=f"{at:%H:%M}")
    hour = _n(at.hour % 12 or 12, speech)
    if at.minute == 0:
        return speech.gettext("%(part)s at %(hour)s o'clock", part=_part(at, speech), hour=hour)
    return speech.gettext(
        "%(part)s at %(hour)s and %(minute)s minutes",
        part=_part(at, speech),
        hour=hour,
        minute=_n(at.minute, speech),
    )


def clock_range(start: time, end: time, speech: Speech) -> str:
    """``18–20``, ``18:30–20:00`` · ``সন্ধ্যা ৬–৮টা``. An end of 00:00 is midnight at the day's close."""
    if speech.language is Language.EN:
        if start.minute or end.minute:
            return f"{start:%H:%M}–{end.hour or (0 if end.minute else 24):02}:{end:%M}"
        return f"{start.hour}–{end.hour or 24}"
    last = time((end.hour - (end.minute == 0)) % 24)
    first_part, last_part = _part(start, speech), _part(last, speech)
    ending = _twelve(end, speech) if first_part == last_part else f"{last_part} {_twelve(end, speech)}"
    return f"{first_part} {_face(start, speech)}–{ending}"


def _time(moment: datetime | time, speech: Speech) -> time:
    return speech.local(moment).time() if isinstance(moment, datetime) else moment


def _part(at: time, speech: Speech) -> str:
    return render_words("day_part", day_part(at.hour), speech)


def _face(at: time, speech: Speech) -> str:
    """Twelve hours, no word: ``৬``, ``৬:৩০``."""
    hour = at.hour % 12 or 12
    return digits(f"{hour}:{at:%M}" if at.minute else str(hour), speech.language)


def _twelve(at: time, speech: Speech) -> str:
    face = _face(at, speech)
    return face if at.minute else speech.gettext("%(hour)s o'clock", hour=face)


def _n(number: int, speech: Speech) -> str:
    return digits(str(number), speech.language)
