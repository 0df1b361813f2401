"""From what the grammar understood of a note to the contact that is logged."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from cdm_core.contacts import Contact
from cdm_core.digits import ascii_digits
from cdm_core.notes.note import Note
from cdm_core.notes.parse import parse_note
from cdm_core.order_lines import OrderLine
from cdm_core.phones import to_e164
from cdm_core.thresholds import Thresholds
from cdm_core.words import Direction, InteractionType, Outcome

_HOUR = re.compile(r"\s*(\d{1,2})\s*(?:ta|টা)?\s*", re.IGNORECASE)
_END = r"(?=[\s,:;.-]|$)[\s,:;.-]*(.*)"
_ID = re.compile(
    rf"\s*[(\[]?\s*(?:[#№]|(?:id|আইডি)(?![^\W\d_])\s*[:#]?)\s*(\d{{1,19}})(?:-?(?:কে|রে|এর|র|ke|er))?(?:\s*[)\]])?{_END}",
    re.DOTALL | re.IGNORECASE,
)
_PHONE = re.compile(rf"\s*(\+?\d[\d\s().-]{{7,18}}\d){_END}", re.DOTALL)
_KEY = re.compile(rf"\s*(\d{{4,19}}|[^\s@]+@\S+){_END}", re.DOTALL)
_MENTIONED = re.compile(r"(?:(order|ord|invoice|parcel|memo|অর্ডার|পার্সেল)\w*[\s:.-]*)?#\s*(\d{1,19})", re.IGNORECASE)
_NUMBERED = ("duration_s", "follow_up_at", "follow_up_date", "occurred_at", "products", "occasion")
"""What a number at the start of a note may say."""

_LINE = re.compile(r"\s*(\d{1,3})(?=[\s.,:;)-])[\s.,:;)-]*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class When:
    """A time as typed: ``at``, or a ``day`` without an hour, or neither; ``past``: it is over already."""

    at: datetime | None = None
    day: date | None = None
    past: bool = False


def read(text: str, at: datetime, thresholds: Thresholds) -> Note:
    """``parse_note`` by the business's hours and days off; ``at`` is when it was written."""
    ends = thresholds.workday_end
    return parse_note(
        text,
        at,
        thresholds.zone,
        working_hours=(thresholds.workday_start.hour, ends.hour + (ends.minute > 0)),
        weekend=frozenset(day - 1 for day in thresholds.weekend),
        country=thresholds.country,
    )


def contact_of_note(note: Note, text: str, *, said_at: datetime, origin: str) -> Contact:
    """The contact ``note`` tells of, with the raw ``text``.

    Do-not-call counts only once it is confirmed: until then a talk that told of it says not interested, and alone it is
    a wish, which ends nothing. A text that tells neither how it went nor of a talk is a remark.
    """
    asks = note.outcome is Outcome.DO_NOT_CALL
    talked = note.duration_s is not None or note.reason is not None
    outcome = note.outcome if not asks else Outcome.NOT_INTERESTED if talked else None
    channel = note.channel or (InteractionType.CALL if talked or outcome is not None else InteractionType.OTHER)
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
        asks_no_calls=asks,
    )


def when(text: str, at: datetime, thresholds: Thresholds) -> When:
    """The time to call again that ``text``, written at ``at``, names: "6", "kal 6tay", "30 min", "Fri"."""
    hour = _HOUR.fullmatch(ascii_digits(text))
    note = read(f"{hour[1]}tay" if hour else text, at, thresholds)
    if note.follow_up_at is not None:
        return When(at=note.follow_up_at)
    if note.follow_up_date is not None:
        return When(day=note.follow_up_date)
    if note.occurred_at is not None:
        return When(past=True)
    if note.duration_s is not None:
        return When(at=at + timedelta(seconds=note.duration_s))
    return When()


def who_and_what(text: str, note: Note, country: str = "BD") -> tuple[str, str]:
    """The text split into whom it names at its start and what is said of them; "" where there is nothing.

    Whom: an id ("#203", "id 203", "আইডি ২০৩", each given as "#203"), a number, a phone, an e-mail, else the words at
    the start that ``note``, read from it, did not understand.
    """
    plain = ascii_digits(text)
    if (numbered := _ID.match(plain)) is not None:
        return f"#{numbered[1]}", text[numbered.start(2) :].strip()
    phone = _PHONE.match(plain)
    found = phone if phone is not None and to_e164(phone[1], country) else _KEY.match(plain)
    if found is not None:
        return found[1], text[found.start(2) :].strip()
    for words in note.unparsed[:1]:
        if text.lstrip().startswith(words) and any(letter.isalpha() for letter in words):
            return words, text.lstrip()[len(words) :].lstrip(" ,:;.-")
    return "", text


def surely_names(who: str, country: str = "BD") -> bool:
    """Whether what ``who_and_what`` found can be nothing but a customer: an id written as one, or a phone."""
    return who.startswith("#") or to_e164(who, country) is not None


def mentioned(text: str) -> list[str]:
    """The customers' ids written as such anywhere in the text: "do not call #203"; not the number of an order."""
    return [f"#{found[2]}" for found in _MENTIONED.finditer(ascii_digits(text)) if not found[1]]


def short_id_and_what(text: str, at: datetime, thresholds: Thresholds) -> tuple[str, str]:
    """As ``who_and_what`` for a customer's id of one to three digits, which might as well be minutes or hours.

    It is an id where the note says the same without it: "123 kotha hoise", but not "3 min kotha hoise".
    """
    number, rest = line_and_what(text)
    if number is None or not rest:
        return "", text
    whole, part = read(text, at, thresholds), read(rest, at, thresholds)
    same = all(getattr(whole, name) == getattr(part, name) for name in _NUMBERED)
    return (f"#{number}", rest) if same else ("", text)


def line_and_what(text: str) -> tuple[int | None, str]:
    """The number of a list's line at the start of the text, and the rest: "2 kotha hoise"."""
    line = _LINE.match(ascii_digits(text))
    return (None, text) if line is None else (int(line[1]), text[line.start(2) :].strip())
