"""/customer and every other way to find one: typed, pasted and forwarded text, a shared contact."""

from typing import Any

from bot.call import Call
from bot.commands import card
from bot.commands.paging import Page, numbered, page_of
from bot.registry import button, command, contact, text
from bot.reply import Reply
from cdm_core import outbox, tombstones
from cdm_core import staff as people
from cdm_core.digits import ascii_digits
from cdm_core.errors import CdmError
from cdm_core.hits import Hit
from cdm_core.lead_names import name_beside_phone
from cdm_core.phones import MIN_LAST_DIGITS
from cdm_core.query import MAX_QUERY, Query, parse_query
from cdm_core.search import search
from cdm_core.words import QueryKind
from templates.actions import Action, fits
from templates.keyboards import lists, start


@command("customer", aliases=("c",), args="<phone | name | id>")
async def customer(call: Call) -> Reply:
    """Without arguments: the customer of the message replied to, else the current one."""
    if call.text:
        return await find(call, call.text)
    customer_id = (call.reply_to and call.reply_to.customer_id) or call.chat.current_customer_id
    return Reply("errors/empty_search") if customer_id is None else await card.show(call, customer_id)


@text
async def typed(call: Call) -> Reply:
    """Plain text that nothing before took for its own is a search; a line's number right below a list opens it."""
    number = ascii_digits(call.text).strip()
    if len(number) < MIN_LAST_DIGITS and number.isdecimal():
        entries = (await outbox.newest_context(call.session, call.chat.chat_id)).get("entries", {})
        if number in entries:
            return await card.show(call, entries[number])
    return await find(call, call.text)


@contact
async def shared(call: Call) -> Reply:
    """Somebody's card may hold several phones. A colleague whose phone no customer has is no lead."""
    assert call.contact is not None
    card_of = call.contact
    words = ", ".join(card_of.phones)
    query = parse_query(words, call.thresholds.country)
    found = await search(call.session, call.staff, call.thresholds, query, now=call.now)
    if not found.hits:
        words = card_of.phones[0]
        known = await people.by_telegram_user(call.session, card_of.user_id) if card_of.user_id else None
        if known is not None:
            return Reply("colleague_contact", name=known.name, mine=known.id == call.staff.id)
    return await find(call, words, name=f"{card_of.first_name} {card_of.last_name or ''}")


@button("hits")
async def other_hits(call: Call) -> Reply:
    """Where callback data has no room for what was searched, the message remembers it."""
    assert call.action is not None
    searched, page = call.action.args
    searched = searched or (call.reply_to.context.get("search", "") if call.reply_to else "")
    if not searched:
        return Reply(None, toast="toasts/old_button")
    return await find(call, str(searched), page=max(0, int(page)), edit=True)


async def find(
    call: Call, words: str, *, name: str = "", waiting: str | None = None, page: int = 0, edit: bool = False
) -> Reply:
    """The card of the one customer that is meant, or the choices, or what to do where there is none.

    ``name`` is that of a new lead, should the phone be nobody's; ``waiting`` a note that waits for its customer.
    """
    query = parse_query(words, call.thresholds.country)
    if query.kind is QueryKind.EMPTY:
        return Reply("errors/empty_search")
    if query.kind is QueryKind.TOO_LONG:
        return Reply("errors/too_long", letters=len(words), limit=MAX_QUERY)
    found = await search(call.session, call.staff, call.thresholds, query, now=call.now)
    match found.hits:
        case ():
            return await _nobody(call, query, words, name, waiting)
        case (Hit(masked=True) as hit,):
            facts = {"customer_id": hit.customer_id, "name": hit.name, "owner": hit.owner, "searched": True}
            known = CdmError("colleagues_customer", **facts)
            return Reply.of_error(known, call.speech)
        case (hit,):
            return await card.show(call, hit.customer_id)
    opened = page_of(found.hits, page)
    return Reply(
        "hits",
        edit=edit,
        context={
            "search": words,
            "entries": numbered(opened.shown, opened.first),
        },
        buttons=lists.hits(
            call.speech,
            customer_ids=[hit.customer_id for hit in opened.shown],
            search=words if fits(Action("hits", (words, MAX_QUERY))) else "",
            page=opened.number,
            remaining=opened.remaining,
        ),
        **listed(call, words, opened, total=len(found.hits), more=found.more, phone=_phone(query)),
    )


def listed(
    call: Call, words: str, opened: Page[Hit], *, total: int, more: bool, phone: str | None = None
) -> dict[str, Any]:
    """The facts of a list of customers found by ``words``; ``phone`` where one was searched."""
    return {
        "hits": opened.shown,
        "first": opened.first,
        "total": total,
        "more": more,
        "query": words,
        "phone": phone,
        "reader_id": call.staff.id,
    }


async def _nobody(call: Call, query: Query, words: str, name: str, waiting: str | None) -> Reply:
    """The lead is named by the contact, or by what was typed beside the number; what somebody else wrote names none."""
    phone = _phone(query)
    name = " ".join(name.split())
    if phone and not name and not call.forwarded:
        name = name_beside_phone(words, call.said_at, call.thresholds)
    erased_at = await tombstones.erased_at(call.session, tombstones.of_phone(phone)) if phone else None
    return Reply(
        "nobody",
        context={"name": name} if phone and name else None,
        buttons=start.new_lead(call.speech, phone=phone) if phone else None,
        phone=phone,
        erased_at=erased_at,
        name=name,
        query=words,
        digits=query.kind is QueryKind.NUMBER,
        by_id=query.kind is QueryKind.ID,
        waiting=waiting,
    )


def _phone(query: Query) -> str | None:
    """The one phone that was searched."""
    return query.value if query.kind is QueryKind.PHONE and not query.more else None
