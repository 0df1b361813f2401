"""What the held-out households say, in words: a table, and one sentence of verdict."""

import math

from rich.table import Column, Table

from cdm_core.recommend.shown import DELIVERED_WITHIN
from cdm_core.recommend.uplift import LEAST, Difference, Uplift
from cdm_core.thresholds import Thresholds

MOST = 50
"""Points of difference that can be asked for."""


def table(found: Uplift) -> Table:
    """The two sides; how they did once there is enough to say."""
    made = Table(Column("households", no_wrap=True), *map(_right, ("number", "ordered", "revenue each")))
    made.title = f"Within {found.window_days} days of being offered by value"
    if found.first is not None and found.last is not None:
        made.title += f", {found.first:%d %b %Y} to {found.last:%d %b %Y}"
    for name, number in (("offered", found.shown), ("held out", found.held_out)):
        side = "shown" if name == "offered" else "held_out"
        ordered = "–" if found.ordered is None else f"{getattr(found.ordered, side):.1%}"
        revenue = "–" if found.revenue is None else f"{getattr(found.revenue, side):,.2f}"
        made.add_row(name, f"{number:,}", ordered, revenue)
    made.add_row("window not over", f"{found.waiting:,}", "", "", style="dim")
    return made


def verdict(found: Uplift, limits: Thresholds, currency: str) -> str:
    """One sentence or two: what offering brings, or what is missing to say so."""
    if found.ordered is not None and found.revenue is not None:
        return _difference(found, found.ordered, found.revenue, currency)
    if limits.hold_out_days <= limits.uplift_window_days:
        return (
            f"Nothing can be said: a draw holds {limits.hold_out_days} days (hold_out_days), which is not longer than "
            f"the window of {limits.uplift_window_days} (uplift_window_days); see `cdm settings set`."
        )
    if not found.share and not found.held_out:
        return "Nobody is held out, so nothing can be said. To leave out 5 %: `cdm settings set hold_out_share 0.05`."
    wait = limits.uplift_window_days + DELIVERED_WITHIN.days
    side, number = min(("offered", found.shown), ("held out", found.held_out), key=lambda each: each[1])
    if found.households < found.needed:
        missing = (
            f"{found.households:,} of about {_round_up(found.needed):,} households, to see a difference of "
            f"{_points(found.detect)} in the share that orders"
        )
    else:
        missing = f"{number} of at least {LEAST} households {side}"
    told = f"{_held_out(found.share)}; each counts {wait} days after it was first offered"
    return f"Not enough to say: {missing} ({told}).{_out_of_reach(found)}"


def _out_of_reach(found: Uplift) -> str:
    """That nobody comes any more, or too few in a year, and what would be enough."""
    if not found.share:
        return " No more will come: to go on, `cdm settings set hold_out_share 0.05`."
    if not found.yearly or found.households + found.yearly >= found.needed:
        return ""
    ways = []
    if found.detectable is not None and found.detectable <= MOST / 100:
        points = math.ceil(found.detectable * 100)
        ways.append(f"a difference of {_points(points / 100)} (`cdm uplift --detect {points}`)")
    if found.share_needed is not None and found.share_needed > found.share:
        share = found.share_needed
        ways.append(
            f"{_points(found.detect)} with {share * 100:g} % held out (`cdm settings set hold_out_share {share:g}`)"
        )
    shown = f"it can show {', or '.join(ways)}" if ways else "it can show no difference that is likely"
    return f" This shop has at most {found.yearly:,} a year, which is too few: {shown}."


def _difference(found: Uplift, ordered: Difference, revenue: Difference, currency: str) -> str:
    interval = f"95 % interval {_signed(ordered.low * 100)} to {_signed(ordered.high * 100)}"
    if ordered.sure:
        more = "more" if ordered.by > 0 else "fewer"
        first = (
            f"{abs(ordered.by) * 100:.1f} points {more} households order when they are offered to agents ({interval})"
        )
    else:
        first = f"No clear difference in the share that orders ({_signed(ordered.by * 100)} points, {interval})"
    interval = f"95 % interval {_signed(revenue.low, 0)} to {_signed(revenue.high, 0)}"
    if revenue.sure:
        second = f"each brings {currency} {abs(revenue.by):,.0f} {'more' if revenue.by > 0 else 'less'} ({interval})"
    else:
        second = f"no clear difference in revenue ({currency} {_signed(revenue.by, 0)} each, {interval})"
    return f"{first}; {second}; {found.households:,} households."


def _points(share: float) -> str:
    number = f"{share * 100:g}"
    return f"{number} point" if number == "1" else f"{number} points"


def _held_out(share: float) -> str:
    return f"{share * 100:g} % are held out" if share else "nobody is held out any more"


def _round_up(number: int) -> int:
    """To two figures, as what is only about right is told."""
    step = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // step) * step


def _signed(value: float, places: int = 1) -> str:
    return f"{round(value, places) + 0.0:+,.{places}f}".replace("-", "−")


def _right(name: str) -> Column:
    return Column(name, justify="right")
