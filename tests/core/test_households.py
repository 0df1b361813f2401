"""Households are the connected parts of who shares a phone, however they are computed."""

import random
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import households
from tests import factories

links = st.lists(st.tuples(st.integers(1, 12), st.sampled_from("abcdef")), max_size=30)


@given(links, st.integers(2, 12))
def test_components_are_who_can_reach_whom(pairs: list[tuple[int, str]], placeholder: int) -> None:
    found = households.components(pairs, placeholder=placeholder)
    sharers: dict[str, set[int]] = defaultdict(set)
    for customer, phone in pairs:
        sharers[phone].add(customer)
    groups = [group for group in sharers.values() if 1 < len(group) <= placeholder]
    assert found.keys() == set().union(*groups)
    for customer, household in found.items():
        reached = {customer}
        while grown := set().union(*(group for group in groups if group & reached)) - reached:
            reached |= grown
        assert household == min(reached)


@given(links, st.randoms(use_true_random=False))
def test_the_order_of_links_does_not_matter(pairs: list[tuple[int, str]], shuffler: random.Random) -> None:
    shuffled = pairs.copy()
    shuffler.shuffle(shuffled)
    assert households.components(pairs, placeholder=8) == households.components(shuffled, placeholder=8)


async def stored(session: AsyncSession) -> dict[int, int | None]:
    return {row.id: row.household_id for row in await session.execute(text("SELECT id, household_id FROM customers"))}


async def test_shared_phones_and_relatives_connect(session: AsyncSession) -> None:
    husband = await factories.customer(session, phone="01711111111")
    wife = await factories.customer(session, phone="01711111111")
    alone = await factories.customer(session)
    mother = await factories.customer(session, phone="01722222222")
    await factories.relative(session, wife, phone="01722222222")
    assert await households.rebuild(session, placeholder=8) == 3
    assert await stored(session) == {husband: husband, wife: husband, mother: husband, alone: None}


async def test_a_placeholder_connects_nobody(session: AsyncSession) -> None:
    crowd = [await factories.customer(session, phone="01700000000") for _ in range(4)]
    await households.rebuild(session, placeholder=3)
    assert set((await stored(session)).values()) == {None}
    await households.update_around(session, crowd[:1], placeholder=3)
    assert set((await stored(session)).values()) == {None}
    await households.rebuild(session, placeholder=4)
    assert set((await stored(session)).values()) == {crowd[0]}


@pytest.mark.parametrize("seed", range(8))
async def test_step_by_step_is_as_all_at_once(session: AsyncSession, seed: int) -> None:
    rng = random.Random(seed)
    phones = [None, *(f"+88017000000{n:02}" for n in range(6))]
    customers = [await factories.customer(session, phone=None) for _ in range(10)]
    relatives = [(one, await factories.relative(session, one)) for one in customers[:4]]
    for _ in range(25):
        if rng.random() < 0.6:
            touched = rng.choice(customers)
            table, which = "customers", touched
        else:
            touched, which = rng.choice(relatives)
            table = "customer_family_members"
        changed = {"phone": rng.choice(phones), "id": which}
        had = await session.execute(text(f"SELECT phone_e164 FROM {table} WHERE id = :id"), {"id": which})
        former = [phone for phone in had.scalars() if phone]
        await session.execute(text(f"UPDATE {table} SET phone_e164 = :phone WHERE id = :id"), changed)
        await households.update_around(session, [touched], placeholder=3, former=former)
        step_by_step = await stored(session)
        await households.rebuild(session, placeholder=3)
        assert step_by_step == await stored(session)
