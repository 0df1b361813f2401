"""Calls and messages, with notes as agents type them, and what was promised."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from cli.sample import days
from cli.sample.buying import Order
from cli.sample.notes import NOTES, REASONS, WRITTEN_IN, WRITTEN_OUT
from cli.sample.people import Customer
from cli.sample.rows import Rows
from cli.sample.team import AGENTS, TANVIR

_SILENT = ("no_answer", "line_busy", "switched_off")
_OUTCOMES = (
    ("no_answer", 30), ("connected", 24), ("interested", 9), ("order_confirmed", 8), ("callback_requested", 8),
    ("line_busy", 7), ("switched_off", 5), ("customer_hung_up", 3), ("not_interested", 5), ("wrong_number", 0.4),
)  # fmt: skip


def talk(rows: Rows, random: Random, now: datetime, people: Sequence[Customer], orders: Sequence[Order]) -> None:
    """Half a year of the agents' work until ``now``; more of it lately."""
    zone = days.zone_of(now)
    pools = {agent: [c for c in people if c.owner in (agent, None) and not c.refuses_calls] for agent in AGENTS}
    keen = {agent: _weights(pools[agent], orders, now) for agent in AGENTS}
    busy = [agent for agent in AGENTS if pools[agent]]
    for back in range(180, -1, -1):
        day = now.date() - timedelta(days=back)
        if day.isoweekday() in days.WEEKEND:
            continue
        for agent in busy:
            for customer in random.choices(pools[agent], keen[agent], k=random.randint(18, 32) if back < 45 else 5):
                at = days.calling(random, day, zone)
                if customer.since < at < now - timedelta(minutes=3):
                    _contact(rows, random, customer, agent, at)
    _confirm(rows, random, now, orders)
    for customer in people:
        if customer.refuses_calls:
            log(rows, random, customer, customer.owner or TANVIR, now - timedelta(days=19), "do_not_call")
    _promise(rows, random, now, pools)


def log(
    rows: Rows,
    random: Random,
    customer: Customer,
    agent: int,
    at: datetime,
    outcome: str,
    *,
    note: str | None = None,
    seconds: int | None = None,
) -> int:
    """A call out, with a note such as this agent types; gives its id."""
    note = note or random.choice(NOTES[outcome][agent])
    reached = outcome not in (*_SILENT, "wrong_number")
    reason = next((reason for word, reason in REASONS.items() if word in note), None)
    return rows.new(
        "customer_interactions",
        customer_id=customer.id,
        interaction_type="call",
        interaction_direction="outbound",
        description=note,
        outcome=outcome,
        outcome_code=outcome,
        reason=reason if outcome in ("callback_requested", "not_interested", "connected") else None,
        duration_seconds=(seconds or random.randint(2, 14) * 20) if reached else None,
        follow_up_required=False,
        occurred_at=at,
        staff_id=agent,
        source="chat",
        created_at=at,
    )


def message(
    rows: Rows, customer: Customer, agent: int | None, at: datetime, channel: str, text: str, *, inbound: bool = False
) -> None:
    """A message in or out."""
    outcome = "whatsapp_message_sent" if channel == "whatsapp" and not inbound else None
    rows.new(
        "customer_interactions",
        customer_id=customer.id,
        interaction_type=channel,
        interaction_direction="inbound" if inbound else "outbound",
        description=text,
        outcome=outcome,
        outcome_code=outcome,
        follow_up_required=False,
        occurred_at=at,
        staff_id=agent,
        source="chat",
        created_at=at,
    )


def promise(
    rows: Rows, customer: Customer, agent: int, due: datetime, interaction: int, at: datetime, *, asked: bool = False
) -> None:
    """An open follow-up out of a call."""
    rows.new(
        "follow_ups",
        customer_id=customer.id,
        staff_id=agent,
        due_at=due,
        asked=asked,
        status="open",
        interaction_id=interaction,
        created_at=at,
    )


def _weights(pool: Sequence[Customer], orders: Sequence[Order], now: datetime) -> list[float]:
    """Agents call those who bought lately more than the others."""
    last: dict[int, datetime] = defaultdict(lambda: now - timedelta(days=400))
    for order in orders:
        last[order.customer.id] = max(last[order.customer.id], order.at)
    return [3.0 if now - last[customer.id] < timedelta(days=120) else 1.0 for customer in pool]


def _contact(rows: Rows, random: Random, customer: Customer, agent: int, at: datetime) -> None:
    kind = random.random()
    if kind < 0.1:
        message(rows, customer, agent, at, "whatsapp", random.choice(WRITTEN_OUT))
    elif kind < 0.15:
        message(rows, customer, agent, at, "whatsapp", random.choice(WRITTEN_IN), inbound=True)
    else:
        weights = [weight for _, weight in _OUTCOMES]
        liked = customer.hours is not None and 0 <= at.hour - customer.hours < 2
        if liked or at.hour >= 17:
            weights[0] /= 3 if liked else 1.5
        log(rows, random, customer, agent, at, random.choices([code for code, _ in _OUTCOMES], weights)[0])


def _confirm(rows: Rows, random: Random, now: datetime, orders: Sequence[Order]) -> None:
    """Cash orders of the last weeks were confirmed by phone; some of the pending ones already are."""
    zone = days.zone_of(now)
    by_id = {row["id"]: row for row in rows.by_table["sales_orders"]}
    for order in orders:
        if not order.cash or now - order.at > timedelta(days=45) or order.customer.refuses_calls:
            continue
        if order.status == "cancelled" or (order.status == "pending" and random.random() < 0.6):
            continue
        at = order.at + timedelta(minutes=random.randint(25, 140))
        if at.hour >= 20 or at.hour < 9:
            at = days.clock((order.at + timedelta(hours=4)).date(), 10, random.randrange(59), zone)
        if order.at < at < now:
            agent = order.customer.owner or random.choice(AGENTS)
            log(rows, random, order.customer, agent, at, "order_confirmed")
            by_id[order.id].update(confirmed_at=at, confirmed_by=agent)


def _promise(rows: Rows, random: Random, now: datetime, pools: dict[int, list[Customer]]) -> None:
    """For each agent: one or two follow-ups overdue, some today, some on the next working days."""
    zone = days.zone_of(now)
    today = now.date()
    taken: set[int] = set()
    for agent in AGENTS:
        dues = [
            *(days.clock(_workday(today, -back), hour, 0, zone) for back, hour in ((1, 17), (2, 11))),
            *(days.clock(today, hour, minute, zone) for hour, minute in ((12, 30), (15, 0), (16, 30), (19, 0))),
            *(
                days.clock(_workday(today, ahead), hour, 0, zone)
                for ahead, hour in ((1, 10), (1, 16), (2, 11), (3, 18))
            ),
        ]
        owned = [customer for customer in pools[agent] if customer.owner == agent and customer.id not in taken]
        for customer, due in zip(random.sample(owned, min(len(dues), len(owned))), dues, strict=False):
            taken.add(customer.id)
            at = days.calling(random, _workday(min(due.date(), today), -random.randint(1, 3)), zone)
            interaction = log(rows, random, customer, agent, max(at, customer.since), "callback_requested")
            rows.by_table["customer_interactions"][-1]["follow_up_required"] = True
            promise(rows, customer, agent, due, interaction, at)


def _workday(day: date, steps: int) -> date:
    """The working day ``steps`` before or after ``day``."""
    way = 1 if steps > 0 else -1
    for _ in range(abs(steps)):
        day += timedelta(days=way)
        while day.isoweekday() in days.WEEKEND:
            day += timedelta(days=way)
    return day
