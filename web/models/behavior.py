"""What a customer did in the shop, as the guide has it."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from cdm_core.words import BehaviorType
from web.models.events import Moment, ProductId, Said
from web.models.fields import Answer, Body, CustomerId, Id, Money

_SENT: JsonDict = {"customerId": 123, "behavior_type": "product_view", "productId": 456, "sessionId": "abc123xyz"}
_KEPT: JsonDict = {
    "id": 70001,
    "customer_id": 123,
    "behavior_type": "product_view",
    "product_id": 456,
    "product": "Honey 1 kg",
    "category_id": None,
    "search_query": None,
    "session_id": "abc123xyz",
    "device_type": None,
    "occurred_at": "2026-11-22T05:10:00Z",
    "created_at": "2026-11-22T05:10:00Z",
}
_VIEWED: JsonDict = {
    "product_id": 456,
    "sku": "HONEY-1",
    "name": "Honey 1 kg",
    "category": "Honey",
    "price": 950,
    "view_count": 9,
    "last_viewed_at": "2026-11-22T05:10:00Z",
}


class NewBehavior(Body):
    """One act of a visitor who is a customer. A `product_view` has its `productId`, a `search` its `search_query`."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [_SENT]})

    customer_id: CustomerId = Field(alias="customerId")
    behavior_type: BehaviorType
    product_id: ProductId | None = Field(None, alias="productId")
    category_id: Id | None = Field(None, alias="categoryId")
    search_query: Said | None = Field(None, description="What was searched for", examples=["khejur gur"])
    session_id: Said | None = Field(None, alias="sessionId", description="The visit, as the shop names it")
    device_type: Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=50)] | None = Field(None, examples=["mobile"])
    occurred_at: Moment | None = None

    @model_validator(mode="after")
    def _told_what(self) -> Self:
        if self.behavior_type is BehaviorType.PRODUCT_VIEW and self.product_id is None:
            raise PydanticCustomError("product_missing", "a product_view needs the productId that was looked at")
        if self.behavior_type is BehaviorType.SEARCH and self.search_query is None:
            raise PydanticCustomError("search_missing", "a search needs the search_query, what was typed")
        return self


class Behavior(Answer):
    """An act as it is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEPT]})

    id: int
    customer_id: int
    behavior_type: BehaviorType
    product_id: int | None
    product: str | None = Field(description="The product's name")
    category_id: int | None
    search_query: str | None
    session_id: str | None
    device_type: str | None
    occurred_at: datetime
    created_at: datetime


class MostViewed(Answer):
    """A product that the customer looked at."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VIEWED]})

    product_id: int
    sku: str | None
    name: str
    category: str | None
    price: Money | None
    view_count: int = Field(description="How often it was looked at")
    last_viewed_at: datetime
