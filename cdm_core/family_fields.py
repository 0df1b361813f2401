"""What is kept of a relative, as columns and values: out of a line, out of an answer about one field."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping

from cdm_core import profile_values
from cdm_core.clock import local_date
from cdm_core.family_line import FamilyLine
from cdm_core.phones import to_e164
from cdm_core.thresholds import Thresholds
from cdm_core.words import ProfileField, Relationship, RelativeField

_COLUMNS: dict[RelativeField, tuple[str, ...]] = {
    RelativeField.DATE_OF_BIRTH: ("date_of_birth", "birth_month", "birth_day"),
    RelativeField.ANNIVERSARY_DATE: ("anniversary_date",),
    RelativeField.PHONE: ("phone", "phone_e164"),
    RelativeField.EMAIL: ("email",),
    RelativeField.GENDER: ("gender",),
    RelativeField.PROFESSION: ("profession",),
}


def values_of(line: FamilyLine, *, now: datetime, thresholds: Thresholds) -> dict[str, Any]:
    """The columns that ``line`` tells of. Raises as ``read_field`` does."""

    def judged(field: RelativeField, text: str) -> dict[str, Any]:
        return read_field(field, text, now=now, thresholds=thresholds)

    values: dict[str, Any] = {}
    if line.relationship is not None:
        values["relationship"] = line.relationship
    if line.name:
        values |= judged(RelativeField.NAME, line.name)
    if line.gender is not None:
        values["gender"] = line.gender
    if line.phone is not None:
        values |= judged(RelativeField.PHONE, line.phone)
    if line.email is not None:
        values |= judged(RelativeField.EMAIL, line.email)
    if line.date_of_birth is not None:
        values |= judged(RelativeField.DATE_OF_BIRTH, f"{line.date_of_birth:%d/%m/%Y}")
    elif line.birthday is not None:
        values |= birthday_columns(None, *line.birthday)
    if line.anniversary is not None:
        values |= judged(RelativeField.ANNIVERSARY_DATE, f"{line.anniversary:%d/%m/%Y}")
    return values


def values_of_fields(
    told: Mapping[RelativeField, str | date | None], *, now: datetime, thresholds: Thresholds
) -> dict[str, Any]:
    """The columns that these fields set, as a program tells them; nothing ("" or None) empties a field that may be.

    Raises as ``read_field`` does.
    """
    values: dict[str, Any] = {}
    for field, value in told.items():
        if field is RelativeField.RELATIONSHIP:
            values["relationship"] = Relationship(str(value))
        elif not value and field is not RelativeField.NAME:
            values |= cleared(field)
        else:
            text = f"{value:%d/%m/%Y}" if isinstance(value, date) else value or ""
            values |= read_field(field, text, now=now, thresholds=thresholds)
    return values


def read_field(field: RelativeField, text: str, *, now: datetime, thresholds: Thresholds) -> dict[str, Any]:
    """The columns that an answer about one field sets, as a customer's own are read.

    Raises ``CdmError("bad_value", …)`` as ``profile_values.validate`` does. The relationship is chosen: ValueError.
    """
    today = local_date(now, thresholds.zone)
    values = profile_values.validate(ProfileField(field), text, today=today, thresholds=thresholds)
    match field:
        case RelativeField.NAME:
            return {"name": profile_values.lettered(text)}
        case RelativeField.DATE_OF_BIRTH:
            return birthday_columns(values["date_of_birth"], values["birth_month"], values["birth_day"])
        case RelativeField.PHONE:
            return {**values, "phone_e164": to_e164(values["phone"], thresholds.country)}
    return values


def cleared(field: RelativeField) -> dict[str, Any]:
    """The columns of a field that may be empty, emptied; none of one that may not."""
    return dict.fromkeys(_COLUMNS.get(field, ()))


def birthday_columns(born: date | None, month: int, day: int) -> dict[str, Any]:
    """``born`` is the date, None where its year is not known: month and day then stand beside it."""
    return {"date_of_birth": born, "birth_month": None if born else month, "birth_day": None if born else day}


def new_values(held: RowMapping, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``values`` that are not ``held`` already, the columns of a field together.

    A birthday without its year says nothing new of a whole one.
    """
    new = {column for column, value in values.items() if held[column] != value}
    if "date_of_birth" in values and _says_no_more(held, values):
        new.difference_update(_COLUMNS[RelativeField.DATE_OF_BIRTH])
    for columns in _COLUMNS.values():
        new.update(columns if new.intersection(columns) else ())
    return {column: value for column, value in values.items() if column in new}


def _says_no_more(held: RowMapping, values: Mapping[str, Any]) -> bool:
    born: date | None = held["date_of_birth"]
    if born is None:
        return False
    return values["date_of_birth"] == born or (values["birth_month"], values["birth_day"]) == (born.month, born.day)
