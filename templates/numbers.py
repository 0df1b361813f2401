"""Money, counts, shares and weights, in the reader's digits and with the grouping of lakhs and crores."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_decimal, get_currency_symbol

from cdm_core.words import Language
from templates.speech import Speech

MINUS = "\u2212"
_BENGALI = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
_CRORE = Decimal(10_000_000)
_LAKH_CURRENCIES = frozenset({"BDT", "INR", "NPR", "PKR", "LKR"})
_SYMBOLS = {"BDT": "৳", "INR": "₹"}


def digits(text: str, language: Language) -> str:
    """The text with its digits in the reader's script. Not for phones, ids and order numbers."""
    return text.translate(_BENGALI) if language is Language.BN else text


def count(number: int, speech: Speech) -> str:
    """``12``, ``1,25,000``; negative numbers with a true minus."""
    sign = MINUS if number < 0 else ""
    return digits(sign + _grouped(Decimal(abs(number)), lakhs=True), speech.language)


def money(amount: Decimal | int | float, speech: Speech) -> str:
    """``৳1,25,000``; paisa only if there are any; from a crore ``৳1.24 crore``. Halves round up."""
    value = Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    symbol = _SYMBOLS.get(speech.currency) or get_currency_symbol(speech.currency, locale="en")
    prefix = (MINUS if value < 0 else "") + symbol
    value, lakhs = abs(value), speech.currency in _LAKH_CURRENCIES
    if lakhs and value >= _CRORE:
        crores = (value / _CRORE).quantize(Decimal("0.01"), ROUND_HALF_UP)
        written = format_decimal(crores, format="#,##,##0.##", locale="en")
        return digits(speech.gettext("%(amount)s crore", amount=prefix + written), speech.language)
    return digits(prefix + _grouped(value, lakhs=lakhs), speech.language)


def percent(share: float | Decimal, speech: Speech) -> str:
    """A share of 0 to 1 as whole percents, ``46%``."""
    whole = (Decimal(str(share)) * 100).quantize(Decimal(1), ROUND_HALF_UP)
    return digits(f"{MINUS if whole < 0 else ''}{abs(whole)}%", speech.language)


def weight(value: int, speech: Speech) -> str:
    """How much a reason counts: ``(+4)``, ``(−1)``, ``(0)``."""
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return digits(f"({sign}{abs(value)})", speech.language)


def _grouped(value: Decimal, *, lakhs: bool) -> str:
    pattern = "#,##,##0" if lakhs else "#,##0"
    if value != value.to_integral_value():
        pattern += ".00"
    return format_decimal(value, format=pattern, locale="en")
