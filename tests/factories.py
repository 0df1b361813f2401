"""Rows for tests: one function a table, believable defaults, everything else by column name.

Each inserts with plain SQL, as another system would, and gives the new row's id. ``settle`` brings what is summed
up from them in step.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, delete, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import names, phones, summary, tables

NOW = datetime(2026, 11, 22, 11, 10, tzinfo=ZoneInfo("Asia/Dhaka"))
"""Sunday, a working morning; the ``now`` fixture."""

GIVEN_IDS = frozenset({77, 123, 215, 388, 480, 530, 640, 902, 903})
"""Ids that tests give to customers themselves."""

_numbers = count(1)


async def settle(session: AsyncSession, *customer_ids: int) -> None:
    """Sum these customers up anew, as a core write does, and commit."""
    await summary.refresh(session, await summary.begin_write(session, customer_ids))
    await session.commit()


async def team(session: AsyncSession, **columns: Any) -> int:
    return await _add(session, tables.teams, {"name": f"Team {next(_numbers)}", "created_at": NOW}, columns)


async def staff(session: AsyncSession, *, chat: bool = True, **columns: Any) -> int:
    """An agent who can be written to: with a Telegram user and, unless ``chat`` is off, the private chat of it."""
    number = 700_000_000 + next(_numbers)
    defaults = {"name": "Nusrat", "role": "agent", "telegram_user_id": number, "created_at": NOW}
    staff_id = await _add(session, tables.staff, defaults, columns)
    user = columns.get("telegram_user_id", number)
    if chat and user is not None:
        await session.execute(
            insert(tables.chats).values(chat_id=user, type="private", staff_id=staff_id, created_at=NOW)
        )
    return staff_id


async def customer(session: AsyncSession, **columns: Any) -> int:
    """Rahim Uddin of Dhaka, nobody's, with a phone of his own; search keys follow the name and phone given."""
    defaults: dict[str, Any] = {
        "first_name": "Rahim",
        "last_name": "Uddin",
        "phone": f"01711{next(_numbers):06}",
        "city": "Dhaka",
        "district": "Dhaka",
        "created_at": NOW - timedelta(days=100),
        "updated_at": NOW - timedelta(days=100),
    }
    if "id" not in columns:
        columns["id"] = await _free_id(session)
    given = {**defaults, **columns}
    keys = _search_keys(f"{given['first_name']} {given['last_name']}".strip(), given["phone"])
    return await _add(session, tables.customers, {**defaults, **keys}, columns)


async def _free_id(session: AsyncSession) -> int:
    """The next id of a customer; sequences run on from test to test, and some tests give ids of three digits."""
    following = text("SELECT nextval(pg_get_serial_sequence('customers', 'id'))")
    while (ident := (await session.execute(following)).scalar_one()) in GIVEN_IDS:
        pass
    return int(ident)


async def customer_key(session: AsyncSession, customer_id: int, external_id: str, source: str = "shop") -> None:
    """``external_id`` is what ``source`` calls the customer."""
    await session.execute(
        insert(tables.customer_keys).values(source=source, external_id=external_id, customer_id=customer_id)
    )


async def relative(session: AsyncSession, customer_id: int, **columns: Any) -> int:
    """The customer's wife Ayesha, without a phone."""
    given = {"name": "Ayesha", "relationship": "spouse", "phone": None, **columns}
    defaults = {**given, **_search_keys(given["name"], given["phone"]), "customer_id": customer_id}
    return await _add(session, tables.customer_family_members, {**defaults, "created_at": NOW}, columns)


async def product(session: AsyncSession, **columns: Any) -> int:
    number = next(_numbers)
    defaults = {"sku": f"H-{number}", "name": f"Honey {number}", "price": Decimal(850), "created_at": NOW}
    return await _add(session, tables.products, defaults, columns)


async def order(
    session: AsyncSession, customer_id: int, *, amount: Decimal | int = 1250, lines: bool = True, **columns: Any
) -> int:
    """A completed order of yesterday over ``amount`` taka, with one line over all of it unless ``lines`` is off."""
    defaults = {
        "customer_id": customer_id,
        "ordered_at": NOW - timedelta(days=1),
        "status": "completed",
        "total_amount": amount,
        "created_at": NOW,
    }
    order_id = await _add(session, tables.sales_orders, defaults, columns)
    if lines:
        status = columns.get("status", "completed")
        await order_line(session, customer_id, order_id, amount=amount, unit_price=amount, status=status)
    return order_id


