"""What is sold."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from web.models.events import Instant
from web.models.fields import Amount, Answer, Body, Line, Money

EXAMPLE: JsonDict = {
    "product_id": 456,
    "sku": "H-1000",
    "name": "Honey 1 kg",
    "category": "Honey",
    "price": 1250,
    "stock": 40,
    "pack_days": 30,
    "active": True,
    "created_at": "2026-01-10T09:30:00Z",
    "updated_at": "2026-11-22T05:10:00Z",
}

Whole = Annotated[int, Field(strict=True)]


class ProductTold(Body):
    """What is told of a product; what is left out stays, null empties."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Honey 1 kg", "category": "Honey", "price": 1250, "stock": 40, "pack_days": 30}]
        }
    )

    # Factories: what is left out stays, and no default is told of in the documentation.
    name: Line = Field(default_factory=str, min_length=1, description="A new product without one is called by its SKU")
    category: Annotated[Line, Field(description="By its name; made where it is new")] | None = None
    price: Annotated[Amount, Field(description="What one costs by the list")] | None = None
    stock: Annotated[Whole, Field(ge=-1_000_000, lt=2**31)] | None = None
    pack_days: Annotated[Whole, Field(ge=1, lt=10_000, description="How long one lasts")] | None = None
    active: bool = Field(
        default_factory=lambda: True, strict=True, description="Whether it is still sold; a new one is"
    )

    updated_at: Instant | None = Field(
        None, description="As you read it: the change is refused where somebody changed the product since"
    )

    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set - {"updated_at"}}


class ProductShown(Answer):
    """A product."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    product_id: int
    sku: str | None
    name: str
    category: str | None
    price: Money | None
    stock: int | None
    pack_days: int | None = Field(description="How long one lasts")
    active: bool = Field(description="Whether it is still sold")
    created_at: datetime
    updated_at: datetime
