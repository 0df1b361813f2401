"""``/healthz``, ``/readyz`` and ``/metrics``: for whoever looks after the process."""

from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from cdm_core import figures
from cdm_core.api_keys import ApiKey
from cdm_core.db import migrate
from cdm_core.db.away import is_away
from cdm_core.exposition import metrics
from cdm_core.words import Scope
from web import failures
from web.auth import authenticate, bearer, fingerprint, forbidden, key_header
from web.errors import ProblemError
from web.house import House, house_of
from web.router import REFUSALS, problem

router = APIRouter(tags=["Operation"])


class _Told(Collector):
    def __init__(self, told: list[Metric]) -> None:
        self._told = told

    def collect(self) -> list[Metric]:
        return self._told


@router.get("/healthz", summary="Ask whether the process answers", response_class=PlainTextResponse)
async def alive() -> str:
    """Whether the process answers; asks nobody else."""
    return "ok\n"


@router.get(
    "/readyz",
    summary="Ask whether it can work",
    response_class=PlainTextResponse,
    responses={503: problem("The database is away or behind")},
)
async def ready(request: Request) -> str:
    """Whether it can work: the database answers and has this version's schema."""
    try:
        found = await migrate.status(house_of(request).engine)
    except Exception as error:
        raise failures.away() from error
    if found.pending:
        raise ProblemError(503, "database_behind", "The database is behind this version: run cdm db upgrade.")
    return "ready\n"


async def _asking(house: House, request: Request) -> ApiKey:
    """The key that was presented, as it was when it asked last where the database cannot tell."""
    asker = fingerprint(request)
    try:
        house.askers[asker] = await authenticate(house, request)
    except ProblemError:
        house.askers.pop(asker, None)
        raise
    except Exception as error:
        if not is_away(error) or asker not in house.askers:
            raise
    return house.askers[asker]


@router.get(
    "/metrics",
    summary="Read the metrics",
    response_class=PlainTextResponse,
    responses={status: REFUSALS[status] for status in (401, 403, 429, 503)},
)
async def prometheus(
    request: Request,
    _bearer: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
    _header: Annotated[str | None, Security(key_header)],
) -> Response:
    """Figures of queues, deliveries, jobs and requests, for Prometheus; needs a key with the scope read. While the
    database is away, a key that asked for them before gets `cdm_database_up 0` and those of requests."""
    house = house_of(request)
    key = await _asking(house, request)
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
