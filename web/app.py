"""The HTTP API as an application: engine, middlewares, routes, documentation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry, Histogram
from sqlalchemy import URL
from starlette.middleware.gzip import GZipMiddleware

from cdm_core.clock import Clock
from cdm_core.db.engine import create_engine, sessions
from web import errors
from web.auth import is_loopback
from web.house import House, Webhook
from web.limits import Limiter
from web.middleware import Caught, Cors, Envelope, Readable, Slashes
from web.models.glossary import describe
from web.models.problem import Problem
from web.router import PREFIX
from web.routes import ROUTERS

INGEST_PATHS = (f"{PREFIX}/behavior",)
"""What pages of any origin may post to; the key decides."""

_ABOUT = """
Customer data management over HTTP: customers, families, interactions, behaviour, drop-offs, occasions, whom to call.

Send an API key (`cdm api-key create`) as `Authorization: Bearer cdm_…` or `X-API-Key`. Times are ISO 8601 with a zone,
dates `YYYY-MM-DD`, money is a number in the business currency. Lists take `limit` and `offset` and tell their total in
`X-Total-Count`. Errors are `application/problem+json`: `code` is for programs, `detail` for people.
"""


@dataclass(frozen=True, slots=True)
class WebConfig:
    """``open`` lets requests from this machine in without a key, for the demo, and is refused for any other ``host``.

    ``origins`` are those of pages that may ask from a browser; ``body_limit`` is in bytes, ``body_seconds``
    is how long one may take to come in.
    """

    database_url: str | URL = field(repr=False)
    clock: Clock
    host: str = "127.0.0.1"
    port: int = 3001
    open: bool = False
    currency: str = "BDT"
    origins: tuple[str, ...] = ()
    body_limit: int = 2_000_000
    body_seconds: float = 30.0
    pool_size: int = 10
    webhook: Webhook | None = None


def create_app(config: WebConfig) -> FastAPI:
    """The application over the database of ``config``, which may be away: it is asked by requests alone.

    Raises ValueError where it would be open to other machines.
    """
    if config.open and not is_loopback(config.host):
        raise ValueError(f"without keys the API is served on this machine alone, not on {config.host}")
    house = _house(config)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await house.engine.dispose()

    app = FastAPI(
        title="CDM",
        version="1.0",
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    app.state.house = house
    errors.register(app)
    for router in ROUTERS:
        app.include_router(router)
    _complete(app)
    # The last one added is the outermost.
    app.add_middleware(Caught)
    app.add_middleware(Slashes)
    app.add_middleware(Readable, limit=config.body_limit, seconds=config.body_seconds)
    app.add_middleware(Cors, origins=config.origins, open_paths=INGEST_PATHS)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    app.add_middleware(Envelope)
    return app


def _house(config: WebConfig) -> House:
    engine = create_engine(config.database_url, pool_size=config.pool_size, application_name="cdm web")
    registry = CollectorRegistry()
    for each in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        registry.register(each)
    seconds = Histogram(
        "cdm_http_request_seconds",
        "Requests to the HTTP API, by the time they took",
        ("method", "route", "status"),
        registry=registry,
        buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
    )
    return House(
        engine=engine,
        sessions=sessions(engine),
        clock=config.clock,
        limiter=Limiter(),
        registry=registry,
        seconds=seconds,
        open=config.open,
        currency=config.currency,
        webhook=config.webhook,
    )


def _complete(app: FastAPI) -> None:
    """Put the problem's schema, which every refusal refers to, and the glossary into the documentation."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = made()
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(own.pop("$defs", {}), Problem=own)
            describe(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
