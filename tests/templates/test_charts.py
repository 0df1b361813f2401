"""Pictures for the chat: they open, have the size that fits, and speak the reader's language where a font allows."""

import struct
import sys
from subprocess import run

import pytest

from templates import charts, pictures
from templates.speech import Speech
from tests.templates.speeches import BN, EN

HOURS = {"calls": {9: 4, 10: 9}, "answered": {9: 1, 10: 5}, "before": {7: 6, 23: 2}}


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize("speech", [EN, BN], ids=["en", "bn"])
def test_calls_by_hour(speech: Speech) -> None:
    drawn = pictures.calls_by_hour(speech, **HOURS)
    assert size(drawn) == (charts.WIDTH, charts.HEIGHT)
    assert len(drawn) < 40_000


def test_a_day_without_an_answer_or_a_call_is_drawn_too() -> None:
    for calls in ({}, {0: 1}, {23: 400}):
        assert size(pictures.calls_by_hour(EN, calls=calls, answered={}, before={}))


def test_the_same_facts_are_the_same_picture() -> None:
    assert pictures.calls_by_hour(BN, **HOURS) == pictures.calls_by_hour(BN, **HOURS)
    assert pictures.calls_by_hour(EN, **HOURS) != pictures.calls_by_hour(EN, **{**HOURS, "answered": {}})


def test_bengali_is_drawn_where_a_font_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    if charts.drawable(BN) == BN:
        assert pictures.calls_by_hour(BN, **HOURS) != pictures.calls_by_hour(EN, **HOURS)
    monkeypatch.setattr(charts, "bengali_font", lambda: None)
    assert charts.drawable(BN) == EN
    assert pictures.calls_by_hour(BN, **HOURS) == pictures.calls_by_hour(EN, **HOURS)


def test_the_library_is_loaded_with_the_first_picture() -> None:
    said = "import sys, bot.app, bot.commands; sys.exit('matplotlib' in sys.modules)"
    assert run([sys.executable, "-c", said], check=False).returncode == 0


def test_nothing_of_it_is_left_to_load_after_that_was_asked_for() -> None:
    said = (
        "import sys; from templates import charts, pictures; from tests.templates.speeches import EN; charts.load(); "
        "loaded = {name for name in sys.modules if name.startswith('matplotlib')}; "
        "pictures.calls_by_hour(EN, calls={9: 4}, answered={}, before={}); "
        "sys.exit(not loaded or {name for name in sys.modules if name.startswith('matplotlib')} - loaded != set())"
    )
    assert run([sys.executable, "-c", said], check=False).returncode == 0
