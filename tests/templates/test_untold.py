"""Occasions that no morning list brings, in both languages, and that they fit a screen."""

from dataclasses import replace
from datetime import date

import pytest

from cdm_core.absences import Away
from cdm_core.untold import Untold, Wish
from cdm_core.words import Language
from jobs.digest_message import MOST_LINES
from jobs.occasion_message import word
from templates.markup import plain
from templates.speech import Speech
from tests.golden import Golden, Said
from tests.templates.speeches import EN, at
from tests.templates.test_digest import KARIM, RAHIM, TANVIR, WEEKEND

TUESDAY = replace(EN, now=at("2026-11-24T09:00"))
AWAY = Away("Nusrat", date(2026, 11, 26))
UNTOLD = Untold(
    person=TANVIR,
    chat_id=1,
    day=date(2026, 11, 24),
    wishes=(Wish(RAHIM, AWAY, None), Wish(KARIM, None, "Shuvo")),
    total=2,
    tomorrow=("Jahid Hasan",),
    at_seven=("Salma Ara", "Mitu Das"),
)


def _said(untold: Untold, speech: Speech) -> Said:
    (worded,) = word(untold, speech)
    return worded.text, worded.keyboard


@pytest.mark.parametrize(
    ("name", "untold"),
    [
        ("untold", UNTOLD),
        ("untold_nobody_s", replace(UNTOLD, wishes=(Wish(WEEKEND.greetings[1], None, None),), total=1, tomorrow=())),
        ("untold_ahead", replace(UNTOLD, wishes=(), total=0)),
    ],
)
def test_untold(golden: Golden, name: str, untold: Untold) -> None:
    golden(name, TUESDAY, lambda speech: _said(untold, speech))


@pytest.mark.parametrize("speech", [TUESDAY, replace(TUESDAY, language=Language.BN)], ids=["en", "bn"])
@pytest.mark.parametrize("calls", [1, 3, 4, 20])
def test_many_are_several_messages_that_fit(speech: Speech, calls: int) -> None:
    wishes = tuple(
        Wish(replace(RAHIM, call=replace(RAHIM.call, customer_id=1000 + n)), AWAY, None) for n in range(calls)
    )
    said = word(replace(UNTOLD, wishes=wishes, total=400), speech)
    assert all(len(plain(one.text).split("\n")) <= MOST_LINES for one in said)
    numbers = {number: customer for one in said for number, customer in one.numbers.items()}
    assert numbers == {str(n + 1): 1000 + n for n in range(calls)}
    for one in said:
        assert len(one.numbers) == len(one.keyboard.rows[0])
    assert sum("৭ দিন পর" in one.text or "In 7 d" in one.text for one in said) == 1, "ahead once, at the end"
