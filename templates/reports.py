"""A team's results as a message, a picture and a table: what bot and jobs make of a report of the core."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from templates import charts
from templates.actions import StatsSpan
from templates.charts import Panel, Row, Series
from templates.dates import month_day, weekday
from templates.numbers import count, money, percent
from templates.render import render
from templates.sheets import Cell, sheet
from templates.speech import Speech
from templates.text import capitalised, truncate
from templates.vocabulary import render_words

MOST_AGENTS = 8
"""Drawn at most; all are in the table."""

_BARS = 14
"""Days that are drawn as bars; more are lines, with a label a week."""

_NAME_LETTERS = 12
_NO_TRADE = (None, None, None, None)


class Work(Protocol):
    @property
    def calls(self) -> int: ...
    @property
    def answered(self) -> int: ...
    @property
    def orders(self) -> int: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def due(self) -> int: ...
    @property
    def kept(self) -> int: ...
    @property
    def won_back(self) -> int: ...


class Trade(Protocol):
    @property
    def orders(self) -> int: ...
    @property
    def revenue(self) -> Decimal: ...
    @property
    def leads(self) -> int: ...
    @property
    def carts_left(self) -> int: ...


class Day(Protocol):
    @property
    def day(self) -> date: ...
    @property
    def work(self) -> Work: ...
    @property
    def trade(self) -> Trade: ...


class Agent(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def days(self) -> Sequence[tuple[date, Work]]: ...
    @property
    def total(self) -> Work: ...


class WinBack(Protocol):
    @property
    def chased(self) -> int: ...
    @property
    def contacted(self) -> int: ...
    @property
    def recovered(self) -> int: ...
    @property
    def rate(self) -> float | None: ...


class Report(Protocol):
    """What picture and table depend on; the message reads the rest."""

    @property
    def agents(self) -> Sequence[Agent]: ...
    @property
    def days(self) -> Sequence[Day]: ...
    @property
    def days_before(self) -> Sequence[Day]: ...
    @property
    def win_back(self) -> WinBack: ...


def span_named(words: str, speech: Speech) -> StatsSpan | None:
    """The span that somebody typed, by its name in any language or the reader's; a day for nothing typed."""
    typed = words.casefold().strip()
    named = {_span_word(span, speech).casefold(): span for span in StatsSpan} | {str(span): span for span in StatsSpan}
    return named.get(typed) if typed else StatsSpan.DAY


def message(report: Report, speech: Speech, *, evening: bool = False, late: bool = False) -> str:
    """``evening`` heads it as the evening's summary, ``late`` marks it with the time of sending."""
    return render("report", speech, report=report, evening=evening, marked_late=late)


def picture(report: Report, speech: Speech) -> bytes:
    """PNG: the days against those before, what win-back brought, and the agents; of one day the agents alone.

    Takes a part of a second: not for the event loop.
    """
    drawn = charts.drawable(speech)
    panels = []
    if len(report.days) > 1:
        panels = [_trend(report, drawn), *([_funnel(report.win_back, drawn)] if report.win_back.chased else [])]
    return charts.picture(*panels, _leaderboard(report.agents, drawn))


def table_name(first: date, last: date) -> str:
    days = f"{first}" if first == last else f"{first}_{last}"
    return f"results_{days}.csv"


def table(report: Report, speech: Speech) -> bytes:
    """CSV: a line a day and agent, then a line for the day as a whole, which alone has what is no agent's own."""
    columns = [
        speech.pgettext("column", "Date"),
        speech.pgettext("column", "Who"),
        speech.pgettext("column", "Calls"),
        speech.pgettext("column", "Answered"),
        speech.pgettext("column", "Promised calls due"),
        speech.pgettext("column", "Promised calls kept"),
        speech.pgettext("column", "Orders by phone"),
        speech.pgettext("column", "Sales by phone"),
        speech.pgettext("column", "Won back"),
        speech.pgettext("column", "All orders"),
        speech.pgettext("column", "All sales"),
        speech.pgettext("column", "New leads"),
        speech.pgettext("column", "Carts left"),
    ]
    return sheet(columns, _lines(report, speech))


