"""/stats: the results of a team, for who manages it: today, a week or a month, as picture and as table."""

import asyncio
from dataclasses import replace

from bot.call import Call
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import report_scope, reports, team_suggestions
from cdm_core.errors import CdmError
from cdm_core.outbox import File
from cdm_core.reports import Report
from cdm_core.words import Role
from templates import reports as words
from templates.actions import StatsSpan
from templates.keyboards import reports as keyboards

_DAYS = {StatsSpan.WEEK: 7, StatsSpan.MONTH: 30}


@command("stats", role=Role.MANAGER, args="[week|month]")
async def stats(call: Call) -> Reply:
    span = words.span_named(call.text, call.speech)
    if span is None:
        raise CdmError("no_such_span", typed=call.text)
    return await _shown(call, span)


@button("stats", role=Role.MANAGER)
async def other_span(call: Call) -> Reply:
    assert call.action is not None
    return await _shown(call, StatsSpan(str(call.action.args[0])))


@button("sheet", role=Role.MANAGER)
async def table(call: Call) -> Reply:
    """The same numbers as a table, as of now."""
    assert call.action is not None
    report = await _report(call, StatsSpan(str(call.action.args[0])))
    name = words.table_name(report.span.first, report.span.last)
    document = File("document", name, words.table(report, call.speech))
    return Reply("report_table", document=document, span=report.span)


async def _shown(call: Call, span: StatsSpan) -> Reply:
    """Without anything done there is nothing to draw."""
    report = await _report(call, span)
    days = report.span
    report = replace(
        report,
        suggested=await team_suggestions.suggested(
            call.session, report.scope, days.first, days.last, call.thresholds, now=call.now
        ),
    )
    photo = None
    if not report.idle:
        photo = File("photo", "results.png", await asyncio.to_thread(words.picture, report, call.speech))
    return Reply(
        "report",
        edit=True,
        photo=photo,
        buttons=keyboards.stats(call.speech, span),
        report=report,
        evening=False,
        marked_late=False,
    )


async def _report(call: Call, span: StatsSpan) -> Report:
    scope = await report_scope.scope(call.session, call.staff)
    assert scope is not None, "managers and admins are told of others"
    today = call.speech.today
    days = reports.one_day(today, call.thresholds) if span is StatsSpan.DAY else reports.days_up_to(today, _DAYS[span])
    return await reports.report(call.session, scope, days, call.thresholds, now=call.now)
