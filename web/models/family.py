"""A customer's relatives."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from cdm_core import phones
from cdm_core.family import Relative
from cdm_core.words import Gender, Relationship, RelativeField
from web.models.events import Instant
from web.models.fields import Answer, Body, CustomerId, Day, Id, Line

EXAMPLE: JsonDict = {
    "id": 17,
    "customer_id": 123,
    "name": "Sarah Doe",
    "relationship": "spouse",
    "phone": "01712345679",
    "phone_e164": "+8801712345679",
    "email": None,
    "date_of_birth": "1992-05-15",
    "birthday": "05-15",
    "anniversary_date": "2015-12-20",
    "gender": "female",
    "profession": "Doctor",
    "also_customer_id": None,
    "updated_at": "2026-11-22T05:10:00Z",
}

_FOLLOWS = frozenset({"phone_e164", "birthday", "also_customer_id"})
"""What is answered and follows from the rest."""

Name = Annotated[Line, Field(min_length=1)]
Phone = Annotated[Line, Field(max_length=40, description="Any way people write it; it must be a valid number")]


class _Told(Body):
    """What may be told of a relative; the fields that were left out are not set."""

    phone: Phone | None = None
    email: Line | None = None
    date_of_birth: Day | None = None
    anniversary_date: Day | None = Field(None, description="Of the first spouse: the customer's own too")
    gender: Gender | None = None
    profession: Annotated[Line, Field(max_length=100)] | None = None

    def fields(self) -> dict[RelativeField, str | date | None]:
        return {RelativeField(name): getattr(self, name) for name in self.model_fields_set & set(RelativeField)}


class NewRelative(_Told):
    """A relative of a customer, known by relationship and name."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customerId": 123,
                    "name": "Sarah Doe",
                    "relationship": "spouse",
                    "phone": "01712345679",
                    "date_of_birth": "1992-05-15",
                    "anniversary_date": "2015-12-20",
                }
            ]
        }
    )

    customer: CustomerId = Field(alias="customerId")
    name: Name
    relationship: Relationship


class ChangedRelative(_Told):
    """What is to change; what is left out stays, null empties. The fields of the answer that nobody can change may
    stand here too: what was read can be sent back as it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"phone": "01712345679", "profession": "Doctor"}]})

    id: Id | None = Field(None, description="As in the path")
    customer: CustomerId | None = Field(
        None, alias="customerId", description="Whose relative it is: nobody else's it becomes"
    )
    updated_at: Instant | None = Field(
        None, description="As you read it: the change is refused where somebody changed the relative since"
    )

    # Factories: what is left out stays, and no default is told of in the documentation.
    name: Name = Field(default_factory=str)
    relationship: Relationship = Field(default_factory=lambda: Relationship.OTHER)

    @model_validator(mode="before")
    @classmethod
    def _as_answered(cls, sent: object) -> object:
        if not isinstance(sent, dict):
            return sent
        told = {name: value for name, value in sent.items() if name not in _FOLLOWS}
        return {"customerId": told.pop("customer_id"), **told} if "customer_id" in told else told


class FamilyMember(Answer):
    """A relative. A couple's anniversary is kept once, for both."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: int
    customer_id: int
    name: str
    relationship: Relationship
    phone: str | None = Field(description="As people dial it; as typed where it is no valid number")
    phone_e164: str | None = Field(description="The same with the country's code; null where it is no valid number")
    email: str | None
    date_of_birth: date | None
    birthday: str | None = Field(description="Month and day, also where the year is not known", examples=["05-15"])
    anniversary_date: date | None
    gender: Gender | None
    profession: str | None
    also_customer_id: int | None = Field(description="The customer whom the relative is, by phone")
    updated_at: datetime = Field(description="When anybody last changed the relative, but for a couple's anniversary")

    @classmethod
    def of(cls, customer_id: int, relative: Relative, country: str) -> Self:
        e164 = phones.to_e164(relative.phone, country) if relative.phone else None
        return cls(
            id=relative.relative_id,
            customer_id=customer_id,
            name=relative.name,
            relationship=relative.relationship,
            phone=phones.national(e164, country) if e164 else relative.phone,
            phone_e164=e164,
            email=relative.email,
            date_of_birth=relative.date_of_birth,
            birthday="{:02}-{:02}".format(*relative.birthday) if relative.birthday else None,
            anniversary_date=relative.anniversary,
            gender=relative.gender,
            profession=relative.profession,
            also_customer_id=relative.also_customer,
            updated_at=relative.updated_at,
        )
