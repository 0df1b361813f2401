"""``/cdm/stats/recovery``: what winning customers back brought."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import Query

from cdm_core import recovery
from cdm_core.clock import local_date
from cdm_core.words import RecoveryBy
from web.call import Reading
from web.errors import ProblemError
from web.models.recovery import Recovery, RecoveryFigures
from web.router import noun

router = noun("Statistics")

_DAYS, _MOST_DAYS = 30, 366


@router.get("/stats/recovery", summary="Measure what was won back", response_model=Recovery)
async def recovered(
    call: Reading,
    by: Annotated[RecoveryBy, Query(description="What to group by")] = RecoveryBy.STAGE,
    first: Annotated[date | None, Query(description="The first day; by default 30 days up to the last")] = None,
    last: Annotated[date | None, Query(description="The last day; by default today")] = None,
) -> Recovery:
    """Recovery analytics of at most 366 days: customers chased, reached, won back, and for how much."""
    until = last or local_date(call.now, call.thresholds.zone)
    if not date(1990, 1, 1) < until < date(9000, 1, 1):
        raise ProblemError(422, "bad_days", "last is no day that could be meant.")
    since = first or until - timedelta(days=_DAYS - 1)
    if not 0 <= (until - since).days < _MOST_DAYS:
        raise ProblemError(422, "bad_days", f"first is at most {_MOST_DAYS - 1} days before last, and not after it.")
    total = await recovery.total(call.session, since, until)
    groups = await recovery.figures(call.session, by, since, until)
    return Recovery(
        first=since,
        last=until,
        by=by,
        total=RecoveryFigures.of(total),
        groups=[RecoveryFigures.of(group) for group in groups],
    )
