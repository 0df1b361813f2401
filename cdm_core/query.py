"""What a search text is: a phone, last digits, an id, a shop's key, an e-mail or a name."""

import re
from dataclasses import dataclass

from cdm_core.digits import ascii_digits, visible
from cdm_core.phones import MIN_LAST_DIGITS, find_phones, to_e164
from cdm_core.words import QueryKind

MAX_QUERY = 100
"""The longest search, in characters; a longer text is only looked through for a phone (forwarded messages)."""

LARGEST_ID = 2**63 - 1
"""Of the ids that the database can hold."""

_EMAIL = re.compile(r"[^\s@<>,;:]+@[^\s@<>,;:]+\.[^\s@<>,;:.]+")
_ID = re.compile(r"(?:#|№|id\s*[:#]?|আইডি\s*[:#]?)\s*(\d{1,19})", re.IGNORECASE)
_NUMBER_PUNCTUATION = re.compile(r"[\s().…·*/+-]+")
_SOURCE_KEY = re.compile(r"([a-z][\w-]{0,31}):(\S+)", re.IGNORECASE)
_KEY = re.compile(r"(?=.*\d)(?=.*[^\W\d_])[\w./#-]+")
_LAST_DIGITS = re.compile(rf"(?<!\w)(?:\.\.|··|…|x+|\*+)?(\d{{{MIN_LAST_DIGITS},}})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """A search text, understood. ``value`` by ``kind``:

    - PHONE: E.164; further phones of a pasted text in ``more``;
    - NUMBER: a bare number: an id (``customer_id``, where it can be one), the last digits of a phone (``digits``,
      from four on) or a shop's key: try all;
    - ID: the number after "#", also in ``customer_id``;
    - KEY: a shop's key as typed; with its ``source`` when written "source:key";
    - EMAIL: in lower case;
    - NAME: the name, and ``digits`` when last digits stood beside it ("rahim 5678");
    - EMPTY, TOO_LONG (over 100 characters and no phone in it): "".
    """

    kind: QueryKind
    value: str = ""
    customer_id: int | None = None
    digits: str | None = None
    source: str | None = None
    more: tuple[str, ...] = ()


def parse_query(text: str, country: str = "BD") -> Query:
    """Understand what an agent types, pastes or forwards; digits of any script; never raises.

    ``country`` is that of phones without a country code.
    """
    cleaned = ascii_digits(visible(text))
    if not cleaned:
        return Query(QueryKind.EMPTY)
    if len(cleaned) > MAX_QUERY:
        return _phone_in(cleaned, country) or Query(QueryKind.TOO_LONG)
    if match := _ID.fullmatch(cleaned):
        if (customer_id := _as_id(match[1])) is not None:
            return Query(QueryKind.ID, str(customer_id), customer_id=customer_id)
        return _number(match[1])
    if _EMAIL.fullmatch(cleaned):
        return Query(QueryKind.EMAIL, cleaned.casefold())
    return _phone_in(cleaned, country) or _bare_number(cleaned) or _key(cleaned) or _email_in(cleaned) or _name(cleaned)


def _phone_in(text: str, country: str) -> Query | None:
    phones = find_phones(text, country)
    if not phones and (phone := to_e164(text, country)) is not None:
        phones = [phone]
    if not phones:
        return None
    return Query(QueryKind.PHONE, phones[0], more=tuple(phones[1:]))


def _bare_number(text: str) -> Query | None:
    digits = _NUMBER_PUNCTUATION.sub("", text)
    return _number(digits) if digits.isdecimal() else None


def _number(digits: str) -> Query:
    last = digits if len(digits) >= MIN_LAST_DIGITS else None
    customer_id = None if digits.startswith("0") else _as_id(digits)
    return Query(QueryKind.NUMBER, digits, customer_id=customer_id, digits=last)


def _as_id(digits: str) -> int | None:
    number = int(digits)
    return number if 0 < number <= LARGEST_ID else None


def _key(text: str) -> Query | None:
    if match := _SOURCE_KEY.fullmatch(text):
        return Query(QueryKind.KEY, match[2], source=match[1].casefold())
    return Query(QueryKind.KEY, text) if _KEY.fullmatch(text) else None


def _email_in(text: str) -> Query | None:
    match = _EMAIL.search(text)
    return Query(QueryKind.EMAIL, match[0].casefold()) if match else None


def _name(text: str) -> Query:
    digits = _LAST_DIGITS.search(text)
    name = " ".join(_LAST_DIGITS.sub(" ", text, count=1).split()) if digits else text
    return Query(QueryKind.NAME, name, digits=digits[1]) if digits else Query(QueryKind.NAME, text)
