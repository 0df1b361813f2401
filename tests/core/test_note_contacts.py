"""From a typed line to whom it is about, what happened, and when to call again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_times, thresholds
from cdm_core.note_contacts import (
    When,
    contact_of_note,
    line_and_what,
    read,
    short_id_and_what,
    when,
    who_and_what,
)
from cdm_core.thresholds import Thresholds
from cdm_core.words import InteractionType, Outcome
from tests.core.people import at
from tests.factories import NOW


@pytest.fixture
async def limits(session: AsyncSession) -> Thresholds:
    return await thresholds.load(session)


@pytest.mark.parametrize(
    ("typed", "who", "what"),
    [
        ("5678 kotha hoise 3 min", "5678", "kotha hoise 3 min"),
        ("৫৬৭৮: kotha hoise", "5678", "kotha hoise"),
        ("#12 kotha hoise", "#12", "kotha hoise"),
        ("01712345678 no answer", "01712345678", "no answer"),
        ("+880 1712-345678, no answer", "+880 1712-345678", "no answer"),
        ("5678 2450 taka cod", "5678", "2450 taka cod"),
        ("r@example.com kotha hoise", "r@example.com", "kotha hoise"),
        ("rahim uddin kotha hoise 3 min", "rahim uddin", "kotha hoise 3 min"),
        ("রহিম কথা হয়েছে ৩ মিনিট", "রহিম", "কথা হয়েছে ৩ মিনিট"),
        ("kotha hoise 3 min", "", "kotha hoise 3 min"),
        ("3 min kotha hoise", "", "3 min kotha hoise"),
        ("rahim", "rahim", ""),
    ],
)
async def test_who_and_what(limits: Thresholds, typed: str, who: str, what: str) -> None:
    assert who_and_what(typed, read(typed, NOW, limits)) == (who, what)


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("123 kotha hoise 3 min", "#123"),
        ("7 no answer", "#7"),
        ("3 min kotha hoise", ""),
        ("2 kg honey order confirmed", ""),
        ("6 tay call dibo", ""),
        ("123", ""),
    ],
)
async def test_a_short_id(limits: Thresholds, typed: str, who: str) -> None:
    assert short_id_and_what(typed, NOW, limits)[0] == who


def test_a_line_of_a_list() -> None:
    assert line_and_what("2 kotha hoise") == (2, "kotha hoise")
    assert line_and_what("২) কথা হয়েছে") == (2, "কথা হয়েছে")
    assert line_and_what("2450 taka") == (None, "2450 taka")
    assert line_and_what("kotha hoise") == (None, "kotha hoise")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("6", When(at=at("2026-11-22T18:00"))),
        ("৬টা", When(at=at("2026-11-22T18:00"))),
        ("kal 6tay", When(at=at("2026-11-23T18:00"))),
        ("30 min", When(at=at("2026-11-22T11:40"))),
        ("2 ghonta por", When(at=at("2026-11-22T13:10"))),
        ("sukrobar", When(day=date(2026, 11, 27))),
        ("gotokal 5tay", When(past=True)),
        ("hello", When()),
        ("", When()),
    ],
)
async def test_when(limits: Thresholds, typed: str, expected: When) -> None:
    assert when(typed, NOW, limits) == expected


async def test_do_not_call_counts_only_once_confirmed(limits: Thresholds) -> None:
    words = "আর কল দিতে মানা করেছে"
    contact = contact_of_note(read(words, NOW, limits), words, said_at=NOW, origin="1:2")
    assert (contact.outcome_code, contact.description, contact.asks_no_calls) == (None, words, True)
    assert contact.is_remark
    words = "price beshi, ar call dite mana korse"
    contact = contact_of_note(read(words, NOW, limits), words, said_at=NOW, origin="1:2")
    assert (contact.outcome_code, contact.asks_no_calls, contact.is_remark) == (Outcome.NOT_INTERESTED, True, False)


async def test_a_text_that_tells_of_no_talk_is_a_remark(limits: Thresholds) -> None:
    for words in ("the shop next door", "bou er jonmodin 15 may", "kal 6tay call dibo"):
        contact = contact_of_note(read(words, NOW, limits), words, said_at=NOW, origin="1:2")
        assert contact.is_remark, words
        assert contact.type is InteractionType.OTHER


async def test_a_talk_of_an_earlier_day_happened_then(limits: Thresholds) -> None:
    words = "পরশু কথা হয়েছিল"
    contact = contact_of_note(read(words, NOW, limits), words, said_at=NOW, origin="1:2")
    assert contact.at.date() == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("now", "again"),
    [
        ("2026-11-22T11:10", "2026-11-22T13:10"),
        ("2026-11-22T11:11", "2026-11-22T13:15"),
        ("2026-11-22T18:55", "2026-11-22T20:55"),
        ("2026-11-22T18:56", "2026-11-23T09:00"),
        ("2026-11-22T19:00", "2026-11-23T09:00"),
        ("2026-11-22T23:30", "2026-11-23T09:00"),
        ("2026-11-22T05:00", "2026-11-22T09:00"),
        ("2026-11-26T20:00", "2026-11-29T09:00"),
    ],
)
async def test_again_is_within_working_hours(limits: Thresholds, now: str, again: str) -> None:
    assert call_times.again_at(at(now), limits) == at(again)


async def test_again_is_ahead_at_any_hour(limits: Thresholds) -> None:
    for half_hours in range(14 * 48):
        now = NOW + timedelta(minutes=30 * half_hours)
        again = call_times.again_at(now, limits)
        assert timedelta(0) < again - now < timedelta(days=4)
        assert limits.workday_start <= again.time() < limits.workday_end


async def test_times_on_offer(limits: Thresholds) -> None:
    friday = call_times.offers(date(2026, 11, 27), NOW, limits)
    assert friday == [at("2026-11-27T11:00"), at("2026-11-27T16:00"), at("2026-11-29T11:00")]
    today = call_times.offers(NOW.date(), NOW, limits)
    assert today == [at("2026-11-22T16:00"), at("2026-11-23T11:00")]
    assert call_times.offers(None, NOW, limits)[0] == at("2026-11-22T13:10")
    assert call_times.tomorrow(NOW, limits) == at("2026-11-23T10:00")


@given(st.text(max_size=60))
async def test_no_text_is_too_odd(text: str) -> None:
    number, rest = line_and_what(text)
    assert number is None or 0 <= number <= 999
    assert rest in text
