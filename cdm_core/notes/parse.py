"""The note grammar's one door."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cdm_core.notes.days import Day
from cdm_core.notes.judge import confidence, unparsed
from cdm_core.notes.moments import Moment, Piece, Present, as_follow_up, moments, pieces
from cdm_core.notes.money import Sum, amount, products
from cdm_core.notes.normal import Kind
from cdm_core.notes.note import Need, Note, Occasion
from cdm_core.notes.occasions import occasion
from cdm_core.notes.outcomes import UNREACHED, Contact, contact, settled
from cdm_core.notes.scan import Scan
from cdm_core.notes.several import several_customers
from cdm_core.notes.tense import FUTURE, PAST, verb_tense
from cdm_core.notes.times import Span
from cdm_core.words import InteractionType, Outcome, Reason

_RETRY = timedelta(hours=2)
_LONG_CALL_S = 2 * 3600


@dataclass(frozen=True, slots=True)
class _Times:
    """The times a note speaks of."""

    duration_s: int | None
    follow_up: Moment | None
    occurred: Moment | None


def parse_note(
    text: str,
    now: datetime,
    zone: ZoneInfo,
    *,
    working_hours: tuple[int, int] = (9, 21),
    weekend: frozenset[int] = frozenset({4, 5}),
    country: str = "BD",
) -> Note:
    """What ``text``, written at ``now`` (aware) by an agent in ``zone``, says about a contact with a customer.

    ``working_hours`` are the hours ``[from, to)`` a bare "6" may mean, ``weekend`` the days off (Monday is 0),
    ``country`` the one of phones without a country code. Any text is accepted: what is not understood, and all
    beyond some 4,000 characters, is in ``unparsed``. Deterministic: no clock, no database.
    """
    present = Present(now.astimezone(zone), zone, working_hours)
    scan = Scan(text, country)
    phone = _phone(scan)
    found = pieces(scan, present)
    told = occasion(scan, [piece for piece in found if isinstance(piece, Day)])
    if told:
        found = [piece for piece in found if piece is not told[1]]
    said = contact(scan)
    times = _times(scan, found, said, present)
    ordered = said.outcome is Outcome.ORDER_CONFIRMED or said.payment is not None
    taken = _counted_order(scan)
    things = products(scan, ordered or taken or said.outcome is Outcome.INTERESTED)
    total = amount(scan, ordered)
    paid = total is not None and said.outcome is None and not things and _paid(scan, total)
    if paid:
        ordered = False
    elif (said.outcome is None and total and (said.payment or (total.sure and _of_order(scan, total)))) or (
        said.outcome in (None, Outcome.CONNECTED) and taken and things
    ):
        said = replace(said, outcome=Outcome.INTERESTED if times.follow_up else Outcome.ORDER_CONFIRMED)
    elif things and said.outcome in (None, Outcome.CONNECTED):
        said = replace(said, outcome=Outcome.INTERESTED)
    elif said.outcome is None and _said(scan, "asks", "when"):
        said = replace(said, outcome=Outcome.CALLBACK_REQUESTED)
    said = _completed(said, times, ordered or (total is not None and total.sure and not paid))
    follow_up = times.follow_up
    strengths = _strengths(scan, said, times, total, phone, told is not None)
    return Note(
        channel=said.channel,
        direction=said.direction,
        duration_s=times.duration_s,
        outcome=said.outcome,
        reason=said.reason,
        amount=total.value if total else None,
        payment=said.payment,
        products=things,
        follow_up_at=follow_up.at if follow_up else None,
        follow_up_date=follow_up.day if follow_up and follow_up.at is None else None,
        suggested_at=_suggested(said, follow_up, present, weekend),
        occurred_at=times.occurred.at if times.occurred else None,
        new_phone=phone,
        occasion=told[0] if told else None,
        needs=_needs(scan, said, times, told[0] if told else None, phone, weekend),
        confidence=confidence(scan, strengths),
        unparsed=(*unparsed(scan), *filter(None, [scan.rest])),
    )


def _phone(scan: Scan) -> str | None:
    """The first valid phone in the text, as E.164."""
    for index, atom in enumerate(scan.atoms):
        if atom.kind is Kind.PHONE:
            scan.use(index, index + 1)
            return atom.form
    return None


def _times(scan: Scan, found: list[Piece], said: Contact, present: Present) -> _Times:
    """Sort the times out: how long it took, when it was, when to be in touch again (the first of each)."""
    duration: int | None = None
    read: list[Piece] = []
    apart = any(isinstance(piece, Span) and piece.sense == FUTURE for piece in found)
    waiting = said.outcome in UNREACHED and not apart
    talked = said.outcome not in {None, *UNREACHED}
    for piece in found:
        if (
            isinstance(piece, Span)
            and piece.sense != PAST
            and ((talked and piece.sense != FUTURE) or _is_length(scan, piece, waiting))
        ):
            duration = duration or piece.seconds
            scan.use(piece.start, piece.end)
        elif isinstance(piece, Span) and piece.sense == "length":
            read.append(as_follow_up(piece))
        else:
            read.append(piece)
    all_moments = moments(scan, read, present)
    ahead = [moment for moment in all_moments if moment.tense == FUTURE]
    return _Times(
        duration,
        next((moment for moment in ahead if moment.at), ahead[0] if ahead else None),
        _occurred(scan, [moment for moment in all_moments if moment.tense == PAST], said),
    )


def _occurred(scan: Scan, past: list[Moment], said: Contact) -> Moment | None:
    """When the contact was whose outcome the note has: "gotokal dhore nai, aj kotha hoise" was today."""
    if said.place is not None:
        clause = scan.clause(said.place)
        own = [moment for moment in past if scan.clause(moment.place) == clause]
        before = [moment for moment in own if moment.place < said.place]
        past = before[-1:] or own or [moment for moment in past if not _of_another(scan, moment.place, said)]
    return next((moment for moment in past if moment.at), None)


def _of_another(scan: Scan, place: int, said: Contact) -> bool:
    """Whether the clause at ``place`` tells of a call that reached nobody where the note's did, or the reverse."""
    found = {entry.value for i in range(*scan.clause(place)) if (entry := scan.has(i, "outcomes"))}
    return bool(found) and all((value in UNREACHED) != (said.outcome in UNREACHED) for value in found)


