"""/family: the tab, or a relative in one line, and the questions about what the line does not say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.call import Call
from bot.commands import card, conversation, customer, kin
from bot.commands.paging import numbered, page_of
from bot.registry import PASS, Passed, Replies, button, command, dialog
from bot.reply import Reply
from cdm_core import chats, family, family_writes
from cdm_core.access import CustomerRef
from cdm_core.clock import local_date
from cdm_core.errors import CdmError
from cdm_core.family_fields import read_field, values_of
from cdm_core.family_line import FamilyLine, read_line, readings
from cdm_core.family_writes import Written
from cdm_core.hits import Hits
from cdm_core.query import parse_query
from cdm_core.search import search
from cdm_core.words import Relationship, RelativeField
from templates.actions import FamilyStep, Tab
from templates.keyboards import family as keyboards

ASKED = "family_line"


@command("family", aliases=("fam",), args="[who] [spouse | child | …] [name] [birthday]")
async def of_family(call: Call) -> Replies:
    """Whose: named first, else the customer of the message replied to, else the current one."""
    present = (call.reply_to and call.reply_to.customer_id) or call.chat.current_customer_id
    told = readings(call.text, today=_today(call), country=call.thresholds.country)
    for reading in told:
        if not reading.who and present is not None:
            return await proceed(call, await call.customer(present), reading.line)
        if reading.who and (found := await _search(call, reading.who)).hits:
            return await _of_one(call, reading.who, found, reading.line)
    named = next((reading.who for reading in told if reading.who), None)
    return Reply("errors/empty_search") if named is None else await customer.find(call, named)


@button("family")
async def step(call: Call) -> Reply:
    """[➕ Add][✏️ Edit][🗑 Remove] of the tab."""
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    wanted = FamilyStep(str(call.action.args[1]))
    if wanted is FamilyStep.ADD:
        return ask_relationship(call, ref, FamilyLine(), edit=True)
    return await kin.pick(call, ref, wanted, max(0, int(call.action.args[2])))


@button("family_of")
async def of_one(call: Call) -> Reply:
    assert call.action is not None
    return await proceed(call, await call.customer(int(call.action.args[0])), _line_of(call), edit=True)


@button("kin_new")
async def related(call: Call) -> Reply:
    """What the relative to add is; the message remembers what else was said."""
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    line = FamilyLine(relationship=Relationship(str(call.action.args[1]))).filled(_line_of(call))
    return await proceed(call, ref, line, edit=True)


@dialog(ASKED)
@conversation.answer
async def told(call: Call) -> Reply | Passed:
    """What the line lacked; what tells nothing of a relative, or of a call, ends the question."""
    assert call.chat.dialog is not None
    line = FamilyLine.of_stored(call.chat.dialog["line"])
    ref = await call.customer(int(call.chat.dialog["customer_id"]))
    await chats.stop_asking(call.session, call.chat.chat_id)
    answer = read_line(call.text, today=_today(call), country=call.thresholds.country, relationship=line.relationship)
    if answer.bare or kin.tells_of_a_call(call):
        return PASS
    if call.chat.dialog["field"] == RelativeField.ANNIVERSARY_DATE and answer.birthday:
        answer = FamilyLine(anniversary=answer.date_of_birth)
    return await proceed(call, ref, line.filled(answer))


@button("kin_told")
async def take_over(call: Call) -> Reply:
    """What was typed of a relative who was there already."""
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    line = _line_of(call)
    if line.bare:
        return Reply(None, toast="toasts/old_button")
    values = values_of(line, now=call.now, thresholds=call.thresholds)
    written = await family_writes.change(
        call.session,
        call.staff,
        ref,
        int(call.action.args[1]),
        {column: value for column, value in values.items() if column not in ("name", "relationship")},
        now=call.now,
        thresholds=call.thresholds,
    )
    return await _shown(call, ref, written, line, edit=True)


@button("kin_work")
async def work(call: Call) -> Reply:
    """What was not understood of the line is what the relative does."""
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    line = _line_of(call)
    if not line.unread:
        return Reply(None, toast="toasts/old_button")
    values = read_field(RelativeField.PROFESSION, line.unread, now=call.now, thresholds=call.thresholds)
    written = await family_writes.change(
        call.session, call.staff, ref, int(call.action.args[1]), values, now=call.now, thresholds=call.thresholds
    )
    return await kin.show_written(call, ref, written, edit=True)


async def proceed(call: Call, ref: CustomerRef, line: FamilyLine, *, edit: bool = False) -> Reply:
    """Add the relative, or ask for the next thing that is missing; of nothing said the tab."""
    if line == FamilyLine():
        from_queue = card.queued(call)
        return await card.show_tab(call, ref.customer_id, Tab.FAMILY, from_queue=from_queue, edit=edit)
    if line.relationship is None:
        return ask_relationship(call, ref, line, edit=edit)
    try:
        values_of(line, now=call.now, thresholds=call.thresholds)
        known = await family_writes.same(call.session, ref, line, now=call.now, thresholds=call.thresholds)
        if known is not None:
            return await _known(call, ref, known, line, edit=edit)
        if not line.name:
            return await _ask(call, ref, line, RelativeField.NAME, edit=edit)
        written = await family_writes.add(call.session, call.staff, ref, line, now=call.now, thresholds=call.thresholds)
    except CdmError as error:
        if error.code != "bad_value":
            raise
        field = RelativeField(error.facts["field"])
        return await _ask(call, ref, line.without(field), field, refused=error.facts, edit=edit)
    return await _shown(call, ref, written, line, edit=edit)


def ask_relationship(call: Call, ref: CustomerRef, line: FamilyLine, *, edit: bool) -> Reply:
    return Reply(
        "family/ask_relationship",
        edit=edit,
        customer_id=ref.customer_id,
        context=_context(call, line),
        buttons=keyboards.relationship(call.speech, customer_id=ref.customer_id, from_queue=card.queued(call)),
        customer=ref,
        line=line,
        relative=None,
    )


async def _ask(
    call: Call,
    ref: CustomerRef,
    line: FamilyLine,
    field: RelativeField,
    *,
    refused: Mapping[str, Any] | None = None,
    edit: bool,
) -> Reply:
    await conversation.ask(call, ASKED, customer_id=ref.customer_id, line=line.stored(), field=field)
    return Reply(
        "family/ask_line",
        edit=edit,
        customer_id=ref.customer_id,
        context=_context(call, line),
        customer=ref,
        line=line,
        field=field,
        refused=refused,
    )


async def _known(call: Call, ref: CustomerRef, relative_id: int, line: FamilyLine, *, edit: bool) -> Reply:
    relative = await family.relative(call.session, call.staff, ref, call.thresholds, relative_id, now=call.now)
    news = relative.news(line)
    if news.bare and line.unread:
        nothing = Written(relative.relative_id, relative.name, relative.relationship, relative.gender, ())
        return await _shown(call, ref, nothing, line, edit=edit)
    await conversation.make_current(call, ref.customer_id)
    return Reply(
        "family/known",
        edit=edit,
        customer_id=ref.customer_id,
        context=_context(call, line),
        buttons=keyboards.known(
            call.speech,
            customer_id=ref.customer_id,
            relative_id=relative_id,
            news=not news.bare,
            from_queue=card.queued(call),
        ),
        customer=ref,
        relative=relative,
        news=news,
    )


async def _shown(call: Call, ref: CustomerRef, written: Written, line: FamilyLine, *, edit: bool) -> Reply:
    """The tab with what was written, and a question about what was not understood of the line."""
    work = line.unread_field is RelativeField.PROFESSION
    shown = await kin.show_written(call, ref, written, edit=edit, ask_work=work)
    if line.unread_field is None:
        return shown
    shown.context = _context(call, line)
    shown.facts["unread"] = line
    if not work:
        await kin.expect(call, ref, written.relative_id, line.unread_field, said=line.unread)
    return shown


async def _of_one(call: Call, who: str, found: Hits, line: FamilyLine) -> Reply:
    """The one customer found; of several it is asked which, and a colleague's is told."""
    visible = found.visible
    if len(visible) == 1:
        return await proceed(call, await call.customer(visible[0].customer_id), line)
    if not visible:
        return await customer.find(call, who)
    opened = page_of(visible, 0)
    entries = numbered(opened.shown, opened.first)
    return Reply(
        "hits",
        context={**_context(call, line), "entries": entries},
        buttons=keyboards.choose(call.speech, entries=entries),
        **customer.listed(call, who, opened, total=len(visible), more=found.more),
    )


async def _search(call: Call, who: str) -> Hits:
    query = parse_query(who, call.thresholds.country)
    return await search(call.session, call.staff, call.thresholds, query, now=call.now)


def _line_of(call: Call) -> FamilyLine:
    """The line that the pressed message keeps."""
    kept = call.reply_to.context.get("line") if call.reply_to else None
    return FamilyLine.of_stored(kept) if kept else FamilyLine()


def _context(call: Call, line: FamilyLine) -> dict[str, Any]:
    return {"line": line.stored(), **(card.queue_context(call) or {})}


def _today(call: Call) -> date:
    return local_date(call.said_at, call.thresholds.zone)
