"""What a person's morning list says: gathered from the days' occasions, promises, the call list and yesterday."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import calls, dropoffs, duty, occasions, suggestions, team_day
from cdm_core.calls import Entry, Part
from cdm_core.clock import day_start
from cdm_core.consents import not_held
from cdm_core.due import Promise, promises
from cdm_core.occasions import Household, OccasionCall
from cdm_core.results import Result, results
from cdm_core.staff import Staff
from cdm_core.suggestions import Product
from cdm_core.team_day import TeamDay
from cdm_core.thresholds import Thresholds
from cdm_core.words import PaymentMethod

WEEK_DAYS = 8
"""Today and the week ahead."""

MOST_CARRIED = timedelta(days=14)
"""Weekends and holidays in a row: nobody is off for longer without being on leave."""

MOST_GREETINGS = 6
MOST_SHOWN = 10
"""Occasions, and entries of each other kind, that are looked up: more would hardly fit."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """An occasion to call for, with a product to ``offer``, where one is known."""

    call: OccasionCall
    offer: str | None


@dataclass(frozen=True, slots=True)
class TopCall:
    """An entry of the call list; ``payment`` is how the order to confirm is to be paid."""

    entry: Entry
    payment: PaymentMethod | None


@dataclass(frozen=True, slots=True)
class Digest:
    """A person's morning list of ``day``, with the ``free_days`` until they work again.

    - ``greetings``: the first of the ``greetings_total`` households with an occasion on these days; ``greetings_of``
      how many there are on each
    - ``urgent``: alerts of their own customers that nobody has taken
    - ``ahead``: the customers with an occasion on ``ahead_day``, the first day that is not carried
    - ``at_seven``: households with an occasion a week after one of these days; ``week``: within the week from ``day``
    - ``due``: the first of ``due_total`` calls promised for these days or before, of which ``overdue`` are late
    - ``top``: the first of ``calls_total`` to call; ``ranked`` they and, where they would stand, the held out
    - a household is in one of ``greetings``, ``due`` and ``top`` alone
    - ``carts``: drop-offs to win back, worth ``carts_value``; ``win_backs``: win-back calls of the day
    - ``result``: of the last working day, if anything was done
    - ``team``: the morning of the team, for who leads one
    - ``told``: the customers whose occasion of a day it tells of, by that day
    """

    person: Staff
    day: date
    free_days: tuple[date, ...]
    greetings: tuple[Greeting, ...]
    greetings_total: int
    ahead_day: date
    ahead: tuple[str, ...]
    at_seven: int
    week: int
    due: tuple[Promise, ...]
    due_total: int
    overdue: int
    top: tuple[TopCall, ...]
    calls_total: int
    carts: int
    carts_value: Decimal
    result: Result | None
    win_backs: int = 0
    team: TeamDay | None = None
    told: Mapping[date, frozenset[int]] = field(default_factory=dict)
    greetings_of: Mapping[date, int] = field(default_factory=dict)
    urgent: int = 0
    ranked: tuple[Entry, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say."""
        calls = self.urgent or self.greetings_total or self.due_total or self.calls_total or self.carts
        said = calls or self.ahead or self.at_seven or self.result
        return not said and (self.team is None or self.team.empty)


_HOUSEHOLDS = text(
    "SELECT id, coalesce(household_id, id) AS household_id FROM customers WHERE id = ANY(CAST(:ids AS bigint[]))"
)
_URGENT = text(
    f"""
    SELECT count(*) FROM alerts a JOIN customers c ON c.id = a.customer_id
    WHERE a.state IN ('waiting', 'open') AND {not_held("c.id")} AND c.owner_id = :person
    """
)
_PAYMENTS = text(
    """
    SELECT DISTINCT ON (customer_id) customer_id, payment_method FROM sales_orders
    WHERE customer_id = ANY(CAST(:ids AS bigint[])) AND status = 'pending' AND confirmed_at IS NULL
      AND payment_method IS NOT NULL
    ORDER BY customer_id, ordered_at
    """
)


