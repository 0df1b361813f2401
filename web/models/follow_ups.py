"""Promised calls, and notes that wait to be confirmed."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from web.models.events import Moment
from web.models.fields import Answer, Body, CustomerId, Id

_KEPT: JsonDict = {
    "id": 301,
    "customer_id": 123,
    "customer_name": "John Doe",
    "staff_id": 2,
    "staff": "Nusrat",
    "due_at": "2026-11-24T11:00:00Z",
    "asked": True,
    "overdue": False,
    "status": "open",
    "created_at": "2026-11-22T05:10:00Z",
    "closed_at": None,
}
_NOTE: JsonDict = {
    "id": 88,
    "text": "kotha hoise, kal 6tay call dite bolse",
    "staff_id": 2,
    "staff": "Nusrat",
    "said_at": "2026-11-22T05:10:00Z",
    "with_files": False,
}


class Moved(Body):
    """Another time for the call."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"due_at": "2026-11-24T17:00:00+06:00"}]})

    due_at: Moment = Field(description="When the customer is to be called, with a zone")
    asked: bool = Field(False, strict=True, description="The customer chose the time: it rings in quiet hours too")


class NewFollowUp(Moved):
    """A call to promise. It takes the place of the one that is open."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"customerId": 123, "due_at": "2026-11-24T17:00:00+06:00", "asked": True}]}
    )

    customer_id: CustomerId = Field(alias="customerId")
    staff_id: Id | None = Field(None, description="Who of the staff calls; without it, who looks after the customer")


class FollowUp(Answer):
    """A promised call. A customer has one that is open at most."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEPT]})

    id: int
    customer_id: int
    customer_name: str
    staff_id: int | None
    staff: str | None = Field(description="The name of who promised it")
    due_at: datetime
    asked: bool
    overdue: bool
    status: Literal["open", "done", "replaced", "cancelled"]
    created_at: datetime
    closed_at: datetime | None


class WaitingNote(Answer):
    """What somebody wrote of a customer while it was not clear of whom."""

    model_config = ConfigDict(json_schema_extra={"examples": [_NOTE]})

    id: int
    text: str
    staff_id: int
    staff: str
    said_at: datetime
    with_files: bool = Field(description="It came with files: it can be confirmed in the chat alone")


class Confirmed(Body):
    """Whose the note is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customerId": 123}]})

    customer_id: CustomerId = Field(alias="customerId")
