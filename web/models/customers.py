"""Customers' master data, what became of them, and what they bought."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from cdm_core.profile_writes import Told
from cdm_core.words import (
    ConsentChannel,
    CustomerType,
    Gender,
    InteractionType,
    Language,
    LifecycleStage,
    MaritalStatus,
    OrderStatus,
    PaymentMethod,
    ProfileField,
)
from web.models.events import Instant
from web.models.fields import SOURCE, Answer, Body, CustomerId, Day, Line, Money, Number

RECORD: JsonDict = {
    "customer_id": 123,
    "keys": ["shop:C-1001"],
    "first_name": "John",
    "last_name": "Doe",
    "phone": "01712345678",
    "phone_e164": "+8801712345678",
    "email": "john@example.com",
    "address": "House 12, Road 5",
    "city": "Dhaka",
    "district": "Dhaka",
    "gender": "male",
    "date_of_birth": "1990-12-18",
    "birthday": "12-18",
    "marital_status": "married",
    "anniversary_date": "2015-12-20",
    "profession": "Teacher",
    "available_time": "18:00-20:00",
    "preferred_channel": "whatsapp",
    "preferred_language": "bn",
    "source": "shop",
    "tags": ["wholesale"],
    "customer_type": "vip",
    "lifecycle_stage": "loyal",
    "owner_id": 2,
    "household_id": None,
    "do_not_call_at": None,
    "consents": {"sms": False},
    "created_at": "2026-01-10T09:30:00Z",
    "updated_at": "2026-11-22T05:10:00Z",
}

Short = Annotated[Line, Field(max_length=100)]
Tag = Annotated[str, Field(min_length=1, max_length=30, pattern=r"^[^\x00,#]+$")]
Channel = Annotated[InteractionType, Field(description="How they like to be spoken to")]


class _Profile(Body):
    """What may be told of a customer; the fields that were left out are not set, null or "" empties."""

    first_name: Line | None = None
    last_name: Line | None = None
    phone: Annotated[Line, Field(max_length=40, description="Any way people write it; it must be valid")] | None = None
    email: Line | None = None
    address: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] | None = None
    city: Short | None = None
    district: Short | None = None
    gender: Gender | None = None
    date_of_birth: Day | None = None
    marital_status: MaritalStatus | None = None
    anniversary_date: Day | None = None
    profession: Short | None = None
    available_time: (
        Annotated[Line, Field(max_length=50, description="When to call", examples=["18:00-20:00"])] | None
    ) = None
    preferred_channel: Channel | None = None
    preferred_language: Language | None = None
    tags: Annotated[list[Tag], Field(max_length=10)] | None = None

    def fields(self) -> dict[ProfileField, Told]:
        return {ProfileField(name): getattr(self, name) for name in self.model_fields_set & PROFILE}


PROFILE = frozenset(_Profile.model_fields)


class NewCustomer(_Profile):
    """A customer of yours. With `source` and `key`, your name for them, sending it again brings them up to date."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": "shop",
                    "key": "C-1001",
                    "first_name": "John",
                    "last_name": "Doe",
                    "phone": "01712345678",
                    "email": "john@example.com",
                    "city": "Dhaka",
                    "date_of_birth": "1990-12-18",
                    "tags": ["wholesale"],
                }
            ]
        }
    )

    source: (
        Annotated[
            str,
            Field(pattern=f"^{SOURCE}$", description="The system whose key it is", examples=["shop"]),
        ]
        | None
    ) = None
    key: Annotated[Line, Field(min_length=1, description="What that system calls the customer")] | None = None

    @model_validator(mode="after")
    def _both(self) -> "NewCustomer":
        if (self.source is None) != (self.key is None):
            raise ValueError("source and key go together")
        return self


