"""Around every request, endpoint or not: its id, its time, its size, its encoding, and whom browsers let ask."""

import asyncio
import re
import time
import uuid
from collections.abc import Collection
from urllib.parse import unquote, unquote_to_bytes

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import ALL_METHODS, CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import errors, failures
from web.errors import ProblemError

_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_ENCODED_SLASH = re.compile(rb"%2f", re.IGNORECASE)
_KEPT_HEADERS = ("Authorization", "X-API-Key", "Content-Type", "Idempotency-Key", "If-Match", "X-Request-ID")
_SHOWN_HEADERS = (
    "X-Request-ID",
    "X-Total-Count",
    "X-Total-Capped",
    "Link",
    "ETag",
    "Retry-After",
    "Idempotent-Replayed",
)

log = structlog.get_logger(__name__)


class Envelope:
    """Gives each request an id (the caller's ``X-Request-ID`` where it is a plain one), measures and logs it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, answer)
            finally:
                seconds = time.perf_counter() - began
                route = getattr(scope.get("route"), "path_format", "none")
                method = scope["method"] if scope["method"] in ALL_METHODS else "other"
                scope["app"].state.house.seconds.labels(method, route, status).observe(seconds)
                log.debug("request", method=method, route=route, status=status, ms=round(seconds * 1000))


class Readable:
    """Refuses addresses that are no UTF-8 with 400, bodies over ``limit`` bytes with 413, and with 408 those that are
    not whole ``seconds`` after somebody began to read them."""

    def __init__(self, app: ASGIApp, limit: int, seconds: float) -> None:
        self.app, self.limit, self.seconds = app, limit, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        problem = self._problem(scope)
        if problem is not None:
            await errors.response(problem, scope["state"]["request_id"])(scope, receive, send)
            return
        received, whole = 0, False
        until: float | None = None

        async def measured() -> Message:
            nonlocal received, whole, until
            if whole:
                return await receive()
            until = until or asyncio.get_running_loop().time() + self.seconds
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, f"The body was not here within {self.seconds:g} s: send it again.") from None
            received += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if received > self.limit:
                raise HTTPException(413, self._too_large().detail)
            return message

        await self.app(scope, measured, send)

    def _problem(self, scope: Scope) -> ProblemError | None:
        address = scope.get("raw_path", b"") + b"?" + scope["query_string"]
        try:
            unquote_to_bytes(address).decode()
        except UnicodeDecodeError:
            return ProblemError(400, "not_utf8", "The address is no UTF-8: percent-encode it from UTF-8.")
        length = Headers(scope=scope).get("content-length", "")
        if length.isascii() and length.isdecimal() and int(length) > self.limit:
            return self._too_large()
        return None

    def _too_large(self) -> ProblemError:
        return ProblemError(
            413, "too_large", f"The body may have {self.limit:,} bytes at most: send it in several requests."
        )


class Caught:
    """Tells as a problem what failed and no handler told of; within ``Cors``, so that pages can read it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            await errors.response(failures.of(error), scope["state"]["request_id"])(scope, receive, send)


class Slashes:
    """Keeps ``%2F`` in the path, and with it ``%25``, as sent: decoded, the slash in a key would part the path.

    The frame decodes what the router made of it, by ``parameter``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path", b"")
        if scope["type"] == "http" and b"%" in raw:
            parts = (unquote(part).replace("%", "%25") for part in _ENCODED_SLASH.split(raw))
            scope["path"] = "%2F".join(parts)
        await self.app(scope, receive, send)


def parameter(value: str) -> str:
    """What a part of the path that came through ``Slashes`` says."""
    return value.replace("%2F", "/").replace("%25", "%")


class _Pages(CORSMiddleware):
    """The middleware of the framework, with refusals as problems."""

    def preflight_response(self, request_headers: Headers) -> Response:
        told = super().preflight_response(request_headers)
        if told.status_code == 200:
            return told
        why = bytes(told.body).decode()
        kept = {name: value for name, value in told.headers.items() if not name.startswith("content-")}
        detail = f"{why}: CDM_WEB_ORIGINS names the pages that may ask from a browser."
        problem = ProblemError(400, "foreign_page", detail, headers=kept)
        return errors.response(problem, structlog.contextvars.get_contextvars().get("request_id"))


class Cors:
    """Lets pages of ``origins`` ask; and those of any origin tell what a visitor did, as a key of its own decides."""

    def __init__(self, app: ASGIApp, origins: Collection[str], open_paths: Collection[str]) -> None:
        self._open_paths = frozenset(open_paths)
        self._known = _Pages(
            app,
            allow_origins=tuple(origins),
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=_KEPT_HEADERS,
            expose_headers=_SHOWN_HEADERS,
        )
        self._any = _Pages(
            app,
            allow_origins=("*",),
            allow_methods=("POST",),
            allow_headers=_KEPT_HEADERS,
            expose_headers=_SHOWN_HEADERS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = scope["type"] == "http" and scope["path"] in self._open_paths
        await (self._any if told else self._known)(scope, receive, send)
