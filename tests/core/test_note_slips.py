"""Notes as they are typed in haste: misspelt, run together, beside the point, about too much."""

from datetime import datetime
from decimal import Decimal

import pytest

from benchmarks.notes_accuracy import LONG_TEXTS
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.notes.note import Need
from cdm_core.notes.spelling import parted, readings
from cdm_core.words import Outcome, PaymentMethod, Reason
from tests.core.test_notes import at, read


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("dhre nai", Outcome.NO_ANSWER),
        ("dhrni", Outcome.NO_ANSWER),
        ("dhrenai", Outcome.NO_ANSWER),
        ("cl dhrse na", Outcome.NO_ANSWER),
        ("no ansr", Outcome.NO_ANSWER),
        ("phone dhorlena", Outcome.NO_ANSWER),
        ("line bz", Outcome.LINE_BUSY),
        ("swtich off", Outcome.SWITCHED_OFF),
        ("ফোনটা বন্ধ দেখাইতেছে", Outcome.SWITCHED_OFF),
        ("cl bck krte blse", Outcome.CALLBACK_REQUESTED),
        ("ordr cnfm krse", Outcome.ORDER_CONFIRMED),
        ("kothahoisedambeshi", Outcome.CONNECTED),
        ("remove me from the list", Outcome.DO_NOT_CALL),
        ("ফোন করতে বারণ করছে", Outcome.DO_NOT_CALL),
    ],
)
def test_misspelt_words_are_known(text: str, outcome: Outcome) -> None:
    note = read(text)
    assert note.outcome is outcome
    assert note.unparsed == ()
    assert looks_like_note(note) is TextKind.NOTE


@pytest.mark.parametrize(
    "name", ["Bilal", "Mondal", "Satter", "Moni", "Johir", "Zohora", "Kamal Hossain", "Krim Uddin"]
)
def test_names_are_no_misspelt_words(name: str) -> None:
    assert looks_like_note(read(name)) is TextKind.SEARCH


@pytest.mark.parametrize("word", ["bulk", "tested", "black", "dim", "Sonamoni", "Narayanganj"])
def test_other_words_stay_what_they_are(word: str) -> None:
    assert read(word).unparsed == (word,)


def test_a_slip_never_adds_or_drops_a_denial() -> None:
    for affirmed, denied in (("dhorlen", "dhorlena"), ("nibe", "nibena")):
        assert affirmed not in readings(denied)
        assert denied not in readings(affirmed)


def test_words_run_together_are_parted() -> None:
    assert read("porshubikale call").follow_up_at == at(24, 16)
    assert parted("porshubikale") == len("porshu")


def test_what_follows_a_time_is_a_wish_to_be_called() -> None:
    for text in ("bikale dite bolse", "dui ghonta por dite bolse", "bolse bikale call dite", "pore dite bolse"):
        assert read(text).outcome is Outcome.CALLBACK_REQUESTED
    assert read("gift wrap korte bolse").outcome is None


def test_a_promise_to_confirm_is_no_order() -> None:
    for text in ("kal confirm", "kal order confirm", "agamikal 11tay confirm", "কাল কনফার্ম"):
        note = read(text)
        assert note.outcome is Outcome.INTERESTED
        assert (note.follow_up_at or note.follow_up_date) is not None
    assert read("kal order confirm korse 2450").outcome is Outcome.ORDER_CONFIRMED
    assert read("gotokal order confirm 2450").outcome is Outcome.ORDER_CONFIRMED


def test_a_wish_to_confirm_is_no_order() -> None:
    note = read("order confirm korte chaise kintu bkash e problem")
    assert (note.outcome, note.payment) == (Outcome.INTERESTED, None)
    assert read("order confirm korse bkash").payment is PaymentMethod.BKASH


