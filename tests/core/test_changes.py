"""What is changed by hand is taken back whole the same day, while it stands, by whoever changed it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import changes, consents, households, owners, staff, summary, thresholds
from cdm_core.access import CustomerRef, access_customer
from cdm_core.changes import UndoneChange
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.tables import customer_family_members, customers, removed_relatives
from cdm_core.thresholds import Thresholds
from cdm_core.words import ChangeKind, ConsentChannel
from tests import factories
from tests.factories import NOW


@pytest.fixture
async def limits(session: AsyncSession) -> Thresholds:
    return await thresholds.load(session)


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await staff.get(session, await factories.staff(session, name="Tanvir"))


@pytest.fixture
async def nusrat(session: AsyncSession) -> Staff:
    return await staff.get(session, await factories.staff(session, name="Nusrat"))


@pytest.fixture
async def rahim(session: AsyncSession) -> CustomerRef:
    added = await factories.customer(
        session, phone="01712345678", email="r@example.com", date_of_birth=date(1984, 3, 12)
    )
    await factories.settle(session, added)
    return CustomerRef(added, "Rahim Uddin", None)


async def _changed(session: AsyncSession, person: Staff, ref: CustomerRef, **columns: Any) -> int:
    """Set columns of the customer as an edit does."""
    await summary.begin_write(session, [ref.customer_id])
    this = customers.c.id == ref.customer_id
    before = (await session.execute(select(*(customers.c[name] for name in columns)).where(this))).one()._asdict()
    await session.execute(update(customers).where(this).values(columns))
    kind = ChangeKind.OWNER if "owner_id" in columns else ChangeKind.PROFILE
    return await changes.record(session, person, ref.customer_id, kind, before=before, after=columns, now=NOW)


async def _undo(
    session: AsyncSession, person: Staff, ref: CustomerRef, change_id: int, limits: Thresholds, days: int = 0
) -> UndoneChange:
    now = NOW + timedelta(days=days)
    return await changes.undo_change(session, person, ref, change_id, now=now, thresholds=limits)


async def _row(session: AsyncSession, ref: CustomerRef) -> dict[str, Any]:
    row = (await session.execute(select(customers).where(customers.c.id == ref.customer_id))).one()
    return {name: value for name, value in row._asdict().items() if name != "updated_at"}


async def _audited(session: AsyncSession) -> list[str]:
    return list((await session.execute(text("SELECT action FROM audit_log ORDER BY id"))).scalars())


async def test_columns_of_every_kind_come_back(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    before = await _row(session, rahim)
    made = await _changed(
        session, tanvir, rahim, email=None, date_of_birth=date(1990, 1, 1), tags=["kids", "ঘি"], gender="female"
    )
    undone = await _undo(session, tanvir, rahim, made, limits)
    assert await _row(session, rahim) == before
    assert undone.change.after is not None
    assert undone.change.after["date_of_birth"] == date(1990, 1, 1)
    assert await _audited(session) == ["changed", "change_undone"]


async def test_a_name_and_a_phone_are_found_again_by_what_they_were(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    neighbour = await factories.customer(session, first_name="Mitu", last_name="Das", phone="01812345678")
    before = await _row(session, rahim)
    new = {"first_name": "Karim", "phone": "01812345678", "phone_e164": "+8801812345678", "name_key": "x"}
    made = await _changed(session, tanvir, rahim, **new)
    await households.update_around(session, [rahim.customer_id], placeholder=8)
    shared = select(customers.c.household_id).where(customers.c.id == neighbour)
    assert (await session.execute(shared)).scalar_one() is not None
    undone = await _undo(session, tanvir, rahim, made, limits)
    assert await _row(session, rahim) == before
    assert undone.customer.name == "Rahim Uddin"
    assert (await session.execute(shared)).scalar_one() is None


async def test_only_its_author_takes_it_back_only_today_and_only_once(
    session: AsyncSession, tanvir: Staff, nusrat: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    made = await _changed(session, tanvir, rahim, city="Sylhet")
    for person, days in ((nusrat, 0), (tanvir, 1)):
        with pytest.raises(CdmError, match="nothing_to_undo"):
            await _undo(session, person, rahim, made, limits, days)
    with pytest.raises(CdmError, match="nothing_to_undo"):
        await _undo(session, tanvir, rahim, made + 1, limits)
    await _undo(session, tanvir, rahim, made, limits)
    with pytest.raises(CdmError, match="already_undone"):
        await _undo(session, tanvir, rahim, made, limits)


async def test_what_was_changed_since_stays(
    session: AsyncSession, tanvir: Staff, nusrat: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    first = await _changed(session, tanvir, rahim, city="Sylhet")
    second = await _changed(session, nusrat, rahim, city="Bogura")
    with pytest.raises(CdmError, match="changed_since"):
        await _undo(session, tanvir, rahim, first, limits)
    assert (await _row(session, rahim))["city"] == "Bogura"
    await _undo(session, nusrat, rahim, second, limits)
    await _undo(session, tanvir, rahim, first, limits)
    assert (await _row(session, rahim))["city"] == "Dhaka"


async def test_a_relative_added_changed_and_removed(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    member = customer_family_members
    sarah = await factories.relative(session, rahim.customer_id, name="Sarah", phone="01812345679")
    await factories.settle(session, rahim.customer_id)

    async def record(before: dict[str, Any] | None, after: dict[str, Any] | None) -> int:
        await summary.begin_write(session, [rahim.customer_id])
        return await changes.record(
            session,
            tanvir,
            rahim.customer_id,
            ChangeKind.RELATIVE,
            before=before,
            after=after,
            now=NOW,
            relative_id=sarah,
        )

    async def row() -> dict[str, Any] | None:
        found = (await session.execute(select(member).where(member.c.id == sarah))).one_or_none()
        return None if found is None else {n: v for n, v in found._asdict().items() if n != "updated_at"}

    whole = await row()
    assert whole is not None
    added = await record(None, whole)
    changed = await record({"profession": None}, {"profession": "Doctor"})
    await session.execute(update(member).where(member.c.id == sarah).values(profession="Doctor"))
    with pytest.raises(CdmError, match="changed_since"):
        await _undo(session, tanvir, rahim, added, limits)
    await _undo(session, tanvir, rahim, changed, limits)
    assert await row() == whole

    removed = await record(whole, None)
    await session.execute(member.delete().where(member.c.id == sarah))
    tombstone = {"customer_id": rahim.customer_id, "relationship": "spouse", "name_key": whole["name_key"]}
    await session.execute(insert(removed_relatives).values(**tombstone, removed_at=NOW))
    await _undo(session, tanvir, rahim, removed, limits)
    assert await row() == whole
    assert (await session.execute(select(removed_relatives))).all() == []
    await _undo(session, tanvir, rahim, added, limits)
    assert await row() is None


async def test_a_relative_added_anew_is_not_doubled(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    member = customer_family_members
    sarah = await factories.relative(session, rahim.customer_id, name="Sarah")
    whole = (await session.execute(select(member).where(member.c.id == sarah))).one()._asdict()
    removed = await changes.record(
        session, tanvir, rahim.customer_id, ChangeKind.RELATIVE, before=whole, after=None, now=NOW, relative_id=sarah
    )
    await session.execute(member.delete().where(member.c.id == sarah))
    await factories.relative(session, rahim.customer_id, name="Sarah")
    with pytest.raises(CdmError, match="changed_since"):
        await _undo(session, tanvir, rahim, removed, limits)


async def test_a_customer_given_away_comes_back_with_the_promised_call(
    session: AsyncSession, tanvir: Staff, nusrat: Staff, limits: Thresholds
) -> None:
    added = await factories.customer(session, owner_id=tanvir.id)
    await factories.follow_up(session, added, tanvir.id)
    ref = CustomerRef(added, "Rahim Uddin", tanvir.id)
    made = (await owners.assign(session, tanvir, ref, nusrat, now=NOW)).change_id
    assert made is not None
    with pytest.raises(CdmError, match="colleagues_customer"):
        await access_customer(session, tanvir, limits, added)
    seen = await changes.customer_of(session, tanvir, limits, added, made)
    assert seen == CustomerRef(added, "Rahim Uddin", nusrat.id)
    stranger = await staff.get(session, await factories.staff(session))
    with pytest.raises(CdmError, match="colleagues_customer"):
        await changes.customer_of(session, stranger, limits, added, made)
    assert await _promised_by(session) == nusrat.id
    undone = await _undo(session, tanvir, ref, made, limits)
    assert undone.customer.owner_id == tanvir.id
    assert await _promised_by(session) == tanvir.id


async def _promised_by(session: AsyncSession) -> int | None:
    found: int | None = (await session.execute(text("SELECT staff_id FROM follow_ups"))).scalar_one()
    return found


@pytest.mark.parametrize("owned", [True, False])
async def test_a_call_that_the_heir_had_promised_stays_theirs(
    session: AsyncSession, tanvir: Staff, nusrat: Staff, limits: Thresholds, owned: bool
) -> None:
    owner_id = tanvir.id if owned else None
    added = await factories.customer(session, owner_id=owner_id)
    await factories.follow_up(session, added, nusrat.id)
    ref = CustomerRef(added, "Rahim Uddin", owner_id)
    made = (await owners.assign(session, tanvir, ref, nusrat, now=NOW)).change_id
    assert made is not None
    undone = await _undo(session, tanvir, ref, made, limits)
    assert (undone.customer.owner_id, await _promised_by(session)) == (owner_id, nusrat.id)


async def test_a_call_promised_to_nobodys_customer_comes_back_from_nobody(
    session: AsyncSession, tanvir: Staff, limits: Thresholds
) -> None:
    added = await factories.customer(session, owner_id=tanvir.id)
    await factories.follow_up(session, added, tanvir.id)
    ref = CustomerRef(added, "Rahim Uddin", tanvir.id)
    made = (await owners.assign(session, tanvir, ref, None, now=NOW)).change_id
    assert made is not None
    assert await _promised_by(session) is None
    await _undo(session, tanvir, ref, made, limits)
    assert await _promised_by(session) == tanvir.id


async def test_consents_and_do_not_call_come_back_together(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    await consents.put(
        session,
        rahim.customer_id,
        ConsentChannel.CALL,
        {"allowed": True, "changed_at": NOW.isoformat(), "changed_by": tanvir.id},
    )
    allowed = await consents.stored(session, rahim.customer_id, ConsentChannel.CALL)
    await summary.begin_write(session, [rahim.customer_id])
    before = await _row(session, rahim)
    await consents.forbid_calls(session, rahim.customer_id, staff_id=tanvir.id, at=NOW)
    refused = await consents.stored(session, rahim.customer_id, ConsentChannel.CALL)
    made = await changes.record(
        session,
        tanvir,
        rahim.customer_id,
        ChangeKind.DO_NOT_CALL,
        before={"do_not_call_at": None, "do_not_call_by": None, "consent_call": allowed},
        after={"do_not_call_at": NOW, "do_not_call_by": tanvir.id, "consent_call": refused},
        now=NOW,
    )
    await _undo(session, tanvir, rahim, made, limits)
    assert await _row(session, rahim) == before
    assert await consents.said(session, rahim.customer_id) == {ConsentChannel.CALL: True}


async def test_the_last_change_of_today(
    session: AsyncSession, tanvir: Staff, nusrat: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    assert await changes.last_change_of(session, tanvir, now=NOW, zone=limits.zone) is None
    first = await _changed(session, tanvir, rahim, city="Sylhet")
    second = await _changed(session, tanvir, rahim, email="new@example.com")
    last = await changes.last_change_of(session, tanvir, now=NOW, zone=limits.zone)
    assert last is not None
    assert (last.change_id, last.kind, last.after) == (second, ChangeKind.PROFILE, {"email": "new@example.com"})
    await _undo(session, tanvir, rahim, second, limits)
    last = await changes.last_change_of(session, tanvir, now=NOW, zone=limits.zone)
    assert last is not None
    assert last.change_id == first
    assert await changes.last_change_of(session, nusrat, now=NOW, zone=limits.zone) is None
    assert await changes.last_change_of(session, tanvir, now=NOW + timedelta(days=1), zone=limits.zone) is None


async def test_what_stands_no_more_is_not_the_last_change(
    session: AsyncSession, tanvir: Staff, nusrat: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    first = await _changed(session, tanvir, rahim, city="Sylhet")
    await _changed(session, tanvir, rahim, email="new@example.com")
    over = await _changed(session, nusrat, rahim, email="newer@example.com")
    last = await changes.last_change_of(session, tanvir, now=NOW, zone=limits.zone)
    assert last is not None
    assert last.change_id == first
    await _undo(session, nusrat, rahim, over, limits)
    last = await changes.last_change_of(session, tanvir, now=NOW, zone=limits.zone)
    assert last is not None
    assert last.after == {"email": "new@example.com"}
