"""Households: customers and relatives connected by a shared phone; one household, one call.

``customers.household_id`` is the smallest customer id of the household, or null for a customer alone. A phone that
more than a handful of customers share (a setting, 8) is a placeholder and connects nobody.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LARGEST = 200
"""Customers of one household looked at in one write; what lies beyond waits for the nightly rebuild."""

_ALL_LINKS = """
    SELECT id AS customer_id, phone_e164 FROM customers WHERE phone_e164 IS NOT NULL
    UNION
    SELECT customer_id, phone_e164 FROM customer_family_members WHERE phone_e164 IS NOT NULL
"""

_PHONES_OF = text(
    """
    SELECT phone_e164 FROM customers WHERE id = ANY(CAST(:ids AS bigint[])) AND phone_e164 IS NOT NULL
    UNION
    SELECT phone_e164 FROM customer_family_members
    WHERE customer_id = ANY(CAST(:ids AS bigint[])) AND phone_e164 IS NOT NULL
    """
)
_LINKS_OF = text(
    """
    SELECT id AS customer_id, phone_e164 FROM customers WHERE phone_e164 = ANY(CAST(:phones AS text[]))
    UNION
    SELECT customer_id, phone_e164 FROM customer_family_members WHERE phone_e164 = ANY(CAST(:phones AS text[]))
    """
)
_STORE = text(
    """
    UPDATE customers c SET household_id = h.household_id
    FROM unnest(CAST(:ids AS bigint[]), CAST(:households AS bigint[])) AS h (customer_id, household_id)
    WHERE c.id = h.customer_id AND c.household_id IS DISTINCT FROM h.household_id
    """
)


def components(links: Iterable[tuple[int, str]], *, placeholder: int) -> dict[int, int]:
    """Customer id to household id, for all who share a phone with another; ``links`` are (customer, phone)."""
    by_phone: dict[str, set[int]] = defaultdict(set)
    for customer_id, phone in links:
        by_phone[phone].add(customer_id)
    parent: dict[int, int] = {}

    def root(customer_id: int) -> int:
        while (above := parent.setdefault(customer_id, customer_id)) != customer_id:
            parent[customer_id] = parent[above]
            customer_id = above
        return customer_id

    for sharers in by_phone.values():
        if 1 < len(sharers) <= placeholder:
            roots = {root(customer_id) for customer_id in sharers}
            smallest = min(roots)
            for other in roots:
                parent[other] = smallest
    return {customer_id: root(customer_id) for customer_id in parent}


async def rebuild(session: AsyncSession, *, placeholder: int) -> int:
    """Compute all households anew, as after an import and every night; gives how many customers are in one."""
    await session.execute(text("SELECT set_config('cdm.writer', 'core', true)"))
    shared = await session.execute(
        text(
            f"""
            WITH links AS ({_ALL_LINKS}),
                 shared AS (SELECT phone_e164 FROM links GROUP BY 1 HAVING count(*) BETWEEN 2 AND :placeholder)
            SELECT customer_id, phone_e164 FROM links JOIN shared USING (phone_e164)
            """
        ),
        {"placeholder": placeholder},
    )
    households = components(((row.customer_id, row.phone_e164) for row in shared), placeholder=placeholder)
    ids = list(households)
    await session.execute(
        text(
            "UPDATE customers SET household_id = NULL "
            "WHERE household_id IS NOT NULL AND id <> ALL(CAST(:ids AS bigint[]))"
        ),
        {"ids": ids},
    )
    await session.execute(_STORE, {"ids": ids, "households": list(households.values())})
    return len(ids)


async def update_around(
    session: AsyncSession, customer_ids: Sequence[int], *, placeholder: int, former: Iterable[str] = ()
) -> None:
    """Compute anew the households these customers are in or were in, after a phone of theirs changed.

    ``former`` are the phones (E.164) they had before and have no more.
    """
    await session.execute(text("SELECT set_config('cdm.writer', 'core', true)"))
    touched = set(customer_ids) | set(
        (
            await session.execute(
                text(
                    """
                    SELECT c.id FROM customers c JOIN (
                        SELECT DISTINCT household_id FROM customers
                        WHERE id = ANY(CAST(:ids AS bigint[])) AND household_id IS NOT NULL
                    ) theirs USING (household_id)
                    """
                ),
                {"ids": list(customer_ids)},
            )
        ).scalars()
    )
    links: set[tuple[int, str]] = set()
    phones: set[str] = set()
    frontier = set(touched)
    news = set(former)
    # So many may have come to a phone that has just become a placeholder: who shared it before looks anew too.
    arrived = len(customer_ids)
    while frontier and len(touched) <= _LARGEST:
        found = (set((await session.execute(_PHONES_OF, {"ids": list(frontier)})).scalars()) | news) - phones
        if not found:
            break
        phones |= found
        rows = [(row.customer_id, row.phone_e164) for row in await session.execute(_LINKS_OF, {"phones": list(found)})]
        links.update(rows)
        sharers: dict[str, set[int]] = defaultdict(set)
        for customer_id, phone in rows:
            sharers[phone].add(customer_id)
        reached = {one for group in sharers.values() if len(group) <= placeholder + arrived for one in group}
        news, arrived = set(), 0
        frontier = reached - touched
        touched |= frontier
    households = components(links, placeholder=placeholder)
    ids = sorted(touched)
    await session.execute(_STORE, {"ids": ids, "households": [households.get(customer_id) for customer_id in ids]})
