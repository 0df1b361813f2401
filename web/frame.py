"""Around every endpoint: who asks, may they, how often; one transaction; what is recorded.

Handlers hold no SQL, never commit and never look at the request: they are handed a ``Call``.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Cookie, Form, Header, Path
from fastapi.routing import APIRoute

from cdm_core import audit, thresholds
from cdm_core.api_keys import ApiKey
from cdm_core.db.as_of import set_as_of
from cdm_core.db.away import is_away, is_blocked, is_collision, is_too_slow
from web import errors, failures
from web.auth import authenticate
from web.call import Call
from web.errors import ProblemError
from web.house import House, house_of
from web.middleware import parameter

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_TRIES = 4
_PATIENCE_SECONDS = 4.0
_TURN_SECONDS = 10


class Frame(APIRoute):
    """The class of all routes under ``/cdm``."""

    def turn(self, house: House) -> AbstractAsyncContextManager[Any]:
        """What a request waits for before it takes a connection, and holds until it is answered."""
        return nullcontext()

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        params = get_flat_params(self.dependant)
        known = {param.alias for param in params if not isinstance(param.field_info, Path | Header | Cookie)}
        reads = self.body_field is not None
        json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)

        async def framed(request: Request) -> Response:
            house = house_of(request)
            given = request.path_params.items()
            request.scope["path_params"] = {name: parameter(value) for name, value in given}
            key = await authenticate(house, request)
            house.limiter.take(key, request.client.host if request.client else "")
            _refuse_unread(request, known, json)
            if reads:
                await request.body()  # kept by the request: no connection is held while it comes in
            async with self.turn(house):
                return await _persistently(house, key, request, handle)

        return framed


class BatchFrame(Frame):
    """Of routes that work long: few at once, the rest in turn. Raises ``ProblemError`` 503 for who waits too long."""

    @asynccontextmanager
    async def turn(self, house: House) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                await house.batches.acquire()
        except TimeoutError:
            detail = "Too many batches wait to be kept; nothing was changed. Send fewer at once, this one later."
            raise failures.busy(detail, wait=_TURN_SECONDS) from None
        try:
            yield
        finally:
            house.batches.release()


async def _persistently(house: House, key: ApiKey, request: Request, handle: Handler) -> Response:
    """In one transaction, run again where it lost against another."""
    began, tries = time.monotonic(), 1
    while True:
        try:
            return await _once(house, key, request, handle)
        except Exception as error:
            late = time.monotonic() - began > _PATIENCE_SECONDS
            vain = is_blocked(error) or is_too_slow(error)
            if not is_collision(error) or vain or late or tries == _TRIES:
                raise
        await asyncio.sleep(0.02 * 2**tries)
        tries += 1


async def _once(house: House, key: ApiKey, request: Request, handle: Handler) -> Response:
    async with house.sessions() as session:
        now = house.clock.now()
        limits = await thresholds.at(session, now)
        if limits.clock_offset != house.clock.offset:  # somebody moved the demo's clock
            house.clock.offset = limits.clock_offset
            now = house.clock.now()
            await set_as_of(session, now)
        call = Call(session, key, now, limits, house.currency)
        request.state.call = call
        response = await handle(request)
        action = f"{request.method} {request.scope['route'].path_format}"[:100]
        details = call.facts | ({"customers": call.listed} if call.listed else {})
        told = request.method != "GET" and not call.key.public  # a page's of nobody we know changed nothing
        if call.about is not None or details or told:
            await audit.record(session, now, call.actor, action, customer_id=call.about, **details)
        try:
            await session.commit()
        except Exception as error:
            if is_away(error) and request.method != "GET":
                raise failures.uncertain() from error
            raise
        return response


def _refuse_unread(request: Request, known: set[str], json: bool) -> None:
    """What nobody would read is refused: query parameters the endpoint does not have, bodies of another type."""
    for name in request.query_params:
        if name not in known:
            told = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
            raise ProblemError(
                422, "unknown_parameter", f"There is no query parameter {errors.clean(name)} here: {told}."
            )
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (
        json
        and _has_body(request)
        and not (given == "application/json" or (given.startswith("application/") and given.endswith("+json")))
    ):
        sent = errors.clean(given) or "none"
        raise ProblemError(415, "not_json_typed", f"Send the body with Content-Type: application/json, not {sent}.")


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
