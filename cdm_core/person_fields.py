"""What people type into one field of a customer or a relative, read and judged.

Each function takes the whole answer and raises ``CdmError`` with a code that says in words what is wrong with it.
"""

from datetime import date

from cdm_core.errors import CdmError
from cdm_core.imports import values
from cdm_core.phones import to_e164
from cdm_core.told_days import ToldDay, only_day

OLDEST = 120
"""Years of age, or of marriage, that nobody reaches."""


def name(text: str, longest: int = 255) -> str:
    """One line with at least a letter. Raises ``no_letters``, ``too_many_letters``."""
    written = words(text, longest)
    if not any(map(str.isalpha, written)):
        raise CdmError("no_letters", text=written)
    return written


def words(text: str, longest: int) -> str:
    """One line of at most ``longest`` characters. Raises ``too_many_letters``."""
    written = values.clean(text)
    if len(written) > longest:
        raise CdmError("too_many_letters", letters=len(written), limit=longest)
    return written


def phone(text: str, country: str) -> str:
    """As E.164. Raises ``bad_phone``."""
    found = to_e164(text, country)
    if found is None:
        raise CdmError("bad_phone", text=values.clean(text))
    return found


def email(text: str) -> str:
    """In small letters. Raises ``bad_email``."""
    written = values.clean(text)
    try:
        return values.email(written)
    except values.Bad:
        raise CdmError("bad_email", text=written) from None


def birthday(text: str, today: date, country: str) -> tuple[date | None, int, int]:
    """(date, or None where no year was said; month; day). Raises ``no_day`` and what ``past`` raises."""
    told = _day(text, today, country)
    return told.date and past(told.date, today), told.month, told.day


def anniversary(text: str, today: date, country: str) -> date:
    """Raises ``no_day``, ``no_year`` and what ``past`` raises."""
    told = _day(text, today, country)
    if told.date is None:
        raise CdmError("no_year", month=told.month, day=told.day)
    return past(told.date, today)


def past(day: date, today: date) -> date:
    """``day``, if somebody alive has seen it. Raises ``day_to_come``, ``too_long_ago``."""
    if day > today:
        raise CdmError("day_to_come", day=day)
    if today.year - day.year > OLDEST:
        raise CdmError("too_long_ago", day=day, years=today.year - day.year, limit=OLDEST)
    return day


def _day(text: str, today: date, country: str) -> ToldDay:
    told = only_day(text, today, country)
    if told is None:
        raise CdmError("no_day", text=values.clean(text))
    return told
