"""A team's results as message, picture and table, in both languages."""

import csv
import io
import struct
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cdm_core.recommend.uplift import Difference
from cdm_core.recovery import Figures
from cdm_core.report_scope import Scope
from cdm_core.reports import Agent, Day, Report, Span, Trade, Work, days_up_to
from cdm_core.team_suggestions import Suggested
from cdm_core.words import Language
from templates import charts, reports
from templates.actions import StatsSpan
from templates.keyboards import reports as keyboards
from templates.markup import plain
from templates.render import render
from templates.sheets import sheet
from templates.speech import Speech
from templates.text import letters
from tests.golden import Golden
from tests.templates.speeches import BN, EN

TODAY = date(2026, 11, 22)
THURSDAY = date(2026, 11, 19)
MOST_BYTES = 150_000
NO_CALLS = Figures(None, 0, 0, 0, 0, Decimal(0))
NUSRAT = Work(46, 21, 6, Decimal(14_200), 6, 5, 2)
TANVIR = Work(38, 15, 4, Decimal(9_100), 5, 4, 1)


def one_day(*agents: Agent, team: str | None = "Mirpur") -> Report:
    work = sum((agent.total for agent in agents), Work())
    before = Work(78, 31, 9, Decimal(21_300), 9, 9, 0)
    trade, trade_before = Trade(14, Decimal(31_450), 7, 12), Trade(11, Decimal(25_000), 5, 9)
    return Report(
        scope=Scope(1, team) if team else Scope(),
        span=Span(TODAY, TODAY, THURSDAY, THURSDAY),
        agents=agents,
        days=(Day(TODAY, work, trade),),
        days_before=(Day(THURSDAY, before, trade_before),),
        work=work,
        work_before=before,
        trade=trade,
        trade_before=trade_before,
        overdue=2,
        win_back=NO_CALLS,
        win_back_before=NO_CALLS,
    )


