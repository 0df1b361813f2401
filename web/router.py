"""How a noun's routes begin: in the frame, under ``/cdm``, with every refusal documented."""

from typing import Any

from fastapi import APIRouter

from web.errors import MEDIA_TYPE
from web.frame import Frame

PREFIX = "/cdm"

_WAIT = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}}}


def problem(description: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    """A refusal for the ``responses`` of a route."""
    schema = {"$ref": "#/components/schemas/Problem"}
    told: dict[str, Any] = {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}
    return told | ({"headers": headers} if headers else {})


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: problem("The address or the body cannot be read: no JSON, or no UTF-8"),
    401: problem("No API key, or one that is unknown or revoked"),
    403: problem("The key lacks the scope, or does not work from this origin"),
    404: problem("There is no such thing"),
    405: problem("Another method is meant"),
    408: problem("The body came in too slowly"),
    409: problem("It cannot be done as things stand"),
    410: problem("The customer was erased for good"),
    413: problem("The body is too large"),
    415: problem("The body is not sent as application/json"),
    422: problem("A value cannot be accepted, or a field or query parameter is unknown"),
    429: problem("The key made too many requests", _WAIT),
    503: problem(
        "The database is away or busy: nothing was changed, send it again; or it took too long: ask for less; or the "
        "database went away at the end (`perhaps_kept`): send it again under the same Idempotency-Key",
        _WAIT,
    ),
}
"""What any endpoint may refuse with."""


def noun(name: str, frame: type[Frame] = Frame) -> APIRouter:
    """A router whose routes stand under ``/cdm`` and in the frame; ``name`` is its heading in the documentation."""
    return APIRouter(prefix=PREFIX, tags=[name], route_class=frame, responses=REFUSALS)
