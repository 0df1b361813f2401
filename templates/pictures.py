"""Charts with their words: each function takes facts and gives a PNG in the reader's language."""

from collections.abc import Mapping

from cdm_core.words import Language
from templates import charts
from templates.charts import Series
from templates.numbers import count
from templates.speech import Speech
from templates.text import capitalised
from templates.vocabulary import render_words

_DAY = range(9, 21)
"""Hours that are drawn in any case."""


def calls_by_hour(
    speech: Speech, *, calls: Mapping[int, int], answered: Mapping[int, int], before: Mapping[int, int]
) -> bytes:
    """A person's calls of today and how many of them were answered, by hour of the day, before yesterday's calls."""
    drawn = charts.drawable(speech)
    busy = {*calls, *before}
    hours = range(min([_DAY.start, *busy]), max([_DAY.stop, *(hour + 1 for hour in busy)]))

    def series(label: str, counts: Mapping[int, int]) -> Series:
        return Series(capitalised(label), [counts.get(hour, 0) for hour in hours])

    chart = charts.bars(
        title=drawn.pgettext("chart", "Calls by hour"),
        places=[_hour(hour, drawn) for hour in hours],
        series=[
            series(drawn.pgettext("chart", "today"), calls),
            series(render_words("state", "answered", drawn), answered),
        ],
        behind=series(drawn.pgettext("chart", "yesterday"), before),
        written=lambda number: count(number, drawn),
    )
    return charts.picture(chart)


def _hour(hour: int, speech: Speech) -> str:
    """As clocks are read in the language: 18, ৬."""
    return count(hour if speech.language is Language.EN else (hour - 1) % 12 + 1, speech)
