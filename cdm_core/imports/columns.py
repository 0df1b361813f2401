"""Which column of a file is which field: by the names people give them, in English and Bengali, or as told."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdm_core.errors import CdmError

IGNORE = "-"
"""The field of a column that is to be left out: ``--map "Notes=-"``."""

_GAP = re.compile(r"[^\w\u0980-\u09ff]+|_+")


@dataclass(frozen=True, slots=True)
class Field:
    """``names`` are what else its column is called, written as :func:`plain` gives them.

    What cannot be read of a ``forgiven`` one counts as blank, and is told; of another it costs the row.
    """

    name: str
    names: tuple[str, ...] = ()
    required: bool = False
    forgiven: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """``pairs``: every column of the file with its field, or None when it is not used; ``at``: field → position."""

    pairs: tuple[tuple[str, str | None], ...]
    at: Mapping[str, int]


def plain(header: str) -> str:
    """A header as it is compared: "Order ID" and "order_id" are one."""
    folded = unicodedata.normalize("NFC", header).casefold()
    return _GAP.sub(" ", folded).strip()


def resolve(header: Sequence[str], fields: Sequence[Field], told: Mapping[str, str] | None = None) -> Columns:
    """Give each column of ``header`` its field; ``told`` (column → field) goes before what the names say.

    Of two columns for one field the first counts. Raises ``CdmError``: "import_no_such_column" (column, columns),
    "import_no_such_field" (field, fields), "import_columns_missing" (fields).
    """
    chosen = _told(header, fields, told or {})
    taken = {field for field in chosen.values() if field != IGNORE}
    known = {plain(name): field.name for field in fields for name in (*field.names, field.name)}
    for position, column in enumerate(header):
        field = known.get(plain(column))
        if position not in chosen and field is not None and field not in taken:
            chosen[position] = field
            taken.add(field)
    missing = [field.name for field in fields if field.required and field.name not in taken]
    if missing:
        raise CdmError("import_columns_missing", fields=missing, columns=list(header))
    used = {position: field for position, field in chosen.items() if field != IGNORE}
    return Columns(
        pairs=tuple((column, used.get(position)) for position, column in enumerate(header)),
        at={field: position for position, field in used.items()},
    )


def _told(header: Sequence[str], fields: Sequence[Field], told: Mapping[str, str]) -> dict[int, str]:
    names = [field.name for field in fields]
    chosen: dict[int, str] = {}
    for column, field in told.items():
        position = next((at for at, name in enumerate(header) if plain(name) == plain(column)), None)
        if position is None:
            raise CdmError("import_no_such_column", column=column, columns=list(header))
        if field != IGNORE and field not in names:
            raise CdmError("import_no_such_field", field=field, fields=names)
        chosen[position] = field
    return chosen
