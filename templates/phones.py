"""The one place that writes phone numbers. Always Latin digits: they are dialled, copied and typed back."""

from urllib.parse import quote

_NANP_AND_RUSSIA = ("1", "7")
_TWO_DIGIT_CODES = frozenset(
    {"20", "27", "90", "91", "92", "93", "94", "95", "98"}
    | {str(code) for code in range(30, 67) if code not in (35, 37, 38, 42, 50, 59)}
    | {"81", "82", "84", "86"}
)


def phone(e164: str) -> str:
    """``+8801712345678`` as ``+880 1712-345678``; other countries in groups; anything else as it is stored."""
    number = e164.removeprefix("+")
    if not (e164.startswith("+") and number.isascii() and number.isdigit() and 7 <= len(number) <= 15):
        return e164
    if number.startswith("8801") and len(number) == 13:
        return f"+880 {number[3:7]}-{number[7:]}"
    code = _country_code(number)
    return f"+{code} {' '.join(_groups(number[len(code) :]))}"


def last4(e164: str) -> str:
    """How lists tell numbers apart: ``··5678``."""
    return "··" + e164[-4:]


def whatsapp_link(e164: str, text: str | None = None) -> str:
    """The chat with a number, with a ``text`` ready to send; WhatsApp wants the number without the plus sign."""
    chat = f"https://wa.me/{e164.removeprefix('+')}"
    return f"{chat}?text={quote(text, safe='')}" if text else chat


def _country_code(number: str) -> str:
    if number.startswith(_NANP_AND_RUSSIA):
        return number[0]
    return number[: 2 if number[:2] in _TWO_DIGIT_CODES else 3]


def _groups(national: str) -> list[str]:
    """Threes from the left, the rest of up to four digits together."""
    groups = []
    while len(national) > 4:
        groups.append(national[:3])
        national = national[3:]
    return [*groups, national]
