"""A contact with a customer: what happened, as it is told and as a row of ``customer_interactions`` keeps it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cdm_core.order_lines import OrderLine
from cdm_core.staff import Staff
from cdm_core.words import Direction, InteractionType, Outcome, PaymentMethod, Reason

UNREACHED = frozenset({Outcome.NO_ANSWER, Outcome.LINE_BUSY, Outcome.SWITCHED_OFF, Outcome.WRONG_NUMBER})
"""Outcomes of attempts that did not reach the customer: they leave a follow-up open."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What happened. ``outcome`` is kept as given, ``outcome_code`` is its code; ``at`` an aware moment.

    ``origin`` names the message or the button it was said with, so that a repeat is known. ``past``: it is told of so
    late that it keeps no promise made since, and takes nobody's claim. ``asks_no_calls``: it tells of a wish for no
    more calls, which somebody is still to confirm or deny; alone it is a remark until then, whatever its ``type``.
    """

    at: datetime
    type: InteractionType = InteractionType.CALL
    direction: Direction = Direction.OUTBOUND
    outcome: str | None = None
    outcome_code: Outcome | None = None
    reason: Reason | None = None
    duration_seconds: int | None = None
    subject: str | None = None
    description: str | None = None
    follow_up_at: datetime | None = None
    follow_up_asked: bool = False
    amount: Decimal | None = None
    payment: PaymentMethod | None = None
    products: tuple[OrderLine, ...] = ()
    source: str = "chat"
    origin: str | None = None
    past: bool = False
    asks_no_calls: bool = False

    @property
    def duration(self) -> timedelta | None:
        return None if self.duration_seconds is None else timedelta(seconds=self.duration_seconds)

    @property
    def is_remark(self) -> bool:
        """Whether it only says something about the customer: no contact, and no promise is kept by it."""
        untold = self.outcome is None and self.outcome_code is None
        return untold and (self.type is InteractionType.OTHER or self.asks_no_calls)

    def is_ours(self, person: Staff | None) -> bool:
        """Whether one of us was in touch: without a name, a program's mailing and what came in by itself are not.

        As ``alert_signs.CONTACTED`` has it.
        """
        spoke = self.type in (InteractionType.CALL, InteractionType.MEETING) or self.outcome is not None
        return not self.is_remark and (person is not None or (self.direction is Direction.OUTBOUND and spoke))


def contact_of(row: Any) -> Contact:
    """The contact that a row of ``customer_interactions`` holds."""
    effects: dict[str, Any] = row.undo or {}
    asks = bool(effects.get("asks_no_calls"))
    return Contact(
        at=row.occurred_at,
        type=InteractionType((asks and effects.get("told_by")) or row.interaction_type),
        direction=Direction(row.interaction_direction),
        outcome=row.outcome,
        outcome_code=Outcome(row.outcome_code) if row.outcome_code else None,
        reason=Reason(row.reason) if row.reason else None,
        duration_seconds=row.duration_seconds,
        subject=row.subject,
        description=row.description,
        source=row.source,
        origin=row.origin,
        asks_no_calls=asks,
    )
