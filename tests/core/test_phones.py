"""Phones in every form people and programs write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.phones import find_phones, last4, national, reversed_digits, to_e164

RAHIM = "+8801712345678"


@pytest.mark.parametrize(
    "written",
    [
        "01712345678",
        "1712345678",
        "8801712345678",
        "+8801712345678",
        "+880 1712-345678",
        "+880 (0)1712 345678",
        "+88001712345678",
        "88001712345678",
        "008801712345678",
        "880 01712345678",
        "0171-2345678",
        "01712.345678",
        "০১৭১২৩৪৫৬৭৮",
        "+৮৮০ ১৭১২-৩৪৫৬৭৮",
        "٠١٧١٢٣٤٥٦٧٨",
        "０１７１２３４５６７８",
        "\u202a+880 1712‑345678\u202c",
        "tel:+8801712345678",
        "01712345678.0",
        "1712345678.0",
        "1.712345678E9",
        "1.712345678e+09",
        "8.801712345678E+12",
        "01712345678 ext 5",
        "phone 01712345678 call",
        "ফোন০১৭১২৩৪৫৬৭৮",
        "01712345678/01812345678",
        "01712345678, 01812345678",
    ],
)
def test_one_phone_in_all_its_forms(written: str) -> None:
    assert to_e164(written) == RAHIM


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "n/a",
        "-",
        "999",
        "16263",
        "0171234567",
        "017123456789",
        "01012345678",
        "+8801012345678",
        "1.71E+09",
        "1e99",
        "01712345678.5",
        "1-800-FLOWERS",
        "rahim01712345678@gmail.com",
        "1" * 5000,
    ],
)
def test_what_is_no_phone_is_none(written: str) -> None:
    assert to_e164(written) is None


def test_country_of_numbers_without_a_code() -> None:
    assert to_e164("020 7946 0958", "GB") == "+442079460958"
    assert to_e164("+44 20 7946 0958") == "+442079460958"
    assert national("+442079460958", "GB") == "02079460958"


def test_ways_to_write_a_stored_phone() -> None:
    assert national(RAHIM) == "01712345678"
    assert national("+442079460958") == "+442079460958"
    assert last4(RAHIM) == "5678"
    assert reversed_digits(RAHIM).startswith("8765")
    assert reversed_digits("৫৬৭৮") == "8765"


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("Rahim, 01712345678, honey 2 kg", [RAHIM]),
        ("নাম রহিম\nমোবাইল ০১৭১২৩৪৫৬৭৮", [RAHIM]),
        ("call01712345678now", [RAHIM]),
        ("https://wa.me/8801712345678", [RAHIM]),
        ("01712345678 or 01812-345678 or +880 1712 345678", [RAHIM, "+8801812345678"]),
        ("2450 taka 01712345678", [RAHIM]),
        ("order confirmed 2450 cod 2x honey", []),
        ("22-11-2026 18:30, invoice 22112026, id 123456789", []),
        ("write to rahim01712345678@gmail.com", []),
    ],
)
def test_phones_in_free_text(text: str, phones: list[str]) -> None:
    assert find_phones(text) == phones


@given(st.text())
def test_any_text_is_a_phone_or_none(text: str) -> None:
    phone = to_e164(text)
    assert phone is None or to_e164(phone) == phone
    assert all(to_e164(found) == found for found in find_phones(text))


@given(st.integers(min_value=13_0000_0000, max_value=19_9999_9999), st.sampled_from(["", "0", "+880", "880", "00880"]))
def test_every_mobile_is_found_again_from_each_form(subscriber: int, prefix: str) -> None:
    e164 = f"+880{subscriber}"
    assert to_e164(f"{prefix}{subscriber}") == e164
    assert to_e164(national(e164)) == e164
    bengali = f"0{subscriber}".translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))
    assert to_e164(bengali) == e164
    assert to_e164(f"{float(subscriber):.9E}") == e164
