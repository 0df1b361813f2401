"""Products by what agents call them."""

from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.product_names import meant, of_product, sold
from tests import factories

SOLD = {
    "Honey 1 kg": 1225,
    "Sundarban honey 500 g": 750,
    "Lychee honey 500 g": 550,
    "Honey gift box": 2200,
    "Ghee 500 g": 1450,
    "Ghee 1 kg": 2800,
    "Mustard oil 1 L": 320,
    "Mustard oil 5 L": 1500,
    "কালোজিরা ৫০০ গ্রাম": 350,
    "কালোজিরা মধু ৫০০ গ্রাম": 690,
    "Kalojira oil 200 ml": 620,
    "খেজুরের গুড় ১ কেজি": 480,
    "চিনিগুঁড়া চাল ৫ কেজি": 780,
    "Chia seed": 650,
}


@pytest.fixture
async def shelf(session: AsyncSession) -> AsyncSession:
    for name, price in SOLD.items():
        await factories.product(session, name=name, price=price)
    await factories.product(session, name="Honey 2 kg", active=False)
    return session


@pytest.mark.parametrize(
    ("typed", "name", "packs"),
    [
        ("honey", "Honey 1 kg", 1),
        ("Honey 1 kg", "Honey 1 kg", 1),
        ("hony", "Honey 1 kg", 1),
        ("2 kg honey", "Honey 1 kg", 2),
        ("২ কেজি honey", "Honey 1 kg", 2),
        ("sundarban", "Sundarban honey 500 g", 1),
        ("lychee honey 500gm", "Lychee honey 500 g", 1),
        ("৫০০ গ্রাম ঘি", "Ghee 500 g", 1),
        ("half kg ghee", "Ghee 500 g", 1),
        ("ghi 1 kg", "Ghee 1 kg", 1),
        ("oil 5 liter", "Mustard oil 5 L", 1),
        ("kalojira", "কালোজিরা ৫০০ গ্রাম", 1),
        ("modhu", "কালোজিরা মধু ৫০০ গ্রাম", 1),
        ("khejur gur", "খেজুরের গুড় ১ কেজি", 1),
        ("khejurer gur 2 kg", "খেজুরের গুড় ১ কেজি", 2),
        ("chinigura chal", "চিনিগুঁড়া চাল ৫ কেজি", 1),
        ("chia", "Chia seed", 1),
        ("aadha kg khejur gur", "খেজুরের গুড় ১ কেজি", Decimal("0.5")),
    ],
)
async def test_one_fits(shelf: AsyncSession, typed: str, name: str, packs: Decimal | int) -> None:
    (found,) = await meant(shelf, [(typed, Decimal(1))])
    assert found.product is not None, found.choices
    assert (found.product.name, found.quantity) == (name, packs)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("ghee", ["Ghee 1 kg", "Ghee 500 g"]),
        ("mustard oil", ["Mustard oil 1 L", "Mustard oil 5 L"]),
        ("honey 500 g", ["Lychee honey 500 g", "Sundarban honey 500 g"]),
        ("soap", []),
        ("", []),
        ("😀", []),
        ("1 kg", []),
    ],
)
async def test_several_fit_or_none(shelf: AsyncSession, typed: str, names: list[str]) -> None:
    (found,) = await meant(shelf, [(typed, Decimal(3))])
    assert (found.product, found.quantity) == (None, 3)
    assert [product.name for product, _ in found.choices] == names


async def test_the_packs_of_a_chosen_product(shelf: AsyncSession) -> None:
    (found,) = await meant(shelf, [("ghee", Decimal(1))])
    kilo = next(product for product, _ in found.choices if product.name == "Ghee 1 kg")
    assert of_product("2 kg ghee", Decimal(3), kilo) == 6
    assert of_product("ghee", Decimal(3), kilo) == 3
    assert of_product("5 L ghee", Decimal(3), kilo) == 3
    assert await sold(shelf, kilo.product_id) == kilo
    assert await sold(shelf, 10**12) is None


async def test_nothing_is_looked_up_for_nothing(session: AsyncSession) -> None:
    assert await meant(session, []) == []
