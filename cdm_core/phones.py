"""Phone numbers: any way people write them ↔ E.164, by the numbering plans of the phonenumbers library."""

import re
from decimal import Decimal
from functools import lru_cache

import phonenumbers
from phonenumbers import Leniency, NumberParseException, PhoneNumberFormat, PhoneNumberMatcher

from cdm_core.digits import ascii_digits, visible

MIN_LAST_DIGITS = 4
"""The fewest last digits worth a search: three would match one customer in a thousand."""

_LONGEST_FIELD = 200
_LONGEST_TEXT = 5_000
_PUNCTUATION = re.compile(r"[\s()./\\_‐‑‒–—―−-]+")
_NUMBER = re.compile(r"\+?\d{4,20}")
_SPREADSHEET_FLOAT = re.compile(r"(\d{1,20})(?:\.(\d{1,20}))?(?:e\+?(\d\d?))?", re.IGNORECASE)
_EMAIL = re.compile(r"\S+@\S+")
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\+?\d)|(?<=\d)(?=[^\W\d_])")


def to_e164(text: str, country: str = "BD") -> str | None:
    """The one phone ``text`` stands for as E.164 ("+8801712345678"), or None when there is no valid one.

    ``text`` is what a form, a file's cell or a contact card holds: any script's digits, any punctuation, numbers
    that a spreadsheet turned into "1712345678.0" or "1.712345678E+09". Numbers without a country code are of
    ``country`` (ISO 3166, two letters). Of a cell with several phones the first counts. Letters are never read as
    digits, which the library by itself does ("phone 017…").
    """
    cleaned = ascii_digits(visible(text[:_LONGEST_FIELD])).removeprefix("tel:")
    number = _from_spreadsheet(cleaned) or _PUNCTUATION.sub("", cleaned)
    if _NUMBER.fullmatch(number):
        return _parse(number, country)
    return next(iter(find_phones(cleaned, country)), None)


def find_phones(text: str, country: str = "BD") -> list[str]:
    """The valid phones inside free text, as E.164, in order, each once; only the first 5,000 characters are read.

    Stricter than :func:`to_e164`: a number needs its leading 0 or country code, so amounts, dates and order
    numbers are not taken for phones.
    """
    cleaned = _EMAIL.sub(" ", ascii_digits(visible(text[:_LONGEST_TEXT])))
    cleaned = _LETTER_BESIDE_DIGIT.sub(" ", cleaned)
    matches = PhoneNumberMatcher(cleaned, country, leniency=Leniency.VALID, max_tries=1_000)
    found = (phonenumbers.format_number(match.number, PhoneNumberFormat.E164) for match in matches)
    return list(dict.fromkeys(found))


@lru_cache(maxsize=16_384)  # a third of a millisecond each, and lists show hundreds
def national(e164: str, country: str = "BD") -> str:
    """The digits people of ``country`` dial ("01712345678"); a number of another country stays E.164."""
    number = phonenumbers.parse(e164)
    if number.country_code != phonenumbers.country_code_for_region(country):
        return e164
    return "".join(filter(str.isdigit, phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)))


def last4(e164: str) -> str:
    """The last four digits, by which people tell numbers apart."""
    return e164[-4:]


def reversed_digits(phone: str) -> str:
    """The digits of ``phone`` from the last to the first, so that "ends with" is a prefix an index can find."""
    return "".join(filter(str.isdigit, ascii_digits(phone)))[::-1]


def _from_spreadsheet(text: str) -> str | None:
    """The digits behind a spreadsheet's float; None when it is no such float or was rounded ("1.71E+09")."""
    match = _SPREADSHEET_FLOAT.fullmatch(text)
    if match is None:
        return None
    whole, fraction, exponent = match[1], match[2] or "", int(match[3] or 0)
    value = Decimal(f"{whole}.{fraction or 0}E{exponent}")
    if not (fraction or exponent) or len(fraction) < exponent - 2 or value % 1:
        return None
    return str(int(value))


def _parse(number: str, country: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, country)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
