"""/campaign: the win-back campaigns, changed by buttons and short answers, new ones, and what they brought."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.call import Call
from bot.commands import conversation
from bot.commands.paging import page_of
from bot.registry import PASS, Passed, button, command, dialog
from bot.reply import Reply
from cdm_core import campaigns, chats, recovery, report_scope
from cdm_core.campaigns import Campaign
from cdm_core.errors import CdmError
from cdm_core.imports import values
from cdm_core.query import parse_query
from cdm_core.recovery import Figures
from cdm_core.words import CampaignCause, DropoffStage, QueryKind, RecoveryBy, Role
from templates.actions import CampaignStep
from templates.keyboards import campaigns as keyboards

FIELD_ASKED = "campaign_field"
NAME_ASKED = "campaign_name"
DAYS = 30
_MOST_GROUPS = 5
_LONGEST_PERIOD = 366
_OLD = Reply(None, toast="toasts/old_button")
_FIELDS = {
    CampaignStep.NAME: "name",
    CampaignStep.ENGLISH: "greeting_en",
    CampaignStep.BENGALI: "greeting_bn",
    CampaignStep.TRIES: "tries",
    CampaignStep.APART: "days_apart",
    CampaignStep.STAGE: "stage",
    CampaignStep.VALUE: "min_value",
    CampaignStep.QUIET: "days_quiet",
}
_TYPED = (CampaignStep.NAME, CampaignStep.ENGLISH, CampaignStep.BENGALI, CampaignStep.VALUE)
_OF_DROPOFFS, _OF_QUIET = (CampaignStep.STAGE, CampaignStep.VALUE), (CampaignStep.QUIET,)


@dataclass(frozen=True, slots=True)
class _Narrow:
    """How narrow a new campaign is."""

    stage: DropoffStage | None = None
    days_quiet: int | None = None


@command("campaign", role=Role.MANAGER, aliases=("campaigns",))
async def campaign(call: Call) -> Reply:
    return await _list(call, 0, edit=False)


@button("campaigns", role=Role.MANAGER)
async def campaigns_page(call: Call) -> Reply:
    assert call.action is not None
    return await _list(call, max(0, int(call.action.args[0])), edit=True)


@button("campaign", role=Role.MANAGER)
async def step(call: Call) -> Reply:
    assert call.action is not None
    found = await campaigns.get(call.session, int(call.action.args[0]))
    if found is None:
        return _OLD
    match CampaignStep(str(call.action.args[1])):
        case CampaignStep.SHOW:
            return await _show(call, found)
        case (CampaignStep.ON | CampaignStep.OFF) as switched:
            active = switched is CampaignStep.ON
            return await _show(call, await _change(call, found, active=active) if active != found.active else found)
        case field:
            return await _ask(call, found, field) if _has(found, field) else _OLD


@button("campaign_is", role=Role.MANAGER)
async def set_field(call: Call) -> Reply:
    """A value that its buttons give."""
    assert call.action is not None
    found = await campaigns.get(call.session, int(call.action.args[0]))
    field, said = CampaignStep(str(call.action.args[1])), str(call.action.args[2])
    if found is None or field not in _FIELDS or not _has(found, field):
        return _OLD
    try:
        return await _show(call, await _change(call, found, **{_FIELDS[field]: _value(field, said)}))
    except (ValueError, CdmError):  # a button of ours says nothing of the kind
        return _OLD


@dialog(FIELD_ASKED)
@conversation.answer
async def field_told(call: Call) -> Reply | Passed:
    """The new name, greeting or amount; what cannot be one is asked again, a phone instead of it is a search."""
    asked = call.chat.dialog or {}
    found = await campaigns.get(call.session, int(asked["campaign_id"]))
    field = CampaignStep(asked["field"])
    if found is None or _searches(call):
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    try:
        changed = await _change(call, found, **{_FIELDS[field]: _value(field, call.text)})
    except CdmError as error:
        return await _ask(call, found, field, refused=error.facts)
    except ValueError:
        return await _ask(call, found, field, refused={"fault": "number", "limit": campaigns.MOST_VALUE})
    await _stop(call)
    return await _show(call, changed, edit=False)


@button("campaign_new", role=Role.MANAGER)
async def new(call: Call) -> Reply:
    """For whom, how narrow, and its name: two taps and a word."""
    assert call.action is not None
    cause, narrow = (str(argument) for argument in call.action.args)
    await _stop(call)
    if not cause:
        return _new(call, None)
    try:
        wanted = CampaignCause(cause)
        if not narrow:
            return _new(call, wanted)
        _narrow(wanted, narrow)
    except ValueError:
        return _OLD
    await conversation.ask(call, NAME_ASKED, cause=cause, narrow=narrow)
    return _new(call, wanted, asked=True)


@dialog(NAME_ASKED)
@conversation.answer
async def named(call: Call) -> Reply | Passed:
    asked = call.chat.dialog or {}
    if _searches(call):
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    cause = CampaignCause(asked["cause"])
    narrow = _narrow(cause, asked["narrow"])
    try:
        made = await campaigns.make(
            call.session, call.staff, call.text, cause, stage=narrow.stage, days_quiet=narrow.days_quiet, now=call.now
        )
    except CdmError as error:
        return _new(call, cause, asked=True, refused=error.facts)
    await _stop(call)
    return await _show(call, made, edit=False)


@button("recovery", role=Role.MANAGER)
async def won_back(call: Call) -> Reply:
    assert call.action is not None
    by, days = RecoveryBy(str(call.action.args[0])), min(max(int(call.action.args[1]), 1), _LONGEST_PERIOD)
    first, last = call.speech.today - timedelta(days=days - 1), call.speech.today
    team_id = await _team(call)
    groups = await recovery.figures(call.session, by, first, last, team_id=team_id)
    return Reply(
        "campaigns/recovery",
        edit=True,
        buttons=keyboards.recovery(call.speech, by=by, days=days),
        by=by,
        figures=groups[:_MOST_GROUPS],
        more=max(0, len(groups) - _MOST_GROUPS),
        total=await recovery.total(call.session, first, last, team_id=team_id),
        days=days,
    )


async def _list(call: Call, wanted: int, *, edit: bool) -> Reply:
    await _stop(call)
    every = await campaigns.all_of_them(call.session)
    page = page_of(every, wanted)
    return Reply(
        "campaigns/list",
        edit=edit,
        buttons=keyboards.campaigns(
            call.speech,
            campaign_ids=[one.campaign_id for one in page.shown],
            page=page.number,
            remaining=page.remaining,
        ),
        campaigns=page.shown,
        figures=await _brought(call),
        first=page.first,
        total=len(every),
        days=DAYS,
    )


async def _show(call: Call, found: Campaign, *, edit: bool = True) -> Reply:
    await _stop(call)
    return Reply(
        "campaigns/campaign",
        edit=edit,
        buttons=keyboards.campaign(call.speech, campaign_id=found.campaign_id, cause=found.cause, active=found.active),
        campaign=found,
        figures=(await _brought(call)).get(found.name),
        days=DAYS,
    )


async def _ask(call: Call, found: Campaign, field: CampaignStep, *, refused: Mapping[str, Any] | None = None) -> Reply:
    if field in _TYPED:
        await conversation.ask(call, FIELD_ASKED, campaign_id=found.campaign_id, field=field.value)
    return Reply(
        "campaigns/ask",
        edit=True,
        buttons=keyboards.ask(call.speech, field, campaign_id=found.campaign_id),
        campaign=found,
        field=field,
        refused=refused,
    )


def _new(
    call: Call, cause: CampaignCause | None, *, asked: bool = False, refused: Mapping[str, Any] | None = None
) -> Reply:
    buttons = keyboards.new(call.speech, cause=cause, asked=asked)
    return Reply("campaigns/new", edit=True, buttons=buttons, cause=cause, asked=asked, refused=refused)


async def _change(call: Call, found: Campaign, **fields: Any) -> Campaign:
    return await campaigns.change(call.session, call.staff, found, now=call.now, **fields)


def _has(found: Campaign, field: CampaignStep) -> bool:
    other = _OF_QUIET if found.cause is CampaignCause.DROPOFF else _OF_DROPOFFS
    return field not in other


def _value(field: CampaignStep, said: str) -> str | int | Decimal | DropoffStage | None:
    """What was said or pressed as the field's value. ValueError where it can be none."""
    match field:
        case CampaignStep.TRIES | CampaignStep.APART:
            return int(said)
        case CampaignStep.QUIET:
            return int(said) if said else None
        case CampaignStep.STAGE:
            return DropoffStage(said) if said else None
        case CampaignStep.VALUE:
            return values.number(2)(said) if said else None
    return said


