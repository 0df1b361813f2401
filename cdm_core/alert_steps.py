"""The steps of urgent alerts that are due: told, gone up a level, opened again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.consents import not_held
from cdm_core.words import AlertSign, AlertState

_DUE = text(
    f"""
    SELECT id, customer_id, sign, state, level, rung_from FROM alerts
    WHERE state <> 'closed' AND next_at <= :now AND {not_held("alerts.customer_id")}
    ORDER BY next_at LIMIT :most FOR UPDATE SKIP LOCKED
    """
)


@dataclass(frozen=True, slots=True)
class Due:
    """An alert whose next step is due; it is locked for this transaction.

    ``rung_from``: whom it was told to before is told anew; None where all copies count.
    """

    alert_id: int
    customer_id: int
    sign: AlertSign
    state: AlertState
    level: int
    rung_from: datetime | None


async def due(session: AsyncSession, *, now: datetime, most: int = 200) -> Sequence[Due]:
    """Alerts to be told, to go up or to open again, locked; those another process is at are left to it."""
    rows = await session.execute(_DUE, {"now": now, "most": most})
    return [
        Due(
            alert_id=row.id,
            customer_id=row.customer_id,
            sign=AlertSign(row.sign),
            state=AlertState(row.state),
            level=row.level,
            rung_from=row.rung_from,
        )
        for row in rows
    ]


async def postpone(session: AsyncSession, alert: Due, *, next_at: datetime, reopened: bool = False) -> None:
    """Nobody is told before ``next_at``; ``reopened``: its claim is over, and it is told anew then."""
    await session.execute(
        text(
            """
            UPDATE alerts
            SET next_at = :next_at, version = version + (state <> 'waiting')::integer,
                state = CASE WHEN :reopened THEN 'waiting' ELSE state END,
                level = CASE WHEN :reopened THEN 0 ELSE level END,
                claimed_by = CASE WHEN NOT :reopened THEN claimed_by END, reopened = reopened OR :reopened
            WHERE customer_id = :customer AND id = :id
            """
        ),
        {"customer": alert.customer_id, "id": alert.alert_id, "next_at": next_at, "reopened": reopened},
    )


async def advance(
    session: AsyncSession, alert: Due, *, level: int, next_at: datetime, up_to: int | None, now: datetime
) -> None:
    """It is told at ``level``, and goes to ``up_to`` (None: to several managers) at ``next_at``.

    One that waited or was claimed begins a new round: who heard of it before hears of it anew.
    """
    await session.execute(
        text(
            """
            UPDATE alerts
            SET state = 'open', level = :level, next_at = :next_at, stepped_at = :now, up_to = :up_to,
                claimed_by = NULL,
                rung_from = CASE WHEN state = 'open' THEN rung_from ELSE :now END,
                reopened = reopened OR state = 'claimed', version = version + 1
            WHERE customer_id = :customer AND id = :id
            """
        ),
        {
            "customer": alert.customer_id,
            "id": alert.alert_id,
            "level": level,
            "next_at": next_at,
            "up_to": up_to,
            "now": now,
        },
    )
