"""The right to make the products that files and orders name and nobody knows: of two at once one makes it, the other
finds it, by its SKU or by its name. (Of customers their keys alone tell them apart: see ``keys``.)

Whoever makes both makes the customers first, so that none waits for another in a circle.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.db.away import OvertakenError

FEW = 300
"""Names that are claimed each by itself. Locks live in shared memory, so whoever makes more claims all there are."""

EVERYTHING = 0x63646D07
"""The lock of all names, which those who claim a few share."""


async def claim_one(session: AsyncSession, *names: str) -> None:
    """``claim`` for one product that goes by ``names``, without waiting for an import that makes many.

    Raises ``OvertakenError`` while there is one.
    """
    everything = {"everything": EVERYTHING}
    if not (await session.execute(_TRY_SHARED, everything)).scalar_one():
        raise OvertakenError
    await session.execute(_ONE, everything | {"names": list(names)})


async def claim(session: AsyncSession, names: str, *, waits: bool) -> bool:
    """Let nobody else make what ``names``, SQL that gives ``name``, gives, until the transaction ends: what is still
    unknown after that is ours to make. False where there is nothing to claim.

    Who ``waits`` does so until an import that makes more than ``FEW`` is through; others, whom it would keep for
    minutes, get ``OvertakenError``.
    """
    number = (await session.execute(text(f"SELECT count(*) FROM ({names}) n"))).scalar_one()
    if number == 0:
        return False
    everything = {"everything": EVERYTHING}
    if number > FEW:
        await session.execute(text("SELECT pg_advisory_xact_lock(:everything)"), everything)
        return True
    if waits:
        await session.execute(text("SELECT pg_advisory_xact_lock_shared(:everything)"), everything)
    elif not (await session.execute(_TRY_SHARED, everything)).scalar_one():
        raise OvertakenError
    hashed = f"SELECT hashtextextended(name, :everything) AS name FROM ({names}) n ORDER BY 1"
    await session.execute(text(f"SELECT pg_advisory_xact_lock(name) FROM ({hashed}) sorted"), everything)
    return True


_TRY_SHARED = text("SELECT pg_try_advisory_xact_lock_shared(:everything)")
_ONE = text(
    """
    SELECT pg_advisory_xact_lock(name)
    FROM (SELECT hashtextextended(unnest(CAST(:names AS text[])), :everything) AS name ORDER BY 1) sorted
    """
)
