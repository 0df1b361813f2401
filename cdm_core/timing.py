"""Whether now is the hour to call somebody, for the order of the call list and for whom it passes over."""

from dataclasses import dataclass
from datetime import datetime

from cdm_core.call_hours import Hours, holds, opens_at, stated_hours, today
from cdm_core.facts import CallFacts
from cdm_core.thresholds import Thresholds
from cdm_core.typed_hours import said_hours
from cdm_core.words import HoursBasis


@dataclass(frozen=True, slots=True)
class Timing:
    """``hours`` are the customer's own, stated or learnt, that may be called in today, and never the shop's.

    ``now_best``: the best hours known, the shop's among them, are now. ``outside``: the customer stated other hours,
    of whatever part of the day, and nothing that they wait for is due; ``opens_at`` is when what of these may be called
    in begins later today.
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
    known = stated or learnt
    if known is None:
        return ANY_TIME
    best = today(known, now, thresholds)
    waits = not facts.to_confirm and (facts.follow_up_at is None or facts.follow_up_at > now)
    own = stated is not None or (ranking is not None and ranking.best_call_time_by is not HoursBasis.SHOP)
    return Timing(
        hours=best if own else None,
        now_best=best is not None and holds(best, local.time()),
        outside=stated is not None and waits and not holds(stated, local.time()),
        opens_at=opens_at(known, now, thresholds),
    )