@pytest.mark.parametrize(
    ("text", "occurred_at"),
    [
        ("gotokal dhore nai, aj kotha hoise 3 min", None),
        ("kal dhore nai aj kotha hoise", None),
        ("gotokal kotha hoise, kal call dite bolse", at(21, 12)),
        ("gotokal bikale, kotha hoise 3 min", at(21, 16)),
    ],
)
def test_each_contact_of_a_line_has_its_own_time(text: str, occurred_at: datetime | None) -> None:
    note = read(text)
    assert note.outcome in (Outcome.CONNECTED, Outcome.CALLBACK_REQUESTED)
    assert note.occurred_at == occurred_at


@pytest.mark.parametrize(
    "text",
    ["gotokal call dibo", "15 november call dibo", "20/11 call dite bolse", "গতকাল কল দিব", "12 nov 2025 call dibo"],
)
def test_a_day_gone_by_is_not_booked(text: str) -> None:
    note = read(text)
    assert (note.follow_up_at, note.follow_up_date) == (None, None)
    assert note.needs == (Need.DATE, Need.PAST)


def test_an_hour_gone_by_is_asked_anew() -> None:
    note = read("aj sokal 8tay call dibo")
    assert (note.follow_up_at, note.follow_up_date) == (None, at(22, 0).date())
    assert note.needs == (Need.PAST, Need.TIME)


def test_parts_of_the_day_that_have_begun_are_not_tomorrow() -> None:
    evening = at(22, 20, 15)
    assert read("dhore nai rate", evening).occurred_at == at(22, 20)
    assert read("talked this morning", evening).occurred_at == at(22, 10)
    assert read("dhore nai bikale").follow_up_at == at(22, 16)


def test_since_a_day_is_no_appointment() -> None:
    for text in ("kal thekei phone off", "phone off since yesterday"):
        note = read(text)
        assert (note.follow_up_at, note.follow_up_date, note.occurred_at) == (None, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "january te nibe",
        "ডিসেম্বরের শেষে নিবে",
        "end of december call",
        "ঈদের আগে নিবে",
        "after eid call",
        "nibe in march",
    ],
)
def test_a_time_without_a_day_asks_for_it(text: str) -> None:
    note = read(text)
    assert Need.DATE in note.needs
    assert note.follow_up_date is None


def test_may_is_a_verb_as_well() -> None:
    assert read("may call later").needs == (Need.TIME,)


@pytest.mark.parametrize(
    "text",
    [
        "01711111111 dhore nai, 01822222222 order dise",
        "123 no answer, 456 order confirmed",
        "#12 no answer; #13 order dise 2000",
        "rahim dhore nai. karim er sathe kotha hoise",
        "রহিম ধরে নাই, করিম অর্ডার দিছে ২০০০ টাকা",
    ],
)
def test_two_customers_in_a_line_are_noticed(text: str) -> None:
    assert Need.SEVERAL_CUSTOMERS in read(text).needs


@pytest.mark.parametrize(
    "text",
    [
        "01711111111 dhore nai",
        "wife dhorse, customer baire",
        "2 honey order confirm, 3 ghee order confirm",
        "rahim dhore nai",
    ],
)
def test_one_customer_is_one(text: str) -> None:
    assert Need.SEVERAL_CUSTOMERS not in read(text).needs


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("order confirm 01712345678", "+8801712345678"),
        ("01712345678 tk order confirm", "+8801712345678"),
        ("order confirm 0171234567 taka", None),
        ("order confirm 123456789012 tk", None),
    ],
)
def test_a_phone_is_no_sum(text: str, phone: str | None) -> None:
    note = read(text)
    assert (note.outcome, note.amount, note.new_phone) == (Outcome.ORDER_CONFIRMED, None, phone)


def test_numbers_of_an_address_count_nothing() -> None:
    note = read("order confirmed 2600 cod address mirpur 10 road 3")
    assert (note.amount, note.products) == (Decimal(2600), ())
    assert note.unparsed == ("address mirpur 10 road 3",)


