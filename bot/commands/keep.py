"""What a note told besides the contact, once confirmed: a new phone, a birthday or anniversary."""

import dataclasses
import re
from datetime import date

from bot.call import Call
from bot.commands import conversation, echoes
from bot.registry import PASS, Passed, button, dialog
from bot.reply import Reply
from cdm_core import chats, corrections, details
from cdm_core.digits import ascii_digits
from cdm_core.interactions import Logged
from cdm_core.note_contacts import read
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.notes.note import Note, Occasion
from cdm_core.query import parse_query
from cdm_core.words import EventType, QueryKind, Relationship

NAME, YEAR = "occasion_name", "occasion_year"
_EARLIEST = 1900
_YEAR_LIKE = re.compile(r"\d{1,3}|1[5-9]\d\d|2[01]\d\d", re.ASCII)
"""What is meant as a year, if not well; other numbers look for a customer."""


@button("phone")
@conversation.once
async def keep_phone(call: Call) -> Reply:
    assert call.action is not None
    stands, note = await _said(call, int(call.action.args[0]), int(call.action.args[1]))
    if note.new_phone is None:
        return Reply(None, toast="toasts/old_button")
    await details.keep_phone(
        call.session,
        call.staff,
        stands.customer,
        stands.interaction_id,
        note.new_phone,
        now=call.now,
        thresholds=call.thresholds,
    )
    return await echoes.echo(call, stands, note=_rest(note), kept="phone", edit=True)


@button("occasion")
@conversation.once
async def keep_occasion(call: Call) -> Reply:
    """Asks what is missing: the year of an anniversary, the name of a relative not known yet."""
    assert call.action is not None
    stands, note = await _said(call, int(call.action.args[0]), int(call.action.args[1]))
    if note.occasion is None:
        return Reply(None, toast="toasts/old_button")
    return await _keep(call, stands, note, note.occasion, edit=True)


@dialog(NAME)
@conversation.answer
async def named(call: Call) -> Reply | Passed:
    """A note or a number instead of the name ends the question."""
    assert call.chat.dialog is not None
    asked = call.chat.dialog
    await chats.stop_asking(call.session, call.chat.chat_id)
    if (
        parse_query(call.text, call.thresholds.country).kind is not QueryKind.NAME
        or looks_like_note(read(call.text, call.said_at, call.thresholds)) is TextKind.NOTE
    ):
        return PASS
    stands, note = await _said(call, int(asked["customer_id"]), int(asked["interaction_id"]))
    if note.occasion is None:
        return PASS
    return await _keep(call, stands, note, note.occasion, name=" ".join(call.text.split()))


@dialog(YEAR)
@conversation.answer
async def dated(call: Call) -> Reply | Passed:
    """The year; a number that is none is asked again, anything else ends the question."""
    assert call.chat.dialog is not None
    asked = call.chat.dialog
    await chats.stop_asking(call.session, call.chat.chat_id)
    year = ascii_digits(call.text).strip()
    stands, note = await _said(call, int(asked["customer_id"]), int(asked["interaction_id"]))
    if note.occasion is None or _YEAR_LIKE.fullmatch(year) is None:
        return PASS
    if not _EARLIEST <= int(year) <= call.speech.today.year:
        return await _ask_year(call, stands, note.occasion, again=True)
    return await _keep(call, stands, note, dataclasses.replace(note.occasion, year=int(year)))


async def _keep(
    call: Call, stands: Logged, note: Note, occasion: Occasion, *, name: str | None = None, edit: bool = False
) -> Reply:
    if occasion.event_type is EventType.ANNIVERSARY and not _dated(occasion):
        return await _ask_year(call, stands, occasion, again=occasion.year is not None)
    if name is None and await _needs_name(call, stands, occasion):
        await conversation.ask(call, NAME, **_ids(stands))
        return Reply(
            "notes/ask_name",
            customer_id=stands.customer.customer_id,
            customer=stands.customer,
            relationship=occasion.relationship,
        )
    await details.keep_occasion(
        call.session, call.staff, stands.customer, stands.interaction_id, occasion, now=call.now, name=name
    )
    return await echoes.echo(call, stands, note=_rest(note), kept="occasion", edit=edit)


async def _ask_year(call: Call, stands: Logged, occasion: Occasion, *, again: bool) -> Reply:
    """``again``: what was said is no year, or has no such day."""
    await conversation.ask(call, YEAR, **_ids(stands))
    return Reply(
        "notes/ask_year",
        customer_id=stands.customer.customer_id,
        customer=stands.customer,
        occasion=occasion,
        again=again,
    )


def _ids(stands: Logged) -> dict[str, int]:
    return {"customer_id": stands.customer.customer_id, "interaction_id": stands.interaction_id}


async def _needs_name(call: Call, stands: Logged, occasion: Occasion) -> bool:
    """Whether it is a relative's day and it is not plain which relative."""
    if occasion.relationship is None or details.is_couples(occasion):
        return False
    known = await details.relatives_of_kind(call.session, stands.customer, Relationship(occasion.relationship))
    return len(known) != 1


def _dated(occasion: Occasion) -> bool:
    if occasion.year is None:
        return False
    try:
        date(occasion.year, occasion.month, occasion.day)
    except ValueError:
        return False
    return True


async def _said(call: Call, customer_id: int, interaction_id: int) -> tuple[Logged, Note]:
    """What stands, and what its text says."""
    ref = await call.customer(customer_id)
    stands = await corrections.standing(
        call.session, call.staff, ref, interaction_id, now=call.now, zone=call.thresholds.zone
    )
    return stands, read(stands.contact.description or "", stands.contact.at, call.thresholds)


def _rest(note: Note) -> Note:
    """The note without its questions, which were asked before."""
    return dataclasses.replace(note, needs=())
