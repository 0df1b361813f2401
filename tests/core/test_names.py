"""Names that sound alike find each other, whatever the script; others stay apart."""

import csv
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.names import (
    KEY_LETTERS,
    essential,
    name_key,
    name_skeletons,
    phonetic,
    skeleton,
    spelling_lines,
    tokens,
)
from cdm_core.typos import closest, near_keys

PAIRS = Path(__file__).parents[1] / "data" / "name_pairs.tsv"


def merged(key: Callable[[str], object], label: str) -> tuple[int, int]:
    """How many of the labelled pairs have one key, and how many pairs there are."""
    with PAIRS.open(encoding="utf-8", newline="") as file:
        pairs = [(left, right) for left, right, kind in csv.reader(file, delimiter="\t") if kind == label]
    return sum(key(left) == key(right) for left, right in pairs), len(pairs)


def skeletons(name: str) -> list[str]:
    return [skeleton(token) for token in essential(name)]


@pytest.mark.parametrize(
    "spellings",
    [
        "রহিম rahim rohim Raheem",
        "Mohammad Md. মোঃ মো. মোহাম্মদ Muhammed",
        "উদ্দিন uddin udin",
        "Chowdhury চৌধুরী choudhuri",
        "Begum বেগম",
        "Hossain Hussain হোসেন",
        "Akter Akhter আক্তার",
        "Khatun খাতুন",
        "Sheikh Shaikh শেখ",
        "Das দাস",
        "Islam ইসলাম",
        "Jahid Zahid জাহিদ",
        "Fatema Fatima ফাতেমা",
        "Shirin Sirin",
        "Nasrin Nasreen নাসরিন",
        "Sumaiya সুমাইয়া",
        "Ayesha Aisha আয়েশা",
        "Tanvir Tanbir তানভীর",
        "Yusuf Iusuf ইউসুফ",
        "Bibi বিবি",
    ],
)
def test_spellings_of_one_name_have_one_key(spellings: str) -> None:
    assert len({name_key(spelling) for spelling in spellings.split()}) == 1


@pytest.mark.parametrize(
    "pair", ["rahim karim", "salma selim", "rahima rahim", "nasir nasrin", "রহিম করিম", "সালমা সেলিম"]
)
def test_names_that_are_often_confused_stay_apart(pair: str) -> None:
    left, right = pair.split()
    assert phonetic(left) != phonetic(right)
    assert skeleton(left) != skeleton(right)


def test_labelled_pairs_are_told_apart_by_key() -> None:
    same, of_same = merged(name_key, "same")
    wrong, of_different = merged(name_key, "different")
    assert of_same >= 600
    assert of_different >= 200
    assert same == of_same
    assert wrong <= 2


def test_labelled_pairs_meet_in_the_skeleton() -> None:
    same, of_same = merged(skeletons, "same")
    wrong, _ = merged(skeletons, "different")
    assert same == of_same
    assert wrong <= 20


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Md. Nasir Ud-Din", ["md", "nasir", "uddin"]),
        ("Nasiruddin", ["nasir", "uddin"]),
        ("মোঃ নাসিরুদ্দিন", ["মো", "নাসির", "উদ্দিন"]),
        ("Saif-ul-Islam", ["saiful", "islam"]),
        ("Abdurrahman", ["abdur", "rahman"]),
        ("Abdullah", ["abdullah"]),
        ("<b>Rahim</b>", ["b", "rahim", "b"]),
        ("রহিম\u200cা ২", ["রহিমা", "2"]),
        ("🐝 Honey", ["honey"]),
        ("🐝", ["🐝"]),
        (" ", []),
    ],
)
def test_words_of_a_name(name: str, words: list[str]) -> None:
    assert tokens(name) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Md. Rahim Uddin", ["rahim", "uddin"]),
        ("Mohammad Ali", ["ali"]),
        ("Nur Mohammad", ["nur", "mohammad"]),
        ("জনাব করিম ভাই", ["করিম"]),
        ("Dr. S. M. Karim", ["karim"]),
        ("Mohammad", ["mohammad"]),
        ("Bhai", ["bhai"]),
        ("A K", ["a", "k"]),
    ],
)
def test_titles_and_initials_are_not_required(name: str, words: list[str]) -> None:
    assert essential(name) == words


@pytest.mark.parametrize("name", ["李小龙", "محمد علي", "Зоя", "🐝🐝", "ঃঁ", "্"])
def test_other_scripts_are_their_own_keys(name: str) -> None:
    folded = unicodedata.normalize("NFC", name).casefold()
    assert name_key(name) == " ".join(folded.replace("ঃ", " ").split())


@pytest.mark.parametrize("name", ["x" * 5000, "রহিম " * 500, "র" * 5000, "a1" * 100])
def test_endless_names_have_short_keys(name: str) -> None:
    assert 0 < len(name_key(name)) <= 12 * 33
    assert all(len(token) <= 64 for token in tokens(name))


def test_no_spelling_is_listed_for_two_names() -> None:
    owner: dict[str, str] = {}
    for name, spellings in spelling_lines():
        for spelling in (name, *spellings):
            assert owner.setdefault(phonetic(spelling), name) == name, spelling


name_text = st.text() | st.text("রহিমকতসলনউদ্বজ্ঞক্ষয়ািুূেোৌংঃঁ০৭ড়") | st.text("aeiouhkgtdjbszrcqwxyv -.'")


def test_what_a_name_is_indexed_by() -> None:
    assert name_skeletons("Md. Rahim Uddin") == ["rhm", "adn", "=rhim", "=udin"]


@given(name_text)
def test_no_name_raises_and_every_word_has_keys(name: str) -> None:
    for token in tokens(name):
        key, bones = phonetic(token), skeleton(token)
        assert key
        assert bones
        assert not key.isascii() or not token.isalpha() or set(key) <= set(KEY_LETTERS + "0123456789")
    assert len(name_skeletons(name)) == len(set(name_skeletons(name)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rahmi", "রহিম"),
        ("rahhim", "রহিম"),
        ("rajim", "রহিম"),
        ("rasul", "rasel"),
        ("chodwhury", "চৌধুরী"),
        ("salmz", "salma"),
        ("bgam", "begum"),
        ("নাসিরন", "nasrin"),
    ],
)
def test_a_slip_still_finds_the_name(typed: str, meant: str) -> None:
    vocabulary = ["রহিম", "karim", "rasel", "চৌধুরী", "salma", "begum", "nasrin", "kamrul", "uddin", "李小龙"]
    found = closest(typed, vocabulary)
    assert found[0].token == meant
    assert phonetic(meant) in near_keys(typed) or skeleton(meant) == skeleton(typed)


def test_the_same_sound_comes_first_then_the_commoner() -> None:
    found = closest("rahim", ["karim", "rahima", "রহিম", "rohim"])
    assert [(candidate.token, candidate.distance == 0) for candidate in found] == [
        ("রহিম", True),
        ("rohim", True),
        ("rahima", False),
    ]


@pytest.mark.parametrize("typed", ["", "a", "李小龙", "🐝", "x" * 5000])
def test_what_cannot_be_mistyped_has_its_own_key_alone(typed: str) -> None:
    assert near_keys(typed) == [phonetic(typed)]


@given(name_text, st.lists(name_text, max_size=5))
def test_no_typo_raises(typed: str, vocabulary: list[str]) -> None:
    assert len(closest(typed, vocabulary, limit=3)) <= 3