def test_the_charge_of_a_delivery_is_the_reason_not_the_sum() -> None:
    note = read("delivery crg 130 tk shune nibe na bolse")
    assert (note.outcome, note.reason, note.amount) == (Outcome.NOT_INTERESTED, Reason.DELIVERY_CHARGE, None)


def test_a_price_is_not_a_night() -> None:
    note = read("rate chaise")
    assert (note.outcome, note.follow_up_at) == (Outcome.INTERESTED, None)


@pytest.mark.parametrize("text", ["😀😀", "👍", "🙏🏽 ❤️", "…", "?!"])
def test_without_words_nothing_is_understood_and_nothing_lost(text: str) -> None:
    note = read(text)
    assert (note.outcome, note.confidence) == (None, 0)
    assert looks_like_note(note) is TextKind.SEARCH


@pytest.mark.parametrize("text", LONG_TEXTS.values(), ids=LONG_TEXTS.keys())
def test_of_a_text_of_thousands_of_letters_nothing_is_lost(text: str) -> None:
    note = read(f"dhore nai. {text} shesh")
    assert note.outcome is not None
    assert note.unparsed[-1].endswith("shesh")


@pytest.mark.parametrize("text", ["onno keu dhorse", "someone else answered", "somebody picked up", "অন্য কেউ ধরেছে"])
def test_whoever_else_answers_the_number_may_still_be_right(text: str) -> None:
    note = read(text)
    assert (note.outcome, note.unparsed) == (Outcome.NO_ANSWER, ())


@pytest.mark.parametrize("text", ["onno lok", "number onno karo", "someone else's number"])
def test_another_persons_number_is_wrong(text: str) -> None:
    assert read(text).outcome is Outcome.WRONG_NUMBER


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("bkash e taka dise 1500", 1500),
        ("paid 2,000 by bkash", 2000),
        ("bkash e 1500 dise", 1500),
        ("১৫০০ টাকা বিকাশ করেছে", 1500),
    ],
)
def test_a_payment_is_no_order(text: str, amount: int) -> None:
    note = read(text)
    assert (note.outcome, note.amount, note.payment) == (None, Decimal(amount), PaymentMethod.BKASH)
    assert looks_like_note(note) is TextKind.NOTE


@pytest.mark.parametrize("text", ["order 1500 taka, bkash e dise", "order confirm, total 1500 bkash korse", "2k bkash"])
def test_an_order_paid_for_is_one(text: str) -> None:
    assert read(text).outcome is Outcome.ORDER_CONFIRMED


@pytest.mark.parametrize("text", ["talked, order 1 honey", "order 1 honey, talked", "kotha hoise, order ১ honey"])
def test_a_count_behind_the_word_order_is_an_order(text: str) -> None:
    note = read(text)
    assert (note.outcome, note.products) == (Outcome.ORDER_CONFIRMED, (("honey", 1),))


def test_no_order_comes_to_nothing() -> None:
    assert read("order 0 taka").outcome is None
    assert read("order hoise 0 taka").amount is None


@pytest.mark.parametrize("text", ["cal bak 2mrw 5pm", "call back 2moro 5pm"])
def test_a_digit_may_be_part_of_a_word(text: str) -> None:
    assert read(text).follow_up_at == at(23, 17)
    assert read("2 day por 5pm call").follow_up_at == at(24, 17)


@pytest.mark.parametrize("text", ["২০২৫ সালের ১ জানুয়ারি কল দিব", "2025 saler 1 january call dibo"])
def test_a_year_before_its_day_counts(text: str) -> None:
    note = read(text)
    assert (note.follow_up_at, note.follow_up_date) == (None, None)
    assert Need.PAST in note.needs


def test_a_complaint_about_the_delivery_charge_is_about_that() -> None:
    assert read("complaint about delivery charge").reason is Reason.DELIVERY_CHARGE
    assert read("complaint korse").reason is Reason.QUALITY
