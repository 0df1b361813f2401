"""Orders as the shop has them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.config import JsonDict

from cdm_core.words import OrderStatus, PaymentMethod
from web.models.events import Moment, ProductId, Said
from web.models.fields import Amount, Answer, Body, CustomerId, Money, Number, refuse_text

_SENT: JsonDict = {
    "customerId": "shop:C-1001",
    "ordered_at": "2026-11-22T11:10:00+06:00",
    "status": "completed",
    "payment_method": "cod",
    "updated_at": "2026-11-22T11:12:00+06:00",
    "items": [
        {"productId": 456, "quantity": 2, "unit_price": 1225},
        {"sku": "GHE-500", "product": "Ghee 500 g", "quantity": 1, "unit_price": 1450, "status": "returned"},
    ],
}
_KEPT: JsonDict = {
    "source": "shop",
    "key": "O-5001",
    "id": 8001,
    "customer_id": 123,
    "ordered_at": "2026-11-22T05:10:00Z",
    "status": "completed",
    "total_amount": 2450,
    "payment_method": "cod",
    "confirmed_at": None,
    "updated_at": "2026-11-22T05:12:00Z",
    "items": [
        {
            "product_id": 456,
            "sku": "HON-1000",
            "product": "Honey 1 kg",
            "quantity": 2,
            "unit_price": 1225,
            "amount": 2450,
            "status": "completed",
        },
        {
            "product_id": 459,
            "sku": "GHE-500",
            "product": "Ghee 500 g",
            "quantity": 1,
            "unit_price": 1450,
            "amount": 1450,
            "status": "returned",
        },
    ],
}


Quantity = Annotated[
    Decimal,
    BeforeValidator(refuse_text),
    Field(gt=0, lt=10**6, decimal_places=3),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 10**6}, mode="validation"),
]
Price = Annotated[
    Decimal,
    BeforeValidator(refuse_text),
    Field(ge=0, lt=10**9, decimal_places=2),
    WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 10**9}, mode="validation"),
]


class NewLine(Body):
    """One line. It comes to quantity × unit_price, else to amount."""

    model_config = ConfigDict(populate_by_name=True)

    product_id: ProductId | None = Field(None, alias="productId")
    sku: Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=100)] | None = Field(
        None, description="What the shop calls the product, in place of `productId`; one that nobody knows yet is made"
    )
    product: Said | None = Field(None, description="The product's name; one that nobody knows yet is made")
    quantity: Quantity = Decimal(1)
    unit_price: Price | None = None
    amount: Price | None = Field(None, description="What the line comes to, where there is no unit price")
    status: OrderStatus | None = Field(None, description="Where it is not the order's: `returned` for what came back")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.product_id is None and not (self.sku or self.product):
            raise ValueError("a line needs its product: name it by productId, sku or product")
        if self.product_id is not None and self.sku:
            raise ValueError("a line has either a productId or a sku")
        if self.unit_price is None and self.amount is None:
            raise ValueError("a line needs a unit_price or an amount")
        return self


class NewOrder(Body):
    """The whole order as it is by now: what it no longer has is gone."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SENT]})

    customer_id: CustomerId = Field(
        alias="customerId",
        description="The customer's id, or `source:key`; of the order's own source a key that nobody knows makes one",
    )
    ordered_at: Moment
    status: OrderStatus = OrderStatus.COMPLETED
    payment_method: PaymentMethod | None = None
    items: Annotated[list[NewLine], Field(min_length=1, max_length=500)] | None = None
    total_amount: Amount | None = Field(None, description="Of an order without items", lt=10**9)
    updated_at: Moment | None = Field(
        None,
        description="When your system last changed the order, by its own clock: what it was before that, told later, "
        "changes nothing, and the answer is the order as it stands",
    )

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.items is None) == (self.total_amount is None):
            raise ValueError("an order has either items or a total_amount")
        return self


class OrderLine(Answer):
    """A line as it is kept."""

    product_id: int | None
    sku: str | None
    product: str
    quantity: Number
    unit_price: Money | None
    amount: Money
    status: OrderStatus


class Order(Answer):
    """An order as it is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEPT]})

    source: str
    key: str = Field(description="What the source calls it")
    id: int
    customer_id: int
    ordered_at: datetime
    status: OrderStatus = Field(description="Of its lines: any completed, else any pending, else any returned")
    total_amount: Money = Field(description="Of the lines completed or pending; where there is none, of all")
    payment_method: PaymentMethod | None
    confirmed_at: datetime | None = Field(description="When a person of ours confirmed it by phone")
    updated_at: datetime | None = Field(
        description="When the source last changed it, by its own clock, where it told so: later than what you sent, "
        "and what you sent was not taken"
    )
    items: list[OrderLine]
