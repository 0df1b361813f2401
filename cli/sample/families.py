"""Wives and husbands, children, parents, and their days."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from cdm_core.names import name_key, name_skeletons
from cdm_core.phones import to_e164
from cli.sample import days, names
from cli.sample.people import Customer, Habit
from cli.sample.rows import Rows

_NEAR_DAYS = (0, 0, 0, 1, 1, 2, 3, 4, 5, 5, 6, 6, 7, 7, 7)
"""Days from today on which somebody surely has a birthday, those of the coming weekend among them."""


def grow(rows: Rows, random: Random, now: datetime, people: Sequence[Customer]) -> None:
    """Families of a third of the customers."""
    today = now.date()
    own = {row["id"]: row for row in rows.by_table["customers"]}
    for customer in people:
        if customer.habit is Habit.LEAD or random.random() > 0.36:
            continue
        anniversary = own[customer.id].get("anniversary_date")
        married = own[customer.id].get("marital_status") == "married" or anniversary is not None
        if married:
            _spouse(rows, random, customer, today, anniversary)
        for _ in range(random.choices((0, 1, 2, 3), (25, 35, 30, 10))[0] if married else 0):
            gender = random.choice(("male", "female"))
            name = names.child(random, gender, bengali=customer.name.bengali)
            relate(rows, customer, name, "child", gender, born=_birthday(random, today, 1, 17))
        if random.random() < 0.25:
            gender = random.choice(("female", "female", "male"))
            name = _relative_name(random, customer, gender)
            relate(rows, customer, name, "parent", gender, born=_birthday(random, today, 48, 78))
    _near(rows, random, today, [c for c in people if c.habit in (Habit.REGULAR, Habit.VIP) and not c.refuses_calls])


def relate(
    rows: Rows, customer: Customer, name: str, relationship: str, gender: str, *, born: date | None = None,
    phone: str | None = None, anniversary: date | None = None,
) -> None:  # fmt: skip
    """One relative."""
    rows.new(
        "customer_family_members",
        customer_id=customer.id,
        name=name,
        relationship=relationship,
        gender=gender,
        phone=phone,
        phone_e164=to_e164(phone) if phone else None,
        date_of_birth=born,
        anniversary_date=anniversary,
        name_key=name_key(name),
        name_skeletons=name_skeletons(name),
        created_at=customer.since,
        updated_at=customer.since,
    )


def _spouse(rows: Rows, random: Random, customer: Customer, today: date, anniversary: date | None) -> None:
    gender = "male" if customer.name.gender == "female" else "female"
    relate(
        rows,
        customer,
        _relative_name(random, customer, gender),
        "spouse",
        gender,
        born=_birthday(random, today, 22, 60) if random.random() < 0.7 else None,
        phone=names.phone(random) if random.random() < 0.35 else None,
        anniversary=anniversary,
    )


def _near(rows: Rows, random: Random, today: date, people: Sequence[Customer]) -> None:
    """See to it that there is something to wish these days."""
    own = {row["id"]: row for row in rows.by_table["customers"]}
    chosen = random.sample(people, min(len(_NEAR_DAYS), len(people)))
    for customer, ahead in zip(chosen, _NEAR_DAYS, strict=False):
        row = own[customer.id]
        if ahead % 3 == 2:
            row["anniversary_date"] = days.year_ago(today + timedelta(days=ahead), random.randint(2, 20))
            row["marital_status"] = "married"
        else:
            row["date_of_birth"] = days.year_ago(today + timedelta(days=ahead), random.randint(24, 58))
            row["birth_month"] = row["birth_day"] = None


def _relative_name(random: Random, customer: Customer, gender: str) -> str:
    name = customer.name
    return names.person(random, gender, community=name.community, bengali=name.bengali).full


def _birthday(random: Random, today: date, youngest: int, oldest: int) -> date:
    return days.year_ago(today, random.randint(youngest, oldest)) - timedelta(days=random.randrange(365))
