"""Whom to call, what to offer and when, for another system: the whole shop's call list, or one customer of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_facts, calls, phones, skips, suggestions
from cdm_core.access import CustomerRef
from cdm_core.advice import Advice, Blocked, advise
from cdm_core.call_hours import Hours, stated_hours, today
from cdm_core.calls import CallList, Part
from cdm_core.claims import AT_HOUSEHOLD
from cdm_core.facts import CallFacts
from cdm_core.listed import FIRST, Listed, Window
from cdm_core.recommend import shown
from cdm_core.recommend.shown import ShownIn, Suggestion
from cdm_core.skips import LeftOut
from cdm_core.thresholds import Thresholds
from cdm_core.timing import Timing, timing
from cdm_core.typed_hours import said_hours

MOST = 1_000
"""Calls that a list holds at most."""


class Hindrance(StrEnum):
    """Why a customer is not to be called now."""

    DO_NOT_CALL = "do_not_call"
    ASKED = "asked"
    LEFT_OUT = "left_out"
    CLAIMED = "claimed"
    HOUSEHOLD_CLAIMED = "household_claimed"
    COOLDOWN = "cooldown"
    ATTEMPT_CAP = "attempt_cap"
    HOUSEHOLD_CALLED = "household_called"
    HOUSEHOLD_TRIED = "household_tried"
    JUST_TRIED = "just_tried"
    OUTSIDE_HOURS = "outside_hours"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """``rank`` is the place in the call list from 1, ``part`` why there; None of one customer alone.

    ``phone`` is as people dial it, or as typed where it is no valid number. ``hours`` are the best to call, the
    customer's own word first, ``calls_known`` the calls that says so (None: their word, or nothing is known).
    ``callable_from`` is when the ``hindrance`` ends, where that is known.
    """

    customer_id: int
    name: str
    phone: str | None
    phone_e164: str | None
    owner_id: int | None
    lifetime_value: Decimal
    rank: int | None
    part: Part | None
    facts: CallFacts
    advice: Advice
    hours: Hours | None
    calls_known: int | None
    hindrance: Hindrance | None
    callable_from: datetime | None


_PEOPLE = text(
    f"""
    SELECT c.id, cdm_name(c.first_name, c.last_name) AS name, c.phone, c.phone_e164, c.owner_id,
           coalesce(s.lifetime_value, 0) AS lifetime_value, k.expires_at AS claimed_until,
           (SELECT max(expires_at) FROM {AT_HOUSEHOLD} at_kin) AS kin_claimed_until
    FROM customers c
    LEFT JOIN customer_summary s ON s.customer_id = c.id
    LEFT JOIN claims k ON k.customer_id = c.id AND k.expires_at > :now
    WHERE c.id = ANY(CAST(:ids AS bigint[]))
    """
)


async def page(
    session: AsyncSession,
    thresholds: Thresholds,
    *,
    now: datetime,
    window: Window = FIRST,
    best_first: bool = False,
    noted: bool = False,
) -> Listed[Recommendation]:
    """A page of the whole shop's call list in calling order, or the highest score first; by offset.

    It ends after ``MOST``. None are looked at behind the page, so ``total`` is known on the last one alone. None who is
    claimed, held out, or not to be called now. ``now`` is the transaction's. ``noted`` as shown is what people are
    shown: a program that reads the whole list every hour would make all who are not held out count as offered, and what
    calling them brings (``cdm_core.recommend.uplift``) vanish among them.
    """
    offset, limit = window.offset, max(0, min(window.limit, MOST - window.offset))
    size = min(offset + limit, MOST)
    found = await calls.list_of_everybody(session, thresholds, now=now, size=size + 1, best_first=best_first)
    read = [one.customer_id for one in found.suggested(offset, limit)]
    found = CallList.of_ranked(await calls.with_offers(session, found.ranked, read, now=now, thresholds=thresholds))
    if noted:
        told = found.suggested(offset, limit)
        await shown.record(session, None, ShownIn.API, told, now=now, thresholds=thresholds)
    entries = found.entries[offset : offset + limit]
    people = await _people(session, [entry.customer_id for entry in entries], now)
    return Listed(
        rows=tuple(
            replace(
                _recommendation(people[entry.customer_id], entry.facts, entry.advice, entry.timing, now, thresholds),
                rank=offset + place,
                part=entry.part,
            )
            for place, entry in enumerate(entries, 1)
            if entry.customer_id in people
        ),
        total=min(len(found.entries), MOST) if len(found.entries) <= size or size == MOST else None,
        more=len(found.entries) > size,
        next=offset + limit if offset + limit < min(len(found.entries), MOST) else None,
    )


async def one(
    session: AsyncSession, ref: CustomerRef, thresholds: Thresholds, *, now: datetime, noted: bool = False
) -> Recommendation:
    """What to do about this customer; ``noted`` as shown where there is something to do, as of ``page``."""
    facts = (await call_facts.load(session, [ref.customer_id], now=now, thresholds=thresholds))[ref.customer_id]
    facts = replace(facts, suggested=await suggestions.suggestions(session, ref, now=now))
    advice = advise(facts, now, thresholds)
    person = (await _people(session, [ref.customer_id], now))[ref.customer_id]
    left_out = await skips.left_out(session, ref, now=now, thresholds=thresholds)
    found = _recommendation(person, facts, advice, timing(facts, now, thresholds), now, thresholds, left_out)
    if noted and advice.to_call and found.hindrance in (None, Hindrance.OUTSIDE_HOURS):
        suggestion = Suggestion(
            ref.customer_id, None, advice.score, advice.next_action, advice.offer, products=advice.product_ids
        )
        await shown.record(session, None, ShownIn.API, [suggestion], now=now, thresholds=thresholds)
    return found


async def _people(session: AsyncSession, customer_ids: Sequence[int], now: datetime) -> dict[int, Row[Any]]:
    rows = await session.execute(_PEOPLE, {"ids": list(customer_ids), "now": now})
    return {row.id: row for row in rows}


def _recommendation(
    person: Row[Any],
    facts: CallFacts,
    advice: Advice,
    at: Timing,
    now: datetime,
    thresholds: Thresholds,
    left_out: LeftOut | None = None,
) -> Recommendation:
    e164 = person.phone_e164
    hindrance, until = _hindrance(person, advice, at, left_out)
    stated = said_hours(facts.available_time, thresholds)
    learnt = facts.ranking if stated is None else None
    known = stated or (stated_hours(learnt.best_call_time) if learnt else None)
    return Recommendation(
        customer_id=person.id,
        name=person.name,
        phone=phones.national(e164, thresholds.country) if e164 else person.phone,
        phone_e164=e164,
        owner_id=person.owner_id,
        lifetime_value=person.lifetime_value,
        rank=None,
        part=None,
        facts=facts,
        advice=advice,
        hours=today(known, now, thresholds) if known else None,
        calls_known=learnt.best_call_time_n if learnt else None,
        hindrance=hindrance,
        callable_from=until,
    )


def _hindrance(
    person: Row[Any], advice: Advice, at: Timing, left_out: LeftOut | None
) -> tuple[Hindrance | None, datetime | None]:
    if advice.blocked in (Blocked.DO_NOT_CALL, Blocked.ASKED):
        return Hindrance(advice.blocked), None
    if left_out is not None and left_out.rests:
        return Hindrance.LEFT_OUT, left_out.back_at or left_out.until
    if person.claimed_until is not None:
        return Hindrance.CLAIMED, person.claimed_until
    if person.kin_claimed_until is not None:
        return Hindrance.HOUSEHOLD_CLAIMED, person.kin_claimed_until
    if advice.blocked is not None:
        return Hindrance(advice.blocked), advice.rests_until
    if at.outside:
        return Hindrance.OUTSIDE_HOURS, at.opens_at
    return None, None
