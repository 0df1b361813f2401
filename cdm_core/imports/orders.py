"""Orders: one row a line of an order; an order is replaced whole by its key when the file says something new of it.

Lines of one order may lie apart. They are numbered by position, the order's time is the earliest of them, and its
status follows from theirs: any completed, else any pending, else any returned, else cancelled.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b
from struct import unpack
from typing import Any

from cdm_core.imports import catalogue, keys, order_merge, values, words
from cdm_core.imports.columns import Columns, Field
from cdm_core.imports.kind import Context, Kind, Shape
from cdm_core.imports.values import CENT, Bad, Fault, Memo

MOST = Decimal(10) ** 10

FIELDS = (
    Field("order_id", ("order", "order no", "order number", "invoice", "invoice no", "অর্ডার", "অর্ডার আইডি", "অর্ডার নং",
                       "অর্ডার নম্বর", "ইনভয়েস"), required=True),
    Field("customer_id", keys.CUSTOMER_NAMES, required=True),
    Field("ordered_at", ("date", "order date", "ordered on", "created at", "invoice date", "time", "তারিখ",
                         "অর্ডারের তারিখ", "সময়"), required=True),
    Field("sku", catalogue.SKU_NAMES),
    Field("product", catalogue.PRODUCT_NAMES),
    Field("quantity", ("qty", "count", "units", "পরিমাণ", "সংখ্যা")),
    Field("unit_price", ("price", "rate", "একক মূল্য", "দর", "দাম", "মূল্য")),
    Field("amount", ("total", "line total", "total amount", "subtotal", "মোট", "মোট টাকা", "টাকা")),
    Field("status", ("order status", "state", "অবস্থা", "স্ট্যাটাস")),
    Field("payment_method", ("payment", "paid by", "পেমেন্ট")),
)  # fmt: skip


def readers(context: Context) -> Mapping[str, Callable[[str], Any]]:
    """Numbers and times come back as text, which is all that ``shape`` needs and the cheapest to copy."""
    when = values.moment(context.zone, context.now + values.LATE)
    quantity = values.number(3)
    price = values.number(6)
    amount = values.number(2)
    return {
        "order_id": values.text(255),
        "customer_id": values.text(255),
        "ordered_at": lambda cell: when(cell).isoformat(),
        "sku": values.text(100),
        "product": values.text(255),
        "quantity": lambda cell: str(quantity(cell)),
        "unit_price": lambda cell: str(price(cell)),
        "amount": lambda cell: str(amount(cell)),
        "status": values.word(words.STATUSES),
        "payment_method": values.word(words.PAYMENTS),
    }


def shape(context: Context, columns: Columns) -> Shape:
    """Rows of the staging table; sees that an order has one customer, and counts its lines."""
    orders: dict[str, list[Any]] = {}
    named = "sku" in columns.at or "product" in columns.at
    blank = blake2b(digest_size=8)
    totals: dict[tuple[str | None, str | None, str | None], str] = Memo(_total)

    def row(line: int, cells: Sequence[Any]) -> str:
        order, customer, at, sku, product, quantity, price, amount, status, payment = cells
        key = f"s{sku}" if sku else f"n{product}" if product else ""
        if named and not key:
            raise Bad(Fault.MISSING, "product" if "product" in columns.at else "sku")
        if price and price.startswith("-"):  # a discount, or what came back: so many less at that price
            price, quantity = price[1:], f"-{(quantity or '1').removeprefix('-')}"
        amount = totals[quantity, price, amount]
        quantity = quantity or ("-1" if amount.startswith("-") else "1")
        known = orders.get(order)
        if known is None:
            known = orders[order] = [customer, 0]
        elif known[0] != customer:
            raise Bad(Fault.OTHER_CUSTOMER, "customer_id")
        known[1] += 1
        said = (
            f"{customer}\t{at}\t{key}\t{product or sku or ''}\t{quantity}\t{price or ''}\t{amount}"
            f"\t{status or 'completed'}\t{payment or ''}"
        )
        digest = blank.copy()
        digest.update(said.encode())
        return f"{line}\t{order}\t{known[1]}\t{unpack('>q', digest.digest())[0]}\t{said}"

    return row


def _total(line: tuple[str | None, str | None, str | None]) -> str:
    """What a line of (quantity, unit price, amount) comes to: below zero for a negative quantity."""
    quantity, price, amount = (None if number is None else Decimal(number) for number in line)
    if quantity == 0:
        raise Bad(Fault.BAD_NUMBER, "quantity")
    if price is not None:
        total = (price * (1 if quantity is None else quantity)).quantize(CENT, ROUND_HALF_UP)
    elif amount is not None:
        total = -abs(amount) if quantity is not None and quantity < 0 else amount
    else:
        raise Bad(Fault.MISSING, "unit_price")
    if abs(total) >= MOST:
        raise Bad(Fault.BAD_NUMBER, "amount")
    return str(total)


KIND = Kind(
    fields=FIELDS,
    staging="order_key text, position integer, digest bigint, customer_key text, at timestamptz, product_key text, "
    "product text, quantity numeric, price numeric, amount numeric, status text, payment text",
    readers=readers,
    shape=shape,
    merge=order_merge.merge,
)
