"""What an agent types for a field of a profile, as the columns of ``customers`` it sets."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from cdm_core.errors import CdmError
from cdm_core.imports import values, words
from cdm_core.imports.values import Bad
from cdm_core.phones import to_e164
from cdm_core.thresholds import Thresholds
from cdm_core.told_days import only_day
from cdm_core.typed_hours import typed_hours
from cdm_core.words import ProfileFault, ProfileField

OLDEST = 120
"""Years; a birthday or a wedding longer ago is a slip."""

LONGEST = {
    ProfileField.NAME: 255,
    ProfileField.FIRST_NAME: 255,
    ProfileField.LAST_NAME: 255,
    ProfileField.PHONE: 40,
    ProfileField.EMAIL: 255,
    ProfileField.ADDRESS: 1000,
    ProfileField.CITY: 100,
    ProfileField.DISTRICT: 100,
    ProfileField.PROFESSION: 100,
    ProfileField.AVAILABLE_TIME: 50,
    ProfileField.SOURCE: 50,
    ProfileField.TAGS: 300,
}
"""Characters a field takes; of the others a few words are known."""

_LONGEST_WORD = 60
_LONGEST_TAG = 30
_MOST_TAGS = 10
_CHOICES: Mapping[ProfileField, Mapping[str, str]] = {
    ProfileField.GENDER: words.GENDERS,
    ProfileField.MARITAL_STATUS: words.MARITAL,
    ProfileField.PREFERRED_CHANNEL: words.CHANNELS,
    ProfileField.PREFERRED_LANGUAGE: words.LANGUAGES,
}


def columns_of(field: ProfileField) -> tuple[str, ...]:
    """The columns that a change of the field sets."""
    match field:
        case ProfileField.NAME:
            return ("first_name", "last_name")
        case ProfileField.DATE_OF_BIRTH:
            return ("date_of_birth", "birth_month", "birth_day")
    return (field.value,)


def cleared(field: ProfileField) -> dict[str, Any]:
    """The columns of an empty field. Without a phone nobody finds them by it, without a name by that."""
    match field:
        case ProfileField.NAME | ProfileField.FIRST_NAME | ProfileField.LAST_NAME:
            return dict.fromkeys(columns_of(field), "")
        case ProfileField.TAGS:
            return {"tags": []}
    return dict.fromkeys(columns_of(field))


def validate(field: ProfileField, text: str, *, today: date, thresholds: Thresholds) -> dict[str, Any]:
    """The columns and values that ``text`` means for ``field``.

    A birthday may lack its year; hours become a range where they say one; a name's first word is the first name.
    Raises ``CdmError("bad_value", field=…, fault=…, text=…, limit=…)``: why it cannot be (``limit``: most characters,
    tags or years).
    """
    cell = values.clean(text)
    longest = LONGEST.get(field, _LONGEST_WORD)
    if not cell:
        raise _bad(field, ProfileFault.EMPTY, cell)
    if len(cell) > longest:
        raise _bad(field, ProfileFault.TOO_LONG, cell, longest)
    match field:
        case ProfileField.NAME:
            first, _, last = lettered(cell).partition(" ")
            return {"first_name": first, "last_name": last}
        case ProfileField.FIRST_NAME | ProfileField.LAST_NAME:
            return {field.value: lettered(cell, field)}
        case ProfileField.PHONE:
            if to_e164(cell, thresholds.country) is None:
                raise _bad(field, ProfileFault.PHONE, cell)
            return {"phone": cell}
        case ProfileField.EMAIL:
            return {"email": _read(field, ProfileFault.EMAIL, values.email, cell)}
        case ProfileField.DATE_OF_BIRTH | ProfileField.ANNIVERSARY_DATE:
            return _day(field, cell, today, thresholds)
        case ProfileField.AVAILABLE_TIME:
            return {"available_time": _hours(cell, thresholds)}
        case ProfileField.TAGS:
            return {"tags": _tags(cell)}
    if field in _CHOICES:
        return {field.value: _read(field, ProfileFault.CHOICE, values.word(_CHOICES[field]), cell)}
    return {field.value: cell}


def lettered(text: str, field: ProfileField = ProfileField.NAME) -> str:
    """A name as it is kept. Raises ``CdmError("bad_value", …)`` where it has no letter."""
    name = values.clean(text)
    if not any(map(str.isalpha, name)):
        raise _bad(field, ProfileFault.EMPTY, name)
    return name


def _day(field: ProfileField, cell: str, today: date, thresholds: Thresholds) -> dict[str, Any]:
    told = only_day(cell, today, thresholds.country)
    if told is None:
        raise _bad(field, ProfileFault.DATE, cell)
    if told.date is not None and told.date > today:
        raise _bad(field, ProfileFault.FUTURE, cell)
    if told.year is not None and today.year - told.year > OLDEST:
        raise _bad(field, ProfileFault.TOO_OLD, cell, OLDEST)
    if field is ProfileField.DATE_OF_BIRTH:
        return {"date_of_birth": told.date, "birth_month": told.month, "birth_day": told.day}
    if told.date is None:
        raise _bad(field, ProfileFault.YEAR, cell)
    return {"anniversary_date": told.date}


def _hours(cell: str, thresholds: Thresholds) -> str:
    said = typed_hours(cell, (thresholds.workday_start, thresholds.workday_end), thresholds.country)
    return cell if said is None else f"{said[0]:%H:%M}-{said[1]:%H:%M}"


def _tags(cell: str) -> list[str]:
    tags = list(dict.fromkeys(tag for part in cell.split(",") if (tag := part.strip(" #"))))
    if not tags:
        raise _bad(ProfileField.TAGS, ProfileFault.EMPTY, cell)
    if len(tags) > _MOST_TAGS:
        raise _bad(ProfileField.TAGS, ProfileFault.TOO_MANY, cell, _MOST_TAGS)
    if any(len(tag) > _LONGEST_TAG for tag in tags):
        raise _bad(ProfileField.TAGS, ProfileFault.TOO_LONG, cell, _LONGEST_TAG)
    return tags


def _read(field: ProfileField, fault: ProfileFault, read: Callable[[str], str], cell: str) -> str:
    try:
        return read(cell)
    except Bad:
        raise _bad(field, fault, cell) from None


def _bad(field: ProfileField, fault: ProfileFault, text: str, limit: int | None = None) -> CdmError:
    return CdmError("bad_value", field=field, fault=fault, text=text, limit=limit)
