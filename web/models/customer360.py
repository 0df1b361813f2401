"""A customer's 360° view, as the guide has it and with the fields beside."""

from datetime import date, datetime

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from cdm_core.words import CustomerType, Gender, Language, LifecycleStage, MaritalStatus, Temperature
from web.models.fields import Answer, Money, Number

EXAMPLE: JsonDict = {
    "customer_id": 123,
    "first_name": "John",
    "last_name": "Doe",
    "email": "john@example.com",
    "phone": "01712345678",
    "phone_e164": "+8801712345678",
    "address": "House 12, Road 5",
    "city": "Dhaka",
    "district": "Dhaka",
    "gender": "male",
    "date_of_birth": "1990-12-18",
    "marital_status": "married",
    "anniversary_date": "2015-12-20",
    "profession": "Teacher",
    "available_time": "18:00-20:00",
    "preferred_channel": "whatsapp",
    "preferred_language": "bn",
    "source": "shop",
    "tags": ["wholesale"],
    "owner_id": 2,
    "do_not_call_at": None,
    "customer_type": "vip",
    "lifecycle_stage": "loyal",
    "customer_temperature": "hot",
    "lifetime_value": 125000,
    "total_orders": 8,
    "avg_order_value": 15625,
    "first_order_date": "2026-01-10T09:30:00Z",
    "last_order_date": "2026-11-17T09:30:00Z",
    "days_since_last_order": 5,
    "purchase_frequency": 0.7,
    "avg_days_between_orders": 44.43,
    "delivered_orders": 8,
    "returned_orders": 1,
    "pending_orders": 0,
    "total_interactions": 12,
    "total_calls": 5,
    "answered_calls": 4,
    "total_emails": 1,
    "total_whatsapp": 5,
    "total_sms": 1,
    "last_contact_at": "2026-11-20T12:05:00Z",
    "products_viewed": 25,
    "product_views": 41,
    "cart_additions": 6,
    "wishlist_count": 2,
    "search_count": 9,
    "total_activities": 58,
    "family_members_count": 3,
}


class Customer360(Answer):
    """Everything summed up about one customer."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    customer_id: int
    first_name: str
    last_name: str
    email: str | None
    phone: str | None = Field(description="As people dial it; as typed where it is no valid number")
    phone_e164: str | None = Field(description="The same with the country's code; null where it is no valid number")
    address: str | None
    city: str | None
    district: str | None
    gender: Gender | None
    date_of_birth: date | None
    marital_status: MaritalStatus | None
    anniversary_date: date | None
    profession: str | None
    available_time: str | None = Field(description="When to call, in the customer's own words")
    preferred_channel: str | None
    preferred_language: Language | None
    source: str | None = Field(description="The system that told of the customer first")
    tags: list[str]
    owner_id: int | None = Field(description="Who of the staff looks after them")
    do_not_call_at: datetime | None = Field(description="Since when they are not to be called")
    customer_type: CustomerType
    lifecycle_stage: LifecycleStage
    customer_temperature: Temperature
    lifetime_value: Money = Field(description="What was really kept: returns taken off, pending orders not counted")
    total_orders: int
    avg_order_value: Money
    first_order_date: datetime | None
    last_order_date: datetime | None
    days_since_last_order: int | None
    purchase_frequency: Number | None = Field(description="Orders in 30 days")
    avg_days_between_orders: Number | None
    delivered_orders: int
    returned_orders: int
    pending_orders: int
    total_interactions: int
    total_calls: int
    answered_calls: int
    total_emails: int
    total_whatsapp: int
    total_sms: int
    last_contact_at: datetime | None = Field(description="When anybody last reached them")
    products_viewed: int = Field(description="Different products")
    product_views: int
    cart_additions: int
    wishlist_count: int
    search_count: int
    total_activities: int
    family_members_count: int
