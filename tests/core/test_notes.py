"""The note grammar: the corpus, the examples the product promises, and its laws for any text."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.notes.lexicon import LONGEST_PHRASE, lexicon, rows, spellings
from cdm_core.notes.normal import fold, squeeze
from cdm_core.notes.note import Need, Note, Occasion, note_to_json
from cdm_core.notes.parse import parse_note
from cdm_core.words import Direction, EventType, InteractionType, Outcome, PaymentMethod, Reason, Relationship

DHAKA = ZoneInfo("Asia/Dhaka")
SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=DHAKA)
CORPUS = Path(__file__).parent.parent / "data" / "notes_corpus.tsv"


def read(text: str, now: datetime = SUNDAY) -> Note:
    return parse_note(text, now, DHAKA)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=DHAKA)


def corpus() -> Iterator[tuple[str, str, str]]:
    for line in CORPUS.read_text("utf-8").splitlines()[1:]:
        phrase, now, expected = line.split("\t")
        yield phrase, now, expected


@pytest.mark.parametrize(("phrase", "now", "expected"), list(corpus()))
def test_corpus(phrase: str, now: str, expected: str) -> None:
    understood = note_to_json(read(phrase, datetime.fromisoformat(now)), DHAKA)
    del understood["confidence"]
    assert {name: value for name, value in understood.items() if value not in (None, [])} == json.loads(expected)


PROMISED = [
    ("no answer", {"outcome": Outcome.NO_ANSWER, "suggested_at": at(22, 12)}),
    ("dhore nai", {"outcome": Outcome.NO_ANSWER, "suggested_at": at(22, 12)}),
    ("ফোন ধরেনি", {"outcome": Outcome.NO_ANSWER, "suggested_at": at(22, 12)}),
    (
        "talked 3m, happy, call Tue 5pm",
        {"outcome": Outcome.CONNECTED, "duration_s": 180, "follow_up_at": at(24, 17)},
    ),
    (
        "কথা হয়েছে ৩ মিনিট, দাম বেশি, আগামীকাল সন্ধ্যা ৬টায় কল দিতে বলেছে",
        {
            "outcome": Outcome.CALLBACK_REQUESTED,
            "duration_s": 180,
            "reason": Reason.PRICE,
            "follow_up_at": at(23, 18),
        },
    ),
    (
        "kotha hoise, dam beshi, kal 6tay call dite bolse",
        {"outcome": Outcome.CALLBACK_REQUESTED, "reason": Reason.PRICE, "follow_up_at": at(23, 18)},
    ),
    (
        "kotha hoise 3 min, dam beshi, kal 6tay call",
        {
            "outcome": Outcome.CALLBACK_REQUESTED,
            "duration_s": 180,
            "reason": Reason.PRICE,
            "follow_up_at": at(23, 18),
        },
    ),
    (
        "order confirmed 2450 cod 2x honey",
        {
            "outcome": Outcome.ORDER_CONFIRMED,
            "amount": Decimal(2450),
            "payment": PaymentMethod.COD,
            "products": (("honey", 2),),
        },
    ),
    (
        "অর্ডার কনফার্ম ২৪৫০ টাকা ক্যাশ অন ডেলিভারি",
        {"outcome": Outcome.ORDER_CONFIRMED, "amount": Decimal(2450), "payment": PaymentMethod.COD},
    ),
    ("লাইন ব্যস্ত, আধা ঘণ্টা পর দিব", {"outcome": Outcome.LINE_BUSY, "follow_up_at": at(22, 10, 30)}),
    ("পরশু বিকাল ৪টায় ফোন দিব", {"follow_up_at": at(24, 16), "occurred_at": None}),
    ("পরশু কথা হয়েছিল", {"outcome": Outcome.CONNECTED, "occurred_at": at(20, 12), "follow_up_at": None}),
    ("phn off", {"outcome": Outcome.SWITCHED_OFF}),
    ("নাম্বার বন্ধ", {"outcome": Outcome.SWITCHED_OFF}),
    ("kete dise", {"outcome": Outcome.CUSTOMER_HUNG_UP}),
    (
        "wp te list pathaisi",
        {"outcome": Outcome.WHATSAPP_MESSAGE_SENT, "channel": InteractionType.WHATSAPP},
    ),
    (
        "wrong no, new 01812345678",
        {
            "outcome": Outcome.WRONG_NUMBER,
            "new_phone": "+8801812345678",
            "amount": None,
            "needs": (Need.CONFIRM_PHONE,),
        },
    ),
    ("রং নাম্বার", {"outcome": Outcome.WRONG_NUMBER, "needs": ()}),
    ("আর কল দিতে মানা করেছে", {"outcome": Outcome.DO_NOT_CALL, "needs": (Need.CONFIRM_DO_NOT_CALL,)}),
    (
        "bou er jonmodin 15 may",
        {
            "occasion": Occasion(Relationship.SPOUSE, EventType.BIRTHDAY, 5, 15, None),
            "needs": (Need.CONFIRM_OCCASION,),
            "follow_up_date": None,
        },
    ),
    (
        "pore nibe, sukrobar",
        {"follow_up_date": at(27, 0).date(), "follow_up_at": None, "needs": (Need.TIME, Need.WEEKEND)},
    ),
]


@pytest.mark.parametrize(("text", "facts"), PROMISED)
def test_promised_examples(text: str, facts: dict[str, object]) -> None:
    note = read(text)
    assert {name: getattr(note, name) for name in facts} == facts
    assert note.unparsed == ()
    assert looks_like_note(note) is TextKind.NOTE


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("rahim", TextKind.SEARCH),
        ("রহিম উদ্দিন", TextKind.SEARCH),
        ("Karim Mia", TextKind.SEARCH),
        ("5678", TextKind.SEARCH),
        ("#5678", TextKind.SEARCH),
        ("01712345678", TextKind.SEARCH),
        ("rahim@example.com", TextKind.SEARCH),
        ("", TextKind.SEARCH),
        ("rahim 2450", TextKind.EITHER),
        ("kal", TextKind.EITHER),
        ("dhorenai", TextKind.NOTE),
        ("+30 min", TextKind.NOTE),
    ],
)
def test_note_or_search(text: str, kind: TextKind) -> None:
    assert looks_like_note(read(text)) is kind


def test_numbers_are_told_apart() -> None:
    note = read("kotha hoise 5 min, order confirmed 3 honey 2,450 tk, new 01812-345678, kal 6tay call")
    assert (note.duration_s, note.amount, note.products) == (300, Decimal(2450), (("honey", 3),))
    assert (note.new_phone, note.follow_up_at) == ("+8801812345678", at(23, 18))


def test_a_long_talk_is_asked_about() -> None:
    assert read("3 ghonta kotha hoise").needs == (Need.CONFIRM_DURATION,)


def test_direction_defaults_to_ours() -> None:
    assert read("dhore nai").direction is Direction.OUTBOUND
    assert read("customer call dise, order confirm 800 tk").direction is Direction.INBOUND


def test_working_hours_settle_a_bare_hour() -> None:
    night = parse_note("kal 6tay call", SUNDAY, DHAKA, working_hours=(0, 8))
    assert night.follow_up_at == at(23, 6)


def test_hours_a_zone_skips_move_ahead() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    note = parse_note("tomorrow 2:30 am", datetime(2026, 3, 28, 12, tzinfo=berlin), berlin)
    assert note.follow_up_at is not None
    assert note.follow_up_at.isoformat() == "2026-03-29T03:30:00+02:00"


def test_every_code_of_the_lexicon_is_a_word_of_the_system() -> None:
    codes = {
        "outcomes": Outcome,
        "reasons": Reason,
        "channels": InteractionType,
        "directions": Direction,
        "payments": PaymentMethod,
        "relatives": Relationship,
        "events": EventType,
    }
    for meanings in lexicon().phrases.values():
        for table, entry in meanings.items():
            if enum := codes.get(table):
                assert entry.value in set(enum)
            if table == "outcomes":
                assert entry["negated"] in {"-", *Outcome}
            if "tense" in entry.columns:
                assert entry["tense"] in {"past", "future", "-"}


def test_no_phrase_means_two_things_in_one_table() -> None:
    seen: dict[tuple[str, str], list[str]] = {}
    for table, row in rows():
        *meaning, phrases = row.values()
        for phrase in spellings(phrases):
            key = squeeze("".join(map(fold, phrase.split())))
            assert seen.setdefault((table, key), meaning) == meaning, f"{table}: {phrase}"
            assert 0 < len(phrase.split()) <= LONGEST_PHRASE, f"{table}: {phrase}"
            assert not any(map(str.isdigit, phrase)) or table in ("days", "periods"), f"{table}: {phrase}"


def test_forms_of_a_word_stand_in_one_row_and_make_no_phrase_mean_two_things() -> None:
    forms: dict[str, str] = {}
    for table, row in rows():
        if table == "variants":
            word = fold(row["word"])
            for form in map(fold, spellings(row["phrases"])):
                assert " " not in form
                assert form != word
                assert forms.setdefault(form, word) == word, f"{form} is a form of two words"
    assert not forms.keys() & set(forms.values())
    seen: dict[tuple[str, str], str] = {}
    for table, row in rows():
        for phrase in spellings(row["phrases"]):
            key = squeeze("".join(forms.get(fold(word), fold(word)) for word in phrase.split()))
            value = next(iter(row.values()))
            assert table == "variants" or seen.setdefault((table, key), value) == value, f"{table}: {phrase}"


words = st.sampled_from(sorted(lexicon().phrases))
misspelt = st.builds(
    lambda word, place, letter: word[:place] + letter + word[place + len(letter) % 2 :],
    st.sampled_from(sorted(lexicon().words)),
    st.integers(0, 8),
    st.sampled_from(["", "a", "h", "r", "ka", "া"]),
)
texts = st.one_of(
    st.text(max_size=300),
    st.lists(st.one_of(words, misspelt, st.integers(0, 99_999_999_999).map(str), st.text(max_size=8)), max_size=20).map(
        " ".join
    ),
    st.lists(
        st.sampled_from(["kal", "পরশু", "6", "৬টায়", "pm", "por", "2", "din", "31", "feb", "30/02", "12:60", "রাত"])
    ).map(" ".join),
)
zones = st.sampled_from([UTC, DHAKA, ZoneInfo("America/St_Johns")])
moments = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=zones)


@settings(max_examples=400)
@given(texts, moments)
def test_laws_for_any_text(text: str, now: datetime) -> None:
    note = read(text, now)
    assert 0 <= note.confidence <= 1
    assert all(span and span in text for span in note.unparsed)
    assert note.follow_up_at is None or note.follow_up_at.astimezone(UTC) > now.astimezone(UTC)
    assert note.follow_up_date is None or note.follow_up_date >= now.astimezone(DHAKA).date()
    assert note.suggested_at is None or note.suggested_at.astimezone(UTC) > now.astimezone(UTC)
    assert note.occurred_at is None or note.occurred_at.astimezone(UTC) <= now.astimezone(UTC)
    assert note.duration_s is None or note.duration_s > 0
    assert note.amount is None or 0 <= note.amount < 10**13
    assert all(name and 0 < count < 1000 for name, count in note.products)
    json.dumps(note_to_json(note, DHAKA))
    assert read(text, now) == note


def test_what_is_too_long_is_kept() -> None:
    note = read("dhore nai " + "কথা " * 3_000)
    assert note.outcome is Outcome.NO_ANSWER
    assert note.unparsed[-1].endswith("কথা")
