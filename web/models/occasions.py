"""Birthdays and anniversaries to come."""

from datetime import date
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from cdm_core.words import EventType, Relationship
from web.models.fields import Answer

EXAMPLE: JsonDict = {
    "type": "customer",
    "customer_id": 123,
    "customer_name": "John Doe",
    "family_member_id": None,
    "relationship": None,
    "name": "John Doe",
    "phone": "01712345678",
    "email": "john@example.com",
    "owner_id": 2,
    "event_type": "birthday",
    "event_date": "2026-12-18",
    "days_until_event": 0,
    "age_or_years": 36,
}


class UpcomingEvent(Answer):
    """A day of a customer, or of a relative of theirs."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    type: Literal["customer", "family"]
    customer_id: int
    customer_name: str
    family_member_id: int | None
    relationship: Relationship | None = Field(description="What the relative is to the customer")
    name: str = Field(description="Whose day it is")
    phone: str | None = Field(description="As people dial it; the customer's where the relative has none")
    email: str | None
    owner_id: int | None = Field(description="Who of the staff looks after the customer")
    event_type: EventType
    event_date: date
    days_until_event: int
    age_or_years: int | None = Field(description="What the day completes; null where the year is not known")