def several_days(days: int, *agents: Agent) -> Report:
    span = days_up_to(TODAY, days)

    def counted(first: date, least: int) -> tuple[Day, ...]:
        works = [Work(least + 7 * (place % 5), least // 2 + 3 * (place % 4)) for place in range(days)]
        trade = Trade(4, Decimal(9_000), 2, 3)
        return tuple(Day(first + timedelta(days=place), work, trade) for place, work in enumerate(works))

    after, before = counted(span.first, 60), counted(span.before_first, 50)
    return replace(
        one_day(*agents, team=None),
        span=span,
        days=after,
        days_before=before,
        work=replace(sum((one.work for one in after), Work()), orders=46, amount=Decimal(1_14_200), due=60, kept=51),
        work_before=replace(sum((one.work for one in before), Work()), orders=41, amount=Decimal(98_500)),
        trade=Trade(88, Decimal(2_14_000), 31, 84),
        trade_before=Trade(80, Decimal(1_91_000), 28, 71),
        win_back=Figures(None, 61, 40, 22, 3, Decimal(48_000)),
        win_back_before=Figures(None, 55, 35, 17, 2, Decimal(31_000)),
    )


def agent(name: str, work: Work, *days: date) -> Agent:
    return Agent(name, tuple((day, work) for day in days or (TODAY,)), work)


AGENTS = (agent("Nusrat", NUSRAT), agent("তানভীর হাসান", TANVIR), agent("Asif", Work()))
WEEK = several_days(7, *AGENTS)


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_evening_summary(golden: Golden) -> None:
    report = one_day(*AGENTS)
    golden(
        "report_evening",
        EN,
        lambda s: (reports.message(report, s, evening=True), keyboards.stats(s, StatsSpan.DAY)),
    )


def test_late_evening_summary_of_little(golden: Golden) -> None:
    report = replace(
        one_day(agent("Nusrat", Work(1)), team=None),
        trade=Trade(),
        trade_before=Trade(),
        work_before=Work(),
        overdue=0,
    )
    golden("report_evening_late", EN, lambda s: reports.message(report, s, evening=True, late=True))


def test_week(golden: Golden) -> None:
    golden("report_week", EN, lambda s: (reports.message(WEEK, s), keyboards.stats(s, StatsSpan.WEEK)))


def test_week_with_what_calling_brings(golden: Golden) -> None:
    """Rounded to whole points, half of one being none."""
    suggested = replace(WEEK, suggested=Suggested(shown=31, followed=12, bad=3))
    golden("report_week_suggested", EN, lambda s: (reports.message(suggested, s), keyboards.stats(s, StatsSpan.WEEK)))
    lifted = replace(WEEK, lift=Difference(0.24, 0.209, 0.031, -0.004, 0.066))
    golden("report_week_lift", EN, lambda s: (reports.message(lifted, s), keyboards.stats(s, StatsSpan.WEEK)))


def test_first_month(golden: Golden) -> None:
    first = replace(several_days(30, *AGENTS), work_before=Work(), win_back_before=NO_CALLS)
    golden("report_month", EN, lambda s: (reports.message(first, s), keyboards.stats(s, StatsSpan.MONTH)))


@pytest.mark.parametrize("speech", [EN, BN], ids=["en", "bn"])
def test_no_line_wraps_on_a_phone(speech: Speech) -> None:
    """Not with the sums of a busy month either, nor across a year's end."""
    most = 28 if speech.language is Language.BN else 35
    busy = several_days(30, *AGENTS)
    work = Work(2_340, 1_450, 1_060, Decimal(24_14_200), 860, 851, 122)
    trade = Trade(1_988, Decimal(82_14_000), 731, 984)
    busy = replace(busy, work=work, work_before=work, trade=trade, trade_before=trade, overdue=12)
    turn = replace(WEEK, span=days_up_to(date(2026, 12, 6), 7))
    for report in (one_day(*AGENTS), WEEK, turn, busy, replace(busy, scope=Scope(1, "Mirpur"))):
        for line in plain(reports.message(report, speech)).split("\n"):
            assert len(letters(line)) <= most, line


def test_what_goes_with_the_table(golden: Golden) -> None:
    golden("report_table", EN, lambda s: render("report_table", s, span=WEEK.span))


def test_a_span_that_is_none(golden: Golden) -> None:
    golden("no_such_span", EN, lambda s: render("errors/no_such_span", s, typed="<b>year</b>"))


@pytest.mark.parametrize("typed", ["week", "WEEK", "সপ্তাহ", " week "])
def test_spans_by_their_names(typed: str) -> None:
    assert reports.span_named(typed, BN) is StatsSpan.WEEK


def test_a_day_for_nothing_typed() -> None:
    assert reports.span_named("", EN) is StatsSpan.DAY
    assert reports.span_named("today", EN) is StatsSpan.DAY
    assert reports.span_named("year", EN) is None


@pytest.mark.parametrize("speech", [EN, BN], ids=["en", "bn"])
@pytest.mark.parametrize("days", [1, 7, 30])
def test_pictures_open_and_are_small(speech: Speech, days: int) -> None:
    report = one_day(*AGENTS) if days == 1 else several_days(days, *AGENTS)
    drawn = reports.picture(report, speech)
    assert len(drawn) <= MOST_BYTES
    width, height = size(drawn)
    assert width == charts.WIDTH
    assert height <= 2 * width


def test_what_is_drawn_at_most() -> None:
    many = [
        agent("🎂 " + "ক্ষ" * 60 if n % 2 else "W" * 200, Work(10**6, 10**5, 10**4, Decimal(10**9))) for n in range(40)
    ]
    drawn = reports.picture(several_days(30, *many), BN)
    assert len(drawn) <= MOST_BYTES
    assert size(drawn) == size(reports.picture(several_days(30, *many[: reports.MOST_AGENTS]), BN))


@pytest.mark.parametrize("days", [7, 30])
def test_nothing_done_can_be_drawn(days: int) -> None:
    nothing = replace(several_days(days, AGENTS[2]), win_back=NO_CALLS)
    idle = tuple(Day(one.day, Work(), Trade()) for one in nothing.days)
    assert size(reports.picture(replace(nothing, days=idle, days_before=idle), EN))


def test_picture_and_message_give_the_same_share_of_win_back() -> None:
    won = f"{WEEK.win_back.recovered} of {WEEK.win_back.contacted}, 55%"
    assert f"Won back: {won}" in plain(reports.message(WEEK, EN))
    drawn = [(row.name, row.whole, row.notes) for row in reports.win_back_rows(WEEK.win_back, EN)]
    assert drawn == [
        ("To call", 61, ["61"]),
        ("Reached", 40, ["40"]),
        ("Won back", 22, ["22", "55% of those reached"]),
    ]
    assert reports.win_back_rows(WEEK.win_back, BN)[2].notes == ["২২", "কথা হলে ৫৫% ফেরে"]


def test_nobody_reached_is_drawn_without_a_share() -> None:
    nobody = Figures(None, 3, 0, 0, 0, Decimal(0))
    assert [row.notes for row in reports.win_back_rows(nobody, EN)] == [["3"], ["0"], ["0"]]
    assert size(reports.picture(replace(WEEK, win_back=nobody), BN))


def test_without_a_bengali_font_labels_are_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names in Bengali letters become the number of their row; matplotlib warns of every letter it cannot draw."""
    monkeypatch.setattr(charts, "bengali_font", lambda: None)
    for report in (one_day(*AGENTS), WEEK):
        assert reports.picture(report, BN) == reports.picture(report, EN)
    assert charts.legible("তানভীর হাসান") == ""
    assert charts.legible("orders 6, ৳14,200") == "orders 6, Tk 14,200"


def test_table() -> None:
    two = (agent("Nusrat", NUSRAT, date(2026, 11, 21), TODAY), agent("=HYPERLINK(1)", TANVIR))
    rows = read(reports.table(several_days(7, *two), EN))
    assert len({len(row) for row in rows}) == 1
    header, *lines = rows
    assert header[:3] == ["Date", "Who", "Calls"]
    assert [line[0] for line in lines if line[1] == "Everyone"] == [
        (date(2026, 11, 9) + timedelta(days=ahead)).isoformat() for ahead in range(14)
    ]
    of_today = [line for line in lines if line[0] == "2026-11-22"]
    assert [line[1] for line in of_today] == ["Nusrat", "'=HYPERLINK(1)", "Everyone"]
    assert of_today[0][2:] == ["46", "21", "6", "5", "6", "14200.00", "2", "", "", "", ""]
    assert of_today[2][-4:] == ["4", "9000.00", "2", "3"]


def test_table_in_bengali_opens_in_excel() -> None:
    written = reports.table(one_day(*AGENTS), BN)
    assert written.startswith(b"\xef\xbb\xbf")
    assert "তারিখ" in read(written)[0]
    assert "তানভীর হাসান" in written.decode()


def test_names_of_tables() -> None:
    assert reports.table_name(TODAY, TODAY) == "results_2026-11-22.csv"
    assert reports.table_name(THURSDAY, TODAY) == "results_2026-11-19_2026-11-22.csv"


@pytest.mark.parametrize("formula", ["=1+1", "+880", "-1", "@SUM(A1)", " \t=1", "\r=1", "\u200b=1"])
def test_no_formula_gets_into_a_sheet(formula: str) -> None:
    ((cell,),) = read(sheet([formula], []))
    assert cell.startswith("'")


def test_cells() -> None:
    rows = read(sheet(["a"], [[None], [-3], [Decimal("2450.5")], [TODAY], ["a, “b”\nc"]]))
    assert [row[0] if row else "" for row in rows[1:]] == ["", "-3", "2450.50", "2026-11-22", "a, “b” c"]
