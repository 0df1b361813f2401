"""Relatives, one a row, known by customer, name and relationship. Whom somebody removed a file does not bring back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.imports import keys, persons, threeway, values, words
from cdm_core.imports.columns import Columns, Field, plain
from cdm_core.imports.kind import Context, Counts, Kind, Shape
from cdm_core.imports.values import Bad, Fault

FIELDS = (
    Field("customer_id", keys.CUSTOMER_NAMES, required=True),
    Field("name", ("relative", "relative name", "family member", "member name", "আত্মীয়ের নাম", *persons.NAME_NAMES),
          required=True),
    Field("relationship", ("relation", "related as", "সম্পর্ক"), required=True),
    *persons.FIELDS,
)  # fmt: skip


def readers(context: Context) -> Mapping[str, Callable[[str], Any]]:
    relationship = values.word(words.RELATIONSHIPS)

    def related(cell: str) -> tuple[str, str | None]:
        return relationship(cell), words.GENDER_OF_RELATIVE.get(plain(cell))

    return {
        "customer_id": values.text(255),
        "name": values.text(255),
        "relationship": related,
        **persons.readers(context),
    }


def shape(context: Context, columns: Columns) -> Shape:
    """Rows of the staging table; "wife" says the gender too where no column does."""
    seen: set[tuple[str, str, str]] = set()

    def row(line: int, cells: Sequence[Any]) -> str:
        key, name, (relationship, told), phone, email, gender, *rest = cells
        context.refuse_erased(key)
        who = (key, name.casefold(), relationship)
        if who in seen:
            raise Bad(Fault.DUPLICATE, "name")
        person = persons.cells(phone, email, gender or told, *rest)
        seen.add(who)
        return "\t".join([str(line), key, *who[1:], name, *persons.name_keys(name), *person])

    return row


async def merge(session: AsyncSession, context: Context, columns: Columns) -> Counts:
    """Add new relatives, take over what the file changed of the others; counts are of relatives."""
    units = threeway.present(persons.UNITS, columns)
    taken = threeway.any_taken(units)
    await keys.resolve(session, context)
    for step in (
        _COMPARE.format(takes=threeway.takes(units)),
        _UPDATE.format(assignments=threeway.assignments(units), taken=taken),
        _REMEMBER.format(remembered=threeway.remembered(units)),
        _INSERT.format(remembered=threeway.remembered(units)),
        _TOUCH.format(taken=taken),
    ):
        await session.execute(text(step))
    row = (await session.execute(text(_COUNT.format(taken=taken)))).one()
    counts = Counts(row.created, row.changed, row.every - row.created - row.changed)
    if not (row.created or row.changed):
        return counts
    return replace(
        counts,
        words=await persons.settle(session, "SELECT name FROM import_said WHERE relative_id IS NULL AND NOT removed"),
    )


_COMPARE = """
    CREATE TEMP TABLE import_said ON COMMIT DROP AS
    SELECT said.*, c.customer_id, c.created AS customer_created, held.id AS relative_id, held.imported AS was,
        held.id IS NULL AND EXISTS (
            SELECT FROM removed_relatives r
            WHERE r.customer_id = c.customer_id AND r.relationship = said.relationship AND r.name_key = said.name_key
        ) AS removed, {takes}
    FROM import_rows said
    JOIN import_customers c USING (customer_key)
    LEFT JOIN LATERAL (
        SELECT *, imported AS was FROM customer_family_members f
        WHERE f.customer_id = c.customer_id AND lower(f.name) = lower(said.name) AND f.relationship = said.relationship
        ORDER BY id LIMIT 1
    ) held ON true
    """
_UPDATE = """
    UPDATE customer_family_members held SET {assignments} updated_at = cdm_now()
    FROM import_said said
    WHERE held.customer_id = said.customer_id AND held.id = said.relative_id AND ({taken})
    """
_REMEMBER = """
    UPDATE customer_family_members f SET imported = {remembered}
    FROM import_said said
    WHERE f.customer_id = said.customer_id AND f.id = said.relative_id AND f.imported IS DISTINCT FROM {remembered}
    """
_INSERT = """
    INSERT INTO customer_family_members (customer_id, name, relationship, name_key, name_skeletons, phone, phone_e164,
        email, gender, date_of_birth, birth_month, birth_day, anniversary_date, profession, imported)
    SELECT customer_id, name, relationship, name_key, name_skeletons::text[], phone, phone_e164,
        email, gender, date_of_birth::date, birth_month::smallint, birth_day::smallint, anniversary_date::date,
        profession, {remembered}
    FROM import_said said WHERE relative_id IS NULL AND NOT removed ORDER BY line
    """
_TOUCH = """
    CREATE TEMP TABLE import_touched ON COMMIT DROP AS
    SELECT customer_id FROM import_said WHERE NOT removed AND (relative_id IS NULL OR {taken})
    """
_COUNT = """
    SELECT count(*) FILTER (WHERE relative_id IS NULL AND NOT removed) AS created,
           count(*) FILTER (WHERE relative_id IS NOT NULL AND ({taken})) AS changed, count(*) AS every
    FROM import_said
    """

KIND = Kind(
    fields=FIELDS,
    staging="customer_key text, folded_name text, relationship text, name text, name_key text, name_skeletons text, "
    + threeway.staged(persons.UNITS),
    readers=readers,
    shape=shape,
    merge=merge,
)