def _is_length(scan: Scan, span: Span, waiting: bool) -> bool:
    """Whether a span tells how long the talk took: "3 min", but not "busy, 3 min" nor "10 min call dibo"."""
    following = next((t for i in range(span.end, scan.clause(span.end - 1)[1]) if (t := verb_tense(scan, i))), None)
    if span.sense == FUTURE:
        return following == PAST and not waiting
    return not waiting and following != FUTURE


def _completed(said: Contact, times: _Times, talked: bool) -> Contact:
    """``said`` with what the rest implies: a talk took time, an objection with an appointment asks to call back."""
    said = settled(said, talked or times.duration_s is not None or said.reason is not None)
    objected = said.outcome is Outcome.CONNECTED and said.reason not in (None, Reason.COMPETITOR)
    postponed = said.outcome is Outcome.INTERESTED and said.reason is Reason.TIMING
    return replace(said, outcome=Outcome.CALLBACK_REQUESTED) if times.follow_up and (objected or postponed) else said


def _suggested(said: Contact, follow_up: Moment | None, present: Present, weekend: frozenset[int]) -> datetime | None:
    """Two hours on, or at the start of the next working day when that is after hours."""
    if follow_up or said.outcome not in UNREACHED:
        return None
    first, last = present.working
    later = (present.now + _RETRY).replace(second=0, microsecond=0)
    if later.date() == present.today and first <= later.hour < last:
        return later
    start = later if later.hour >= last else later - timedelta(days=1)
    days = (start.date() + timedelta(days=ahead) for ahead in range(1, 8))
    day = next((day for day in days if day.weekday() not in weekend), start.date() + timedelta(days=1))
    return later.replace(year=day.year, month=day.month, day=day.day, hour=first, minute=0)


