"""What was suggested to whom, once a customer and day, and what came of it: ``recommendation_log``.

Written where a list is really read: the page, the card, the morning list that was made. Beside what was shown stand
those who would have been but for the hold-out (``cdm_core.recommend.hold_out``), found by the same rule, so that both
are alike but for the call. The outcome is read from the facts once the window (``uplift_window_days``) is over, so
undoing and correcting in between need no care; a household is who was of it when it was shown. Of the latest days
``cdm_core.recommend.followed`` tells. A window of another length later on is judged anew by the same facts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.clock import local_date
from cdm_core.orders import STANDING, ordered_since
from cdm_core.recommend import hold_out
from cdm_core.thresholds import Thresholds
from cdm_core.words import NextAction, OfferType

BATCH = 1000
"""Suggestions whose outcome is read in one transaction."""

DELIVERED_WITHIN = timedelta(days=7)
"""So long after the window it is waited for what was ordered in it to be delivered, or to come back."""


class ShownIn(StrEnum):
    LIST = "list"
    NEXT = "next"
    DIGEST = "digest"
    CARD = "card"
    API = "api"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A customer to call. ``rank`` is the place on the list from 1, None beside a list.

    ``products`` are what to make the ``offer`` with, the likeliest first.
    ``propensity`` is the chance that the draw had left of showing it (1: nothing was drawn); ``held_out``: it was not.
    """

    customer_id: int
    rank: int | None
    score: int
    next_action: NextAction
    offer: OfferType
    propensity: float = 1.0
    held_out: bool = False
    products: tuple[int, ...] = ()


_COLUMNS = (
    "household_id, others, shown_at, shown_in, staff_id, held_out, fit_id, leads_fit_id, items_fit_id, hours_fit_id,"
    " rank, score, value, propensity, drawn_until, next_action, offer_type, products"
)
_CHANGES = ", ".join(f"{name.strip()} = EXCLUDED.{name.strip()}" for name in _COLUMNS.split(","))
_IN_USE = "(SELECT id FROM model_fits WHERE kind = '{}' ORDER BY id DESC LIMIT 1)"
# In the order of ids, and none who is being merged away: two lists at once wait for each other and no longer.
_RECORD = text(
    f"""
    INSERT INTO recommendation_log AS log (customer_id, local_date, {_COLUMNS})
    SELECT c.id, :day, coalesce(c.household_id, c.id),
           ARRAY(SELECT m.id FROM customers m WHERE m.household_id = c.household_id AND m.id <> c.id ORDER BY m.id),
           :now, :shown_in, :staff, s.held_out,
           r.fit_id, {_IN_USE.format("leads")}, {_IN_USE.format("items")}, {_IN_USE.format("hours")},
           s.rank, s.score, r.value, s.propensity, CASE WHEN s.propensity < 1 THEN CAST(:drawn_until AS date) END,
           s.next_action, s.offer, CAST(s.products AS bigint[])
    FROM unnest(CAST(:ids AS bigint[]), CAST(:ranks AS integer[]), CAST(:scores AS smallint[]),
                CAST(:actions AS text[]), CAST(:offers AS text[]), CAST(:propensities AS real[]),
                CAST(:held_out AS boolean[]), CAST(:products AS text[]))
         AS s (id, rank, score, next_action, offer, propensity, held_out, products)
    JOIN customers c ON c.id = s.id
    LEFT JOIN call_ranking r ON r.customer_id = c.id
    ORDER BY c.id
    FOR KEY SHARE OF c
    ON CONFLICT (customer_id, local_date) DO UPDATE SET {_CHANGES}
    WHERE log.propensity = 1
      AND (EXCLUDED.propensity < 1 OR log.shown_in = 'card' AND EXCLUDED.shown_in <> 'card'
           OR log.rank IS NULL AND EXCLUDED.rank IS NOT NULL)
    """
)
# An order made of a contact counts from that contact, whatever hour a file gives it later: it may be days off by then.
_ORDERED_AT = "CASE WHEN o.staff_id IS NULL THEN o.ordered_at ELSE coalesce(o.confirmed_at, o.ordered_at) END"
_OF_HOUSEHOLD = """
    SELECT due.customer_id AS id
    UNION
    SELECT coalesce(stayed.customer_id, other.id)
    FROM unnest(due.others) other (id)
    LEFT JOIN merges stayed ON stayed.gone_id = other.id AND stayed.undone_at IS NULL
"""
TRIED = """(
    i.undone_at IS NULL AND i.interaction_direction = 'outbound'
    AND (i.interaction_type <> 'other' OR i.outcome IS NOT NULL)
    AND i.occurred_at > due.shown_at AND i.occurred_at <= due.until)"""
"""Whether contact ``i`` was tried after ``due`` (a suggestion's shown_at) and up to its ``until``, as SQL."""

