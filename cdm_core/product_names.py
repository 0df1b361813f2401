"""Products by what agents call them: "honey", "মধু ১ কেজি", "half kg ghee", "sorishar tel 5 L", in either script."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.digits import ascii_digits
from cdm_core.names import phonetic, skeleton, tokens
from cdm_core.tables import products

MOST_CHOICES = 5

_PRODUCT = select(products.c.id, products.c.name, products.c.price)
_THOUSANDTH = Decimal("0.001")
_SHORTEST_BEGINNING = 3
_SHORTEST_SKELETON = 3
_UNITS = {
    **dict.fromkeys(("kg", "kgs", "kilo", "keji", "kezi", "কেজি", "কিলো"), ("g", 1000)),
    **dict.fromkeys(("g", "gm", "gms", "gr", "gram", "grams", "গ্রাম"), ("g", 1)),
    **dict.fromkeys(("l", "lt", "ltr", "liter", "litre", "litar", "লিটার"), ("ml", 1000)),
    **dict.fromkeys(("ml", "মিলি", "এমএল"), ("ml", 1)),
}
_PARTS = {
    **dict.fromkeys(("half", "hap", "haf", "adha", "aadha", "adh", "আধা", "হাফ"), Decimal("0.5")),
    **dict.fromkeys(("der", "দেড়"), Decimal("1.5")),
    **dict.fromkeys(("arai", "আড়াই"), Decimal("2.5")),
}
_MEASURE = re.compile(
    rf"(?<!\w)(?P<number>\d+(?:\.\d+)?|{'|'.join(_PARTS)})\s*"
    rf"(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Product:
    """``price`` is what one costs by the list."""

    product_id: int
    name: str
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Meant:
    """What a line of an order means: the one ``product`` and how many of it; else the likeliest ``choices``, and
    how many of each."""

    product: Product | None
    quantity: Decimal
    choices: tuple[tuple[Product, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class _Named:
    """A name apart: its words, and what a pack holds, in grams or millilitres."""

    words: tuple[str, ...]
    unit: str | None
    pack: Decimal | None


@dataclass(frozen=True, slots=True)
class _Fit:
    """``quantity`` packs of the product are what was said; ``whole``: nothing of its name was left unsaid;
    ``start``: it begins with what was said."""

    product: Product
    quantity: Decimal
    whole: bool
    start: bool
    exact: bool


async def meant(session: AsyncSession, lines: Sequence[tuple[str, Decimal]]) -> list[Meant]:
    """What each line (name as typed, quantity) means of the products that are sold.

    Names are compared by their words: equal, begun, or alike in sound in either script. Of several packs that is
    meant whose weight was said, else that of which the weight is a multiple.
    """
    if not lines:
        return []
    rows = await session.execute(_PRODUCT.where(products.c.active).order_by(products.c.id))
    on_sale = [Product(*row) for row in rows]
    return [_meant(name, quantity, on_sale) for name, quantity in lines]


async def sold(session: AsyncSession, product_id: int) -> Product | None:
    row = (await session.execute(_PRODUCT.where(products.c.id == product_id))).one_or_none()
    return None if row is None else Product(*row)


def of_product(name: str, quantity: Decimal, product: Product) -> Decimal:
    """How many packs of ``product`` are ``quantity`` times what ``name`` says ("2 kg honey" of a pack of 500 g)."""
    return quantity * _packs(_named(name), _named(product.name))


def _meant(name: str, quantity: Decimal, on_sale: Sequence[Product]) -> Meant:
    said = _named(name)
    fits = [fit for product in on_sale if (fit := _fit(said, quantity, product)) is not None]
    fits.sort(key=lambda fit: (not fit.exact, not fit.whole, not fit.start, len(fit.product.name)))
    for likeliest in (
        [fit for fit in fits if fit.product.name.casefold() == " ".join(name.split()).casefold()],
        [fit for fit in fits if fit.exact and fit.whole],
        [fit for fit in fits if fit.exact],
        [fit for fit in fits if fit.whole],
        [fit for fit in fits if fit.start],
        fits,
    ):
        if len(likeliest) == 1:
            return Meant(likeliest[0].product, likeliest[0].quantity)
        if likeliest:
            break
    likely = [fit for fit in fits if fit.exact] or fits
    return Meant(None, quantity, tuple((fit.product, fit.quantity) for fit in likely[:MOST_CHOICES]))


def _fit(said: _Named, quantity: Decimal, product: Product) -> _Fit | None:
    own = _named(product.name)
    if not said.words or not all(any(_alike(word, other) for other in own.words) for word in said.words):
        return None
    return _Fit(
        product,
        quantity * _packs(said, own),
        whole=all(any(_alike(word, other) for word in said.words) for other in own.words),
        start=_alike(said.words[0], own.words[0]),
        exact=said.pack is not None and (said.unit, said.pack) == (own.unit, own.pack),
    )


def _packs(said: _Named, own: _Named) -> Decimal:
    """How many of the product's packs the weight said is; 1 where that cannot be told."""
    if said.pack is None or own.pack is None or said.unit != own.unit:
        return Decimal(1)
    return (said.pack / own.pack).quantize(_THOUSANDTH).normalize()


@lru_cache(maxsize=65_536)
def _alike(word: str, other: str) -> bool:
    """Whether ``word`` as typed may be the product's word ``other``."""
    if word == other or (len(word) >= _SHORTEST_BEGINNING and other.startswith(word)):
        return True
    if word.isdecimal() or other.isdecimal():
        return False
    heard, sounds = phonetic(word), phonetic(other)
    if heard == sounds or (len(heard) >= _SHORTEST_BEGINNING and sounds.startswith(heard)):
        return True
    bones = skeleton(word)
    return len(bones) >= _SHORTEST_SKELETON and skeleton(other).startswith(bones)


@lru_cache(maxsize=16_384)
def _named(name: str) -> _Named:
    text = ascii_digits(name).casefold()
    found = list(_MEASURE.finditer(text))
    words = tuple(tokens(_MEASURE.sub(" ", text))) or tuple(tokens(text))
    if not found:
        return _Named(words, None, None)
    number, (unit, size) = found[-1]["number"], _UNITS[found[-1]["unit"]]
    amount = _PARTS.get(number) or Decimal(number)
    return _Named(words, unit, amount * size if amount else None)
