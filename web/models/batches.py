"""Many behaviours and drop-offs in one request, each taken or refused by itself."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError
from pydantic.config import JsonDict

from cdm_core.event_batches import MOST
from web.models.behavior import NewBehavior
from web.models.dropoffs import NewDropoff
from web.models.fields import Answer, Body

_SENT: JsonDict = {
    "events": [
        {"customerId": 123, "behavior_type": "product_view", "productId": 456, "sessionId": "abc123xyz"},
        {"customerId": 123, "stage": "payment_failed", "productId": 789, "cart_value": 5500},
    ]
}
_KEPT: JsonDict = {
    "accepted": 1,
    "repeated": 0,
    "rejected": 1,
    "items": [
        {"index": 0, "status": "accepted", "id": 70001, "customer_id": 123, "code": None, "detail": None},
        {
            "index": 1,
            "status": "rejected",
            "id": None,
            "customer_id": None,
            "code": "no_such_product",
            "detail": "There is no product with the id 789.",
        },
    ],
}
_READERS: dict[str, type[NewBehavior] | type[NewDropoff]] = {"behavior_type": NewBehavior, "stage": NewDropoff}


class NewEvents(Body):
    """Behaviours and drop-offs, each as it would be sent alone; what is wrong with one keeps no other back."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SENT]})

    events: Annotated[list[Any], Field(min_length=1, max_length=MOST)] = Field(
        description="Bodies of `POST /cdm/behavior` (with `behavior_type`) and of `POST /cdm/dropoff` (with `stage`)"
    )


class EventFate(Answer):
    """What became of one event."""

    index: int = Field(description="Its place in what was sent, from 0")
    status: Literal["accepted", "repeated", "rejected"]
    id: int | None = Field(None, description="Of the behaviour or drop-off; a repeat's is that of the first time")
    customer_id: int | None = None
    code: str | None = Field(None, description="Why it was rejected, for programs")
    detail: str | None = Field(None, description="Why it was rejected, for people")


class EventFates(Answer):
    """How many were taken, and what became of each, in the order they were sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEPT]})

    accepted: int
    repeated: int = Field(description="Kept before, under the same Idempotency-Key")
    rejected: int
    items: list[EventFate]


def read(event: object) -> NewBehavior | NewDropoff | str:
    """An event as it would be sent alone, or what is wrong with it."""
    if not isinstance(event, dict):
        return "an event is an object, with either behavior_type or stage"
    kinds = [kind for kind in _READERS if kind in event]
    if len(kinds) != 1:
        return "an event has either behavior_type or stage"
    try:
        return _READERS[kinds[0]].model_validate(event)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{place}: {first['msg']}" if place else first["msg"]
