"""A relative told in one line, as agents type it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdm_core.family_line import FamilyLine, Reading, read_line, readings
from cdm_core.notes.lexicon import lexicon
from cdm_core.words import Gender, Relationship, RelativeField

TODAY = date(2026, 11, 22)
SPOUSE, CHILD, PARENT = Relationship.SPOUSE, Relationship.CHILD, Relationship.PARENT
MALE, FEMALE = Gender.MALE, Gender.FEMALE


def born(year: int, month: int, day: int) -> dict[str, object]:
    return {"date_of_birth": date(year, month, day), "birthday": (month, day)}


WIFE: dict[str, object] = {"relationship": SPOUSE, "gender": FEMALE}
SON: dict[str, object] = {"relationship": CHILD, "gender": MALE}
LINES: list[tuple[str, str, dict[str, object]]] = [
    ("123 spouse Sarah 15 May 1992", "123", {"relationship": SPOUSE, "name": "Sarah", **born(1992, 5, 15)}),
    (
        "rahim wife Sarah 01712345679 15 May 1992 anniversary 20 Dec 2015",
        "rahim",
        {**WIFE, "name": "Sarah", "phone": "+8801712345679", **born(1992, 5, 15), "anniversary": date(2015, 12, 20)},
    ),
    ("123 bou শিরিন ১৫ মে", "123", {**WIFE, "name": "শিরিন", "birthday": (5, 15)}),
    (
        "123 chele Arif 24/11/2018 doctor",
        "123",
        {**SON, "name": "Arif", **born(2018, 11, 24), "unread": "doctor", "unread_field": RelativeField.PROFESSION},
    ),
    ("রহিম উদ্দিন স্ত্রী সারাহ ১৫ মে ১৯৯২", "রহিম উদ্দিন", {**WIFE, "name": "সারাহ", **born(1992, 5, 15)}),
    ("spouse Sarah", "", {"relationship": SPOUSE, "name": "Sarah"}),
    ("Sarah wife 15 May", "", {**WIFE, "name": "Sarah", "birthday": (5, 15)}),
    ("15 may Sarah wife", "", {**WIFE, "name": "Sarah", "birthday": (5, 15)}),
    ("wife Babu 15 may", "", {**WIFE, "name": "Babu", "birthday": (5, 15)}),
    ("123 Sarah 15 May", "123", {"name": "Sarah", "birthday": (5, 15)}),
    ("babu mia wife Sarah", "babu mia", {**WIFE, "name": "Sarah"}),
    ("shamim wife Sarah", "shamim", {**WIFE, "name": "Sarah"}),
    ("wife Shamim", "", {**WIFE, "name": "Shamim"}),
    ("dauhgter Mim 3 mar 2020", "", {"relationship": CHILD, "gender": FEMALE, "name": "Mim", **born(2020, 3, 3)}),
    ("+8801712345678 chele Rafi", "+8801712345678", {**SON, "name": "Rafi"}),
    ("#123 husband Al-Amin", "#123", {"relationship": SPOUSE, "gender": MALE, "name": "Al-Amin"}),
    ("shop:77 son Rafi", "shop:77", {**SON, "name": "Rafi"}),
    (
        "123 ma Md. Rokeya Begum, phone 01712345678",
        "123",
        {"relationship": PARENT, "gender": FEMALE, "name": "Md. Rokeya Begum", "phone": "+8801712345678"},
    ),
    (
        "bou er nam Shirin jonmodin 15 may biye barshiki 20 dec",
        "",
        {
            **WIFE,
            "name": "Shirin",
            "birthday": (5, 15),
            "unread": "20 dec",
            "unread_field": RelativeField.ANNIVERSARY_DATE,
        },
    ),
    (
        "wife Sarah 15 may 1992 birthday 20 dec 2015 anniversary",
        "",
        {**WIFE, "name": "Sarah", **born(1992, 5, 15), "anniversary": date(2015, 12, 20)},
    ),
    (
        "wife Sarah 15 may 1992 20 dec 2015",
        "",
        {
            **WIFE,
            "name": "Sarah",
            **born(1992, 5, 15),
            "unread": "20 dec 2015",
            "unread_field": RelativeField.ANNIVERSARY_DATE,
        },
    ),
    (
        "wife Sarah 31 feb",
        "",
        {**WIFE, "name": "Sarah", "unread": "31 feb", "unread_field": RelativeField.DATE_OF_BIRTH},
    ),
    (
        "wife Sarah 0171234",
        "",
        {**WIFE, "name": "Sarah", "unread": "0171234", "unread_field": RelativeField.PHONE},
    ),
    ("wife Sarah email sarah@x.com", "", {**WIFE, "name": "Sarah", "email": "sarah@x.com"}),
    ("wife <b>Sarah</b>", "", {**WIFE, "name": "<b>Sarah</b>"}),
    ("mama Jamal", "", {"relationship": Relationship.OTHER, "gender": MALE, "name": "Jamal"}),
    ("wife 🙂", "", WIFE),
    ("wife", "", WIFE),
    ("123", "123", {}),
    ("01712345678", "01712345678", {}),
    ("rahim", "rahim", {}),
    ("", "", {}),
]


@pytest.mark.parametrize(("text", "who", "facts"), LINES, ids=[text for text, _, _ in LINES])
def test_what_is_typed_is_understood(text: str, who: str, facts: dict[str, object]) -> None:
    assert readings(text, today=TODAY)[0] == Reading(who, FamilyLine(**facts))  # type: ignore[arg-type]


def test_a_name_before_the_word_may_be_whose_relative_it_is() -> None:
    assert [reading.who for reading in readings("rahim wife", today=TODAY)] == ["rahim", ""]
    assert [reading.who for reading in readings("rahim wife 15 may", today=TODAY)] == ["", "rahim"]
    assert [reading.who for reading in readings("babu mia wife Sarah", today=TODAY)] == ["babu mia", ""]


@pytest.mark.parametrize(
    ("answer", "name", "gender"),
    [("Rafi", "Rafi", None), ("chele Rafi", "Rafi", MALE), ("Babu", "Babu", None), ("Apu 3/5", "Apu", None)],
)
def test_an_answer_where_the_relationship_is_known(answer: str, name: str, gender: Gender | None) -> None:
    line = read_line(answer, today=TODAY, relationship=CHILD)
    assert (line.relationship, line.name, line.gender) == (CHILD, name, gender)


def test_an_answer_fills_what_the_line_lacked() -> None:
    asked = read_line("wife 15 may 1992", today=TODAY)
    line = asked.filled(read_line("Sarah 20 dec 01712345679", today=TODAY, relationship=asked.relationship))
    assert (line.name, line.phone, line.date_of_birth, line.gender) == (
        "Sarah", "+8801712345679", date(1992, 5, 15), FEMALE,
    )  # fmt: skip


def test_a_line_is_kept_while_its_answer_is_awaited() -> None:
    for text, _, _ in LINES:
        line = readings(text, today=TODAY)[0].line
        assert FamilyLine.of_stored(line.stored()) == line


def test_what_lies_beyond_a_line_is_kept_as_not_understood() -> None:
    line = read_line(f"wife Sarah, {'x' * 490} 15 May 1992", today=TODAY)
    assert (line.name, line.birthday) == ("Sarah", None)
    assert line.unread.endswith("15 May 1992")


words = st.sampled_from([*sorted(lexicon().phrases), "Sarah", "15 may", "1992", "24/11/18", "01712345678", ",", "."])


@given(st.one_of(st.text(max_size=80), st.lists(words, max_size=8).map(" ".join)))
def test_no_text_is_too_odd_and_nothing_of_it_is_lost(text: str) -> None:
    for reading in readings(text, today=TODAY):
        line = reading.line
        assert FamilyLine.of_stored(line.stored()) == line
        assert (line.unread == "") is (line.unread_field is None)
