"""The shop in ten numbers."""

from datetime import datetime

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from web.models.fields import Answer, Money

EXAMPLE: JsonDict = {
    "taken_at": "2026-11-22T05:10:00Z",
    "total_customers": 1250,
    "vip_customers": 85,
    "repeat_customers": 420,
    "new_customers": 180,
    "inactive_customers": 565,
    "loyal_customers": 210,
    "hot_customers": 95,
    "warm_customers": 380,
    "cold_customers": 775,
    "total_lifetime_value": 15750000,
    "avg_lifetime_value": 12600,
}


class DashboardStats(Answer):
    """Customers by type and by temperature, of which each adds up to all, and what they bought for."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    taken_at: datetime = Field(description="When these were counted: a few minutes ago at most")
    total_customers: int
    vip_customers: int
    repeat_customers: int
    new_customers: int
    inactive_customers: int
    loyal_customers: int = Field(description="By lifecycle stage")
    hot_customers: int
    warm_customers: int
    cold_customers: int
    total_lifetime_value: Money
    avg_lifetime_value: Money
