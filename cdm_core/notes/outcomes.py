"""What came of the contact: outcome, reason, channel, direction, payment."""

from dataclasses import dataclass, replace

from cdm_core.notes.lexicon import Entry
from cdm_core.notes.normal import Kind
from cdm_core.notes.scan import Scan
from cdm_core.words import Direction, InteractionType, Outcome, PaymentMethod, Reason

UNREACHED = frozenset({Outcome.NO_ANSWER, Outcome.LINE_BUSY, Outcome.SWITCHED_OFF})
_SILENT = frozenset({Outcome.NO_ANSWER, Outcome.SWITCHED_OFF})
_CALL_ONLY = UNREACHED | {Outcome.CUSTOMER_HUNG_UP, Outcome.WRONG_NUMBER}

_TIMES = ("markers", "dayparts", "days", "weekdays", "periods", "clocks", "units")
_TO_COME = ("future", "tense", "ask")

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
    """What was said of the contact itself; None where nothing was. ``place`` is the atom that tells the outcome."""

    outcome: Outcome | None
    reason: Reason | None
    channel: InteractionType | None
    direction: Direction | None
    payment: PaymentMethod | None
    place: int | None = None


def contact(scan: Scan) -> Contact:
    """What the known phrases say of the contact; marks them as used."""
    channel = _channel(scan)
    outcome, place = _outcome(scan, channel)
    reason, direction, payment = (_first(scan, table) for table in ("reasons", "directions", "payments"))
    why = Reason(reason.value) if reason else None
    if why is None and outcome is Outcome.NOT_INTERESTED and _said(scan, "money", "delivery"):
        why = Reason.DELIVERY_CHARGE
    return Contact(
        outcome,
        why,
        channel,
        Direction(direction.value) if direction else None,
        PaymentMethod(payment.value) if payment else None,
        place,
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
    return replace(said, outcome=outcome, channel=channel, direction=direction)


def _outcome(scan: Scan, channel: InteractionType | None) -> tuple[Outcome | None, int | None]:
    best: Outcome | None = None
    place: int | None = None
    for index in range(len(scan)):
        outcome = _outcome_at(scan, index, channel)
        if outcome and (best is None or _heavier(outcome, best)):
            best, place = outcome, index
    return best, place


def _outcome_at(scan: Scan, index: int, channel: InteractionType | None) -> Outcome | None:
    if scan.used[index]:
        return None
    if scan.has(index, "sent"):
        scan.use(index, index + 1)
        written = channel in (None, InteractionType.CALL, InteractionType.WHATSAPP)
        return Outcome.WHATSAPP_MESSAGE_SENT if written else None
    if _asked_to_call(scan, index):
        scan.use(index, index + 1)
        return Outcome.CALLBACK_REQUESTED
    if (entry := scan.has(index, "outcomes")) is None:
        return None
    scan.use(index, index + 1)
    if scan.has(index, "nouns", "confirmation") and _day_before(scan, index):
        return Outcome.INTERESTED
    value = entry["negated"] if _denied(scan, index) else entry.value
    return Outcome(value) if value != "-" else None


def _asked_to_call(scan: Scan, index: int) -> bool:
    """Whether the customer wants a call: "dite bolse" right behind a time, "call dite" behind "bolse"."""
    if scan.has(index, "asks", "time"):
        return any(scan.has(index - 1, table) for table in _TIMES) or scan.kind(index - 1) is Kind.CLOCK
    if scan.has(index, "asks", "told"):
        return any(scan.has(place, "asks", "said") for place in range(scan.clause(index)[0], index))
    return False


def _day_before(scan: Scan, index: int) -> bool:
    """Whether a day to come, or one that may be, stands before the atom at ``index``: "kal confirm" is a promise."""
    place = index - 1
    while any(scan.has(place, table) for table in ("dayparts", "units", "clocks", "markers", "fillers")) or (
        scan.kind(place) in (Kind.NUMBER, Kind.CLOCK)
    ):
        place -= 1
    day = scan.has(place, "days")
    return bool(scan.has(place, "weekdays") or scan.has(place, "periods") or (day and day["sense"] in _TO_COME))


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
            if (scan.used[index] and not scan.has(index, "outcomes")) or _troubled(scan, index, table):
                continue
            scan.use(index, index + 1)
            first = first or entry
    return first


def _troubled(scan: Scan, index: int, table: str) -> bool:
    """Whether a way to pay is said not to work ("bkash e problem")."""
    place = index + 2 if scan.has(index + 1, "fillers", "particle") else index + 1
    return table == "payments" and bool(scan.has(place, "elsewhere", "trouble"))


def _said(scan: Scan, table: str, value: str) -> bool:
    return any(scan.has(index, table, value) for index in range(len(scan)))