def _narrow(cause: CampaignCause, said: str) -> _Narrow:
    """ValueError where ``said`` narrows no campaign of the cause."""
    if said == keyboards.ANY:
        return _Narrow()
    if cause is CampaignCause.INACTIVE:
        days = int(said)
        if not 1 <= days <= campaigns.MOST_DAYS_QUIET:
            raise ValueError(said)
        return _Narrow(days_quiet=days)
    if said not in keyboards.STAGES:
        raise ValueError(said)
    return _Narrow(stage=DropoffStage(said))


def _searches(call: Call) -> bool:
    return parse_query(call.text, call.thresholds.country).kind in (QueryKind.PHONE, QueryKind.ID)


async def _brought(call: Call) -> dict[str, Figures]:
    """What each campaign brought in the last days, by its name: to the reader's team, or in all."""
    first, last = call.speech.today - timedelta(days=DAYS - 1), call.speech.today
    found = await recovery.figures(call.session, RecoveryBy.CAMPAIGN, first, last, team_id=await _team(call))
    return {one.key: one for one in found if one.key is not None}


async def _team(call: Call) -> int | None:
    """The team whose numbers the reader is told, as in /stats; None: everybody's."""
    scope = await report_scope.scope(call.session, call.staff)
    assert scope is not None, "managers and admins are told of others"
    return scope.team_id


async def _stop(call: Call) -> None:
    """End the question about a campaign, if that is what was asked."""
    if (call.chat.dialog or {}).get("name") in (FIELD_ASKED, NAME_ASKED):
        await chats.stop_asking(call.session, call.chat.chat_id)
