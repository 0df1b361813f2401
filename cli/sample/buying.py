"""Orders: habits with their gaps, feasts, cash on delivery, returns."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from cli.sample import days
from cli.sample.catalogue import BY_ID, FESTIVE, PRODUCTS, Product
from cli.sample.people import Customer, Habit
from cli.sample.rows import Rows

Basket = Sequence[tuple[Product, int]]

_KEPT = timedelta(days=6)
"""How long what comes back was with the customer."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the calls about it need to know."""

    id: int
    customer: Customer
    at: datetime
    status: str
    total: Decimal
    cash: bool


def buy(rows: Rows, random: Random, now: datetime, people: Sequence[Customer]) -> list[Order]:
    """Everything these customers ordered until ``now``."""
    return [
        place(rows, random, now, customer, at, basket(random, customer, at))
        for customer in people
        for at in _moments(random, now, customer)
    ]


def place(
    rows: Rows,
    random: Random,
    now: datetime,
    customer: Customer,
    at: datetime,
    lines: Basket,
    *,
    status: str | None = None,
    cash: bool | None = None,
    returned: Basket = (),
) -> Order:
    """One order; what is not told (status, payment) is as usual for one of that age."""
    status = status or _status(random, now - at)
    method = ("cod" if cash else "bkash") if cash is not None else _payment(random)
    priced = [(product, quantity, price(product, now - at)) for product, quantity in lines]
    total = sum((quantity * each for _, quantity, each in priced), Decimal(0))
    back_at = min(now, at + _KEPT)
    number = rows.new(
        "sales_orders",
        customer_id=customer.id,
        ordered_at=at,
        status=status,
        total_amount=total,
        payment_method=method,
        source="shop",
        created_at=at,
        updated_at=at,
        returned_at=back_at if status == "returned" else None,
    )
    sent_back = [(product, quantity, price(product, now - at)) for product, quantity in returned]
    for line, (product, quantity, each) in enumerate([*priced, *sent_back], 1):
        rows.new(
            "sales_order_items",
            customer_id=customer.id,
            order_id=number,
            line_no=line,
            product_id=product.id,
            product_name=product.name,
            quantity=quantity,
            unit_price=each,
            amount=quantity * each,
            status=status if line <= len(priced) else "returned",
            returned_at=back_at if status == "returned" or line > len(priced) else None,
        )
    return Order(number, customer, at, status, total, method == "cod")


def basket(random: Random, customer: Customer, at: datetime) -> Basket:
    """What this customer takes along: mostly favourites, and what the feast asks for."""
    size = random.randint(3, 5) if customer.habit is Habit.VIP else random.choices((1, 2, 3), (55, 32, 13))[0]
    chosen = [random.choice(customer.favourites) for _ in range(size)]
    if random.random() < 0.25:
        chosen.append(random.choices([p.id for p in PRODUCTS], [p.appeal for p in PRODUCTS])[0])
    if days.feast(at.date()) and random.random() < 0.6:
        chosen.append(random.choice(FESTIVE))
    most = (1, 2, 2, 3, 4) if customer.habit is Habit.VIP else (1, 1, 1, 1, 2, 2, 3)
    return [(BY_ID[number], random.choice(most)) for number in dict.fromkeys(chosen)]


def price(product: Product, age: timedelta) -> Decimal:
    """What it cost then: prices rise some four per cent a half-year, in steps of ten taka."""
    steps = age.days // 182
    return Decimal(round(float(product.price) * 0.96**steps / 10) * 10) if steps else product.price


def _moments(random: Random, now: datetime, customer: Customer) -> list[datetime]:
    zone, first = days.zone_of(now), customer.since
    span = (now - first).total_seconds() / 86400
    match customer.habit:
        case Habit.LEAD:
            return []
        case Habit.ONCE:
            offsets = [0.0 if random.random() < 0.85 else random.expovariate(1 / 9)]
        case Habit.OCCASIONAL:
            offsets = sorted([0.0, *(_seasonal(random, first, span) for _ in range(random.randint(1, 3)))])
        case Habit.REGULAR | Habit.VIP:
            offsets = _regular(random, first, span, customer)
    moments = [days.shopping(random, (first + timedelta(days=offset)).date(), zone) for offset in offsets]
    return [max(at, first) for at in moments if at < now - timedelta(minutes=20)]


def _regular(random: Random, first: datetime, span: float, customer: Customer) -> list[float]:
    gap = random.uniform(12, 22) if customer.habit is Habit.VIP else BY_ID[customer.favourites[0]].pack_days
    stays = span if random.random() < 0.78 else span * random.uniform(0.3, 0.9)
    offsets, at = [], 0.0
    while at < stays:
        offsets.append(at)
        hurry = 0.7 if days.feast((first + timedelta(days=at)).date()) else 1.0
        at += max(4.0, gap * hurry * math.exp(random.gauss(0, 0.22)))
    return offsets


def _seasonal(random: Random, first: datetime, span: float) -> float:
    while True:
        offset = random.uniform(0, span)
        if random.random() * 3 < days.busyness((first + timedelta(days=offset)).date()):
            return offset


def _status(random: Random, age: timedelta) -> str:
    waiting = 0.6 if age < timedelta(days=1) else 0.2 if age < timedelta(days=3) else 0.0
    if random.random() < waiting:
        return "pending"
    return random.choices(("completed", "cancelled", "returned"), (91, 4, 5))[0]


def _payment(random: Random) -> str:
    return random.choices(("cod", "bkash", "nagad", "card"), (70, 20, 7, 3))[0]
