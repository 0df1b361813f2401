"""The customer's card and the tabs behind it, edited in place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.call import Call
from bot.commands import conversation, opened_tabs
from bot.registry import button
from bot.reply import PhoneContact, Reply
from cdm_core import customer360, duty
from cdm_core.access import CustomerRef
from cdm_core.changes import Change
from cdm_core.recommend import shown
from cdm_core.recommend.shown import ShownIn, Suggestion
from cdm_core.words import Language
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
    card = await opened_tabs.card_of(call, customer_id)
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
    opened = await opened_tabs.card_of(call, int(call.action.args[0]))
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
    opened = await opened_tabs.OPEN[place](call, customer_id, page)
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
