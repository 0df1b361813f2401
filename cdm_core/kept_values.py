"""Columns and values as JSON keeps them, and back: what undoing restores."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, Table


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns and values as JSON keeps them: dates and moments in ISO 8601."""
    return {column: value.isoformat() if isinstance(value, date) else value for column, value in values.items()}


def typed(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """What ``plain`` made of columns of ``table``, as the database takes it."""
    return {column: _typed(table, column, value) for column, value in values.items()}


def _typed(table: Table, column: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    kind = table.c[column].type
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value
