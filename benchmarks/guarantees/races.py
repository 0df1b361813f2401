"""Two agents press [I'll call] under the same alert at the same moment, each through connections of their own."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from benchmarks.guarantees.proof import Figure, exactly, told
from cdm_core import alerts, thresholds
from cdm_core import staff as people
from cdm_core.clock import Clock
from cdm_core.db.engine import create_engine
from cdm_core.staff import Staff

MOST_APART_SECONDS = 0.004

_AGENTS = text("INSERT INTO staff (name, role) VALUES ('Tanvir', 'agent'), ('Nusrat', 'agent') RETURNING id")
_CUSTOMERS = text(
    "INSERT INTO customers (first_name) SELECT 'Customer ' || n FROM generate_series(1, :races) n RETURNING id"
)
_ALERTS = text(
    """
    INSERT INTO alerts (customer_id, sign, sign_at, state, raised_at)
    SELECT id, 'checkout', :now, 'open', :now FROM unnest(CAST(:customers AS bigint[])) id
    RETURNING customer_id, id
    """
)
_HOLDERS = text(
    """
    SELECT a.customer_id, a.claimed_by, c.staff_id
    FROM alerts a LEFT JOIN claims c ON c.customer_id = a.customer_id AND c.kind = 'alert'
    """
)


@dataclass(frozen=True, slots=True)
class Press:
    """Who pressed, and who they were told has the alert."""

    by: int
    holder: int | None


async def prove(url: URL | str, *, races: int, seed: int = 5) -> Sequence[Figure]:
    """``url`` is an empty database."""
    engines = [create_engine(url, pool_size=1, application_name=f"cdm agent {n}") for n in (1, 2)]
    now, dice = Clock.real_now(), random.Random(seed)
    async with AsyncSession(engines[0]) as session, session.begin():
        agents = [await people.get(session, ident) for ident in (await session.execute(_AGENTS)).scalars()]
        customers = list((await session.execute(_CUSTOMERS, {"races": races})).scalars())
        raised = (await session.execute(_ALERTS, {"customers": customers, "now": now})).all()
    presses: dict[int, list[Press]] = {}
    for customer_id, alert_id in raised:
        presses[customer_id] = await asyncio.gather(
            *(
                _press(engine, agent, customer_id, alert_id, now, dice.uniform(0, MOST_APART_SECONDS))
                for engine, agent in zip(engines, agents, strict=True)
            )
        )
    async with engines[0].connect() as connection:
        held = {row.customer_id: (row.claimed_by, row.staff_id) for row in await connection.execute(_HOLDERS)}
    for engine in engines:
        await engine.dispose()

    winners = {customer: {one.by for one in pair if one.holder == one.by} for customer, pair in presses.items()}
    agreed = sum(
        {one.holder for one in pair} == {held[customer][0]} == {held[customer][1]} for customer, pair in presses.items()
    )
    first = sum(winner == {agents[0].id} for winner in winners.values())
    return [
        exactly("races with one winner", sum(len(winner) == 1 for winner in winners.values()), races),
        exactly("races whose outcome both were told alike", agreed, races),
        told("won by each", f"{first} : {races - first}"),
    ]


async def _press(
    engine: AsyncEngine, agent: Staff, customer_id: int, alert_id: int, now: datetime, after: float
) -> Press:
    await asyncio.sleep(after)
    async with AsyncSession(engine) as session, session.begin():
        limits = await thresholds.load(session)
        taken = await alerts.claim(session, agent, customer_id, alert_id, now=now, limits=limits)
    return Press(agent.id, taken.staff_id if taken else None)
