"""What a merged customer takes over from the one who goes: everything that nobody has filled in yet."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row

from cdm_core.words import ProfileField

_TOGETHER = (
    ("first_name", "last_name", "name_key", "name_skeletons"),
    ("phone", "phone_e164"),
    ("date_of_birth", "birth_month", "birth_day"),
    ("email",),
    ("address",),
    ("city",),
    ("district",),
    ("gender",),
    ("marital_status",),
    ("anniversary_date",),
    ("profession",),
    ("available_time",),
    ("preferred_channel",),
    ("preferred_language",),
    ("source",),
    ("owner_id",),
    ("do_not_call_at", "do_not_call_by"),
)
"""Columns that are filled together or not at all."""

_OF_A_RELATIVE = (
    ("phone", "phone_e164"),
    ("date_of_birth", "birth_month", "birth_day"),
    ("email",),
    ("anniversary_date",),
    ("gender",),
    ("profession",),
)

_FIELDS = {str(field): field for field in ProfileField if field is not ProfileField.LAST_NAME} | {
    "first_name": ProfileField.NAME,
    "birth_month": ProfileField.DATE_OF_BIRTH,
}


def filled(kept: Row[Any], gone: Row[Any]) -> dict[str, Any]:
    """The columns of ``kept`` (a row of ``customers``) to set, with their values; tags of both, the start
    that is known, or the earlier."""
    values = _missing(kept, gone, _TOGETHER)
    new_tags = [tag for tag in gone.tags if tag not in kept.tags]
    if new_tags:
        values["tags"] = [*kept.tags, *new_tags]
    if (gone.came_unknown, gone.created_at) < (kept.came_unknown, kept.created_at):
        values |= {"created_at": gone.created_at, "came_unknown": gone.came_unknown}
    return values


def fields(values: Mapping[str, Any]) -> tuple[ProfileField, ...]:
    """What of a profile was ``filled``."""
    return tuple(dict.fromkeys(_FIELDS[column] for column in values if column in _FIELDS))


def relative_filled(kept: Row[Any], gone: Row[Any]) -> dict[str, Any]:
    """The same for a relative whom both have, of rows of ``customer_family_members``."""
    return _missing(kept, gone, _OF_A_RELATIVE)


def _missing(kept: Row[Any], gone: Row[Any], groups: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for columns in groups:
        if not any(_has(kept, column) for column in columns) and any(_has(gone, column) for column in columns):
            values |= {column: getattr(gone, column) for column in columns}
    return values


def _has(row: Row[Any], column: str) -> bool:
    return getattr(row, column) not in (None, "", [])