class ChangedCustomer(_Profile):
    """What is to change; what is left out stays, null empties."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"city": "Sylhet", "email": None, "updated_at": "2026-11-22T05:10:00Z"}]}
    )

    phone_shared: bool = Field(False, strict=True, description="Another customer has the phone too, as households do")
    updated_at: Instant | None = Field(
        None, description="As you read it: the change is refused where somebody changed the customer since"
    )


class Customer(Answer):
    """Master data as stored; numbers about a customer are in `/cdm/customer360`."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECORD]})

    customer_id: int
    keys: list[str] = Field(description="What other systems call them, as `source:key`")
    first_name: str
    last_name: str
    phone: str | None = Field(description="As people dial it; as typed where it is no valid number")
    phone_e164: str | None
    email: str | None
    address: str | None
    city: str | None
    district: str | None
    gender: Gender | None
    date_of_birth: date | None
    birthday: str | None = Field(description="Month and day, also where the year is not known", examples=["12-18"])
    marital_status: MaritalStatus | None
    anniversary_date: date | None
    profession: str | None
    available_time: str | None
    preferred_channel: InteractionType | None
    preferred_language: Language | None
    source: str | None = Field(description="The system that told of the customer first")
    tags: list[str]
    customer_type: CustomerType
    lifecycle_stage: LifecycleStage
    owner_id: int | None = Field(description="Who of the staff looks after them")
    household_id: int | None = Field(description="The same for all who share phones")
    do_not_call_at: datetime | None = Field(description="Since when they are not to be called")
    consents: dict[ConsentChannel, bool] = Field(description="What they said of a channel; others were not spoken of")
    created_at: datetime
    updated_at: datetime = Field(
        description="When anybody last changed what you may change here; the ETag stands for all that is shown"
    )


class MergeWith(Body):
    """Who goes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customerId": 456}, {"customerId": "shop:C-1001"}]})

    gone: CustomerId = Field(alias="customerId")


class MergedCustomer(Answer):
    """What came over to the customer who stayed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer_id": 123,
                    "gone_id": 456,
                    "merge_id": 7,
                    "orders": 2,
                    "contacts": 5,
                    "relatives": 1,
                    "filled": ["email"],
                }
            ]
        }
    )

    customer_id: int
    gone_id: int = Field(description="This id leads to the customer from now on")
    merge_id: int
    orders: int
    contacts: int
    relatives: int
    filled: list[ProfileField] = Field(description="What had been empty and was filled")


class ErasedCustomer(Answer):
    """A customer of whom nothing is left but numbers."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"customer_id": 123, "erased_at": "2026-11-22T05:10:00Z", "withdrawn": 1}]}
    )

    customer_id: int
    erased_at: datetime
    withdrawn: int = Field(description="Messages about them that were not sent yet and are not sent any more")


class LifecycleChange(Answer):
    """When a customer came to another stage or type."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": "2026-11-17T09:30:00Z",
                    "from_stage": "repeat_buyer",
                    "to_stage": "loyal",
                    "from_type": "repeat",
                    "to_type": "vip",
                }
            ]
        }
    )

    at: datetime
    from_stage: LifecycleStage | None
    to_stage: LifecycleStage
    from_type: CustomerType | None
    to_type: CustomerType


class PurchasedItem(Answer):
    """A line of an order; `returned` where it came back."""

    product_id: int | None
    product: str
    quantity: Number
    amount: Money
    status: OrderStatus


class Purchase(Answer):
    """An order with its lines."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": 91,
                    "ordered_at": "2026-11-17T09:30:00Z",
                    "status": "completed",
                    "total_amount": 5500,
                    "payment_method": "bkash",
                    "items": [
                        {
                            "product_id": 789,
                            "product": "Honey 1 kg",
                            "quantity": 2,
                            "amount": 5500,
                            "status": "completed",
                        }
                    ],
                }
            ]
        }
    )

    order_id: int
    ordered_at: datetime
    status: OrderStatus
    total_amount: Money
    payment_method: PaymentMethod | None
    items: list[PurchasedItem]
