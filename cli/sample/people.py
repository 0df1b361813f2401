"""The shop's customers: who they are and how they buy."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from random import Random

from cdm_core.names import name_key, name_skeletons
from cdm_core.phones import to_e164
from cli.sample import days, names
from cli.sample.catalogue import PRODUCTS
from cli.sample.names import Name
from cli.sample.rows import Rows
from cli.sample.team import NUSRAT, TANVIR


class Habit(Enum):
    LEAD = "lead"
    ONCE = "once"
    OCCASIONAL = "occasional"
    REGULAR = "regular"
    VIP = "vip"


@dataclass(frozen=True, slots=True)
class Customer:
    """``favourites`` are product ids, the dearest first; ``hours`` is the first hour they like to be called at.

    ``home`` is district, city and address.
    """

    id: int
    name: Name
    phone: str
    habit: Habit
    owner: int | None
    since: datetime
    favourites: tuple[int, ...]
    hours: int | None
    refuses_calls: bool
    home: tuple[str, str, str] = ("", "", "")


_PROFESSIONS = {
    "male": ("Business", "Private service", "Govt. service", "Teacher", "Banker", "Engineer", "Doctor", "Shopkeeper",
             "Student", "Expatriate", "Imam", "Pharmacist"),
    "female": ("Housewife", "Housewife", "Housewife", "Teacher", "Private service", "Banker", "Student", "Doctor",
               "Govt. service", "Boutique owner", "Nurse"),
}  # fmt: skip
_SOURCES = (("facebook", 46), ("website", 24), ("referral", 13), ("whatsapp", 9), ("instagram", 5), ("shop", 3))
_HABITS = ((Habit.LEAD, 24), (Habit.ONCE, 28), (Habit.OCCASIONAL, 24), (Habit.REGULAR, 20), (Habit.VIP, 4))


def populate(rows: Rows, random: Random, now: datetime, ids: Collection[int]) -> list[Customer]:
    """Customers of these ids; every sixteenth or so lives with the one before and shares the phone."""
    people: list[Customer] = []
    for number in ids:
        relative = people[-1] if people and random.random() < 0.06 else None
        people.append(_customer(rows, random, now, number, relative))
    return people


def write(rows: Rows, customer: Customer, now: datetime, **details: object) -> None:
    """The customer's row: what :class:`Customer` knows, and ``details`` by column."""
    name = customer.name
    refused = now - timedelta(days=19) if customer.refuses_calls else None
    rows.add(
        "customers",
        id=customer.id,
        first_name=name.first,
        last_name=name.last,
        phone=customer.phone,
        phone_e164=to_e164(customer.phone),
        name_key=name_key(name.full),
        name_skeletons=name_skeletons(name.full),
        owner_id=customer.owner,
        tags=[],
        customer_type="new",
        lifecycle_stage="lead",
        do_not_call_at=refused,
        do_not_call_by=customer.owner if refused else None,
        created_at=customer.since,
        updated_at=customer.since,
        **{"gender": name.gender, **details},
    )


def _customer(rows: Rows, random: Random, now: datetime, number: int, relative: Customer | None) -> Customer:
    gender = random.choices(("female", "male"), (58, 42))[0]
    community = relative.name.community if relative else random.choices(("muslim", "hindu"), (91, 9))[0]
    habit = random.choices([habit for habit, _ in _HABITS], [share for _, share in _HABITS])[0]
    age = 3 + 597 * random.random() ** 3 if habit is Habit.LEAD else random.uniform(20, 730)
    if habit is Habit.VIP:
        age = random.uniform(250, 730)
    customer = Customer(
        id=number,
        name=names.person(random, gender, community=community, bengali=random.random() < 0.52),
        phone=relative.phone if relative else names.phone(random),
        habit=habit,
        owner=relative.owner if relative else random.choices((TANVIR, NUSRAT, None), (36, 30, 34))[0],
        since=days.shopping(random, (now - timedelta(days=age)).date(), days.zone_of(now)),
        favourites=_favourites(random),
        hours=random.choice((10, 15, 18, 18, 19)) if random.random() < 0.3 else None,
        refuses_calls=habit is not Habit.VIP and random.random() < 0.015,
        home=relative.home if relative else names.place(random),
    )
    write(rows, customer, now, **_details(random, customer, now.date()))
    return customer


def _favourites(random: Random) -> tuple[int, ...]:
    chosen = random.choices([p.id for p in PRODUCTS], [p.appeal for p in PRODUCTS], k=random.randint(3, 6))
    return tuple(dict.fromkeys(chosen))


def _details(random: Random, customer: Customer, today: date) -> dict[str, object]:
    district, city, address = customer.home
    adult = random.randint(20, 64)
    born = days.year_ago(today, adult) - timedelta(days=random.randrange(365))
    married = adult > 23 and random.random() < 0.8
    wed = (
        days.year_ago(today, random.randint(1, adult - 21)) - timedelta(days=random.randrange(365)) if married else None
    )
    known = random.random()
    return {
        "district": district,
        "city": city,
        "address": address if customer.habit is not Habit.LEAD or random.random() < 0.3 else None,
        "date_of_birth": born if known < 0.42 else None,
        "birth_month": born.month if 0.42 <= known < 0.47 else None,
        "birth_day": born.day if 0.42 <= known < 0.47 else None,
        "marital_status": ("married" if married else "single") if random.random() < 0.5 else None,
        "anniversary_date": wed if wed and random.random() < 0.35 else None,
        "profession": random.choice(_PROFESSIONS[customer.name.gender]) if random.random() < 0.45 else None,
        "available_time": f"{customer.hours}:00-{customer.hours + 2}:00" if customer.hours else None,
        "preferred_channel": random.choice(("call", "whatsapp", "whatsapp")) if random.random() < 0.5 else None,
        "preferred_language": "bn" if customer.name.bengali or random.random() < 0.6 else "en",
        "source": random.choices([source for source, _ in _SOURCES], [share for _, share in _SOURCES])[0],
    }