async def gather(session: AsyncSession, person: Staff, thresholds: Thresholds, *, day: date, now: datetime) -> Digest:
    """The morning list of ``day`` as of ``now``, in the transaction whose ``cdm_now()`` that is."""
    free_days = _free_days(person, day, thresholds)
    carried = len(free_days) + 1
    ahead_day = day + timedelta(days=carried)
    last_seen = max(WEEK_DAYS, carried + 7)
    households = [
        household
        for household in await occasions.upcoming(session, person, thresholds, first=day, days=last_seen, now=now)
        if occasions.mine(person)(household)
    ]
    of_days = _on(households, day, carried)
    greetings = await occasions.details(session, of_days[:MOST_GREETINGS])
    next_day, at_seven = _on(households, ahead_day, 1), _on(households, day + timedelta(days=7), carried)
    ahead = await occasions.details(session, next_day)

    seen = {found.household_id for household in of_days[:MOST_GREETINGS] for found in household}
    until = day_start(ahead_day, thresholds.zone)
    promised = [
        promise for promise in (await promises(session, person, thresholds, now=now)).all if promise.due_at < until
    ]
    found = await calls.call_list(session, person, thresholds, now=now)
    listed = found.entries
    ids = [*(promise.customer_id for promise in promised), *(entry.customer_id for entry in found.ranked)]
    home = await _households(session, ids)
    due = [promise for promise in promised if not _met(home[promise.customer_id], seen)][:MOST_SHOWN]
    ranked = [entry for entry in found.ranked if not _met(home[entry.customer_id], seen)]
    first = [one.customer_id for one in calls.suggested(ranked, 0, MOST_SHOWN)]
    ranked = await calls.with_offers(session, ranked, first, now=now, thresholds=thresholds)
    top = [entry for entry in ranked if not entry.held_out][:MOST_SHOWN]
    carts = await dropoffs.open_ones(session, person, thresholds, now=now)
    before = _last_working_day(person, day, thresholds)
    (result,) = await results(session, person.id, last=before, days=1, zone=thresholds.zone)
    return Digest(
        person=person,
        day=day,
        free_days=free_days,
        greetings=await with_offers(session, greetings, now=now),
        greetings_total=len(of_days),
        ahead_day=ahead_day,
        ahead=tuple(call.customer for call in ahead),
        at_seven=len(at_seven),
        week=len(_on(households, day, WEEK_DAYS)),
        due=tuple(due),
        due_total=len(promised),
        overdue=sum(promise.overdue for promise in promised),
        top=await _top(session, top),
        calls_total=len(listed),
        carts=len(carts),
        carts_value=sum((cart.cart_value for cart in carts if cart.cart_value), Decimal(0)),
        result=result if result.calls or result.orders else None,
        win_backs=sum(Part.WIN_BACK in entry.parts for entry in listed),
        team=await team_day.gather(session, person, thresholds, last=before, now=now),
        told=_told(*of_days, *next_day, *at_seven),
        urgent=await urgent(session, person),
        greetings_of=Counter(household[0].day for household in of_days),
        ranked=tuple(ranked),
    )


async def urgent(session: AsyncSession, person: Staff) -> int:
    """The alerts of the person's own customers, of those who may be called, that nobody has taken."""
    number: int = (await session.execute(_URGENT, {"person": person.id})).scalar_one()
    return number


async def with_offers(session: AsyncSession, calls: Iterable[OccasionCall], *, now: datetime) -> tuple[Greeting, ...]:
    """These calls, each with what to offer."""
    of_all = list(calls)
    known = await suggestions.of_many(session, list({call.customer_id for call in of_all}), now=now)
    return tuple(Greeting(call, _first(known[call.customer_id].joined)) for call in of_all)


def _free_days(person: Staff, day: date, thresholds: Thresholds) -> tuple[date, ...]:
    """The days off after ``day`` until the person's next working day, at most two weeks."""
    found = []
    for ahead in range(1, MOST_CARRIED.days + 1):
        following = day + timedelta(days=ahead)
        if duty.works(person, following, thresholds):
            break
        found.append(following)
    return tuple(found)


def _last_working_day(person: Staff, day: date, thresholds: Thresholds) -> date:
    before = (day - timedelta(days=back) for back in range(1, MOST_CARRIED.days + 1))
    return next((one for one in before if duty.works(person, one, thresholds)), day - timedelta(days=1))


def _told(*households: Household) -> dict[date, frozenset[int]]:
    days: dict[date, set[int]] = {}
    for household in households:
        for found in household:
            days.setdefault(found.day, set()).add(found.customer_id)
    return {day: frozenset(customers) for day, customers in days.items()}


def _on(households: Iterable[Household], first: date, days: int) -> list[Household]:
    """The households with an occasion on these days, with no others than those."""
    end = first + timedelta(days=days)
    cut = (tuple(found for found in household if first <= found.day < end) for household in households)
    return sorted((household for household in cut if household), key=lambda household: household[0].day)


def _met(household_id: int, seen: set[int]) -> bool:
    """Whether the household was met before; now it is."""
    if household_id in seen:
        return True
    seen.add(household_id)
    return False


async def _households(session: AsyncSession, customer_ids: Sequence[int]) -> dict[int, int]:
    return {row.id: row.household_id for row in await session.execute(_HOUSEHOLDS, {"ids": list(customer_ids)})}


def _first(products: Sequence[Product]) -> str | None:
    return products[0].name if products else None


async def _top(session: AsyncSession, entries: Sequence[Entry]) -> tuple[TopCall, ...]:
    to_confirm = [entry.customer_id for entry in entries if Part.CONFIRM in entry.parts]
    rows = await session.execute(_PAYMENTS, {"ids": to_confirm}) if to_confirm else ()
    payments = {row.customer_id: PaymentMethod(row.payment_method) for row in rows}
    return tuple(TopCall(entry, payments.get(entry.customer_id)) for entry in entries)
