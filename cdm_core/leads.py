"""New leads: a customer of whom only the phone is known, then the name."""

from datetime import datetime

from sqlalchemy import exists, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import changes, name_index, summary, tombstones
from cdm_core.access import CustomerRef, full_name
from cdm_core.names import name_key, name_skeletons
from cdm_core.staff import Staff
from cdm_core.tables import customer_family_members, customers, merges
from cdm_core.words import ChangeKind

SOURCE = "chat"

_LONGEST_PART = 255
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('lead:' || :phone, 0))")


async def new_lead(
    session: AsyncSession, person: Staff, phone: str, *, now: datetime, name: str = ""
) -> CustomerRef | None:
    """A lead of ``person`` with this phone (E.164), or None: a customer, a relative or somebody merged has it.

    Of two who make it at once one does; the other gets None. Whoever was erased and asks again may be known again.
    """
    await lock(session, phone)
    known = or_(
        exists().where(customers.c.phone_e164 == phone),
        exists().where(customer_family_members.c.phone_e164 == phone),
        exists().where(merges.c.gone_phone == phone, merges.c.undone_at.is_(None)),
    )
    if (await session.execute(select(known))).scalar_one():
        return None
    await summary.begin_write(session, ())  # nobody else can know the id yet
    customer_id = (
        await session.execute(
            insert(customers)
            .values(
                phone=phone,
                phone_e164=phone,
                owner_id=person.id,
                source=SOURCE,
                created_at=now,
                updated_at=now,
                **_named(name),
            )
            .returning(customers.c.id)
        )
    ).scalar_one()
    await tombstones.lift(session, tombstones.of_phone(phone))
    await name_index.learn(session, [name])
    await summary.refresh(session, [customer_id])
    return CustomerRef(customer_id, _full(name), person.id)


async def lock(session: AsyncSession, phone: str) -> None:
    """Until the transaction ends, nobody else makes a customer of this phone (E.164)."""
    await session.execute(_LOCK, {"phone": phone})


async def name_lead(session: AsyncSession, person: Staff, lead: CustomerRef, name: str, *, now: datetime) -> int:
    """Give the customer this name: the first word is the first name. The change's id, by which it is undone."""
    ids = await summary.begin_write(session, [lead.customer_id])
    this = customers.c.id == lead.customer_id
    before = (await session.execute(select(customers.c.first_name, customers.c.last_name).where(this))).one()._asdict()
    named = _named(name)
    await session.execute(update(customers).where(this).values(updated_at=now, **named))
    await name_index.learn(session, [name])
    after = {column: named[column] for column in before}
    change_id = await changes.record(
        session, person, lead.customer_id, ChangeKind.PROFILE, before=before, after=after, now=now
    )
    await summary.refresh(session, ids)
    return change_id


def _named(name: str) -> dict[str, object]:
    first, _, last = " ".join(name.split()).partition(" ")
    full = _full(name)
    return {
        "first_name": first[:_LONGEST_PART],
        "last_name": last[:_LONGEST_PART],
        "name_key": name_key(full),
        "name_skeletons": name_skeletons(full),
    }


def _full(name: str) -> str:
    first, _, last = " ".join(name.split()).partition(" ")
    return full_name(first[:_LONGEST_PART], last[:_LONGEST_PART])
