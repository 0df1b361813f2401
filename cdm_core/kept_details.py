"""What an interaction remembers of the details kept with it, and putting back what was there before.

Each is ``{"relative": id or null for the customer's own, "added": whether that relative was not there before,
"before": columns and values, "set": the same}``, in the list ``details`` of the interaction's ``undo``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import households
from cdm_core.kept_values import plain, typed
from cdm_core.tables import customer_family_members as relatives
from cdm_core.tables import customer_interactions as told
from cdm_core.tables import customers
from cdm_core.thresholds import Thresholds

Detail = dict[str, Any]


async def remember(
    session: AsyncSession,
    customer_id: int,
    interaction_id: int,
    *,
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    relative: int | None = None,
    added: bool = False,
) -> None:
    """Note with the interaction what it changed; of the same columns the first ``before``, the last ``now`` count."""
    this = (told.c.customer_id == customer_id, told.c.id == interaction_id)
    undo: dict[str, Any] = (await session.execute(select(told.c.undo).where(*this))).scalar_one() or {}
    details: list[Detail] = list(undo.get("details") or ())
    same = next((one for one in details if one["relative"] == relative and one["set"].keys() == now.keys()), None)
    if same is None:
        details.append({"relative": relative, "added": added, "before": plain(before), "set": plain(now)})
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
            await _remove(session, customer_id, interaction_id, detail["relative"], stood=stood)


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


async def _remove(session: AsyncSession, customer_id: int, interaction_id: int, relative: int, *, stood: bool) -> None:
    """A relative that the interaction added goes, or is another's addition who said something of them too."""
    for other in await _others(session, customer_id, interaction_id):
        for index, one in enumerate(other.undo["details"]):
            if one["relative"] == relative:
                await _amend(session, other, index, added=True)
                return
    if stood:
        await session.execute(delete(relatives).where(_place(customer_id, relative)[1]))


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
