"""Every error as problem+json (RFC 9457), with a sentence a developer can act on.

The core's refusals carry a code and facts; their status and their words here are rows of ``web.refusals``.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from cdm_core.errors import CdmError
from web.models.problem import FieldError, Problem
from web.refusals import refusal

MEDIA_TYPE = "application/problem+json"

_MOST_ERRORS = 20


class ProblemError(Exception):
    """What a request is refused with: ``detail`` says what is wrong and what to do."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.headers, self.errors = dict(headers or {}), tuple(errors)


def of_refusal(error: CdmError) -> ProblemError:
    """The core's refusal in words and with its status."""
    status, detail = refusal(error)
    return ProblemError(status, error.code, detail)


def response(error: ProblemError, request_id: str | None) -> JSONResponse:
    """The answer a problem makes, whoever found it."""
    problem = Problem(
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        code=error.code,
        detail=error.detail,
        request_id=request_id,
        errors=list(error.errors) or None,
    )
    content = problem.model_dump(exclude_none=True)
    return JSONResponse(content, error.status, headers=error.headers, media_type=MEDIA_TYPE)


def register(app: FastAPI) -> None:
    """Let every refusal of ``app`` be told as a problem; ``middleware.Caught`` tells of all else."""

    @app.exception_handler(ProblemError)
    async def _problem(request: Request, error: ProblemError) -> JSONResponse:
        return response(error, _request_id(request))

    @app.exception_handler(CdmError)
    async def _refused(request: Request, error: CdmError) -> JSONResponse:
        return response(of_refusal(error), _request_id(request))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return response(_of_validation(error.errors()), _request_id(request))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        return response(_of_http(request, error), _request_id(request))


def clean(words: str) -> str:
    """Names of fields are the sender's: half of a surrogate pair could not be sent back."""
    return words[:200].encode("utf-8", "replace").decode()


def _of_validation(found: Sequence[Any]) -> ProblemError:
    """400 for what is no JSON at all, else 422. What was sent is not repeated: it may be personal."""
    if any(one["type"] == "json_invalid" for one in found):
        why = next(one["ctx"]["error"] for one in found if one["type"] == "json_invalid")
        return ProblemError(400, "not_json", f"The body is no JSON: {clean(why)}.")
    errors = [FieldError(field=_field(one["loc"]), code=one["type"], message=clean(one["msg"])) for one in found]
    told = "; ".join(f"{error.field}: {error.message}" for error in errors[:3])
    more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
    return ProblemError(422, "invalid", f"{told}{more}.", errors=errors[:_MOST_ERRORS])


def _field(place: Sequence[str | int]) -> str:
    """``("body", "items", 3, "cart_value")`` → ``body.items[3].cart_value``."""
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return clean(parts.removeprefix("."))


def _of_http(request: Request, error: HTTPException) -> ProblemError:
    headers = dict(error.headers or {})
    path = request.url.path
    match error.status_code:
        case 404:
            bare = path.rstrip("/")
            slash_too_many = bare != path and _methods(request, bare)
            meant = f"{clean(bare)} is meant, without the slash" if slash_too_many else "see /docs"
            return ProblemError(404, "no_such_path", f"There is nothing at {clean(path)}: {meant}.")
        case 405:
            allowed = ", ".join(sorted(_methods(request, path)))
            detail = f"{request.method} is not possible at {clean(path)}, but {allowed}."
            return ProblemError(405, "method_not_allowed", detail, headers={"Allow": allowed})
        case 400:
            return ProblemError(400, "not_json", "The body cannot be read: it must be JSON in UTF-8.")
        case 408:
            # What comes of the body from now on would be taken for the next request.
            return ProblemError(408, "body_too_slow", f"{error.detail}", headers={"Connection": "close"})
        case 413:
            return ProblemError(413, "too_large", f"{error.detail}")
        case status:
            return ProblemError(status, HTTPStatus(status).name.lower(), f"{error.detail}.", headers=headers)


def _methods(request: Request, path: str) -> set[str]:
    """All that the path allows: the framework names those of the first route alone."""
    found: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.methods and route.path_regex.match(path):
            found |= route.methods
    return found


def _request_id(request: Request) -> str | None:
    return getattr(request.state, "request_id", None)
