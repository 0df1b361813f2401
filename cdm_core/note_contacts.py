"""From what the grammar understood of a note to the contact that is logged."""

from datetime import datetime
from decimal import Decimal

from cdm_core.interactions import Contact
from cdm_core.notes.note import Note
from cdm_core.notes.parse import parse_note
from cdm_core.order_writes import OrderLine
from cdm_core.thresholds import Thresholds
from cdm_core.words import Direction, InteractionType, Outcome


def read(text: str, at: datetime, thresholds: Thresholds) -> Note:
    """``parse_note`` by the business's hours and days off; ``at`` is when it was written."""
    ends = thresholds.workday_end
    return parse_note(
        text,
        at,
        thresholds.zone,
        working_hours=(thresholds.workday_start.hour, ends.hour + (ends.minute > 0)),
        weekend=frozenset(day - 1 for day in thresholds.weekend),
    )


def contact_of_note(note: Note, text: str, *, said_at: datetime, origin: str) -> Contact:
    """The contact ``note`` tells of, with the raw ``text``.

    Do-not-call counts only once it is confirmed: until then the contact says not interested. A text that tells
    neither how it went nor of a talk is a remark.
    """
    outcome = Outcome.NOT_INTERESTED if note.outcome is Outcome.DO_NOT_CALL else note.outcome
    told = outcome is not None or note.duration_s is not None or note.reason is not None
    channel = note.channel or (InteractionType.CALL if told else InteractionType.OTHER)
    return Contact(
        at=note.occurred_at or said_at,
        type=channel,
        direction=note.direction or Direction.OUTBOUND,
        outcome_code=outcome,
        reason=note.reason,
        duration_seconds=note.duration_s,
        description=text or None,
        follow_up_at=note.follow_up_at,
        follow_up_asked=note.outcome is Outcome.CALLBACK_REQUESTED,
        amount=note.amount,
        payment=note.payment,
        products=tuple(OrderLine(name, Decimal(quantity)) for name, quantity in note.products),
        origin=origin,
    )
