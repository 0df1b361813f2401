"""The filters as templates use them."""

from datetime import date, time
from typing import Any

import pytest
from jinja2 import DictLoader

from cdm_core.words import Language
from templates import render as rendering
from templates.speech import Speech
from tests.templates.speeches import BN, EN, at


def say(source: str, speech: Speech, **facts: Any) -> str:
    environment = rendering._environment(speech.language).overlay(
        loader=DictLoader({"macros.j2": "{% macro m(x) %}{{ x|money }}{% endmacro %}", "x.j2": source})
    )
    return environment.get_template("x.j2").render(facts, speech=speech)


@pytest.mark.parametrize(
    ("source", "facts", "english", "bengali"),
    [
        ("{{ x|money }}", {"x": 125000}, "৳1,25,000", "৳১,২৫,০০০"),
        ("{{ x|count }} {{ y|percent }} {{ z|weight }}", {"x": 8, "y": 0.46, "z": -1}, "8 46% (−1)", "৮ ৪৬% (−১)"),
        ("#{{ x }} {{ '2/3'|digits }}", {"x": 123}, "#123 2/3", "#123 ২/৩"),
        ("{{ x|when|cap }}", {"x": at("2026-11-22T18:00")}, "Today 18:00", "আজ সন্ধ্যা ৬টা"),
        ("{{ (x, y)|clock_range }}", {"x": time(18), "y": time(20)}, "18–20", "সন্ধ্যা ৬–৮টা"),
        ("{{ (5, 15)|month_day }}", {}, "15 May", "১৫ মে"),
        ("{{ x|local_date|day }}", {"x": at("2026-11-24T00:30")}, "Tue 24 Nov", "মঙ্গল ২৪ নভে"),
        ("{{ x|icon('outcome') }} {{ x|word('outcome')|cap }}", {"x": "no_answer"}, "📵 No answer", "📵 ধরেনি"),
        ("{{ x|word('outcome', form='text') }}", {"x": "callback_requested"}, "call back", "পরে কল"),
        (
            "{{ x|word('next_action', form='text', when=y|when)|cap }}",
            {"x": "follow_up", "y": at("2026-11-22T18:00")},
            "Follow up today 18:00",
            "ফলো-আপ আজ সন্ধ্যা ৬টা",
        ),
        ("{{ 'child'|relative('male') }}", {}, "son", "ছেলে"),
        ("{{ x|phone }} {{ x|last4 }}", {"x": "+8801712345678"}, "+880 1712-345678 ··5678", "+880 1712-345678 ··5678"),
        ("{{ x|note }}", {"x": "<b>" + "a" * 70}, "&lt;b&gt;" + "a" * 57 + "…", "&lt;b&gt;" + "a" * 57 + "…"),
        ("{% import 'macros.j2' as m with context %}{{ m.m(5) }}", {}, "৳5", "৳৫"),
        ("{{ dots(x and x|name, 'b') }}", {"x": None}, "b", "b"),
        ("{{ x|birth_date }}", {"x": date(1992, 5, 15)}, "15 May 1992 (34)", "১৫ মে ১৯৯২ (৩৪)"),
    ],
)
def test_filters(source: str, facts: dict[str, Any], english: str, bengali: str) -> None:
    assert say(source, EN, **facts) == english
    assert say(source, BN, **facts) == bengali


@pytest.mark.parametrize("language", list(Language))
def test_every_format_is_a_filter_of_a_distinct_name(language: Language) -> None:
    spoken, plain = rendering._spoken_filters(), rendering._plain_filters()
    assert not spoken.keys() & plain.keys()
    assert spoken.keys() | plain.keys() <= rendering._environment(language).filters.keys()
