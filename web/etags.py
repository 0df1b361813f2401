"""``ETag`` and ``If-Match``: who changes what they read is told where somebody changed it meanwhile."""

import json
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, TypeVar

from fastapi import Header, Response
from pydantic import BaseModel

from web.errors import ProblemError
from web.router import problem

Shown = TypeVar("Shown", bound=BaseModel)

NOTHING: frozenset[str] = frozenset()

ETAG: dict[str, Any] = {
    "headers": {
        "ETag": {
            "description": "Stands for all that the answer shows; for `If-Match` of a change",
            "schema": {"type": "string"},
        }
    }
}
"""For the response of one thing that can be changed."""

CHANGED: dict[str, Any] = problem("It was changed since it was read")
"""For the 412 response of what takes ``IfMatch``."""

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The ETag as you read it: nothing is changed where it is another by now",
        examples=['"0f343b0931126a20f133d67c2b018a3b"'],
    ),
]


def etag(shown: BaseModel, *, but: frozenset[str] = NOTHING) -> str:
    """Another for each state that can be told apart in the answer, whoever made it: a hash of what is shown ``but``
    for what the hour alone changes."""
    told = json.dumps(shown.model_dump(mode="json", exclude=set(but)), sort_keys=True)
    return f'"{sha256(told.encode()).hexdigest()[:32]}"'


def tagged(response: Response, shown: Shown) -> Shown:
    """Give ``shown`` with its ETag."""
    response.headers["ETag"] = etag(shown)
    return shown


def guard(
    if_match: str | None, stands: BaseModel | None, *, seen: datetime | None = None, but: frozenset[str] = NOTHING
) -> None:
    """Raise ``ProblemError`` 412 unless what ``stands``, read under its lock, is what the caller read; where nothing
    does any more, what was read is over.

    ``seen`` is its ``updated_at`` as the caller read it, where the body says so; ``but`` as for ``etag``.
    """
    if seen is not None and seen != getattr(stands, "updated_at", None):
        raise _changed()
    if if_match is None:
        return
    if stands is None:
        raise _changed()
    if if_match.strip() == "*":
        return
    tags = {one.strip().removeprefix("W/") for one in if_match.split(",")}
    if etag(stands, but=but) not in tags:
        raise _changed()


def _changed() -> ProblemError:
    told = "It was changed since you read it: read it again, then change it."
    return ProblemError(412, "changed_meanwhile", told)