async def order_line(session: AsyncSession, customer_id: int, order_id: int, **columns: Any) -> int:
    """One jar of honey, completed; give ``line_no`` where an order has several."""
    defaults = {
        "customer_id": customer_id,
        "order_id": order_id,
        "line_no": 1,
        "product_name": "Honey 1 kg",
        "quantity": Decimal(1),
        "unit_price": Decimal(1250),
        "amount": Decimal(1250),
        "status": "completed",
    }
    return await _add(session, tables.sales_order_items, defaults, columns)


async def interaction(session: AsyncSession, customer_id: int, **columns: Any) -> int:
    """An outbound call of yesterday that reached the customer."""
    defaults = {
        "customer_id": customer_id,
        "interaction_type": "call",
        "interaction_direction": "outbound",
        "outcome": "connected",
        "outcome_code": "connected",
        "occurred_at": NOW - timedelta(days=1),
        "created_at": NOW,
    }
    if "outcome_code" in columns:
        defaults["outcome"] = columns["outcome_code"]
    return await _add(session, tables.customer_interactions, defaults, columns)


async def asks_no_calls(session: AsyncSession, customer_id: int, **columns: Any) -> int:
    """A note of who wants no calls, whose question waits: their calls are held."""
    remark = {"interaction_type": "other", "outcome": None, "outcome_code": None, "undo": {"asks_no_calls": True}}
    return await interaction(session, customer_id, **(remark | columns))


async def behavior(session: AsyncSession, customer_id: int, **columns: Any) -> int:
    """A product looked at yesterday."""
    defaults = {
        "customer_id": customer_id,
        "behavior_type": "product_view",
        "occurred_at": NOW - timedelta(days=1),
        "created_at": NOW,
    }
    return await _add(session, tables.customer_behavior, defaults, columns)


async def dropoff(session: AsyncSession, customer_id: int, **columns: Any) -> int:
    """A cart of ৳5,500 left three hours ago."""
    defaults = {
        "customer_id": customer_id,
        "stage": "add_to_cart",
        "cart_value": Decimal(5500),
        "occurred_at": NOW - timedelta(hours=3),
        "created_at": NOW,
    }
    return await _add(session, tables.customer_dropoff_tracking, defaults, columns)


async def follow_up(session: AsyncSession, customer_id: int, staff_id: int | None, **columns: Any) -> int:
    """A call back promised for this evening at six."""
    defaults = {
        "customer_id": customer_id,
        "staff_id": staff_id,
        "due_at": NOW.replace(hour=18, minute=0),
        "created_at": NOW - timedelta(days=1),
    }
    return await _add(session, tables.follow_ups, defaults, columns)


async def ranking(session: AsyncSession, customer_id: int, **columns: Any) -> None:
    """What the models say of the customer: nothing, unless told; in place of what is there."""
    await session.execute(delete(tables.call_ranking).where(tables.call_ranking.c.customer_id == customer_id))
    values = {"customer_id": customer_id, "value": 0, "ranked_at": NOW, **columns}
    await session.execute(insert(tables.call_ranking).values(values))


async def model_fit(session: AsyncSession, kind: str, **columns: Any) -> int:
    """A fitted model of last night, of which nothing is known, unless told."""
    defaults = {"kind": kind, "version": "test-1", "fitted_at": NOW.replace(hour=2, minute=0)}
    return await _add(session, tables.model_fits, {**defaults, "parameters": {}, "diagnostics": {}}, columns)


async def claim(session: AsyncSession, customer_id: int, staff_id: int, **columns: Any) -> None:
    """Somebody is at this customer just now."""
    defaults = {"kind": "queue", "claimed_at": NOW, "expires_at": NOW + timedelta(minutes=20)}
    values = {"customer_id": customer_id, "staff_id": staff_id, **defaults, **columns}
    await session.execute(insert(tables.claims).values(values))


async def deal(session: AsyncSession, customer_id: int, staff_id: int, **columns: Any) -> None:
    """The customer is that agent's for today."""
    values = {"local_date": NOW.date(), "customer_id": customer_id, "staff_id": staff_id, **columns}
    await session.execute(insert(tables.deals).values(values))


def _search_keys(name: str, phone: str | None) -> dict[str, Any]:
    return {
        "phone_e164": phones.to_e164(phone) if phone else None,
        "name_key": names.name_key(name),
        "name_skeletons": names.name_skeletons(name),
    }


async def _add(session: AsyncSession, table: Table, defaults: dict[str, Any], columns: dict[str, Any]) -> int:
    added = await session.execute(insert(table).values({**defaults, **columns}).returning(table.c.id))
    return int(added.scalar_one())
