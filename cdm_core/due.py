"""Promised calls: what is overdue, due today, and promised for the days after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, cover, duty
from cdm_core.absences import Away
from cdm_core.clock import day_start, local_date
from cdm_core.keepers import KEPT, keeper
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import Temperature

MOST = 200
"""Promises shown at most; nobody keeps more."""

_DUE = text(
    f"""
    SELECT f.customer_id, f.due_at, f.asked, f.covered_for, c.phone_e164,
           cdm_name(c.first_name, c.last_name) AS name,
           cdm_temperature(s.hot_until, s.warm_until, :now) AS temperature,
           i.description AS note, i.occurred_at AS noted_at
    FROM {KEPT} f
    JOIN customers c ON c.id = f.customer_id
    LEFT JOIN customer_summary s ON s.customer_id = f.customer_id
    LEFT JOIN customer_interactions i
        ON i.customer_id = f.customer_id AND i.id = f.interaction_id AND i.undone_at IS NULL
    ORDER BY f.due_at, f.customer_id
    LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class Promise:
    """``asked``: the customer chose the time. ``note`` is what was written when it was promised.

    ``covers`` is the colleague it is kept for, who is away.
    """

    customer_id: int
    name: str
    phone_e164: str | None
    temperature: Temperature
    due_at: datetime
    asked: bool
    overdue: bool
    today: bool
    note: str | None
    noted_at: datetime | None
    covers: Away | None = None


@dataclass(frozen=True, slots=True)
class Promises:
    """In the order of their time: overdue, then today, then later."""

    all: tuple[Promise, ...]

    @property
    def due(self) -> int:
        """Overdue or due today."""
        return sum(promise.overdue or promise.today for promise in self.all)

    @property
    def overdue(self) -> int:
        return sum(promise.overdue for promise in self.all)


async def promises(session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime) -> Promises:
    """The open follow-ups that are ``person``'s to keep (``cdm_core.keepers``), those due that they cover among them.

    Reads only, but for the daily deal, which it may have to make; ``now`` is the transaction's.
    """
    today = local_date(now, thresholds.zone)
    tomorrow = day_start(today + timedelta(days=1), thresholds.zone)
    await cover.deal(session, person, thresholds, await duty.agents_on(session, today, thresholds), now=now)
    rows = (await session.execute(_DUE, {**keeper(person, thresholds), "now": now, "most": MOST})).all()
    others = {row.covered_for for row in rows if row.covered_for is not None}
    away = await absences.away(session, others) if others else {}
    return Promises(tuple(_promise(row, now, tomorrow, away.get(row.covered_for)) for row in rows))


def _promise(row: Row[Any], now: datetime, tomorrow: datetime, covers: Away | None) -> Promise:
    return Promise(
        customer_id=row.customer_id,
        name=row.name,
        phone_e164=row.phone_e164,
        temperature=Temperature(row.temperature),
        due_at=row.due_at,
        asked=row.asked,
        overdue=row.due_at < now,
        today=now <= row.due_at < tomorrow,
        note=row.note,
        noted_at=row.noted_at,
        covers=covers,
    )
