"""Who looks like one person twice, and who only shares a phone."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import duplicates, thresholds
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.duplicates import Duplicate, alike
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import Role, Sameness
from tests import factories
from tests.factories import NOW

PHONE = "01712345678"


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await people.get(session, await factories.staff(session, name="Tanvir"))


@pytest.fixture
async def nusrat(session: AsyncSession) -> Staff:
    return await people.get(session, await factories.staff(session, name="Nusrat"))


@pytest.fixture
async def rules(session: AsyncSession) -> Thresholds:
    return await thresholds.load(session)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Rahim", "রহিম উদ্দিন", True),
        ("Md. Rohim Uddin", "Rahim Uddin", True),
        ("রহিম উদ্দিন", "Raheem Uddin", True),
        ("Begum Rokeya", "Rokeya Begum", True),
        ("Sumaia Akhter", "Sumaiya Akter", True),
        ("", "Rahim Uddin", True),
        ("Rahima Uddin", "Rahim Uddin", False),
        ("Karima", "Karim", False),
        ("Karim Uddin", "Rahim Uddin", False),
        ("Akter", "Sumaiya Akter", False),
        ("Soma Akter", "Sumaiya Akter", False),
        ("Rahim Rahim", "Rahim Uddin", False),
        ("🙂", "Rahim", False),
    ],
)
def test_names_that_may_be_of_one_person(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same


async def test_the_same_phone_with_a_like_name(session: AsyncSession, tanvir: Staff, rules: Thresholds) -> None:
    """A household shares a phone: the wife is somebody else."""
    rahim = await factories.customer(session, phone=PHONE)
    twice = await factories.customer(session, first_name="রহিম", last_name="", phone=PHONE)
    await factories.customer(session, first_name="Ayesha", last_name="Begum", phone=PHONE)
    assert await duplicates.of(session, tanvir, rules, rahim) == (
        Duplicate(twice, "রহিম", None, masked=False, why=Sameness.PHONE),
    )


async def test_the_same_email_or_the_same_name_and_day_or_place(
    session: AsyncSession, tanvir: Staff, rules: Thresholds
) -> None:
    born = date(1984, 3, 12)
    rahim = await factories.customer(
        session, email="R@example.com", date_of_birth=born, address="House 12, Road 5, Mirpur"
    )
    email = await factories.customer(session, first_name="Jahid", email="r@EXAMPLE.com")
    day = await factories.customer(session, birth_month=3, birth_day=12)
    place = await factories.customer(session, address="house 12, road 5, mirpur")
    await factories.customer(session, date_of_birth=date(1990, 3, 12))
    await factories.customer(session, first_name="Karim", date_of_birth=born)
    found = await duplicates.of(session, tanvir, rules, rahim)
    assert [(one.customer_id, one.why) for one in found] == [
        (email, Sameness.EMAIL),
        (day, Sameness.BIRTHDAY),
        (place, Sameness.ADDRESS),
    ]


async def test_what_everybody_has_is_nobodys(session: AsyncSession, tanvir: Staff, rules: Thresholds) -> None:
    """The shop's own number, or its address for those without one."""
    sharers = [
        await factories.customer(session, phone=PHONE, email="none@example.com")
        for _ in range(rules.placeholder_phone_customers + 1)
    ]
    await factories.settle(session, *sharers)
    assert await duplicates.of(session, tanvir, rules, sharers[0]) == ()
    assert await duplicates.pairs(session, tanvir, rules) == ((), False)


async def test_a_colleagues_customer_is_told_masked_and_only_by_phone(
    session: AsyncSession, tanvir: Staff, nusrat: Staff, rules: Thresholds
) -> None:
    rahim = await factories.customer(session, phone=PHONE, email="r@example.com", owner_id=tanvir.id)
    hers = await factories.customer(session, phone=PHONE, owner_id=nusrat.id)
    await factories.customer(session, email="r@example.com", owner_id=nusrat.id)
    assert await duplicates.of(session, tanvir, rules, rahim) == (
        Duplicate(hers, "Rahim Uddin", "Nusrat", masked=True, why=Sameness.PHONE),
    )
    assert await duplicates.pairs(session, tanvir, rules) == ((), False)


async def test_two_people_are_not_spoken_of_again(session: AsyncSession, tanvir: Staff, rules: Thresholds) -> None:
    one, other = [await factories.customer(session, phone=PHONE) for _ in range(2)]
    refs = [CustomerRef(customer_id, "Rahim Uddin", None) for customer_id in (other, one)]
    for _ in range(2):
        await duplicates.tell_apart(session, tanvir, refs[0], refs[1], now=NOW)
    for customer_id in (one, other):
        assert await duplicates.of(session, tanvir, rules, customer_id) == ()
    assert await duplicates.pairs(session, tanvir, rules) == ((), False)


async def test_pairs_of_the_whole_team(
    session: AsyncSession, tanvir: Staff, nusrat: Staff, rules: Thresholds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read phone by phone in steps, however the steps fall."""
    monkeypatch.setattr(duplicates, "_SHARED", text(duplicates._SHARED.text.replace("LIMIT 200", "LIMIT 2")))
    monkeypatch.setattr(duplicates, "_STEP", 2)
    rafiq = await people.get(session, await factories.staff(session, name="Rafiq", role=Role.ADMIN))
    expected = []
    for number in range(5):
        phone = f"0171234567{number}"
        ids = [await factories.customer(session, phone=phone, owner_id=who) for who in (tanvir.id, nusrat.id)]
        await factories.customer(session, phone=phone, first_name="Ayesha")
        expected.append(tuple(ids))
    found, more = await duplicates.pairs(session, rafiq, rules)
    assert ([(pair.first_id, pair.second_id) for pair in found], more) == (expected, False)
    found, more = await duplicates.pairs(session, rafiq, rules, limit=3)
    assert ([(pair.first_id, pair.second_id) for pair in found], more) == (expected[:3], True)


async def test_who_had_better_stay(session: AsyncSession) -> None:
    """More orders, else the one known for longer."""
    old = await factories.customer(session, created_at=NOW - timedelta(days=300))
    new, buyer = [await factories.customer(session, created_at=NOW - timedelta(days=3)) for _ in range(2)]
    await factories.order(session, buyer)
    await factories.settle(session, old, new, buyer)
    refs = {one: CustomerRef(one, "Rahim Uddin", None) for one in (old, new, buyer)}
    for one, other, stays in ((old, new, old), (new, old, old), (old, buyer, buyer), (new, buyer, buyer)):
        both = await duplicates.sides(session, refs[one], refs[other])
        assert [side.customer_id for side in both] == [one, other]
        assert duplicates.stays(*both).customer_id == stays
    with pytest.raises(CdmError, match="one_customer"):
        await duplicates.sides(session, refs[old], refs[old])
