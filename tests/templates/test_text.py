"""Stored text on its way to the screen: cleaned, cut by letters, masked."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from templates.phones import last4, phone, whatsapp_link
from templates.text import ELLIPSIS, capitalised, clean, letters, masked, truncate

_BENGALI = st.text(st.sampled_from("কখগজ্ষতরয়াি ু‌‍্ংaA9 👩\u200d🌾é"), max_size=60)


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("Rahim Uddin", 24, "Rahim Uddin"),
        ("Premium mustard oil 5 litre", 20, "Premium mustard oil…"),
        ("Premium mustard oil cans", 20, "Premium mustard oil…"),
        ("Chattogrammmmmmmmmmmmmmmmmmm", 10, "Chattogram…"),
        ("ক্ষীরোদপ্রসাদ", 1, "ক্ষী…"),
        ("উদ্দিন", 2, "উদ্দি…"),
        ("👨‍👩‍👧👨‍👩‍👧", 1, "👨‍👩‍👧…"),
        ("দাম বেশি, রবিবার", 7, "দাম বেশি…"),
        ("", 5, ""),
    ],
)
def test_truncate(text: str, limit: int, cut: str) -> None:
    assert truncate(text, limit) == cut


@given(_BENGALI, st.integers(1, 30))
@example("\u09cd 9", 1)
def test_a_cut_keeps_whole_letters_and_the_limit(text: str, limit: int) -> None:
    whole, cut = clean(text), truncate(text, limit)
    if cut != whole:
        kept = letters(cut.removesuffix(ELLIPSIS))
        assert cut.endswith(ELLIPSIS)
        assert len(kept) <= limit
        assert kept == letters(whole)[: len(kept)]
        assert not cut.removesuffix(ELLIPSIS).endswith("\u09cd") or "\u09cd" in letters(whole)[len(kept) - 1]


@given(st.text())
def test_clean_text_is_one_visible_line(text: str) -> None:
    line = clean(text)
    assert line == clean(line) == unicodedata.normalize("NFC", line)
    assert "\n" not in line
    assert all(
        unicodedata.category(character) not in ("Cc", "Cf", "Cs") or character in "\u200c\u200d" for character in line
    )


def test_clean_drops_what_deceives_and_keeps_what_shapes() -> None:
    assert clean("Rahim\u202e\u200b Uddin\x00\r\n\tx") == "Rahim Uddin x"
    assert clean("র‍্যাব") == "র\u200d্যাব"
    assert clean("\u09df") == "\u09af\u09bc"


def test_a_tower_of_marks_counts_as_many_letters() -> None:
    assert len(truncate("e" + "\u0317" * 5000, 24)) <= 24 * 24 + 1
    assert len(truncate("ক্" * 5000, 24)) <= 24 * 24 + 1


def test_masked_names_show_first_letters() -> None:
    assert masked("রহিম উদ্দিন") == "র••• উ•••"
    assert masked("  Karim   Mia ") == "K••• M•••"
    assert masked("ক্ষিতি") == "ক্ষি•••"


def test_capitals() -> None:
    assert capitalised("first buyer") == "First buyer"
    assert capitalised("প্রথম অর্ডার") == "প্রথম অর্ডার"
    assert capitalised("") == ""


@pytest.mark.parametrize(
    ("e164", "written"),
    [
        ("+8801712345678", "+880 1712-345678"),
        ("+88029876543", "+880 298 765 43"),
        ("+14155552671", "+1 415 555 2671"),
        ("+919876543210", "+91 987 654 3210"),
        ("+442071838750", "+44 207 183 8750"),
        ("12345", "12345"),
        ("ask Rina", "ask Rina"),
    ],
)
def test_phone(e164: str, written: str) -> None:
    assert phone(e164) == written


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_written_phone_keeps_every_digit(e164: str) -> None:
    assert phone(e164).translate(str.maketrans("", "", " -")) == e164


def test_short_forms_of_a_phone() -> None:
    assert last4("+8801712345678") == "··5678"
    assert whatsapp_link("+8801712345678") == "https://wa.me/8801712345678"
