"""Money, counts, shares and weights in both languages."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.numbers import count, digits, money, percent, weight
from tests.templates.speeches import BN, EN


@pytest.mark.parametrize(
    ("amount", "english", "bengali"),
    [
        (125_000, "৳1,25,000", "৳১,২৫,০০০"),
        (Decimal("12400000"), "৳1.24 crore", "৳১.২৪ কোটি"),
        (Decimal("9999999"), "৳99,99,999", "৳৯৯,৯৯,৯৯৯"),
        (10_000_000, "৳1 crore", "৳১ কোটি"),
        (Decimal("2450.00"), "৳2,450", "৳২,৪৫০"),
        (Decimal("2450.5"), "৳2,450.50", "৳২,৪৫০.৫০"),
        (0, "৳0", "৳০"),
        (-300, "−৳300", "−৳৩০০"),
        (0.005, "৳0.01", "৳০.০১"),
    ],
)
def test_money(amount: Decimal | int | float, english: str, bengali: str) -> None:
    assert money(amount, EN) == english
    assert money(amount, BN) == bengali


def test_money_of_other_countries_has_their_sign_and_thousands() -> None:
    assert money(12_500_000, replace(EN, currency="EUR")) == "€12,500,000"
    assert money(125_000, replace(EN, currency="INR")) == "₹1,25,000"


@given(st.decimals(min_value=0, max_value=Decimal("9999999.99"), places=2))
def test_below_a_crore_no_paisa_is_lost(amount: Decimal) -> None:
    assert Decimal(money(amount, EN).removeprefix("৳").replace(",", "")) == amount


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_both_languages_say_the_same_amount(amount: Decimal) -> None:
    bengali = money(amount, BN).replace("কোটি", "crore")
    assert bengali == digits(money(amount, EN), BN.language)


def test_counts_shares_and_weights() -> None:
    assert [count(n, EN) for n in (0, 12, 5_000, 1_234_567, -3)] == ["0", "12", "5,000", "12,34,567", "−3"]
    assert count(5_000, BN) == "৫,০০০"
    assert [percent(share, EN) for share in (0, 0.456, Decimal("0.455"), 1)] == ["0%", "46%", "46%", "100%"]
    assert percent(0.46, BN) == "৪৬%"
    assert [weight(value, EN) for value in (4, -1, 0)] == ["(+4)", "(−1)", "(0)"]
    assert [weight(value, BN) for value in (4, -1, 0)] == ["(+৪)", "(−১)", "(০)"]
