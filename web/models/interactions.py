"""Contacts with a customer, as the guide has them, and their sums."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from cdm_core.words import Direction, InteractionType, Outcome, Reason
from web.models.events import Moment, Said
from web.models.fields import Answer, Body, CustomerId, Id

_SENT: JsonDict = {
    "customerId": 123,
    "interaction_type": "call",
    "interaction_direction": "outbound",
    "subject": "Follow-up on recent order",
    "description": "Customer is happy with product, interested in accessories",
    "outcome": "Interested",
    "duration_seconds": 180,
}
_KEPT: JsonDict = {
    "id": 9001,
    "customer_id": 123,
    **{name: value for name, value in _SENT.items() if name != "customerId"},
    "outcome_code": "interested",
    "reason": None,
    "follow_up_required": False,
    "staff_id": None,
    "staff": None,
    "source": "api",
    "occurred_at": "2026-11-22T05:10:00Z",
    "created_at": "2026-11-22T05:10:00Z",
}
_STATS: JsonDict = {
    "customer_id": 123,
    "total": 12,
    "by_type": {"call": 5, "whatsapp": 5, "email": 1, "sms": 1},
    "by_direction": {"outbound": 11, "inbound": 1},
    "by_outcome": {"connected": 2, "no_answer": 2, "callback_requested": 1, "other": 1},
    "total_duration_seconds": 540,
    "mean_duration_seconds": 180.0,
    "answered_calls": 3,
    "unanswered_calls": 2,
    "answer_rate": 0.6,
    "last_contact_at": "2026-11-20T12:42:00Z",
    "last_attempt_at": "2026-11-20T12:42:00Z",
}


class NewInteraction(Body):
    """A contact that happened."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [_SENT]})

    customer_id: CustomerId = Field(alias="customerId")
    interaction_type: InteractionType
    interaction_direction: Direction = Direction.OUTBOUND
    subject: Said | None = None
    description: Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=10_000)] | None = None
    outcome: (
        Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=100), AfterValidator(lambda said: said or None)] | None
    ) = Field(None, description="Any words: they are kept, and understood where they can be (`outcome_code`)")
    reason: Reason | None = None
    duration_seconds: Annotated[int, Field(strict=True, ge=0, le=86_400)] | None = None
    follow_up_at: Moment | None = Field(None, description="When the customer is to be called next")
    follow_up_required: bool | None = Field(
        None, strict=True, description="As `follow_up_at` says it already: true needs one, false has none"
    )
    staff_id: Id | None = Field(
        None,
        description="Who of the staff it was. An outbound call, a meeting, or whatever has an outcome answers the "
        "customer's alert and keeps the promise to call also without it; what came in without it asks for an answer",
    )
    occurred_at: Moment | None = None

    @model_validator(mode="after")
    def _promised(self) -> Self:
        if self.follow_up_required and self.follow_up_at is None:
            raise ValueError("follow_up_required needs a follow_up_at: when the customer is to be called")
        if self.follow_up_required is False and self.follow_up_at is not None:
            raise ValueError("follow_up_at is a follow-up that is required")
        return self


class Interaction(Answer):
    """A contact as it is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEPT]})

    id: int
    customer_id: int
    interaction_type: InteractionType
    interaction_direction: Direction
    subject: str | None
    description: str | None
    outcome: str | None = Field(description="As it was given")
    outcome_code: Outcome | None = Field(description="What was understood of it")
    reason: Reason | None
    duration_seconds: int | None
    follow_up_required: bool = Field(description="The call that was promised then is still to be made")
    staff_id: int | None
    staff: str | None = Field(description="The name of who it was")
    source: str = Field(description="Where it was logged: `chat`, `api`, or another system")
    occurred_at: datetime
    created_at: datetime


class InteractionStats(Answer):
    """Sums of a customer's contacts; what never came is left out of the counts."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STATS]})

    customer_id: int
    total: int
    by_type: dict[str, int]
    by_direction: dict[str, int]
    by_outcome: dict[str, int] = Field(description="By `outcome_code`; `other`: an outcome that fits none")
    total_duration_seconds: int
    mean_duration_seconds: float | None = Field(description="Over the contacts whose duration is known")
    answered_calls: int = Field(description="Calls we made that were answered")
    unanswered_calls: int
    answer_rate: float | None = Field(description="0 to 1, of the calls we made whose outcome is known")
    last_contact_at: datetime | None = Field(description="When anybody last reached them")
    last_attempt_at: datetime | None = Field(description="When anybody last tried; no message of a program")
