"""The customer's card and the tabs behind it, edited in place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.call import Call
from bot.commands import conversation
from bot.commands.paging import page_of
from bot.registry import button
from bot.reply import PhoneContact, Reply
from cdm_core import activity, customer360, duty, family, orders, profile, tab_head, timeline
from cdm_core.access import CustomerRef
from cdm_core.changes import Change
from cdm_core.factors import FactorCode
from cdm_core.recommend import fits, like_leads, shown
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.shown import ShownIn, Suggestion
from cdm_core.words import DropoffStage, FileKind, Language, Role
from templates.actions import GreetingFor, Tab
from templates.buttons import Keyboard
from templates.keyboards import card as keyboards


@dataclass(frozen=True, slots=True)
class Queue:
    """The place in the call list of a card that was opened from it: number ``number`` of ``total``.

    ``full``: the list may go on behind the last.
    """

    number: int
    total: int
    until: datetime
    full: bool = False

    def stored(self) -> dict[str, Any]:
        """As JSON, for the message's context: so the way back from a tab knows the place."""
        return {"number": self.number, "total": self.total, "until": self.until.isoformat(), "full": self.full}


async def show(call: Call, customer_id: int, *, edit: bool = False, queue: Queue | None = None) -> Reply:
    """The card, which becomes the chat's current customer. Raises as ``access_customer`` does.

    It is no card of the queue any more once the person's claim has run out or was used.
    """
    card = await customer360.card(call.session, call.staff, call.thresholds, customer_id, now=call.now)
    if card.claim is None or not card.claim.mine:
        queue = None
    await _note_shown(call, card)
    await conversation.make_current(call, card.customer_id)
    return Reply(
        "customer_card",
        edit=edit,
        customer_id=card.customer_id,
        context={"queue": queue.stored()} if queue else None,
        buttons=_card_buttons(call, card, queue),
        card=card,
        queue=queue,
    )


async def _note_shown(call: Call, card: customer360.Card) -> None:
    """A card suggests something unless it says to wait."""
    advice = card.advice
    if card.to_call:
        suggestion = Suggestion(
            card.customer_id, None, advice.score, advice.next_action, advice.offer, products=advice.product_ids
        )
        await shown.record(
            call.session, call.staff.id, ShownIn.CARD, [suggestion], now=call.now, thresholds=call.thresholds
        )


def _card_buttons(call: Call, card: customer360.Card, queue: Queue | None) -> Keyboard:
    return keyboards.card(
        call.speech,
        customer_id=card.customer_id,
        phone=None if card.whatsapp_refused else card.phone_e164,
        from_queue=queue is not None,
        do_not_call=card.do_not_call_at is not None,
        greeting=_greeting(call, card),
        left_out=card.left_out.change_id if card.left_out else None,
        asks_no_calls=card.asks_no_calls,
    )


def _greeting(call: Call, card: customer360.Card) -> tuple[GreetingFor, Language] | None:
    """For what the customer may be greeted now: a day of today, or before the person is back at work; or a win-back."""
    language = card.language or call.staff.language
    if card.occasion and card.occasion.day < duty.next_day(call.staff, call.speech.today, call.thresholds):
        return GreetingFor.OCCASION, language
    return (GreetingFor.WIN_BACK, language) if card.win_back else None


@button("open")
async def open_card(call: Call) -> Reply:
    """From a list: the card as a message of its own, the list stays."""
    assert call.action is not None
    return await show(call, int(call.action.args[0]))


@button("card")
async def back_to_card(call: Call) -> Reply:
    assert call.action is not None
    return await show(call, int(call.action.args[0]), edit=True, queue=queue_of(call))


@button("contact")
async def contact(call: Call) -> Reply:
    """The number as a contact to call from with one tap, and under it the buttons of the card."""
    assert call.action is not None
    opened = await _card(call, int(call.action.args[0]))
    if opened.phone_e164 is None or opened.do_not_call_at is not None:
        return Reply(None, toast="toasts/old_button")
    await conversation.make_current(call, opened.customer_id)
    queue = queue_of(call)
    return Reply(
        "contact",
        customer_id=opened.customer_id,
        context={"queue": queue.stored()} if queue else None,
        contact=PhoneContact(opened.phone_e164, opened.name.strip() or opened.phone_e164),
        buttons=_card_buttons(call, opened, queue),
        card=opened,
    )


@button("tab")
async def open_tab(call: Call) -> Reply:
    assert call.action is not None
    customer_id, from_queue, tab, page = call.action.args
    return await show_tab(call, int(customer_id), Tab(str(tab)), max(0, int(page)), from_queue=bool(from_queue))


