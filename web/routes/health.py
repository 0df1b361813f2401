"""``/healthz``, ``/readyz`` and ``/metrics``: for whoever looks after the process."""

from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from cdm_core import figures
from cdm_core.db import migrate
from cdm_core.exposition import metrics
from cdm_core.words import Scope
from web import errors
from web.auth import authenticate, bearer, forbidden, key_header
from web.errors import ProblemError
from web.house import house_of
from web.router import REFUSALS, problem

router = APIRouter(tags=["Operation"])


class _Told(Collector):
    def __init__(self, told: list[Metric]) -> None:
        self._told = told

    def collect(self) -> list[Metric]:
        return self._told


@router.get("/healthz", response_class=PlainTextResponse)
async def alive() -> str:
    """Whether the process answers; asks nobody else."""
    return "ok\n"


@router.get("/readyz", response_class=PlainTextResponse, responses={503: problem("The database is away or behind")})
async def ready(request: Request) -> str:
    """Whether it can work: the database answers and has this version's schema."""
    try:
        found = await migrate.status(house_of(request).engine)
    except Exception as error:
        raise errors.away() from error
    if found.pending:
        raise ProblemError(503, "database_behind", "The database is behind this version: run cdm db upgrade.")
    return "ready\n"


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={status: REFUSALS[status] for status in (401, 403, 429)},
)
async def prometheus(
    request: Request,
    _bearer: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
    _header: Annotated[str | None, Security(key_header)],
) -> Response:
    """Figures of queues, deliveries, jobs and requests, for Prometheus; needs a key with the scope read."""
    house = house_of(request)
    key = await authenticate(house, request)
    house.limiter.take(key)
    if not key.may(Scope.READ):
        raise forbidden(key, Scope.READ)
    try:
        async with house.sessions() as session:
            told = list(metrics(await figures.figures(session, now=house.clock.now())))
    except Exception:
        told = list(metrics(None))
    registry = CollectorRegistry()
    registry.register(_Told(told))
    return Response(generate_latest(registry) + generate_latest(house.registry), media_type=CONTENT_TYPE_LATEST)
