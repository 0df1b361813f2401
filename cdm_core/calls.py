"""The call list: whom to call now, in order, with the reasons (``cdm_core.call_queue`` gives it out one by one).

First what was promised to the shop and the customer (orders to confirm, follow-ups due), then what is about to be
lost (drop-offs, win-back calls), then today's birthdays, then by what a call is expected to earn
(``cdm_core.recommend.ranking``). One household is one call.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, call_candidates, call_facts, duty, suggestions
from cdm_core.absences import Away
from cdm_core.advice import Advice, advise
from cdm_core.call_candidates import Candidate
from cdm_core.clock import local_date
from cdm_core.factors import FactorCode
from cdm_core.facts import CallFacts
from cdm_core.recommend import hold_out
from cdm_core.recommend.shown import Suggestion
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.timing import ANY_TIME, Timing, timing
from cdm_core.words import EventType, Temperature

LIST_SIZE = 200
"""Most calls an agent makes in a day: a longer list helps nobody."""

_SPARE, _STEPS = 30, (100, 250, 500, 1_100)


class Part(StrEnum):
    """A part of the list that can be shown alone; an entry may be of several."""

    CONFIRM = "confirm"
    DUE = "due"
    CART = "cart"
    WIN_BACK = "win_back"
    BIRTHDAY = "birthday"
    HOT = "hot"


@dataclass(frozen=True, slots=True)
class Entry:
    """One call. ``part`` is why it stands where it stands (None: by value), ``parts`` all it is of.

    ``covers`` is the colleague whose customer it is, who is away; ``timing`` whether now is the hour to call.
    ``held_out``: left out of the list by a draw that had left it the chance ``propensity``; 1 where nothing is drawn
    (``cdm_core.recommend.hold_out``).
    """

    customer_id: int
    name: str
    phone_e164: str | None
    part: Part | None
    parts: frozenset[Part]
    facts: CallFacts
    advice: Advice
    covers: Away | None = None
    timing: Timing = ANY_TIME
    propensity: float = 1.0
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class CallList:
    """``entries`` in calling order (a person's at most ``LIST_SIZE``), ``counts`` of each part among them.

    ``ranked`` are they and, where they would stand, the held out.
    """

    entries: tuple[Entry, ...]
    counts: dict[Part, int]
    ranked: tuple[Entry, ...]

    @classmethod
    def of_ranked(cls, ranked: Sequence[Entry]) -> Self:
        """The list that ``ranked`` makes."""
        chosen = tuple(entry for entry in ranked if not entry.held_out)
        counts = {part: sum(part in entry.parts for entry in chosen) for part in Part}
        return cls(entries=chosen, counts=counts, ranked=tuple(ranked))

    def of(self, *parts: Part) -> tuple[Entry, ...]:
        """The entries of any of these parts; without parts all."""
        return _of(self.entries, parts)

    def suggested(self, first: int, size: int, *parts: Part) -> list[Suggestion]:
        """What ``size`` entries of these parts from place ``first`` (from 0) on suggest, as ``suggested`` says."""
        return suggested(_of(self.ranked, parts), first, size)


async def call_list(session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime) -> CallList:
    """The person's list at ``now``, which is the transaction's.

    Reads only, but for the daily deal, which it may have to make.
    """
    on_duty = await duty.agents_on(session, local_date(now, thresholds.zone), thresholds)
    (found,) = await lists_of(session, [person], thresholds, now=now, on_duty=on_duty)
    return found


async def lists_of(
    session: AsyncSession, people: Sequence[Staff], thresholds: Thresholds, *, now: datetime, on_duty: Sequence[Staff]
) -> list[CallList]:
    """The list of each of ``people``, as ``call_list`` gives it, where ``on_duty`` are the agents of the day."""
    pools = [await call_candidates.find(session, one, thresholds, now=now, on_duty=on_duty) for one in people]
    found = [(c.owner_id, one.id) for one, pool in zip(people, pools, strict=True) for c in pool]
    owners = {owner for owner, own in found if owner is not None and owner != own}
    away = await absences.away(session, owners) if owners else {}
    facts = await _facts(session, [candidate for pool in pools for candidate in pool], now, thresholds)
    lists = []
    for one, pool in zip(people, pools, strict=True):
        covered = {owner: there for owner, there in away.items() if owner != one.id}
        lists.append(_first(_ranked(_entries(pool, facts, covered, now, thresholds), pool, thresholds), LIST_SIZE))
    return lists


async def list_of_everybody(
    session: AsyncSession, thresholds: Thresholds, *, now: datetime, size: int, best_first: bool = False
) -> CallList:
    """The first ``size`` calls of the whole shop at ``now``, which is the transaction's; reads only.

    In calling order, or the highest score first (``best_first``), of equal ones in calling order. The facts are read of
    those alone who may stand among the first: they are most of what a list costs.
    """
    # A few more of each kind than wanted: some fall out as told below. In steps, so that few statements are made.
    # By score all of a kind, up to the last step: whom it finds first may score low.
    enough = (step for step in _STEPS if size + _SPARE <= step and not best_first)
    most, order = next(enough, _STEPS[-1]), _by_score if best_first else _order
    first = size + _SPARE
    while True:
        candidates = await call_candidates.of_everybody(
            session, thresholds, now=now, most=most, first=first, best_first=best_first
        )
        facts = await _facts(session, candidates, now, thresholds)
        entries = _entries(candidates, facts, {}, now, thresholds)
        ranked = sorted(_ranked(entries, candidates, thresholds), key=order)
        whole = len(candidates) < first
        # Whoever was not looked at stands nowhere before the last one's soonest place.
        sure = [e for e in ranked if not e.held_out and (whole or order(e) < candidates[-1].soonest)]
        if whole or len(sure) >= size:
            return _first(ranked, size)
        first *= 4


async def _facts(
    session: AsyncSession, candidates: Sequence[Candidate], now: datetime, thresholds: Thresholds
) -> Mapping[int, CallFacts]:
    return await call_facts.load(session, [c.customer_id for c in candidates], now=now, thresholds=thresholds)


def _entries(
    candidates: Sequence[Candidate],
    facts: Mapping[int, CallFacts],
    away: Mapping[int, Away],
    now: datetime,
    thresholds: Thresholds,
) -> list[Entry]:
    return [
        entry
        for candidate in candidates
        if candidate.customer_id in facts
        and (entry := _entry(candidate, facts[candidate.customer_id], away, now, thresholds)) is not None
    ]


def _ranked(entries: Sequence[Entry], candidates: Sequence[Candidate], thresholds: Thresholds) -> list[Entry]:
    """The entries in order, one a household, the held out among them."""
    return _one_a_household(_draw(sorted(entries, key=_order), candidates, thresholds), candidates)


def _first(ranked: Iterable[Entry], size: int) -> CallList:
    return CallList.of_ranked([entry for place, entry in places(ranked) if place < size])


async def with_offers(
    session: AsyncSession,
    ranked: Iterable[Entry],
    customer_ids: Sequence[int],
    *,
    now: datetime,
    thresholds: Thresholds,
) -> list[Entry]:
    """The same entries, and with those of ``customer_ids``, which are a page and not the list, what to offer."""
    known = await suggestions.of_many(session, customer_ids, now=now)
    found = []
    for entry in ranked:
        if entry.customer_id in known:
            facts = replace(entry.facts, suggested=known[entry.customer_id])
            entry = replace(entry, facts=facts, advice=advise(facts, now, thresholds))
        found.append(entry)
    return found


def suggested(ranked: Iterable[Entry], first: int, size: int) -> list[Suggestion]:
    """What somebody is told who is shown ``size`` entries from place ``first`` (from 0) on of who is not held out.

    Among them are the held out who would be shown there if they alone were not.
    """
    return [
        Suggestion(
            customer_id=entry.customer_id,
            rank=place + 1,
            score=entry.advice.score,
            next_action=entry.advice.next_action,
            offer=entry.advice.offer,
            propensity=entry.propensity,
            held_out=entry.held_out,
            products=entry.advice.product_ids,
        )
        for place, entry in places(ranked)
        if first <= place < first + size
    ]


def places(ranked: Iterable[Entry]) -> Iterator[tuple[int, Entry]]:
    """Each with how many stand before it who are not held out."""
    place = 0
    for entry in ranked:
        yield place, entry
        place += not entry.held_out


def _entry(
    candidate: Candidate, facts: CallFacts, away: Mapping[int, Away], now: datetime, thresholds: Thresholds
) -> Entry | None:
    """None for whom there is nothing to do, or who is not to be called now."""
    advice = advise(facts, now, thresholds)
    if not advice.to_call:
        return None
    today = local_date(now, thresholds.zone)
    fresh = now - timedelta(days=thresholds.dropoff_fresh_days)
    parts = {
        Part.CONFIRM: facts.to_confirm > 0,
        Part.DUE: facts.follow_up_at is not None and local_date(facts.follow_up_at, thresholds.zone) <= today,
        Part.CART: facts.dropoff is not None and facts.dropoff.at > fresh,
        Part.WIN_BACK: facts.win_back is not None and facts.win_back.day <= today,
        Part.BIRTHDAY: any(
            o.day == today and o.event is EventType.BIRTHDAY and o.relationship is None for o in facts.occasions
        ),
        Part.HOT: facts.temperature is Temperature.HOT,
    }
    holding = [part for part, holds in parts.items() if holds]
    return Entry(
        customer_id=candidate.customer_id,
        name=candidate.name,
        phone_e164=candidate.phone_e164,
        part=next((part for part in holding if part is not Part.HOT), None),
        parts=frozenset(holding),
        facts=facts,
        advice=advice,
        covers=away.get(candidate.owner_id) if candidate.owner_id is not None else None,
        timing=timing(facts, now, thresholds),
    )


def _draw(entries: Iterable[Entry], candidates: Sequence[Candidate], thresholds: Thresholds) -> list[Entry]:
    """The entries, and of those whose household is there by value alone, which are held out."""
    if not thresholds.hold_out_share:
        return list(entries)
    of = {candidate.customer_id: candidate for candidate in candidates}
    certain = {
        of[entry.customer_id].household_id
        for entry in entries
        if entry.part is not None
        or entry.advice.next_action not in hold_out.BY_VALUE
        or any(factor.code is FactorCode.OCCASION for factor in entry.advice.factors)
        or of[entry.customer_id].alerted
    } | {candidate.household_id for candidate in candidates if candidate.awaited}
    return [
        entry
        if of[entry.customer_id].household_id in certain
        else replace(entry, propensity=1 - thresholds.hold_out_share, held_out=of[entry.customer_id].drawn)
        for entry in entries
    ]


def _of(entries: Sequence[Entry], parts: Sequence[Part]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if not parts or not entry.parts.isdisjoint(parts))


def _order(entry: Entry) -> tuple[float, ...]:
    """Within a part whose best hours are now come first, but before no hot drop-off: that is lost sooner."""
    facts, later = entry.facts, not entry.timing.now_best
    match entry.part:
        case Part.CONFIRM if facts.pending_since is not None:
            called = facts.last_attempt_at is not None and facts.last_attempt_at >= facts.pending_since
            return 0, called, facts.pending_since.timestamp(), entry.customer_id
        case Part.DUE if facts.follow_up_at is not None:
            return 1, facts.follow_up_at.timestamp(), entry.customer_id
        case Part.CART if facts.dropoff is not None:
            return 2, later and Part.HOT not in entry.parts, -facts.dropoff.at.timestamp(), entry.customer_id
        case Part.WIN_BACK if facts.win_back is not None:
            return 3, later, facts.win_back.day.toordinal(), -facts.value, entry.customer_id
        case Part.BIRTHDAY:
            return 4, later, -facts.value, entry.customer_id
    return 5, later, -facts.value, entry.customer_id


def _by_score(entry: Entry) -> tuple[float, ...]:
    return -entry.advice.score, *_order(entry)


def _one_a_household(entries: Sequence[Entry], candidates: Sequence[Candidate]) -> list[Entry]:
    household = {candidate.customer_id: candidate.household_id for candidate in candidates}
    seen: set[int] = set()
    chosen = []
    for entry in entries:
        if household[entry.customer_id] not in seen:
            seen.add(household[entry.customer_id])
            chosen.append(entry)
    return chosen
