"""What an interaction remembers of the details kept with it, and putting back what was there before.

Each is ``{"relative": id or null for the customer's own, "added": whether that relative was not there before,
"before": columns and values, "set": the same}``, in the list ``details`` of the interaction's ``undo``; with ``buried``
where the relative had been removed earlier.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import family_rows, households
from cdm_core.family_rows import BURIED, Burial
from cdm_core.kept_values import plain, typed
from cdm_core.tables import customer_changes as changed
from cdm_core.tables import customer_family_members as relatives
from cdm_core.tables import customer_interactions as told
from cdm_core.tables import customers
from cdm_core.thresholds import Thresholds

Detail = dict[str, Any]

_TOLD = (
    "date_of_birth",
    "birth_month",
    "birth_day",
    "anniversary_date",
    "phone",
    "email",
    "gender",
    "profession",
    "imported",
)
"""What may be known of a relative besides name and relationship."""


async def remember(
    session: AsyncSession,
    customer_id: int,
    interaction_id: int,
    *,
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    relative: int | None = None,
    added: bool = False,
    burial: Burial = None,
) -> None:
    """Note with the interaction what it changed; of the same columns the first ``before``, the last ``now`` count.

    ``burial`` is how a relative who was ``added`` had been removed earlier.
    """
    this = (told.c.customer_id == customer_id, told.c.id == interaction_id)
    undo: dict[str, Any] = (await session.execute(select(told.c.undo).where(*this))).scalar_one() or {}
    details: list[Detail] = list(undo.get("details") or ())
    same = next((one for one in details if one["relative"] == relative and one["set"].keys() == now.keys()), None)
    if same is None:
        new: Detail = {"relative": relative, "added": added, "before": plain(before), "set": plain(now)}
        details.append({**new, BURIED: burial} if burial else new)
    else:
        same["set"] = plain(now)
    await session.execute(update(told).where(*this).values(undo={**undo, "details": details}))


async def put_back(
    session: AsyncSession, customer_id: int, interaction_id: int, undo: Mapping[str, Any], thresholds: Thresholds
) -> None:
    """Undo what was kept with an interaction that is itself undone already, within a core write.

    What a later note has replaced stays; undoing that one then restores what was there before both.
    """
    for detail in undo.get("details") or ():
        stood = await _restore(session, customer_id, interaction_id, detail)
        if stood and "phone" in detail["set"]:
            await households.update_around(
                session,
                [customer_id],
                placeholder=thresholds.placeholder_phone_customers,
                former=[detail["set"]["phone_e164"]],
            )
        if detail["added"]:
            await _remove(session, customer_id, interaction_id, detail)


async def _restore(session: AsyncSession, customer_id: int, interaction_id: int, detail: Detail) -> bool:
    """Whether the values stood as they were set and so were put back."""
    table, condition = _place(customer_id, detail["relative"])
    row = (await session.execute(select(*(table.c[column] for column in detail["set"])).where(condition))).one_or_none()
    stands = row is not None and plain(row._asdict()) == detail["set"]
    over = [
        (other, index)
        for other in await _others(session, customer_id, interaction_id)
        for index, one in enumerate(other.undo["details"])
        if one["relative"] == detail["relative"] and one["before"] == detail["set"]
    ]
    later = [(other, index) for other, index in over if other.id > interaction_id]
    if later or (over and not stands):
        other, index = (later or over)[0]
        await _amend(session, other, index, before=detail["before"])
        return False
    if stands:
        await session.execute(update(table).where(condition).values(typed(table, detail["before"])))
    return stands


async def _remove(session: AsyncSession, customer_id: int, interaction_id: int, detail: Detail) -> None:
    """A relative that the interaction added goes, or is another's addition who said something of them too.

    Whoever has been changed by hand since, or of whom more is known by now, stays.
    """
    relative, burial = detail["relative"], detail.get(BURIED)
    for other in await _others(session, customer_id, interaction_id):
        for index, one in enumerate(other.undo["details"]):
            if one["relative"] == relative:
                await _amend(session, other, index, added=True, **({BURIED: burial} if burial else {}))
                return
    is_changed = exists().where(
        changed.c.customer_id == customer_id, changed.c.relative_id == relative, changed.c.undone_at.is_(None)
    )
    gone = delete(relatives).where(_place(customer_id, relative)[1], *(relatives.c[name].is_(None) for name in _TOLD))
    row = (
        await session.execute(gone.where(~is_changed).returning(relatives.c.name, relatives.c.relationship))
    ).one_or_none()
    if row is not None:
        await family_rows.bury_again(session, customer_id, row._asdict(), burial)


async def _others(session: AsyncSession, customer_id: int, interaction_id: int) -> Sequence[Any]:
    """The customer's other interactions with details, not undone, by number."""
    rows = await session.execute(
        select(told.c.customer_id, told.c.id, told.c.undo)
        .where(
            told.c.customer_id == customer_id,
            told.c.id != interaction_id,
            told.c.undone_at.is_(None),
            told.c.undo["details"].astext.is_not(None),
        )
        .order_by(told.c.id)
    )
    return rows.all()


async def _amend(session: AsyncSession, row: Row[Any], index: int, **changes: Any) -> None:
    details = [{**one, **changes} if at == index else one for at, one in enumerate(row.undo["details"])]
    await session.execute(
        update(told)
        .where(told.c.customer_id == row.customer_id, told.c.id == row.id)
        .values(undo={**row.undo, "details": details})
    )


def _place(customer_id: int, relative: int | None) -> tuple[Table, ColumnElement[bool]]:
    if relative is None:
        return customers, customers.c.id == customer_id
    return relatives, (relatives.c.customer_id == customer_id) & (relatives.c.id == relative)
