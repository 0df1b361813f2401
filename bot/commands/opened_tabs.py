"""What each tab behind the customer's card shows, and what its buttons hang on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.call import Call
from bot.commands.paging import page_of
from cdm_core import activity, customer360, family, orders, profile, tab_head, timeline
from cdm_core.factors import FactorCode
from cdm_core.recommend import fits, like_leads
from cdm_core.recommend.fits import FitKind
from cdm_core.words import DropoffStage, FileKind, Role
from templates.actions import Tab


@dataclass(frozen=True, slots=True)
class Opened:
    """A tab's facts for its template, and what its buttons depend on."""

    facts: Mapping[str, Any]
    do_not_call: bool
    page: int = 0
    has_older: bool = False
    open_dropoff: bool = False
    files: Sequence[tuple[int, FileKind]] = ()
    has_phone: bool = False
    nobody: bool = False
    double: int | None = None
    left_out: int | None = None

    @property
    def customer_id(self) -> int:
        """Who it is about: of an id that was merged, who stayed."""
        shown: tab_head.Head | customer360.Card = self.facts.get("head") or self.facts["card"]
        return shown.customer_id


async def card_of(call: Call, customer_id: int) -> customer360.Card:
    return await customer360.card(call.session, call.staff, call.thresholds, customer_id, now=call.now)


async def _head(call: Call, customer_id: int) -> tab_head.Head:
    return await tab_head.head(call.session, call.staff, call.thresholds, customer_id, now=call.now)


async def _overview(call: Call, customer_id: int, _: int) -> Opened:
    card = await card_of(call, customer_id)
    return Opened({"card": card}, card.do_not_call_at is not None, has_phone=card.phone_e164 is not None)


async def _profile(call: Call, customer_id: int, _: int) -> Opened:
    head = await _head(call, customer_id)
    known = await profile.profile(call.session, call.staff, call.thresholds, head.ref)
    double = known.double.customer_id if known.double else None
    return Opened({"head": head, "profile": known}, head.do_not_call, double=double)


async def _family(call: Call, customer_id: int, page: int) -> Opened:
    head = await _head(call, customer_id)
    everyone = await family.relatives(call.session, call.staff, head.ref, call.thresholds, now=call.now)
    opened = page_of(everyone, page)
    facts = {"head": head, "relatives": opened.shown, "first": opened.first, "total": len(everyone), "unread": None}
    return Opened(facts, head.do_not_call, opened.number, opened.remaining > 0, nobody=not everyone)


async def _interactions(call: Call, customer_id: int, page: int) -> Opened:
    head = await _head(call, customer_id)
    told = await timeline.timeline(call.session, head.ref, page=page)
    files = [(entry.interaction_id, entry.files[0].sent.kind) for entry in told.entries if entry.files]
    facts = {"head": head, "timeline": told}
    return Opened(facts, head.do_not_call, told.page, told.has_older, files=files)


async def _behaviour(call: Call, customer_id: int, _: int) -> Opened:
    head = await _head(call, customer_id)
    done = await activity.activity(call.session, head.ref)
    open_dropoff = any(not d.recovered and d.stage is not DropoffStage.PRODUCT_VIEW for d in done.dropoffs)
    return Opened({"head": head, "activity": done}, head.do_not_call, open_dropoff=open_dropoff)


async def _insights(call: Call, customer_id: int, _: int) -> Opened:
    card = await card_of(call, customer_id)
    such = any(factor.code is FactorCode.SUCH_LEADS for factor in card.advice.factors)
    told = {
        "card": card,
        "such": await like_leads.known(call.session, card.ref) if such else None,
        "figures": call.staff.role is not Role.AGENT,
        "model": await fits.latest(call.session, FitKind.PURCHASE),
    }
    left_out = card.left_out.change_id if card.left_out else None
    return Opened(told, card.do_not_call_at is not None, left_out=left_out)


async def _orders(call: Call, customer_id: int, page: int) -> Opened:
    head = await _head(call, customer_id)
    bought = await orders.history(call.session, head.ref, page=page)
    return Opened({"head": head, "history": bought}, head.do_not_call, bought.page, bought.has_older)


OPEN = {
    Tab.OVERVIEW: _overview,
    Tab.PROFILE: _profile,
    Tab.FAMILY: _family,
    Tab.INTERACTIONS: _interactions,
    Tab.BEHAVIOUR: _behaviour,
    Tab.INSIGHTS: _insights,
    Tab.ORDERS: _orders,
}
"""By each tab: how its page of a customer is read. They raise as ``access_customer`` does."""
