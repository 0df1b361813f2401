"""What winning customers back brought."""

from datetime import date
from typing import Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from cdm_core.recovery import Figures
from cdm_core.words import RecoveryBy
from web.models.fields import Answer, Money

_TOTAL: JsonDict = {
    "key": None, "chased": 40, "contacted": 25, "recovered": 6, "bought": 3, "amount": 18400, "recovery_rate": 0.24
}  # fmt: skip
_ONE: JsonDict = {
    "first": "2026-11-01",
    "last": "2026-11-22",
    "by": "stage",
    "total": _TOTAL,
    "groups": [_TOTAL | {"key": "checkout_initiated"}],
}


class RecoveryFigures(Answer):
    """Of the customers chased, how many were reached, won back, and bought by themselves."""

    key: str | None = Field(description="What the group is of; null: not said, or the total")
    chased: int
    contacted: int
    recovered: int = Field(description="Bought within the window after they were reached")
    bought: int = Field(description="Bought by themselves")
    amount: Money = Field(description="What those won back bought for")
    recovery_rate: float | None = Field(description="Won back of those reached, 0 to 1; null where nobody was")

    @classmethod
    def of(cls, found: Figures) -> Self:
        return cls(
            key=found.key,
            chased=found.chased,
            contacted=found.contacted,
            recovered=found.recovered,
            bought=found.bought,
            amount=found.amount,
            recovery_rate=None if found.rate is None else round(found.rate, 4),
        )


class Recovery(Answer):
    """The calls that count from ``first`` to ``last``."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ONE]})

    first: date
    last: date
    by: RecoveryBy
    total: RecoveryFigures
    groups: list[RecoveryFigures] = Field(description="The most won back first")
