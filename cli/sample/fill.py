"""The whole shop into an empty database."""

import contextlib
from datetime import datetime
from random import Random

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cdm_core import households, name_index, summary, thresholds
from cdm_core.db.as_of import set_as_of
from cdm_core.recommend import refit
from cli.sample import browsing, buying, calling, families, people, story, team
from cli.sample.catalogue import CATEGORIES, PRODUCTS
from cli.sample.rows import Rows


async def fill(engine: AsyncEngine, now: datetime, *, customers: int = 2000, seed: int = 7) -> None:
    """Write the sample shop as it is at ``now`` (aware), in one transaction; the same for the same arguments.

    Besides ``customers`` numbered from 1 there are always those of :mod:`cli.sample.story`. The database must hold
    no staff and no customers; the engine must let statements run long (``statement_seconds=None``).
    """
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        await session.execute(text("SELECT set_config('cdm.writer', 'core', true)"))
        settings = await thresholds.load(session)
        now = now.astimezone(settings.zone)
        await set_as_of(session, now)
        rows = imagine(now, customers=customers, seed=seed)
        raw = (await (await session.connection()).get_raw_connection()).driver_connection
        assert raw is not None
        await rows.copy(raw)
        await session.execute(text("ANALYZE"))  # else the server plans for the few rows that were there before
        await session.execute(text(team.LEAD))
        named = rows.by_table["customers"]
        await name_index.learn(
            session,
            [
                *(f"{row['first_name']} {row['last_name']}" for row in named),
                *(row["name"] for row in rows.by_table["customer_family_members"]),
            ],
        )
        await households.rebuild(session, placeholder=settings.placeholder_phone_customers)
        ids = sorted(row["id"] for row in named)
        for start in range(0, len(ids), summary.BATCH):
            await summary.refresh(session, ids[start : start + summary.BATCH])
        # Everybody's first stage is no change that a rule should answer.
        await session.execute(text("DELETE FROM lifecycle_transitions"))
        await refit.run(lambda: contextlib.nullcontext(session))


def imagine(now: datetime, *, customers: int = 2000, seed: int = 7) -> Rows:
    """The rows of the shop at ``now``; each part of the world rolls dice of its own, so that none disturbs another."""
    rows = Rows()
    team.sign_in(rows, now)
    for name, number in CATEGORIES.items():
        rows.add("categories", id=number, name=name)
    for product in PRODUCTS:
        rows.add(
            "products",
            id=product.id,
            sku=product.sku,
            name=product.name,
            category_id=CATEGORIES[product.category],
            price=product.price,
            stock=product.stock,
            pack_days=product.pack_days,
            active=True,
            created_at=now,
            updated_at=now,
        )
    ids = [number for number in range(1, customers + 1) if number not in story.IDS]
    crowd = people.populate(rows, Random(f"{seed} people"), now, ids)
    story.tell(rows, Random(f"{seed} story"), now)
    orders = buying.buy(rows, Random(f"{seed} orders"), now, crowd)
    calling.talk(rows, Random(f"{seed} calls"), now, crowd, orders)
    browsing.browse(rows, Random(f"{seed} visits"), now, crowd)
    families.grow(rows, Random(f"{seed} families"), now, crowd)
    return rows
