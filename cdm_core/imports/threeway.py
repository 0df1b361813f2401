"""What a file changed since its last import, and never what a person changed here.

Three states of each value: ``was`` (as last imported), ``said`` (by the file now) and ``held`` (by us). It is taken
over where the file says something new and we still hold what it said before; a first import fills what is empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cdm_core.imports.columns import Columns


@dataclass(frozen=True, slots=True)
class Unit:
    """Columns that change together, each with its SQL type; all the staged cells are text.

    ``fields`` are the file's that feed it, ``derived`` the columns that follow from it; ``blank`` is the SQL of what
    our columns hold when there is nothing.
    """

    columns: tuple[tuple[str, str], ...]
    fields: tuple[str, ...]
    derived: tuple[tuple[str, str], ...] = ()
    blank: str = "NULL"


def single(name: str, kind: str = "text", *, field: str | None = None) -> Unit:
    """One column of its own, fed by the field of its name unless told otherwise."""
    return Unit(((name, kind),), (field or name,))


def present(units: Iterable[Unit], columns: Columns) -> list[Unit]:
    """Those the file has a column for."""
    return [unit for unit in units if any(field in columns.at for field in unit.fields)]


def takes(units: Sequence[Unit]) -> str:
    """A select list: ``take_0`` … whether each unit is taken over, over ``said``, ``was`` (jsonb) and ``held``."""
    return (
        ", ".join(
            f"{_said(unit)} IS DISTINCT FROM {_was(unit)} AND {_held(unit)} IS NOT DISTINCT FROM {_was(unit)}"
            f" AS take_{number}"
            for number, unit in enumerate(units)
        )
        or "NULL AS take_nothing"
    )


def any_taken(units: Sequence[Unit]) -> str:
    """Whether anything is."""
    return " OR ".join(f"take_{number}" for number in range(len(units))) or "false"


def assignments(units: Sequence[Unit]) -> str:
    """The SET list of an UPDATE of ``held`` from a table ``said`` that has the ``takes``."""
    return "".join(
        f"{name} = CASE WHEN take_{number} THEN coalesce(said.{name}, {blank})::{kind} ELSE held.{name} END, "
        for number, unit in enumerate(units)
        for columns, blank in ((unit.columns, unit.blank), (unit.derived, "NULL"))
        for name, kind in columns
    )


def remembered(units: Sequence[Unit]) -> str:
    """The jsonb to keep: what was imported, with what the file says now of the columns it has."""
    names = [name for unit in units for name, _ in unit.columns]
    forgotten = ", ".join(f"'{name}'" for name in names)
    pairs = ", ".join(f"'{name}', said.{name}" for name in names)
    return f"coalesce(was, '{{}}') - ARRAY[{forgotten}]::text[] || jsonb_strip_nulls(jsonb_build_object({pairs}))"


def staged(units: Iterable[Unit]) -> str:
    """The columns of the staging table for all the units, used by the file or not."""
    return ", ".join(f"{name} text" for unit in units for name, _ in (*unit.columns, *unit.derived))


def _said(unit: Unit) -> str:
    return _row(f"said.{name}" for name, _ in unit.columns)


def _was(unit: Unit) -> str:
    return _row(f"was->>'{name}'" for name, _ in unit.columns)


def _held(unit: Unit) -> str:
    return _row(f"nullif(held.{name}::text, '')" for name, _ in unit.columns)


def _row(cells: Iterable[str]) -> str:
    return f"ROW({', '.join(cells)})"
