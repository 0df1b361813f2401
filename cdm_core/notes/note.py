"""What was understood of one note."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from cdm_core.words import Direction, EventType, InteractionType, Outcome, PaymentMethod, Reason, Relationship


class Need(StrEnum):
    """What to ask, or (``WEEKEND``) to mention, before the note is booked as understood.

    ``PAST``: the time said for the next call is over, so ``DATE`` or ``TIME`` asks for another.
    ``SEVERAL_CUSTOMERS``: the text tells of more than one, and a note is about one.
    """

    TIME = "time"
    DATE = "date"
    PAST = "past"
    WEEKEND = "weekend"
    CONFIRM_DURATION = "confirm_duration"
    CONFIRM_PHONE = "confirm_phone"
    CONFIRM_OCCASION = "confirm_occasion"
    CONFIRM_DO_NOT_CALL = "confirm_do_not_call"
    SEVERAL_CUSTOMERS = "several_customers"


@dataclass(frozen=True, slots=True)
class Occasion:
    """A yearly day of a relative, or of the customer when ``relationship`` is None; the year may be unsaid."""

    relationship: Relationship | None
    event_type: EventType
    month: int
    day: int
    year: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """The facts of a note; None and empty where nothing was said.

    Times are aware, in the business zone. ``follow_up_at`` is always after the note; when a day was said without
    an hour it is None and ``follow_up_date`` holds the day. ``suggested_at`` is when to try again someone not
    reached for whom no time was said. ``occurred_at`` is None when the contact was just now. ``products`` are
    (words as typed, quantity). ``confidence`` (0 to 1) is how surely the text is a note that was understood;
    ``unparsed`` holds the stretches of text that said nothing to the grammar.
    """

    channel: InteractionType | None
    direction: Direction | None
    duration_s: int | None
    outcome: Outcome | None
    reason: Reason | None
    amount: Decimal | None
    payment: PaymentMethod | None
    products: tuple[tuple[str, int], ...]
    follow_up_at: datetime | None
    follow_up_date: date | None
    suggested_at: datetime | None
    occurred_at: datetime | None
    new_phone: str | None
    occasion: Occasion | None
    needs: tuple[Need, ...]
    confidence: float
    unparsed: tuple[str, ...]


def note_to_json(note: Note, zone: ZoneInfo) -> dict[str, Any]:
    """``note`` as JSON values, every field always present.

    Times are ISO 8601 with the offset of ``zone``. ``follow_up_at`` is a bare ISO date when only a day was said
    (then ``needs`` holds "time"). ``amount`` is a number.
    """
    follow_up = note.follow_up_at.astimezone(zone) if note.follow_up_at else note.follow_up_date
    return {
        "channel": note.channel,
        "direction": note.direction,
        "duration_s": note.duration_s,
        "outcome": note.outcome,
        "reason": note.reason,
        "amount": _number(note.amount),
        "payment": note.payment,
        "products": [{"name": name, "quantity": quantity} for name, quantity in note.products],
        "follow_up_at": follow_up.isoformat() if follow_up else None,
        "suggested_at": _moment(note.suggested_at, zone),
        "occurred_at": _moment(note.occurred_at, zone),
        "new_phone": note.new_phone,
        "occasion": _occasion(note.occasion),
        "needs": [str(need) for need in note.needs],
        "confidence": note.confidence,
        "unparsed": list(note.unparsed),
    }


def _number(amount: Decimal | None) -> int | float | None:
    if amount is None:
        return None
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _moment(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat() if moment else None


def _occasion(occasion: Occasion | None) -> dict[str, Any] | None:
    if occasion is None:
        return None
    return {
        "relationship": occasion.relationship,
        "event_type": occasion.event_type,
        "month": occasion.month,
        "day": occasion.day,
        "year": occasion.year,
    }
