"""The customers whom guides, examples and screenshots name; their numbers never change."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from cli.sample import days
from cli.sample.browsing import behave, leave
from cli.sample.buying import Basket, place
from cli.sample.calling import log, message, promise
from cli.sample.catalogue import BY_ID, CHIA, DATES, GHEE, GIFT_BOX, HONEY, OIL
from cli.sample.families import relate
from cli.sample.names import Name
from cli.sample.people import Customer, Habit, write
from cli.sample.rows import Rows
from cli.sample.team import NUSRAT, TANVIR

RAHIM, KARIM, NASRIN, SHEIKH, SUMAIYA, SALMA, MITU, RAHIMA, JAHID = 123, 77, 215, 388, 480, 530, 641, 711, 902
IDS = frozenset({RAHIM, KARIM, NASRIN, SHEIKH, SUMAIYA, SALMA, MITU, RAHIMA, JAHID})

_WEEKDAYS = ("সোম", "মঙ্গল", "বুধ", "বৃহস্পতি", "শুক্র", "শনি", "রবি")


def tell(rows: Rows, random: Random, now: datetime) -> None:
    """Write them all."""
    for chapter in (_rahim, _karim, _nasrin, _sheikh, _sumaiya, _salma, _mitu, _leads):
        chapter(rows, random, now)


def _person(
    rows: Rows, now: datetime, number: int, name: str, gender: str, phone: str, city: str, since: timedelta,
    owner: int | None = TANVIR, habit: Habit = Habit.OCCASIONAL, **details: object,
) -> Customer:  # fmt: skip
    first, _, last = name.rpartition(" ")
    known = Name(first, last, gender, not name.isascii(), "muslim")
    customer = Customer(number, known, phone, habit, owner, now - since, (HONEY,), None, refuses_calls=False)
    write(rows, customer, now, city=city, **{"district": city, "source": "facebook", **details})
    return customer


def _ordered(
    rows: Rows, random: Random, now: datetime, customer: Customer, ago: float, lines: Sequence[tuple[int, int]],
    status: str = "completed", *, cash: bool = True, returned: Sequence[tuple[int, int]] = (),
) -> None:  # fmt: skip
    at = now - timedelta(days=ago)
    place(rows, random, now, customer, at, _lines(lines), status=status, cash=cash, returned=_lines(returned))


def _lines(lines: Sequence[tuple[int, int]]) -> Basket:
    return [(BY_ID[number], quantity) for number, quantity in lines]


def _evening(now: datetime, ago: int, hour: int = 18, minute: int = 42) -> datetime:
    return days.clock(now.date() - timedelta(days=ago), hour, minute, days.zone_of(now))


def _rahim(rows: Rows, random: Random, now: datetime) -> None:
    """A regular who spends much, has a cart open and has been promised a call today."""
    today = now.date()
    wedding = days.year_ago(today, 11).replace(month=12, day=20)
    rahim = _person(
        rows, now, RAHIM, "রহিম উদ্দিন", "male", "01712345678", "Dhaka", timedelta(days=210), habit=Habit.VIP,
        district=None, address="House 12, Road 5, Mirpur, Dhaka", email="r@example.com", profession="Doctor",
        marital_status="married", date_of_birth=datetime(1984, 3, 12).date(), anniversary_date=wedding,  # noqa: DTZ001
        available_time="18:00-20:00", preferred_channel="whatsapp", preferred_language="bn",
    )  # fmt: skip
    for ago, lines in (
        (173, [(GIFT_BOX, 8), (HONEY, 4)]),
        (150, [(DATES, 10), (GHEE, 6), (HONEY, 3), (461, 1), (467, 1)]),
        (126, [(GIFT_BOX, 8), (OIL, 2)]),
        (101, [(HONEY, 10), (GHEE, 5)]),
        (77, [(470, 8), (GHEE, 4)]),
        (59, [(GIFT_BOX, 5), (HONEY, 3), (472, 2)]),
    ):
        _ordered(rows, random, now, rahim, ago, lines)
    _ordered(rows, random, now, rahim, 41, [(GHEE, 4)], returned=[(CHIA, 2)])
    _ordered(rows, random, now, rahim, 24, [(CHIA, 3)], status="returned")
    _ordered(rows, random, now, rahim, 5, [(HONEY, 2)])
    relate(rows, rahim, "Sarah", "spouse", "female", phone="01712345679", anniversary=wedding,
           born=datetime(1992, 5, 15).date())  # noqa: DTZ001 # fmt: skip
    relate(rows, rahim, "Arif", "child", "male", born=days.year_ago(today + timedelta(days=2), 8))
    relate(rows, rahim, "Rokeya Begum", "parent", "female", phone="01712345678")
    for ago, hour, outcome in (
        (96, 18, "connected"),
        (62, 19, "order_confirmed"),
        (44, 11, "no_answer"),
        (27, 18, "no_answer"),
    ):
        log(rows, random, rahim, TANVIR, _evening(now, ago, hour, 10), outcome)
    weekday = _WEEKDAYS[today.weekday()]
    at = _evening(now, 2)
    call = log(
        rows, random, rahim, NUSRAT, at, "callback_requested", note=f"দাম বেশি, {weekday}বার কল দিবেন", seconds=180
    )
    rows.by_table["customer_interactions"][-1]["follow_up_required"] = True
    promise(rows, rahim, TANVIR, _evening(now, 0, 18, 0), call, at, asked=True)
    message(rows, rahim, None, _evening(now, 5, 11, 5), "whatsapp", "honey ar ase?", inbound=True)
    for ago, channel, text in (
        (6, "whatsapp", "list pathaisi"),
        (40, "whatsapp", "অফারের ছবি দিছি"),
        (75, "whatsapp", "sent delivery update"),
        (30, "sms", "order er tracking number pathaisi"),
        (80, "sms", "Eid Mubarak"),
        (100, "email", "Invoice sent"),
    ):
        message(rows, rahim, TANVIR, _evening(now, ago, 16, 20), channel, text)
    _rahims_visits(rows, rahim, now)
    leave(rows, random, rahim, now - timedelta(hours=3), "checkout_initiated", value=Decimal(5500), product=HONEY,
          reason="High shipping cost")  # fmt: skip


def _rahims_visits(rows: Rows, rahim: Customer, now: datetime) -> None:
    seen = [
        *[HONEY] * 9,
        *[CHIA] * 5,
        *[OIL] * 4,
        GHEE,
        GHEE,
        DATES,
        DATES,
        455,
        457,
        460,
        466,
        470,
        472,
        475,
        484,
        GIFT_BOX,
    ]
    for number, product in enumerate(seen):
        at = now - timedelta(hours=4 + 31 * (number // 3), minutes=3 * (number % 3))
        behave(rows, rahim, at, "product_view", f"rahim-{number // 3}", product=product)
    for ago, kind, product in (
        (3.1, "add_to_cart", HONEY),
        (3.2, "add_to_cart", GHEE),
        (130, "add_to_cart", CHIA),
        (200, "wishlist", CHIA),
    ):
        behave(rows, rahim, now - timedelta(hours=ago), kind, f"rahim-{ago:.0f}", product=product)
    for ago, query in (
        (4.2, "kalojira"),
        (66.5, "খেজুর"),
        (128, "kalojira"),
        (190, "খেজুর"),
        (252, "honey"),
        (283, "kalojira"),
    ):
        behave(rows, rahim, now - timedelta(hours=ago), "search", f"rahim-{ago:.0f}", query=query)


def _karim(rows: Rows, random: Random, now: datetime) -> None:
    """Ordered two days ago, cash on delivery: to be confirmed first of all."""
    wedding = days.year_ago(now.date() + timedelta(days=2), 10)
    karim = _person(
        rows, now, KARIM, "Karim Mia", "male", "01512384410", "Narayanganj", timedelta(days=260),
        marital_status="married", anniversary_date=wedding,
    )  # fmt: skip
    for ago, lines, status in (
        (250, [(OIL, 1)], "completed"),
        (171, [(OIL, 1), (HONEY, 1)], "completed"),
        (120, [(GHEE, 1)], "cancelled"),
        (88, [(OIL, 1)], "returned"),
        (40, [(455, 1), (461, 2)], "completed"),
        (2.1, [(457, 1), (458, 1), (CHIA, 1)], "pending"),
    ):
        _ordered(rows, random, now, karim, ago, lines, status)
    relate(rows, karim, "Shirin", "spouse", "female", anniversary=wedding)
    log(rows, random, karim, TANVIR, _evening(now, 4, 12, 20), "connected", note="কথা হইছে, মধু আর তেল লাগবে")


def _nasrin(rows: Rows, random: Random, now: datetime) -> None:
    """Her payment failed a moment ago, and a call promised for yesterday is overdue."""
    nasrin = _person(
        rows, now, NASRIN, "Nasrin Sultana", "female", "01812765432", "Gazipur", timedelta(days=190),
        date_of_birth=days.year_ago(now.date() + timedelta(days=7), 33),
    )  # fmt: skip
    for ago, lines in ((185, [(HONEY, 1)]), (120, [(HONEY, 1), (GHEE, 1)]), (52, [(GHEE, 1), (CHIA, 1)])):
        _ordered(rows, random, now, nasrin, ago, lines, cash=False)
    at = _evening(now, 5, 17, 15)
    call = log(rows, random, nasrin, TANVIR, at, "callback_requested", note="pore call dite bolse, beton pele nibe")
    promise(rows, nasrin, TANVIR, _evening(now, 1, 17, 0), call, at)
    leave(rows, random, nasrin, now - timedelta(minutes=40), "payment_failed", value=Decimal(3200), product=GHEE,
          reason="bKash OTP did not come")  # fmt: skip


def _sheikh(rows: Rows, random: Random, now: datetime) -> None:
    """Buys mustard oil every thirty days; three days late now."""
    sheikh = _person(rows, now, SHEIKH, "Rahim Sheikh", "male", "01914224412", "Cumilla", timedelta(days=190))
    for ago in (123, 93, 63, 33):
        _ordered(rows, random, now, sheikh, ago, [(OIL, 1)])
    log(rows, random, sheikh, TANVIR, _evening(now, 34, 11, 30), "order_confirmed")


def _sumaiya(rows: Rows, random: Random, now: datetime) -> None:
    """Bought once, was never called."""
    sumaiya = _person(
        rows, now, SUMAIYA, "Sumaiya Akter", "female", "01812629077", "Chattogram", timedelta(days=74, hours=1),
        date_of_birth=days.year_ago(now.date() + timedelta(days=5), 29),
    )  # fmt: skip
    _ordered(rows, random, now, sumaiya, 74, [(GHEE, 1)])


def _salma(rows: Rows, random: Random, now: datetime) -> None:
    """Has her birthday today."""
    salma = _person(
        rows, now, SALMA, "Salma Ara", "female", "01716540530", "Dhaka", timedelta(days=150),
        address="House 7, Road 3, Banasree", date_of_birth=days.year_ago(now.date(), 38),
    )  # fmt: skip
    for ago, lines in ((148, [(CHIA, 1)]), (81, [(HONEY, 1), (CHIA, 1)]), (18, [(HONEY, 1)])):
        _ordered(rows, random, now, salma, ago, lines)
    log(rows, random, salma, TANVIR, _evening(now, 18, 15, 5), "order_confirmed")


def _mitu(rows: Rows, random: Random, now: datetime) -> None:
    """An order to confirm, and a wedding anniversary at the weekend."""
    wedding = days.year_ago(now.date() + timedelta(days=6), 5)
    mitu = _person(
        rows, now, MITU, "Mitu Das", "female", "01612345681", "Dhaka", timedelta(days=130),
        marital_status="married", anniversary_date=wedding,
    )  # fmt: skip
    _ordered(rows, random, now, mitu, 128, [(HONEY, 1)])
    _ordered(rows, random, now, mitu, 49, [(HONEY, 1), (466, 1)])
    _ordered(rows, random, now, mitu, 2, [(GHEE, 1), (CHIA, 1)], status="pending")
    relate(rows, mitu, "Rana", "spouse", "male", anniversary=wedding)
    log(rows, random, mitu, TANVIR, _evening(now, 1, 18, 30), "no_answer")


def _leads(rows: Rows, random: Random, now: datetime) -> None:
    """Two who have asked and not bought."""
    _person(
        rows, now, JAHID, "Jahid Hasan", "male", "01912774412", "Sylhet", timedelta(days=1, hours=2), owner=None,
        habit=Habit.LEAD, date_of_birth=days.year_ago(now.date() + timedelta(days=3), 31),
    )  # fmt: skip
    _person(
        rows, now, RAHIMA, "রহিমা খাতুন", "female", "01717309077", "Bogura", timedelta(days=40), owner=None,
        habit=Habit.LEAD,
    )  # fmt: skip
