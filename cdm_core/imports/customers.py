"""Customers, one a row, known by the shop's key. Again and again: see :mod:`cdm_core.imports.threeway`.

When they became customers is the earliest that anybody knows; what the file said of it before it may correct.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import full_name
from cdm_core.imports import keys, persons, threeway, values, words
from cdm_core.imports.columns import Columns, Field, plain
from cdm_core.imports.kind import Context, Counts, Kind, Shape
from cdm_core.imports.threeway import Unit, single
from cdm_core.imports.values import Bad, Fault

FIELDS = (
    Field("customer_id", ("id", *keys.CUSTOMER_NAMES), required=True),
    Field("customer_since", ("since", "member since", "created", "created at", "created on", "date created",
                             "registered", "registered at", "registered on", "registration date", "date registered",
                             "signed up", "signup date", "sign up date", "joined", "joined at", "joined on",
                             "join date", "date joined", "গ্রাহক হওয়ার তারিখ", "নিবন্ধনের তারিখ", "রেজিস্ট্রেশনের তারিখ",
                             "যোগদানের তারিখ", "প্রথম আসার তারিখ"), forgiven=True),
    Field("name", ("customer name", "গ্রাহকের নাম", "কাস্টমারের নাম", *persons.NAME_NAMES)),
    Field("first_name", ("first", "given name", "নামের প্রথম অংশ", "প্রথম নাম")),
    Field("last_name", ("last", "surname", "family name", "নামের শেষ অংশ", "শেষ নাম")),
    Field("address", ("street", "street address", "shipping address", "ঠিকানা")),
    Field("city", ("town", "শহর")),
    Field("district", ("zila", "জেলা")),
    Field("marital_status", ("বৈবাহিক অবস্থা",)),
    Field("available_time", ("call time", "best time", "কল করার সময়", "কলের সময়")),
    Field("preferred_channel", ("channel", "যোগাযোগের মাধ্যম")),
    Field("preferred_language", ("language", "lang", "ভাষা")),
    Field("source", ("lead source", "came from", "উৎস", "সোর্স")),
    Field("owner", ("agent", "sales person", "salesperson", "assigned to", "দায়িত্বে", "এজেন্ট")),
    *persons.FIELDS,
)  # fmt: skip

UNITS = (
    Unit(
        (("first_name", "text"), ("last_name", "text")),
        ("name", "first_name", "last_name"),
        (("name_key", "text"), ("name_skeletons", "text[]")),
        blank="''",
    ),
    single("address"),
    single("city"),
    single("district"),
    single("marital_status"),
    single("available_time"),
    single("preferred_channel"),
    single("preferred_language"),
    single("source"),
    single("owner_id", "bigint", field="owner"),
    *persons.UNITS,
)


def readers(context: Context) -> Mapping[str, Callable[[str], Any]]:
    def owner(cell: str) -> str:
        found = context.people.get(plain(cell))
        if found is None:
            raise Bad(Fault.UNKNOWN_PERSON)
        return str(found)

    return {
        "customer_id": values.text(255),
        "customer_since": values.unless_zero(values.moment(context.zone, context.now + values.LATE)),
        "name": values.text(255),
        "first_name": values.text(255),
        "last_name": values.text(255),
        "address": values.text(1000),
        "city": values.text(100),
        "district": values.text(100),
        "marital_status": values.word(words.MARITAL),
        "available_time": values.text(50),
        "preferred_channel": values.word(words.CHANNELS),
        "preferred_language": values.word(words.LANGUAGES),
        "source": values.text(50),
        "owner": owner,
        **persons.readers(context),
    }


def shape(context: Context, columns: Columns) -> Shape:
    """Rows of the staging table; of two with one key the first counts."""
    seen: set[str] = set()

    def row(line: int, cells: Sequence[Any]) -> str:
        key, since, name, first, last, *rest = cells
        if key in seen:
            raise Bad(Fault.DUPLICATE, "customer_id")
        context.refuse_erased(key)
        if name and not (first or last):
            first, _, last = name.rpartition(" ")
            first, last = (first, last) if first else (last, "")
        texts, person = rest[: -len(persons.FIELDS)], rest[-len(persons.FIELDS) :]
        if person[0] is not None:
            context.refuse_erased_phone(person[0][1])
        seen.add(key)
        name = [first or "", last or "", *persons.name_keys(full_name(first, last))]
        return "\t".join(
            [str(line), key, str(since or ""), *name, *(cell or "" for cell in texts), *persons.cells(*person)]
        )

    return row


async def merge(session: AsyncSession, context: Context, columns: Columns) -> Counts:
    """Make new customers, take over what the file changed of the others; counts are of customers."""
    units = threeway.present(UNITS, columns)
    source = {"source": context.source}
    await keys.resolve(session, context, first_seen="min(customer_since)")
    await session.execute(text(_COMPARE.format(takes=threeway.takes(units))), source)
    taken = f"take_since OR {threeway.any_taken(units)}"
    await session.execute(text(_UPDATE.format(assignments=threeway.assignments(units), taken=taken)))
    remembered = f"{threeway.remembered(units)} || {_SINCE}"
    await session.execute(text(_REMEMBER.format(remembered=remembered)), source)
    await session.execute(text(_TOUCH.format(taken=taken)))
    row = (await session.execute(text(_COUNT.format(taken=taken)))).one()
    counts = Counts(row.created, row.changed, row.every - row.created - row.changed)
    if not (row.created or row.changed):
        return counts
    return replace(counts, words=await persons.settle(session, _NAMES))


_COMPARE = """
    CREATE TEMP TABLE import_said ON COMMIT DROP AS
    SELECT said.*, c.customer_id, c.created, k.imported AS was, {takes},
           said.customer_since IS NOT NULL AND NOT c.created AND (
               held.came_unknown OR said.customer_since < held.created_at
               OR said.customer_since > held.created_at
                  AND held.created_at IS NOT DISTINCT FROM CAST(k.imported->>'customer_since' AS timestamptz)
           ) AS take_since
    FROM import_rows said
    JOIN import_customers c USING (customer_key)
    JOIN customer_keys k ON k.source = :source AND k.external_id = said.customer_key
    JOIN customers held ON held.id = c.customer_id
    CROSS JOIN LATERAL (SELECT k.imported AS was) imported
    """
_UPDATE = """
    UPDATE customers held SET {assignments}
        created_at = CASE WHEN take_since THEN least(said.customer_since, cdm_now()) ELSE held.created_at END,
        came_unknown = held.came_unknown AND NOT take_since,
        updated_at = cdm_now()
    FROM import_said said WHERE held.id = said.customer_id AND ({taken})
    """
_REMEMBER = """
    UPDATE customer_keys k SET imported = {remembered}
    FROM import_said said
    WHERE k.source = :source AND k.external_id = said.customer_key AND k.imported IS DISTINCT FROM {remembered}
    """
_SINCE = "jsonb_strip_nulls(jsonb_build_object('customer_since', said.customer_since))"
_TOUCH = """
    CREATE TEMP TABLE import_touched ON COMMIT DROP AS
    SELECT customer_id FROM import_said WHERE created OR {taken}
    """
_NAMES = """
    SELECT concat_ws(' ', first_name, last_name) FROM customers JOIN import_touched ON customer_id = id
    """
_COUNT = """
    SELECT count(*) FILTER (WHERE created) AS created,
           count(*) FILTER (WHERE NOT created AND ({taken})) AS changed, count(*) AS every
    FROM import_said
    """

KIND = Kind(
    fields=FIELDS,
    staging=f"customer_key text, customer_since timestamptz, {threeway.staged(UNITS)}",
    readers=readers,
    shape=shape,
    merge=merge,
)
