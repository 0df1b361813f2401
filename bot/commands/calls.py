"""/calls and /next: the call list, and taking the next customer of it."""

from collections.abc import Mapping

from bot.call import Call
from bot.commands import card
from bot.commands.group_day import counts
from bot.commands.paging import numbered, page_of
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import audit, call_queue, calls, claims, report_scope, skips, team_lists
from cdm_core.calls import CallList, Part
from cdm_core.recommend import shown
from cdm_core.recommend.shown import ShownIn
from cdm_core.skips import LeftOut, Skip
from cdm_core.team_lists import TeamLists
from templates.actions import CallFilter, SkipReason, Tab
from templates.buttons import keyboard
from templates.keyboards import card as card_keyboards
from templates.keyboards import lists
from templates.keyboards.labels import PAGE, next_call

_PARTS: dict[CallFilter, tuple[Part, ...]] = {
    CallFilter.ALL: (),
    CallFilter.CONFIRM: (Part.CONFIRM,),
    CallFilter.HOT: (Part.HOT,),
    CallFilter.DUE: (Part.DUE,),
    CallFilter.CART: (Part.CART, Part.WIN_BACK),
    CallFilter.BIRTHDAY: (Part.BIRTHDAY,),
}
_SKIPS = {
    SkipReason.NOT_NOW: Skip.NOT_NOW,
    SkipReason.NOT_TODAY: Skip.NOT_TODAY,
    SkipReason.BAD: Skip.BAD_SUGGESTION,
}


@command("calls", args="[confirm|hot|due|cart|birthday]", in_groups=counts("calls"))
async def call_list(call: Call) -> Reply:
    word = call.text.strip().casefold()
    if word and word not in set(CallFilter):
        return Reply("errors/no_such_part", word=call.text, parts=list(CallFilter)[1:])
    return await _list(call, CallFilter(word or CallFilter.ALL), 0, edit=False)


@button("calls")
async def list_page(call: Call) -> Reply:
    assert call.action is not None
    part, page = call.action.args
    return await _list(call, CallFilter(str(part)), max(0, int(page)), edit=True)


@command("next")
async def next_one(call: Call) -> Reply:
    return await _next(call)


@button("team")
async def team_calls(call: Call) -> Reply:
    """What each agent has to call, in place of one's own list, for who leads them."""
    team = await team_lists.gather(call.session, call.staff, call.thresholds, now=call.now)
    return Reply("team_calls", edit=True, buttons=lists.team_calls(call.speech), team=team)


@button("next")
async def press_next(call: Call) -> Reply:
    return await _next(call)


@button("skip")
async def skip(call: Call) -> Reply:
    """One tap why; then the next one, in place. Whom a colleague has by now is not skipped."""
    assert call.action is not None
    why = SkipReason(str(call.action.args[1]))
    customer = await call.customer(int(call.action.args[0]))
    customer_id = customer.customer_id
    holder = await claims.holder(call.session, customer_id, now=call.now)
    if holder is not None and holder.staff_id != call.staff.id:
        following = await _next(call, edit=True)
        following.toast, following.facts["holder"] = "toasts/has_it", holder.name
        return following
    if why is SkipReason.ASK:
        return Reply(
            "skip_why",
            edit=True,
            customer_id=customer_id,
            buttons=card_keyboards.skip_why(call.speech, customer_id=customer_id),
            name=customer.name,
            customer_number=customer_id,
        )
    await skips.skip(call.session, call.staff, customer_id, _SKIPS[why], now=call.now, thresholds=call.thresholds)
    await audit.record(call.session, call.now, call.staff, "skip", customer_id=customer_id, why=_SKIPS[why])
    following = await _next(call, edit=True)
    if why is SkipReason.BAD:
        left_out = await skips.left_out(call.session, customer, now=call.now, thresholds=call.thresholds)
        _say_left_out(following, left_out)
    else:
        following.toast, following.facts["today"] = "toasts/skipped", why is SkipReason.NOT_TODAY
    return following


