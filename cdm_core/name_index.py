"""What a search finds people by, kept beside them: phone as E.164, keys of the name, the vocabulary of names."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import full_name
from cdm_core.names import essential, name_key, name_skeletons, phonetic, skeleton
from cdm_core.phones import to_e164
from cdm_core.tables import customer_family_members, customers

_LEARN = text(
    """
    INSERT INTO name_tokens (token, key, skeleton, uses)
    SELECT * FROM unnest(CAST(:tokens AS text[]), CAST(:keys AS text[]), CAST(:skeletons AS text[]),
                         CAST(:uses AS bigint[]))
    ON CONFLICT (token) DO UPDATE
    SET key = EXCLUDED.key, skeleton = EXCLUDED.skeleton, uses = name_tokens.uses + EXCLUDED.uses
    """
)
_FORGET = text(
    """
    UPDATE name_tokens t SET uses = t.uses - gone.uses
    FROM unnest(CAST(:tokens AS text[]), CAST(:uses AS bigint[])) AS gone (token, uses)
    WHERE t.token = gone.token
    """
)
_UNUSED = text(
    """
    DELETE FROM name_tokens t
    WHERE t.token = ANY(CAST(:tokens AS text[]))
      AND (t.uses <= 0
           OR NOT EXISTS (SELECT FROM customers c WHERE c.name_skeletons && ARRAY[t.skeleton])
              AND NOT EXISTS (SELECT FROM customer_family_members f WHERE f.name_skeletons && ARRAY[t.skeleton]))
    """
)


def words_of(names: Iterable[str]) -> Counter[str]:
    """The words of ``names`` that the vocabulary keeps, and how often each is used."""
    return Counter(word for name in names for word in essential(name))


async def learn(session: AsyncSession, names: Iterable[str]) -> None:
    """Add the words of ``names`` to the vocabulary that forgives slips; each use counts."""
    await learn_words(session, words_of(names))


async def learn_words(session: AsyncSession, uses: Mapping[str, int]) -> None:
    """Add words, each so often used as said.

    They are written in their own order, so that two writers never wait for each other in a circle, and stay locked
    until the transaction ends: let it be short.
    """
    if not uses:
        return
    words = sorted(uses)
    await session.execute(
        _LEARN,
        {
            "tokens": words,
            "keys": [phonetic(word) for word in words],
            "skeletons": [skeleton(word) for word in words],
            "uses": [uses[word] for word in words],
        },
    )


async def forget(session: AsyncSession, names: Iterable[str]) -> None:
    """Take back one use of each word of ``names``, and the words that nobody is called by any more.

    Call it once those who had the names are not called by them; within a transaction as short as ``learn_words`` asks.
    """
    uses = words_of(names)
    if uses:
        words = sorted(uses)
        await session.execute(_FORGET, {"tokens": words, "uses": [uses[word] for word in words]})
        await session.execute(_UNUSED, {"tokens": words})


async def derive(session: AsyncSession, customer_ids: Sequence[int], *, country: str = "BD") -> int:
    """Compute phone and name keys of these customers and their relatives from what is written; gives how many rows
    changed.

    For rows that other systems wrote with plain SQL; within ``summary.begin_write``, or the rows are marked stale
    again. Words of names whose keys changed are learnt.
    """
    person = customers.c
    people = await session.execute(
        select(person.id, person.first_name, person.last_name, *_kept(customers)).where(person.id.in_(customer_ids))
    )
    named = [(row, full_name(row.first_name, row.last_name)) for row in people]
    relative = customer_family_members.c
    family = await session.execute(
        select(relative.id, relative.customer_id, relative.name, *_kept(customer_family_members)).where(
            relative.customer_id.in_(customer_ids)
        )
    )
    related = [(row, row.name) for row in family]
    changed = await _store(session, customers, named, country)
    return changed + await _store(session, customer_family_members, related, country)


def _kept(table: Table) -> list[Any]:
    return [table.c.phone, table.c.phone_e164, table.c.name_key, table.c.name_skeletons]


async def _store(session: AsyncSession, table: Table, rows: Iterable[tuple[Any, str]], country: str) -> int:
    changes: list[dict[str, Any]] = []
    learnt: list[str] = []
    for row, name in rows:
        phone = to_e164(row.phone, country) if row.phone else None
        key, skeletons = name_key(name), name_skeletons(name)
        if (phone, key, skeletons) == (row.phone_e164, row.name_key, row.name_skeletons):
            continue
        changes.append({"row": row.id, "phone_e164": phone, "name_key": key, "name_skeletons": skeletons})
        if (key, skeletons) != (row.name_key, row.name_skeletons):
            learnt.append(name)
    if changes:
        connection = await session.connection()
        await connection.execute(update(table).where(table.c.id == bindparam("row")), changes)
        await learn(session, learnt)
    return len(changes)