_FIRST_TRIED = f"""
    SELECT i.id, i.occurred_at
    FROM ({_OF_HOUSEHOLD}) member
    JOIN customer_interactions i ON i.customer_id = member.id
    WHERE {TRIED}
    ORDER BY i.occurred_at, i.id LIMIT 1
"""

_ORDERS = f"""
    FROM ({_OF_HOUSEHOLD}) member
    JOIN sales_orders o ON o.customer_id = member.id
    WHERE o.ordered_at > due.shown_at - interval '8 days' AND o.ordered_at <= due.until + interval '8 days'
      AND CASE WHEN o.staff_id IS NULL THEN {ordered_since("due.shown_at")} ELSE {_ORDERED_AT} > due.shown_at END
      AND {_ORDERED_AT} <= due.until
"""
# In another length of the window they tell nothing until that is over too.
_OF_ANOTHER_WINDOW = "settled_at IS NOT NULL AND (window_days < :window OR window_days > :window)"
_REOPEN = text(
    f"""
    WITH due AS (
        SELECT customer_id, id FROM recommendation_log
        WHERE {_OF_ANOTHER_WINDOW} AND shown_at > :over
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
    UPDATE recommendation_log log
    SET acted_at = NULL, interaction_id = NULL, ordered_at = NULL, order_id = NULL, revenue = NULL, settled_at = NULL,
        window_days = NULL
    FROM due
    WHERE log.customer_id = due.customer_id AND log.id = due.id
    """
)


def _settling(which: str) -> TextClause:
    """Reads what came of those of which this SQL holds and whose window is over, the oldest first."""
    return text(
        f"""
        WITH due AS (
            SELECT customer_id, id, others, shown_at, shown_at + make_interval(days => :window) AS until
            FROM recommendation_log
            WHERE {which} AND shown_at <= :over
            ORDER BY shown_at LIMIT :limit
            FOR UPDATE SKIP LOCKED
        )
        UPDATE recommendation_log log
        SET acted_at = tried.occurred_at, interaction_id = tried.id, ordered_at = first.at, order_id = first.id,
            revenue = kept.revenue, settled_at = :now, window_days = :window
        FROM due
        LEFT JOIN LATERAL ({_FIRST_TRIED}) tried ON true
        LEFT JOIN LATERAL (
            SELECT o.id, greatest({_ORDERED_AT}, due.shown_at) AS at {_ORDERS} AND o.status IN {STANDING}
            ORDER BY 2, o.id LIMIT 1
        ) first ON true
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(lines.amount), 0) AS revenue
            FROM (
                SELECT CASE
                           WHEN line.id IS NULL THEN CASE WHEN o.status = 'completed' THEN o.total_amount ELSE 0 END
                           WHEN line.status = 'completed' THEN line.amount
                           WHEN line.status = 'returned' AND line.quantity < 0 THEN line.amount
                           ELSE 0
                       END AS amount
                FROM (SELECT o.* {_ORDERS}) o
                LEFT JOIN sales_order_items line ON line.customer_id = o.customer_id AND line.order_id = o.id
            ) lines
        ) kept
        WHERE log.customer_id = due.customer_id AND log.id = due.id
        """
    )


_STEPS = (_REOPEN, _settling(_OF_ANOTHER_WINDOW), _settling("settled_at IS NULL"))


async def record(
    session: AsyncSession,
    staff_id: int | None,
    shown_in: ShownIn,
    suggestions: Sequence[Suggestion],
    *,
    now: datetime,
    thresholds: Thresholds,
) -> None:
    """Note that these are shown to ``staff_id`` (None: to another system), or held out of what is; one statement."""
    if not suggestions:
        return
    day = local_date(now, thresholds.zone)
    await session.execute(
        _RECORD,
        {
            "day": day,
            "now": now,
            "shown_in": shown_in,
            "staff": staff_id,
            "drawn_until": hold_out.last_day(day, thresholds),
            "ids": [one.customer_id for one in suggestions],
            "ranks": [one.rank for one in suggestions],
            "scores": [one.score for one in suggestions],
            "actions": [one.next_action for one in suggestions],
            "offers": [one.offer for one in suggestions],
            "propensities": [one.propensity for one in suggestions],
            "held_out": [one.held_out for one in suggestions],
            "products": [f"{{{','.join(map(str, one.products))}}}" for one in suggestions],
        },
    )


async def settle(session: AsyncSession, *, now: datetime, thresholds: Thresholds, limit: int = BATCH) -> int:
    """Read what came of the suggestions whose window is over, the oldest first; gives how many, at most ``limit``.

    Those that were settled by a window of another length than today's are settled anew, or, where today's is not over,
    forget what that one had brought; these count too."""
    window = thresholds.uplift_window_days
    over = now - timedelta(days=window) - DELIVERED_WITHIN
    done = 0
    for step in _STEPS:
        bound = {"window": window, "over": over, "limit": limit - done}
        if step is not _REOPEN:
            bound["now"] = now
        done += (await session.execute(step, bound)).rowcount  # type: ignore[attr-defined]
    return done
