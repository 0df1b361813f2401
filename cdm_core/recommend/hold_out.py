"""The hold-out: a share of households is not offered by value, so that what calling brings can be measured.

Only what a list offers by value alone is left to chance. Orders to confirm, promised calls, drop-offs, calls of
win-back campaigns, wishes and urgent alerts never are: somebody waits for those, or a person ordered them. The draw is
by household and holds a period (``hold_out_days``); it is a hash, so that whoever asks gets the same, and a share that
is changed within a period adds households or takes some away but changes none for another.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from cdm_core.thresholds import Thresholds
from cdm_core.words import NextAction

BY_VALUE: Collection[NextAction] = frozenset({NextAction.CALL_NOW, NextAction.REORDER, NextAction.WIN_BACK})
"""What is done for no reason of its own, unless the customer stands in a part of the list or is under an alert."""

DRAWN = "cdm_draw(coalesce(c.household_id, c.id), :hold_out_period) < :hold_out_share"
"""Whether the household of customer ``c`` is drawn, as SQL that binds what ``drawing`` gives."""


def drawing(day: date, thresholds: Thresholds) -> dict[str, Any]:
    return {"hold_out_period": period(day, thresholds), "hold_out_share": thresholds.hold_out_share}


def period(day: date, thresholds: Thresholds) -> int:
    """Which period the day is of, as ``cdm_hold_out_period`` counts them."""
    return day.toordinal() // thresholds.hold_out_days


def last_day(day: date, thresholds: Thresholds) -> date:
    """The last day of the day's period."""
    end = (period(day, thresholds) + 1) * thresholds.hold_out_days
    return date.fromordinal(min(end - 1, date.max.toordinal()))
