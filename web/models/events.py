"""What bodies that tell of customers share: products, moments, visits."""

import re
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema

from web.models.fields import PRODUCT, PRODUCT_IN_WORDS, Id, bare

_DATED = re.compile(r"\s*[0-9]{4}-")


def _refuse_number(value: object) -> object:
    """A number, as text too, would pass for seconds since 1970."""
    if not isinstance(value, str) or not _DATED.match(value):
        raise ValueError("a time is needed as text, such as 2026-11-22T11:10:00+06:00")
    return value


def _or_none(value: str) -> str | None:
    return value or None


ProductId = Annotated[
    Id | Annotated[str, Field(pattern=PRODUCT)],
    AfterValidator(bare),
    PRODUCT_IN_WORDS,
    Field(description="The product's id, or its SKU as `source:sku`", examples=[456]),
]
"""A product in a body, for ``product_keys.product_of``."""

Instant = Annotated[AwareDatetime, BeforeValidator(_refuse_number)]
"""A time with a zone, as text."""

Moment = Annotated[
    Instant,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "When it happened, with a zone; now where it is left out",
            "examples": ["2026-11-22T11:10:00+06:00"],
        },
        mode="validation",
    ),
]
"""A time in a body; whether it can be is the core's to say (``moments.fitting``)."""

Said = Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=255), AfterValidator(_or_none)]
"""Text of at most 255 characters; nothing where it is empty."""
