"""Types of fields: what fits the columns, shown as such in OpenAPI."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from cdm_core.query import LARGEST_ID

SOURCE = "[A-Za-z][A-Za-z0-9_-]{0,49}"
"""What systems that have keys of their own are called; part of a pattern."""

CUSTOMER = rf"^([1-9][0-9]{{0,18}}|{SOURCE}:[^\x00]{{1,255}})$"
"""A customer in a path: an id, or ``source:key``."""

PRODUCT = rf"^([1-9][0-9]{{0,18}}|{SOURCE}:[^\x00]{{1,100}})$"
"""A product in a path: an id, or ``source:sku``."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Body(BaseModel):
    """What is sent: unknown fields are refused, texts are stripped."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Answer(BaseModel):
    """What is sent back, from the core's dataclasses."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


def _number(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)


def refuse_text(value: object) -> object:
    """A number in quotes would pass for a decimal, and true for 1."""
    if isinstance(value, str | bool):
        raise ValueError("a number is needed, without quotes")
    return value


def _refuse_moment(value: object) -> object:
    """A number would pass for seconds, a moment for its day."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("a date is needed, as YYYY-MM-DD")


Number = Annotated[Decimal, PlainSerializer(_number, return_type=int | float), WithJsonSchema({"type": "number"})]
"""A decimal as a JSON number, whole ones without a fraction."""

Money = Annotated[Number, Field(description="In the business currency")]

At = Annotated[datetime, AfterValidator(lambda at: at.astimezone(UTC))]
"""A time in an answer that was reckoned in the business zone: in UTC, as those that were stored."""

Id = Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID)]
"""One of our ids in a body."""


def _in_words(key: str) -> WrapValidator:
    def read(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError("bad_id", "an id is needed, as a number (123) or {key}", {"key": key}) from None

    return WrapValidator(read)


IN_WORDS = _in_words("shop:KEY")
"""What is no customer is told in one sentence, not in one of each kind of id."""

PRODUCT_IN_WORDS = _in_words("shop:SKU")
"""The same of products."""


def bare(value: int | str) -> int | str:
    """Digits in quotes, as attributes of a page have them, are the id: one fact, however it was written."""
    return int(value) if isinstance(value, str) and value.isdigit() else value


CustomerId = Annotated[
    Id | Annotated[str, Field(pattern=CUSTOMER)],
    AfterValidator(bare),
    IN_WORDS,
    Field(description="The customer's id, or what another system calls them: `source:key`"),
]
"""A customer in a body, for ``call.customer``."""

Amount = Annotated[
    Decimal,
    BeforeValidator(refuse_text),
    Field(ge=0, lt=10**10, decimal_places=2),
    WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 10**10}, mode="validation"),
]
"""Money in a body, as a JSON number of at most two decimals."""

Day = Annotated[
    date,
    BeforeValidator(_refuse_moment),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["1992-05-15"]}, mode="validation"),
]
"""A date in a body, as ``YYYY-MM-DD``."""

Line = Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=255)]
"""Text as PostgreSQL keeps it: anything but NUL."""