async def show_tab(
    call: Call,
    customer_id: int,
    place: Tab,
    page: int = 0,
    *,
    from_queue: bool = False,
    edit: bool = True,
    change: Change | None = None,
    beside: int | None = None,
    work_of: int | None = None,
) -> Reply:
    """The tab, if ``edit`` in place of what was pressed; ``change``: what was just changed by hand, or undone.

    ``beside`` is the id of a change that was made with it and is undone with it; ``work_of`` the relative whose
    profession something seems to be.

    Raises as ``access_customer`` does.
    """
    opened = await _TABS[place](call, customer_id, page)
    customer_id = opened.customer_id
    await conversation.make_current(call, customer_id)
    return Reply(
        f"tabs/{place}",
        edit=edit,
        customer_id=customer_id,
        context=queue_context(call),
        change=change,
        buttons=keyboards.tab(
            call.speech,
            place,
            customer_id=customer_id,
            from_queue=from_queue,
            page=opened.page,
            has_older=opened.has_older,
            do_not_call=opened.do_not_call,
            open_dropoff=opened.open_dropoff,
            has_phone=opened.has_phone,
            files=opened.files,
            change_id=change.change_id if change and not change.undone_at else None,
            beside=beside,
            nobody=opened.nobody,
            work_of=work_of,
            double=opened.double,
            left_out=opened.left_out,
        ),
        **opened.facts,
    )


@dataclass(frozen=True, slots=True)
class _Opened:
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


async def _card(call: Call, customer_id: int) -> customer360.Card:
    return await customer360.card(call.session, call.staff, call.thresholds, customer_id, now=call.now)


async def _head(call: Call, customer_id: int) -> tab_head.Head:
    return await tab_head.head(call.session, call.staff, call.thresholds, customer_id, now=call.now)


async def _overview(call: Call, customer_id: int, _: int) -> _Opened:
    card = await _card(call, customer_id)
    return _Opened({"card": card}, card.do_not_call_at is not None, has_phone=card.phone_e164 is not None)


async def _profile(call: Call, customer_id: int, _: int) -> _Opened:
    head = await _head(call, customer_id)
    known = await profile.profile(call.session, call.staff, call.thresholds, head.ref)
    double = known.double.customer_id if known.double else None
    return _Opened({"head": head, "profile": known}, head.do_not_call, double=double)


async def _family(call: Call, customer_id: int, page: int) -> _Opened:
    head = await _head(call, customer_id)
    everyone = await family.relatives(call.session, call.staff, head.ref, call.thresholds, now=call.now)
    opened = page_of(everyone, page)
    facts = {"head": head, "relatives": opened.shown, "first": opened.first, "total": len(everyone), "unread": None}
    return _Opened(facts, head.do_not_call, opened.number, opened.remaining > 0, nobody=not everyone)


async def _interactions(call: Call, customer_id: int, page: int) -> _Opened:
    head = await _head(call, customer_id)
    told = await timeline.timeline(call.session, head.ref, page=page)
    files = [(entry.interaction_id, entry.files[0].sent.kind) for entry in told.entries if entry.files]
    facts = {"head": head, "timeline": told}
    return _Opened(facts, head.do_not_call, told.page, told.has_older, files=files)


async def _behaviour(call: Call, customer_id: int, _: int) -> _Opened:
    head = await _head(call, customer_id)
    done = await activity.activity(call.session, head.ref)
    open_dropoff = any(not d.recovered and d.stage is not DropoffStage.PRODUCT_VIEW for d in done.dropoffs)
    return _Opened({"head": head, "activity": done}, head.do_not_call, open_dropoff=open_dropoff)


async def _insights(call: Call, customer_id: int, _: int) -> _Opened:
    card = await _card(call, customer_id)
    such = any(factor.code is FactorCode.SUCH_LEADS for factor in card.advice.factors)
    told = {
        "card": card,
        "such": await like_leads.known(call.session, card.ref) if such else None,
        "figures": call.staff.role is not Role.AGENT,
        "model": await fits.latest(call.session, FitKind.PURCHASE),
    }
    left_out = card.left_out.change_id if card.left_out else None
    return _Opened(told, card.do_not_call_at is not None, left_out=left_out)


async def _orders(call: Call, customer_id: int, page: int) -> _Opened:
    head = await _head(call, customer_id)
    bought = await orders.history(call.session, head.ref, page=page)
    return _Opened({"head": head, "history": bought}, head.do_not_call, bought.page, bought.has_older)


_TABS = {
    Tab.OVERVIEW: _overview,
    Tab.PROFILE: _profile,
    Tab.FAMILY: _family,
    Tab.INTERACTIONS: _interactions,
    Tab.BEHAVIOUR: _behaviour,
    Tab.INSIGHTS: _insights,
    Tab.ORDERS: _orders,
}


def queue_context(call: Call) -> dict[str, Any] | None:
    """The context of a message behind the tabs: the place in the call list, so that the way back knows it."""
    queue = queue_of(call)
    return {"queue": queue.stored()} if queue else None


def queued(call: Call) -> bool:
    """Whether what was pressed or asked was opened from the call list."""
    return queue_of(call) is not None


def behind(call: Call, customer: CustomerRef, template: str, buttons: Keyboard, *, edit: bool, **facts: Any) -> Reply:
    """A message behind the tabs: it is about the ``customer`` and knows the way back."""
    return Reply(
        template,
        edit=edit,
        customer_id=customer.customer_id,
        context=queue_context(call),
        buttons=buttons,
        customer=customer,
        **facts,
    )


def queue_of(call: Call) -> Queue | None:
    """The place in the call list that the pressed message, or the one whose question is answered, was opened from."""
    kept = call.reply_to.context if call.reply_to else call.chat.dialog or {}
    stored = kept.get("queue")
    if not stored:
        return None
    until = datetime.fromisoformat(stored["until"])
    return Queue(stored["number"], stored["total"], until, bool(stored.get("full")))
