"""What is kept of a relative, as columns and values: out of a line, out of an answer about one field."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from cdm_core import person_fields
from cdm_core.clock import local_date
from cdm_core.family_line import FamilyLine
from cdm_core.thresholds import Thresholds
from cdm_core.words import RelativeField

_LONGEST_NAME = 255
_LONGEST_PROFESSION = 100
_COLUMNS: dict[RelativeField, tuple[str, ...]] = {
    RelativeField.BIRTHDAY: ("date_of_birth", "birth_month", "birth_day"),
    RelativeField.ANNIVERSARY: ("anniversary_date",),
    RelativeField.PHONE: ("phone", "phone_e164"),
    RelativeField.EMAIL: ("email",),
    RelativeField.GENDER: ("gender",),
    RelativeField.PROFESSION: ("profession",),
}


def values_of(line: FamilyLine, *, now: datetime, thresholds: Thresholds) -> dict[str, Any]:
    """The columns that ``line`` tells of. Raises as ``person_fields.name`` and ``person_fields.past`` do."""
    today = local_date(now, thresholds.zone)
    values: dict[str, Any] = {}
    if line.relationship is not None:
        values["relationship"] = line.relationship
    if line.name:
        values["name"] = person_fields.name(line.name, _LONGEST_NAME)
    if line.gender is not None:
        values["gender"] = line.gender
    if line.phone is not None:
        values |= {"phone": line.phone, "phone_e164": line.phone}
    if line.email is not None:
        values["email"] = line.email
    if line.birthday is not None:
        born = line.date_of_birth and person_fields.past(line.date_of_birth, today)
        values |= birthday_columns(born, *line.birthday)
    if line.anniversary is not None:
        values["anniversary_date"] = person_fields.past(line.anniversary, today)
    return values


def read_field(field: RelativeField, text: str, *, now: datetime, thresholds: Thresholds) -> dict[str, Any]:
    """The columns that an answer about one field sets. Raises as the functions of ``person_fields`` do.

    Relationship and gender are chosen, not typed: ValueError.
    """
    today = local_date(now, thresholds.zone)
    match field:
        case RelativeField.NAME:
            return {"name": person_fields.name(text, _LONGEST_NAME)}
        case RelativeField.BIRTHDAY:
            return birthday_columns(*person_fields.birthday(text, today, thresholds.country))
        case RelativeField.ANNIVERSARY:
            return {"anniversary_date": person_fields.anniversary(text, today, thresholds.country)}
        case RelativeField.PHONE:
            found = person_fields.phone(text, thresholds.country)
            return {"phone": found, "phone_e164": found}
        case RelativeField.EMAIL:
            return {"email": person_fields.email(text)}
        case RelativeField.PROFESSION:
            return {"profession": person_fields.words(text, _LONGEST_PROFESSION)}
    raise ValueError(f"{field} is not typed")


def cleared(field: RelativeField) -> dict[str, Any]:
    """The columns of a field that may be empty, emptied. KeyError for one that may not."""
    return dict.fromkeys(_COLUMNS[field])


def birthday_columns(born: date | None, month: int, day: int) -> dict[str, Any]:
    """``born`` is the date, None where its year is not known: month and day then stand beside it."""
    return {"date_of_birth": born, "birth_month": None if born else month, "birth_day": None if born else day}


def new_values(held: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``values`` that are not ``held`` already, the columns of a field together.

    A birthday without its year says nothing new of a whole one.
    """
    new = {column for column, value in values.items() if held[column] != value}
    if "date_of_birth" in values and _says_no_more(held, values):
        new.difference_update(_COLUMNS[RelativeField.BIRTHDAY])
    for columns in _COLUMNS.values():
        new.update(columns if new.intersection(columns) else ())
    return {column: value for column, value in values.items() if column in new}


def _says_no_more(held: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    born: date | None = held["date_of_birth"]
    if born is None:
        return False
    return values["date_of_birth"] == born or (values["birth_month"], values["birth_day"]) == (born.month, born.day)
