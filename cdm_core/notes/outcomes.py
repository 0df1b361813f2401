"""What came of the contact: outcome, reason, channel, direction, payment."""

from dataclasses import dataclass

from cdm_core.notes.lexicon import Entry
from cdm_core.notes.scan import Scan
from cdm_core.words import Direction, InteractionType, Outcome, PaymentMethod, Reason

UNREACHED = frozenset({Outcome.NO_ANSWER, Outcome.LINE_BUSY, Outcome.SWITCHED_OFF})
_SILENT = frozenset({Outcome.NO_ANSWER, Outcome.SWITCHED_OFF})
_CALL_ONLY = UNREACHED | {Outcome.CUSTOMER_HUNG_UP, Outcome.WRONG_NUMBER}

_WEIGHT = {
    Outcome.DO_NOT_CALL: 5,
    Outcome.ORDER_CONFIRMED: 4,
    Outcome.WRONG_NUMBER: 4,
    Outcome.NOT_INTERESTED: 4,
    Outcome.CALLBACK_REQUESTED: 3,
    Outcome.INTERESTED: 2,
    Outcome.CUSTOMER_HUNG_UP: 1,
    Outcome.SWITCHED_OFF: 1,
    Outcome.LINE_BUSY: 1,
    Outcome.NO_ANSWER: 1,
    Outcome.CONNECTED: 1,
    Outcome.WHATSAPP_MESSAGE_SENT: 0,
}
"""The heavier outcome is the note's; of equals the last said."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What was said of the contact itself; None where nothing was."""

    outcome: Outcome | None
    reason: Reason | None
    channel: InteractionType | None
    direction: Direction | None
    payment: PaymentMethod | None


def contact(scan: Scan) -> Contact:
    """What the known phrases say of the contact; marks them as used."""
    channel = _channel(scan)
    outcome = _outcome(scan, channel)
    reason, direction, payment = (_first(scan, table) for table in ("reasons", "directions", "payments"))
    return Contact(
        outcome,
        Reason(reason.value) if reason else None,
        channel,
        Direction(direction.value) if direction else None,
        PaymentMethod(payment.value) if payment else None,
    )


def settled(said: Contact, talked: bool) -> Contact:
    """``said`` with what follows from it: ``talked`` when its length, a reason or a sum shows there was a talk.

    A contact with an outcome is a call unless another channel was named, and ours unless said otherwise.
    """
    outcome = said.outcome or (Outcome.CONNECTED if talked or said.direction else None)
    channel, direction = said.channel, said.direction
    if outcome is Outcome.WHATSAPP_MESSAGE_SENT:
        channel = InteractionType.WHATSAPP
    elif outcome in _CALL_ONLY or (outcome and channel is None):
        channel = InteractionType.CALL
    if direction is None and (outcome or channel):
        direction = Direction.OUTBOUND
    return Contact(outcome, said.reason, channel, direction, said.payment)


def _outcome(scan: Scan, channel: InteractionType | None) -> Outcome | None:
    best: Outcome | None = None
    for index in range(len(scan)):
        outcome = _outcome_at(scan, index, channel)
        if outcome and (best is None or _heavier(outcome, best)):
            best = outcome
    return best


def _outcome_at(scan: Scan, index: int, channel: InteractionType | None) -> Outcome | None:
    if scan.used[index]:
        return None
    if scan.has(index, "sent"):
        scan.use(index, index + 1)
        written = channel in (None, InteractionType.CALL, InteractionType.WHATSAPP)
        return Outcome.WHATSAPP_MESSAGE_SENT if written else None
    if (entry := scan.has(index, "outcomes")) is None:
        return None
    scan.use(index, index + 1)
    value = entry["negated"] if _denied(scan, index) else entry.value
    return Outcome(value) if value != "-" else None


def _heavier(new: Outcome, old: Outcome) -> bool:
    if Outcome.CALLBACK_REQUESTED in (new, old) and _SILENT & {new, old}:
        return new in _SILENT  # "no answer, call later" is the agent's plan, not the customer's wish
    if new is Outcome.WHATSAPP_MESSAGE_SENT and old is Outcome.CONNECTED:
        return True
    if old is Outcome.WHATSAPP_MESSAGE_SENT and new is Outcome.CONNECTED:
        return False
    return _WEIGHT[new] >= _WEIGHT[old]


def _denied(scan: Scan, index: int) -> bool:
    """Whether a "not" stands right before it or one right behind, in the same clause."""
    for place, where in ((index - 1, "before"), (index + 1, "after")):
        if (word := scan.has(place, "negators")) and word.value == where:
            scan.use(place, place + 1)
            return True
    return False


def _channel(scan: Scan) -> InteractionType | None:
    """The channel named; one other than the call wins, for "call" is in most notes about what comes next."""
    called: InteractionType | None = None
    for index in range(len(scan)):
        if not scan.used[index] and (entry := scan.has(index, "channels")):
            if entry.value != InteractionType.CALL:
                return InteractionType(entry.value)
            if entry["tense"] == "past":
                called = InteractionType.CALL
    return called


def _first(scan: Scan, table: str) -> Entry | None:
    """The first phrase of ``table`` in the text; all of them are used, also those that say an outcome too."""
    first: Entry | None = None
    for index in range(len(scan)):
        if entry := scan.has(index, table):
            if scan.used[index] and not scan.has(index, "outcomes"):
                continue
            scan.use(index, index + 1)
            first = first or entry
    return first