def _needs(
    scan: Scan, said: Contact, times: _Times, told: Occasion | None, phone: str | None, weekend: frozenset[int]
) -> tuple[Need, ...]:
    follow_up = times.follow_up
    day: date | None = (follow_up.at.date() if follow_up.at else follow_up.day) if follow_up else None
    promised = said.outcome is Outcome.CALLBACK_REQUESTED or (_later(scan) and said.outcome in {None, *UNREACHED})
    asks = {
        Need.DATE: bool(follow_up and follow_up.asked),
        Need.PAST: bool(follow_up and follow_up.over),
        Need.TIME: bool(follow_up and not follow_up.at and not follow_up.asked) or (promised and not follow_up),
        Need.WEEKEND: day is not None and day.weekday() in weekend,
        Need.CONFIRM_DURATION: (times.duration_s or 0) > _LONG_CALL_S,
        Need.CONFIRM_PHONE: phone is not None,
        Need.CONFIRM_OCCASION: told is not None,
        Need.CONFIRM_DO_NOT_CALL: said.outcome is Outcome.DO_NOT_CALL,
        Need.SEVERAL_CUSTOMERS: several_customers(scan),
    }
    return tuple(need for need, asked in asks.items() if asked)


def _later(scan: Scan) -> bool:
    """Whether a call at some later, unsaid time is spoken of."""
    return any(
        (scan.has(index, "markers", "later", "after") and not scan.used[index])
        or scan.has(index, "outcomes", Outcome.CALLBACK_REQUESTED)
        for index in range(len(scan))
    )


def _of_order(scan: Scan, total: Sum) -> bool:
    """Whether the word "order" stands beside the sum: "order 1500 tk"."""
    return bool(scan.has(total.start - 1, "nouns", "order") or scan.has(total.end, "nouns", "order"))


def _paid(scan: Scan, total: Sum) -> bool:
    """Whether the sum is money that came in ("bkash e 1500 dise"), not what an order comes to."""
    told = [index for index in range(len(scan)) if scan.has(index, "elsewhere", "paid")]
    if not told or total.role == "total" or _of_order(scan, total):
        return False
    for index in told:
        scan.use(index, index + 1)
    return True


def _counted_order(scan: Scan) -> bool:
    """Whether a count stands right behind the word "order", and no verb to come: "order 1 honey"."""
    return any(
        scan.has(index, "nouns", "order")
        and scan.kind(index + 1) is Kind.NUMBER
        and not any(verb_tense(scan, place) == FUTURE for place in range(*scan.clause(index)))
        for index in range(len(scan))
    )


def _said(scan: Scan, table: str, *values: str) -> bool:
    return any(scan.has(index, table, *values) for index in range(len(scan)))


def _channel_named(said: Contact) -> bool:
    return said.channel not in (None, InteractionType.CALL)


def _strengths(
    scan: Scan, said: Contact, times: _Times, total: Sum | None, phone: str | None, told: bool
) -> list[float]:
    """How strongly each fact found speaks for a note; a bare number or phone is as likely a search."""
    marked = total is not None and total.sure
    facts = [
        (0.95, said.outcome is not None),
        (0.9, told),
        (0.8, times.duration_s is not None),
        (0.75, (times.follow_up is not None or times.occurred is not None) and len(scan) > 1),
        (0.5, times.follow_up is not None and len(scan) == 1),
        (0.7, said.reason is not None or (phone is not None and _said(scan, "fillers", "new"))),
        (0.6, said.payment is not None or marked or _channel_named(said)),
        (0.65, _said(scan, "sent") or (_later(scan) and (_said(scan, "tenses") or _said(scan, "channels")))),
        (0.45, total is not None and not marked and len(scan) > 1),
        (0.1, total is not None and len(scan) == 1),
        (0.15, phone is not None),
    ]
    return [strength for strength, found in facts if found]
