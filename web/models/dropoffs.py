"""Where customers leave, as the guide has it."""

from datetime import datetime

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from cdm_core.words import DropoffStage
from web.models.events import Moment, ProductId, Said
from web.models.fields import Amount, Answer, Body, CustomerId, Money

_SENT: JsonDict = {
    "customerId": 123,
    "stage": "checkout_initiated",
    "productId": 789,
    "cart_value": 5500,
    "reason": "High shipping cost",
}
_KEPT: JsonDict = {
    "id": 4001,
    "customer_id": 123,
    "stage": "checkout_initiated",
    "product_id": 789,
    "product": "Chia seed 500 g",
    "cart_value": 5500,
    "reason": "High shipping cost",
    "session_id": None,
    "recovered": False,
    "recovered_at": None,
    "bought_since": False,
    "occurred_at": "2026-11-22T05:10:00Z",
    "created_at": "2026-11-22T05:10:00Z",
}


class NewDropoff(Body):
    """A customer left without buying."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [_SENT]})

    customer_id: CustomerId = Field(alias="customerId")
    stage: DropoffStage = Field(description="How far they had come")
    product_id: ProductId | None = Field(None, alias="productId")
    cart_value: Amount | None = Field(None, description="What was in the cart")
    reason: Said | None = None
    session_id: Said | None = Field(None, alias="sessionId", description="The visit, as the shop names it")
    occurred_at: Moment | None = None


class Dropoff(Answer):
    """A drop-off as it is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEPT]})

    id: int
    customer_id: int
    stage: DropoffStage
    product_id: int | None
    product: str | None = Field(description="The product's name")
    cart_value: Money | None
    reason: str | None
    session_id: str | None
    recovered: bool = Field(description="It was marked as won back")
    recovered_at: datetime | None
    bought_since: bool = Field(description="The customer ordered after it, whoever's doing that was")
    occurred_at: datetime
    created_at: datetime
