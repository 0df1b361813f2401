"""Every contact with a customer as rows, the newest first, and what they sum up to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import listed
from cdm_core.listed import FIRST, Key, Listed, Order, Window
from cdm_core.tables import customer_interactions, staff
from cdm_core.words import Direction, InteractionType, Outcome, Reason


@dataclass(frozen=True, slots=True)
class LoggedContact:
    """``outcome`` is as it was given, ``outcome_code`` None where it fits none of our words; ``staff`` a name."""

    id: int
    customer_id: int
    interaction_type: InteractionType
    interaction_direction: Direction
    subject: str | None
    description: str | None
    outcome: str | None
    outcome_code: Outcome | None
    reason: Reason | None
    duration_seconds: int | None
    follow_up_required: bool
    staff_id: int | None
    staff: str | None
    source: str
    occurred_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ContactStats:
    """Sums of all contacts but those taken back.

    Durations are in seconds, the mean over the contacts that have one. ``answer_rate`` (0 to 1) is the part of our
    calls with a known outcome that were answered. ``last_contact_at`` is when the customer was last reached.
    """

    customer_id: int
    total: int
    by_type: dict[str, int]
    by_direction: dict[str, int]
    by_outcome: dict[str, int]
    total_duration_seconds: int
    mean_duration_seconds: float | None
    answered_calls: int
    unanswered_calls: int
    answer_rate: float | None
    last_contact_at: datetime | None
    last_attempt_at: datetime | None


_STATS = text(
    """
    SELECT i.interaction_type, i.interaction_direction,
           coalesce(i.outcome_code, CASE WHEN i.outcome IS NOT NULL THEN 'other' END) AS outcome,
           count(*) AS number, coalesce(sum(i.duration_seconds), 0) AS seconds,
           count(*) FILTER (WHERE i.duration_seconds > 0) AS timed,
           count(*) FILTER (WHERE i.interaction_type = 'call' AND i.interaction_direction = 'outbound'
                              AND cdm_answered(i.outcome_code)) AS answered,
           count(*) FILTER (WHERE i.interaction_type = 'call' AND i.interaction_direction = 'outbound'
                              AND cdm_unanswered(i.outcome_code)) AS unanswered
    FROM customer_interactions i
    WHERE i.customer_id = :customer AND i.undone_at IS NULL
    GROUP BY 1, 2, 3
    """
)
_LATEST = Order(
    "latest", (Key(customer_interactions.c.occurred_at, falling=True), Key(customer_interactions.c.id, falling=True))
)
_LAST = text("SELECT last_contact_at, last_attempt_at FROM customer_summary WHERE customer_id = :customer")


async def page(
    session: AsyncSession,
    customer_id: int,
    *,
    kind: InteractionType | None = None,
    window: Window = FIRST,
) -> Listed[LoggedContact]:
    """A page of a customer's contacts, of one ``kind`` or of all."""
    told = customer_interactions
    wanted = _rows().where(told.c.customer_id == customer_id, told.c.undone_at.is_(None))
    if kind is not None:
        wanted = wanted.where(told.c.interaction_type == kind)
    return await listed.page(session, wanted, _LATEST, window, _contact)


async def one(session: AsyncSession, customer_id: int, interaction_id: int) -> LoggedContact:
    """The customer's contact of that id, which is there."""
    told = customer_interactions
    wanted = _rows().where(told.c.customer_id == customer_id, told.c.id == interaction_id)
    return _contact((await session.execute(wanted)).one())


async def stats(session: AsyncSession, customer_id: int) -> ContactStats:
    """The sums of a customer's contacts; types, directions and outcomes that never came are left out."""
    this = {"customer": customer_id}
    groups = (await session.execute(_STATS, this)).all()
    last = (await session.execute(_LAST, this)).one_or_none()
    answered, unanswered = sum(row.answered for row in groups), sum(row.unanswered for row in groups)
    seconds, timed = sum(row.seconds for row in groups), sum(row.timed for row in groups)
    return ContactStats(
        customer_id=customer_id,
        total=sum(row.number for row in groups),
        by_type=_by(groups, "interaction_type"),
        by_direction=_by(groups, "interaction_direction"),
        by_outcome=_by(groups, "outcome"),
        total_duration_seconds=seconds,
        mean_duration_seconds=round(seconds / timed, 1) if timed else None,
        answered_calls=answered,
        unanswered_calls=unanswered,
        answer_rate=round(answered / (answered + unanswered), 4) if answered + unanswered else None,
        last_contact_at=last.last_contact_at if last else None,
        last_attempt_at=last.last_attempt_at if last else None,
    )


def _by(groups: Any, name: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in groups:
        if (key := getattr(row, name)) is not None:
            counts[key] = counts.get(key, 0) + row.number
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _rows() -> Select[Any]:
    told = customer_interactions
    return select(told, staff.c.name.label("staff")).select_from(told.outerjoin(staff, staff.c.id == told.c.staff_id))


def _contact(row: Row[Any]) -> LoggedContact:
    return LoggedContact(
        id=row.id,
        customer_id=row.customer_id,
        interaction_type=InteractionType(row.interaction_type),
        interaction_direction=Direction(row.interaction_direction),
        subject=row.subject,
        description=row.description,
        outcome=row.outcome,
        outcome_code=Outcome(row.outcome_code) if row.outcome_code in set(Outcome) else None,
        reason=Reason(row.reason) if row.reason in set(Reason) else None,
        duration_seconds=row.duration_seconds,
        follow_up_required=row.follow_up_required,
        staff_id=row.staff_id,
        staff=row.staff,
        source=row.source,
        occurred_at=row.occurred_at,
        created_at=row.created_at,
    )
