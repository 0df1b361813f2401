"""``Idempotency-Key``: what is sent again under the same one is kept once."""

from typing import Annotated, Any

from fastapi import Header, Response
from pydantic import BaseModel

from cdm_core.repeats import Keys

REPEATED: dict[str, Any] = {
    "description": "It was sent before under this Idempotency-Key, and is kept once",
    "headers": {
        "Idempotent-Replayed": {
            "description": "`true` where it was kept before",
            "schema": {"type": "string", "enum": ["true"]},
        }
    },
}
"""For the 200 response of what is answered 201 where it is new."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Names what is sent: sent again under it, as it was, it is kept once; another fact of the customer "
        "is refused (422 `key_reused`), but for those of a batch, which are told apart one by one",
        examples=["7c0e5d1e-2f4b-4b8e-9d5e-0a5f6f1f3c11"],
    ),
]


def key_of(actor: str, given: str | None, sent: BaseModel) -> str | None:
    """The key under which one fact is kept."""
    return Keys(actor, given).of(fact(sent))


def fact(sent: BaseModel) -> Any:
    """What was sent as ``Keys`` takes it, the same whether it came alone or in a batch."""
    return sent.model_dump(mode="json", exclude_unset=True)


def told(response: Response, new: bool, body: Any) -> Any:
    """Give ``body``, as a repeat where it is not ``new``."""
    if not new:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
    return body