@button("bad")
async def bad_suggestion(call: Call) -> Reply:
    """Said on the customer's insights, which then say so, with the way back."""
    assert call.action is not None
    customer_id = (await call.customer(int(call.action.args[0]))).customer_id
    if (since := await skips.bad_since(call.session, call.staff, customer_id, now=call.now)) is not None:
        return Reply(None, toast="toasts/already_done", at=since)
    await skips.skip(
        call.session, call.staff, customer_id, Skip.BAD_SUGGESTION, now=call.now, thresholds=call.thresholds
    )
    await audit.record(call.session, call.now, call.staff, "skip", customer_id=customer_id, why=Skip.BAD_SUGGESTION)
    insights = await card.show_tab(call, customer_id, Tab.INSIGHTS, from_queue=card.queued(call))
    _say_left_out(insights, insights.facts["card"].left_out)
    return insights


def _say_left_out(reply: Reply, left_out: LeftOut | None) -> None:
    """For how long they are on no list, in a toast."""
    assert left_out is not None
    reply.toast = "toasts/left_out"
    reply.facts.update(days=skips.BAD_SUGGESTION_DAYS, owed=left_out.owed)


async def _list(call: Call, part: CallFilter, wanted: int, *, edit: bool) -> Reply:
    found = await calls.call_list(call.session, call.staff, call.thresholds, now=call.now)
    entries = found.of(*_PARTS[part])
    first = page_of(entries, wanted).first - 1
    read = [one.customer_id for one in found.suggested(first, PAGE, *_PARTS[part])]
    ranked = await calls.with_offers(call.session, found.ranked, read, now=call.now, thresholds=call.thresholds)
    found = CallList.of_ranked(ranked)
    page = page_of(found.of(*_PARTS[part]), wanted)
    suggested = found.suggested(first, PAGE, *_PARTS[part])
    await shown.record(call.session, call.staff.id, ShownIn.LIST, suggested, now=call.now, thresholds=call.thresholds)
    if not entries:
        team = None
        if part is CallFilter.ALL:
            team = await team_lists.gather(call.session, call.staff, call.thresholds, now=call.now)
        return await _nobody(call, edit=edit, counts=_counts(found), team=team)
    return Reply(
        "calls",
        edit=edit,
        context={"entries": numbered(page.shown, page.first)},
        buttons=lists.calls(
            call.speech,
            customer_ids=[entry.customer_id for entry in page.shown],
            counts=_counts(found),
            part=part,
            page=page.number,
            remaining=page.remaining,
            team=await report_scope.scope(call.session, call.staff) is not None,
        ),
        entries=page.shown,
        first=page.first,
        total=len(entries),
        full=len(entries) >= calls.LIST_SIZE,
    )


def _counts(found: CallList) -> dict[CallFilter, int]:
    counts = {part: len(found.of(*parts)) for part, parts in _PARTS.items()}
    return {part: number for part, number in counts.items() if number}


async def _next(call: Call, *, edit: bool = False) -> Reply:
    claim = await call_queue.claim_next(call.session, call.staff, call.thresholds, now=call.now)
    if claim is None:
        return await _nobody(call, edit=edit)
    queue = card.Queue(number=1, total=claim.total, until=claim.until, full=claim.total >= calls.LIST_SIZE)
    return await card.show(call, claim.entry.customer_id, edit=edit, queue=queue)


async def _nobody(
    call: Call, *, edit: bool, counts: Mapping[CallFilter, int] | None = None, team: TeamLists | None = None
) -> Reply:
    """Nobody in the list, or in the part of it that was asked for: who comes next, or the other parts; for who leads,
    what each of the ``team`` has."""
    others = (counts or {}).get(CallFilter.ALL, 0)
    if others:
        elsewhere = lists.calls(call.speech, customer_ids=[], counts=counts or {})
        return Reply("calls_empty", edit=edit, buttons=elsewhere, promised=None, others=others, team=None)
    promised = await call_queue.next_coming(call.session, call.staff, call.thresholds, now=call.now)
    again = keyboard([next_call(call.speech)]) if promised else None
    return Reply("calls_empty", edit=edit, buttons=again, promised=promised, others=0, team=team)
