"""The shop's own customer keys: found, or a customer made for each that is new.

Of two who make the same at once the second waits at the key until the first is through, then finds it; nobody waits
for keys of others, and one order for a file's hardly at all. Files make theirs in the keys' order, so that none waits
for another in a circle.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import tombstones
from cdm_core.imports.kind import Context
from cdm_core.imports.patience import briefly
from cdm_core.imports.staging import FILE, Staging

CUSTOMER_NAMES = (
    "customer", "customer no", "customer number", "client", "client id", "user id", "buyer id",
    "গ্রাহক", "গ্রাহক আইডি", "কাস্টমার", "কাস্টমার আইডি", "ক্রেতা", "ক্রেতা আইডি",
)  # fmt: skip


CUSTOMERS = "import_customers"


async def resolve(
    session: AsyncSession, context: Context, *, first_seen: str = "NULL::timestamptz", staging: Staging = FILE
) -> None:
    """Fill ``import_customers`` (customer_key, customer_id, created) for the keys in ``import_rows``.

    The key of somebody erased leads to what is left of them.

    ``first_seen``: SQL over the rows of one key, when a customer made here came; null: that is not known.
    """
    source = {"source": context.source}
    await staging.fill(session, CUSTOMERS, _FIND.replace("FIRST_SEEN", first_seen), source)
    await session.execute(text(_ERASED), source)
    new = (await session.execute(text(_NUMBER))).rowcount  # type: ignore[attr-defined]
    if new:
        async with briefly(session):
            made = (await session.execute(text(_MAKE), source)).rowcount  # type: ignore[attr-defined]
        if made < new:
            await session.execute(text(_FIND_MADE), source)
    await staging.plan(session, CUSTOMERS)


async def known(session: AsyncSession, customer_key: str, customer_id: int, *, at: datetime, staging: Staging) -> None:
    """``resolve`` where all rows are of one key, and it is known whose that is."""
    values = {"customer_key": customer_key, "customer_id": customer_id, "at": at}
    await staging.fill(session, CUSTOMERS, _KNOWN, values)


_FIND = """
    SELECT f.customer_key, k.customer_id, k.customer_id IS NULL AS created, f.first_seen, f.line
    FROM (SELECT customer_key, FIRST_SEEN AS first_seen, min(line) AS line FROM import_rows GROUP BY 1) f
    LEFT JOIN customer_keys k ON k.source = :source AND k.external_id = f.customer_key
    """
_KNOWN = """
    SELECT CAST(:customer_key AS text) AS customer_key, CAST(:customer_id AS bigint) AS customer_id, false AS created,
           CAST(:at AS timestamptz) AS first_seen, 1 AS line
    """
_FINGERPRINT = tombstones.KEY.format(source="CAST(:source AS text)", external_id="c.customer_key")
_ERASED = f"""
    UPDATE import_customers c SET customer_id = e.customer_id, created = false
    FROM (SELECT fingerprint, max(customer_id) AS customer_id FROM tombstones GROUP BY 1) e
    WHERE c.created AND e.fingerprint = {_FINGERPRINT}
    """
_NUMBER = """
    UPDATE import_customers c SET customer_id = made.id
    FROM (SELECT customer_key, nextval(pg_get_serial_sequence('customers', 'id')) AS id
          FROM (SELECT customer_key FROM import_customers WHERE created ORDER BY line) by_line) made
    WHERE made.customer_key = c.customer_key
    """
# The keys go first, and wait for whoever is making the same. That each is somebody's is looked at when both are there.
_MAKE = """
    WITH kept AS (
        INSERT INTO customer_keys (source, external_id, customer_id)
        SELECT :source, customer_key, customer_id FROM import_customers WHERE created ORDER BY customer_key
        ON CONFLICT DO NOTHING
        RETURNING customer_id
    )
    INSERT INTO customers (id, created_at, came_unknown, name_key, name_skeletons)
    SELECT customer_id, least(first_seen, cdm_now()), first_seen IS NULL, '', '{}'
    FROM import_customers JOIN kept USING (customer_id) ORDER BY customer_id
    """
_FIND_MADE = """
    UPDATE import_customers c SET customer_id = k.customer_id, created = false
    FROM customer_keys k
    WHERE c.created AND k.source = :source AND k.external_id = c.customer_key AND k.customer_id <> c.customer_id
    """