def _lines(report: Report, speech: Speech) -> Iterator[Sequence[Cell]]:
    everybody = speech.gettext("Everyone")
    for one in (*report.days_before, *report.days):
        for agent in report.agents:
            for day, work in agent.days:
                if day == one.day:
                    yield (day, agent.name, *_done(work), *_NO_TRADE)
        trade = one.trade
        yield (one.day, everybody, *_done(one.work), trade.orders, trade.revenue, trade.leads, trade.carts_left)


def _done(work: Work) -> Sequence[Cell]:
    return (
        work.calls,
        work.answered,
        work.due,
        work.kept,
        work.orders,
        work.amount,
        work.won_back,
    )


def _trend(report: Report, speech: Speech) -> Panel:
    few = len(report.days) <= _BARS
    works = [one.work for one in report.days]
    last = len(works) - 1
    places = [
        weekday(one.day, speech) if few else _short(one.day, speech) if (last - place) % 7 == 0 and place > 1 else ""
        for place, one in enumerate(report.days)
    ]
    return (charts.bars if few else charts.lines)(
        title=speech.pgettext("chart", "Calls by day"),
        places=places,
        series=[
            Series(speech.pgettext("chart", "Calls"), [work.calls for work in works]),
            Series(capitalised(render_words("state", "answered", speech)), [work.answered for work in works]),
        ],
        behind=Series(speech.pgettext("chart", "Before"), [one.work.calls for one in report.days_before]),
        written=lambda number: count(number, speech),
    )


def _short(day: date, speech: Speech) -> str:
    return month_day(day.month, day.day, speech)


def win_back_rows(win_back: WinBack, speech: Speech) -> list[Row]:
    """From whom to call to who was won back: counts, and the one share that the message gives too."""
    won = [count(win_back.recovered, speech)]
    if win_back.rate is not None:
        won.append(speech.gettext("%(share)s of those reached", share=percent(win_back.rate, speech)))
    return [
        Row(speech.pgettext("chart", "To call"), win_back.chased, 0, [count(win_back.chased, speech)]),
        Row(speech.pgettext("chart", "Reached"), win_back.contacted, 0, [count(win_back.contacted, speech)]),
        Row(speech.pgettext("chart", "Won back"), win_back.recovered, 0, won),
    ]


def _funnel(win_back: WinBack, speech: Speech) -> Panel:
    return charts.rows(title=speech.pgettext("chart", "Win-back"), rows=win_back_rows(win_back, speech))


def _leaderboard(agents: Sequence[Agent], speech: Speech) -> Panel:
    shown = agents[:MOST_AGENTS]
    title = speech.pgettext("chart", "Agents")
    if len(agents) > len(shown):
        shares = {"shown": count(len(shown), speech), "all": count(len(agents), speech)}
        title = speech.pgettext("chart", "Agents, %(shown)s of %(all)s", **shares)
    return charts.rows(
        title=title,
        names=(speech.pgettext("chart", "Calls"), capitalised(render_words("state", "answered", speech))),
        rows=[
            Row(
                charts.legible(truncate(agent.name, _NAME_LETTERS)) or count(place, speech),
                agent.total.calls,
                agent.total.answered,
                _notes(agent.total, speech),
            )
            for place, agent in enumerate(shown, 1)
        ],
    )


def _notes(work: Work, speech: Speech) -> list[str]:
    calls = speech.gettext(
        "calls %(calls)s, answered %(answered)s",
        calls=count(work.calls, speech),
        answered=count(work.answered, speech),
    )
    orders = speech.gettext("orders %(n)s, %(amount)s", n=count(work.orders, speech), amount=money(work.amount, speech))
    return [calls, orders] if work.orders else [calls]


def _span_word(span: StatsSpan, speech: Speech) -> str:
    return render_words("span", span, speech)
