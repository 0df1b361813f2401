"""What customers look at, search for, wish for and leave behind."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from cli.sample import days
from cli.sample.buying import basket, price
from cli.sample.catalogue import BY_ID, CATEGORIES, PRODUCTS
from cli.sample.people import Customer, Habit
from cli.sample.rows import Rows
from cli.sample.team import NUSRAT, TANVIR

_SEARCHES = ("modhu", "মধু", "kalojira", "কালোজিরা", "খেজুর", "ghee", "ঘি", "sorisar tel", "সরিষার তেল", "honey 1kg",
             "chia seed", "চিয়া সিড", "ajwa khejur", "khati modhu", "badam", "কাজু বাদাম", "gur", "chinigura chal",
             "ইসবগুল", "black seed oil")  # fmt: skip
REASONS = {
    "add_to_cart": ("High shipping cost", "Comparing prices", "ডেলিভারি চার্জ বেশি", "পরে নিবে", None),
    "checkout_initiated": ("High shipping cost", "ডেলিভারি চার্জ বেশি", "No bKash on phone", "Form too long", None),
    "payment_failed": ("bKash OTP did not come", "Insufficient balance", "Nagad app timeout", "Card declined by bank"),
    "product_view": ("Out of stock", None),
}  # fmt: skip


def browse(rows: Rows, random: Random, now: datetime, people: Sequence[Customer]) -> None:
    """Two months of visits, more of them lately, and the carts left behind."""
    zone = days.zone_of(now)
    for customer in people:
        if random.random() > (0.4 if customer.habit is Habit.LEAD else 0.5):
            continue
        for _ in range(random.choices((1, 2, 3, 6), (50, 27, 15, 8))[0]):
            start = days.shopping(random, (now - timedelta(days=65 * random.random() ** 1.5)).date(), zone)
            if customer.since < start < now - timedelta(minutes=30):
                _visit(rows, random, customer, start)
    buyers = [customer for customer in people if customer.habit is not Habit.LEAD]
    for owner, carts in ((TANVIR, 6), (NUSRAT, 6), (None, 4)):
        theirs = [customer for customer in buyers if customer.owner == owner and not customer.refuses_calls]
        for customer in random.sample(theirs, min(carts, len(theirs))):
            _leave_something(rows, random, customer, now - timedelta(days=random.uniform(0.1, 5.5)))
    for customer in random.sample(buyers, min(110, len(buyers))):
        at = days.shopping(random, (now - timedelta(days=random.uniform(7, 70))).date(), zone)
        _leave_something(rows, random, customer, at, recovered=random.random() < 0.3)


def _leave_something(rows: Rows, random: Random, customer: Customer, at: datetime, *, recovered: bool = False) -> None:
    if at > customer.since:
        stage = random.choices(tuple(REASONS), (35, 30, 20, 15))[0]
        leave(rows, random, customer, at, stage, recovered_by=customer.owner if recovered else None)


def behave(
    rows: Rows, customer: Customer, at: datetime, kind: str, session: str, *, product: int | None = None,
    query: str | None = None, device: str = "mobile",
) -> None:  # fmt: skip
    """One thing done on the site."""
    rows.new(
        "customer_behavior",
        customer_id=customer.id,
        behavior_type=kind,
        product_id=product,
        category_id=CATEGORIES[BY_ID[product].category] if product else None,
        search_query=query,
        session_id=session,
        device_type=device,
        occurred_at=at,
        created_at=at,
    )


def leave(
    rows: Rows, random: Random, customer: Customer, at: datetime, stage: str, *, value: Decimal | None = None,
    product: int | None = None, reason: str | None = None, recovered_by: int | None = None,
) -> None:  # fmt: skip
    """A cart, checkout or payment left behind; what is not told is as usual."""
    wanted = basket(random, customer, at)
    worth = sum((quantity * price(each, timedelta()) for each, quantity in wanted), Decimal(0))
    rows.new(
        "customer_dropoff_tracking",
        customer_id=customer.id,
        stage=stage,
        product_id=product or wanted[0][0].id,
        cart_value=None if stage == "product_view" else value or worth,
        reason=reason or random.choice(REASONS[stage]),
        session_id=f"s{random.getrandbits(40):010x}",
        recovered=recovered_by is not None,
        recovered_at=at + timedelta(days=1) if recovered_by else None,
        recovered_by=recovered_by,
        occurred_at=at,
        created_at=at,
    )


def _visit(rows: Rows, random: Random, customer: Customer, start: datetime) -> None:
    session = f"s{random.getrandbits(40):010x}"
    device = random.choices(("mobile", "desktop", "tablet"), (84, 14, 2))[0]
    at = start
    if random.random() < 0.3:
        behave(rows, customer, at, "search", session, query=random.choice(_SEARCHES), device=device)
    for _ in range(random.choices((1, 2, 3, 5), (30, 30, 25, 15))[0]):
        at += timedelta(seconds=random.randint(15, 150))
        product = random.choice(customer.favourites) if random.random() < 0.7 else random.choice(PRODUCTS).id
        behave(rows, customer, at, "product_view", session, product=product, device=device)
        after = random.random()
        if after < 0.2:
            at += timedelta(seconds=random.randint(5, 40))
            kind = "add_to_cart" if after < 0.15 else "wishlist"
            behave(rows, customer, at, kind, session, product=product, device=device)
