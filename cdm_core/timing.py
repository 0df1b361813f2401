"""Whether now is the hour to call somebody, for the order of the call list and for whom it passes over."""

from dataclasses import dataclass
from datetime import datetime

from cdm_core.call_hours import Hours, holds, stated_hours, today
from cdm_core.factors import CallFacts
from cdm_core.thresholds import Thresholds
from cdm_core.typed_hours import said_hours
from cdm_core.words import HoursBasis


@dataclass(frozen=True, slots=True)
class Timing:
    """``hours`` are the customer's own, stated or learnt, that may be called in today, and never the shop's.

    ``now_best``: the best hours known, the shop's among them, are now. ``outside``: the customer stated other hours,
    of whatever part of the day, and nothing that they wait for is due; ``opens_at`` is when these begin later today.
    """

    hours: Hours | None = None
    now_best: bool = False
    outside: bool = False
    opens_at: datetime | None = None


ANY_TIME = Timing()


def timing(facts: CallFacts, now: datetime, thresholds: Thresholds) -> Timing:
    """Of ``now`` (aware). A promised call that is due and an order to confirm wait for no hour."""
    local = now.astimezone(thresholds.zone)
    stated = said_hours(facts.available_time, thresholds)
    ranking = facts.ranking
    learnt = stated_hours(ranking.best_call_time) if ranking is not None else None
    best = today(stated, now, thresholds) if stated is not None else learnt
    if best is None:
        return ANY_TIME
    now_best = holds(best, local.time())
    waits = not facts.to_confirm and (facts.follow_up_at is None or facts.follow_up_at > now)
    begins = datetime.combine(local.date(), (stated or best)[0], thresholds.zone)
    own = stated is not None or (ranking is not None and ranking.best_call_time_by is not HoursBasis.SHOP)
    return Timing(
        hours=best if own else None,
        now_best=now_best,
        outside=stated is not None and waits and not holds(stated, local.time()),
        opens_at=begins if begins > now else None,
    )
