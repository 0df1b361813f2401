"""Who might be called today: the candidates of each kind, found by index, before advice weighs them.

A person's pool is the customers they own and the unowned ones, of which the daily deal leaves them their part; while
colleagues are away, of theirs what the deal gives them (``cdm_core.cover``). Each kind is cut at ``limit`` (more for
the unowned, which are shared), so the list costs the same however many customers there are. A program's list is of
everybody's customers (``of_everybody``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_signs, cover, deals, household_slots
from cdm_core.claims import AT_HOUSEHOLD
from cdm_core.clock import day_start, local_date
from cdm_core.consents import may_be_called
from cdm_core.cover import TO_CONFIRM
from cdm_core.db.plans import planned_once
from cdm_core.factors import UNTRIED_LEAD
from cdm_core.keepers import KEPT, keeper
from cdm_core.month_days import month_days
from cdm_core.recommend import hold_out
from cdm_core.resting import RESTED, rest
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds

LIMIT = 30
"""Candidates of each kind from a person's own customers, and from each on-duty agent's part of the unowned."""

SHARED_LIMIT = 200
"""Most unowned candidates of each kind that are looked at."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """``drawn``: the household's lot is to be held out of what is offered by value (``cdm_core.recommend.hold_out``);
    ``alerted``: an urgent alert is not closed yet; ``awaited``: of several in the household one waits for a call,
    whosever customer that is. ``soonest``: the place before which nobody of the household
    can stand in the list of everybody (``cdm_core.call_signs``), empty elsewhere."""

    customer_id: int
    household_id: int
    name: str
    phone_e164: str | None
    owner_id: int | None
    drawn: bool
    alerted: bool
    awaited: bool
    soonest: tuple[float, ...] = ()


# Claimed by nobody else, and not skipped since the reason to call is there.
_FREE = """
    NOT EXISTS (SELECT FROM claims k
                WHERE k.customer_id = {id} AND k.expires_at > :now
                  AND k.staff_id IS DISTINCT FROM CAST(:person AS bigint))
    AND NOT EXISTS (SELECT FROM call_feedback skipped
                    WHERE skipped.customer_id = {id} AND skipped.until > :now AND skipped.at >= {since}{but})
"""
# Of what is owed, an order to be confirmed or a promise, no suggestion is bad: it comes up again as if it were put off.
_PUT_OFF = " AND (skipped.kind <> 'bad_suggestion' OR skipped.at > CAST(:now AS timestamptz) - interval '1 hour')"


def _free(customer_id: str, since: str = "'-infinity'", *, owed: bool = False) -> str:
    return _FREE.format(id=customer_id, since=since, but=_PUT_OFF if owed else "")


def _with_drawn(found: str, order: str) -> str:
    """The first of ``found`` that are left in, and of the drawn whoever stands before the last of these.

    The drawn are called by nobody and so never rest: counted with the others, they would be all of the first in time.
    """
    return f"""
    WITH left_in AS (
        SELECT * FROM ({found} AND NOT {hold_out.DRAWN}) f ORDER BY {order} LIMIT {{limit}}
    ), drawn AS (
        SELECT * FROM ({found} AND :hold_out_share > 0 AND {hold_out.DRAWN}) f
        WHERE value >= (SELECT CASE WHEN count(*) < {{limit}} THEN '-infinity' ELSE min(value) END FROM left_in)
    )
    SELECT id FROM left_in UNION ALL SELECT id FROM drawn
    """


_MINE, _UNOWNED, _ALL = "{}.owner_id = :person", "{}.owner_id IS NULL", "true"
_KINDS = (
    # Orders to confirm, those first about which nobody has tried to call, the oldest first.
    f"""
    SELECT s.customer_id FROM customer_summary s
    WHERE {{pool[s]}} AND s.pending_since IS NOT NULL AND NOT s.do_not_call
      AND (s.last_attempt_at IS NULL OR s.last_attempt_at <= :retried OR s.last_attempt_at < s.pending_since)
      AND {_free("s.customer_id", "s.pending_since", owed=True)}
    ORDER BY {call_signs.CALLED_TO_CONFIRM}, s.pending_since LIMIT {{limit}}
    """,
    # Fresh drop-offs with intent.
    f"""
    SELECT s.customer_id FROM customer_summary s
    WHERE {{pool[s]}} AND s.dropoff_at > :fresh AND s.dropoff_at <= :now AND NOT s.do_not_call
      AND {RESTED} AND {_free("s.customer_id", "s.dropoff_at")}
    ORDER BY s.dropoff_at DESC LIMIT {{limit}}
    """,
    # Birthdays of today.
    f"""
    SELECT c.id FROM customers c JOIN customer_summary s ON s.customer_id = c.id
    WHERE c.birthday_md IN (:today_md, :leap_md) AND {{pool[c]}}
      AND {RESTED} AND {_free("c.id")}
    ORDER BY c.id LIMIT {{limit}}
    """,
    # By value, whom there is something to say to: hot, inactive, or due to buy again, and not in the red.
    _with_drawn(
        f"""
        SELECT c.id, r.value, NULL::timestamptz AS came
        FROM call_ranking r
        JOIN customer_summary s ON s.customer_id = r.customer_id
        JOIN customers c ON c.id = r.customer_id
        WHERE {{pool[r]}} AND NOT s.do_not_call
          AND (s.total_orders = 0 OR s.decayed_revenue > 0)
          AND (s.hot_until > :now OR cdm_gone_quiet(s, :now) OR cdm_reorder_due(s, :now))
          AND {RESTED} AND {_free("s.customer_id")}
        """,
        "value DESC",
    ),
    # New leads nobody has reached, by value, the newest of equal ones first.
    _with_drawn(
        f"""
        SELECT c.id, coalesce(r.value, '-infinity') AS value, c.created_at AS came
        FROM customers c
        JOIN customer_summary s ON s.customer_id = c.id
        LEFT JOIN call_ranking r ON r.customer_id = c.id
        WHERE c.lifecycle_stage IN ('lead', 'prospect') AND NOT c.came_unknown AND c.created_at > :new AND {{pool[c]}}
          AND cdm_came_lately(c.created_at, s.last_attempt_at, :now)
          AND NOT EXISTS (SELECT FROM sales_orders o WHERE o.customer_id = c.id AND o.ordered_at <= :now OFFSET 0)
          AND {RESTED} AND {_free("c.id")}
        """,
        "value DESC, came DESC",
    ),
)
# Follow-ups due by the end of today that are the person's to keep.
_PROMISED = f"""
    SELECT f.customer_id FROM {KEPT} f
    WHERE f.due_at < :tomorrow AND {_free("f.customer_id", "f.created_at", owed=True)}
    ORDER BY f.due_at LIMIT {{limit}}
"""
# Orders to confirm of those the person covers for.
_COVERED = f"""
    SELECT s.customer_id
    FROM ({TO_CONFIRM}
          AND (s.last_attempt_at IS NULL OR s.last_attempt_at <= :retried OR s.last_attempt_at < s.pending_since)
          AND {_free("s.customer_id", "s.pending_since", owed=True)}
          AND EXISTS (SELECT FROM deals d WHERE d.local_date = :today AND d.staff_id = :person
                        AND d.customer_id = coalesce(c.household_id, c.id))) s
    ORDER BY {call_signs.CALLED_TO_CONFIRM}, s.pending_since LIMIT {{limit}}
"""
_PROMISED_BY_ANY = f"""
    SELECT f.customer_id FROM follow_ups f
    WHERE f.status = 'open' AND f.due_at < :tomorrow AND {_free("f.customer_id", "f.created_at", owed=True)}
    ORDER BY f.due_at LIMIT {{limit}}
"""
# Win-back calls planned for today or before.
_CHASED = f"""
    SELECT t.customer_id
    FROM campaign_tasks t
    JOIN customers c ON c.id = t.customer_id AND {{whose}}
    JOIN customer_summary s ON s.customer_id = t.customer_id
    WHERE t.state = 'open' AND t.local_date <= :today
      AND {RESTED} AND {_free("t.customer_id", "t.created_at")}
    ORDER BY t.local_date, t.cart_value DESC NULLS LAST LIMIT {{limit}}
"""


@lru_cache
def _statement(own: int, shared: int) -> TextClause:
    """The candidates of all kinds, at most ``own`` of the own and ``shared`` of the unowned a kind.

    What was dealt to somebody else is left out here already: it is most of what is not owned.
    """
    chased = "t.staff_id = :person AND (c.owner_id IS NULL OR c.owner_id = :person)"
    mine = [
        _PROMISED.format(limit=own),
        _COVERED.format(limit=own),
        _CHASED.format(whose=chased, limit=own),
        *_kinds(_MINE, own),
    ]
    return _found(
        mine,
        _kinds(_UNOWNED, shared),
        """f.mine OR f.customer_id NOT IN (SELECT customer_id FROM deals
                                           WHERE local_date = :today AND staff_id <> :person)""",
    )


@lru_cache
def _statement_of_everybody(most: int, best_first: bool) -> TextClause:
    """The first households of the candidates of all kinds, whoever's they are, at most ``most`` a kind."""
    promised, chased = _PROMISED_BY_ANY.format(limit=most), _CHASED.format(whose=_ALL, limit=most)
    sign = call_signs.BEST if best_first else call_signs.SOONEST
    found = _found([promised, chased, *_kinds(_ALL, most)], [], _ALL, sign=sign)
    return text(
        f"""
        SELECT *, min(soonest) OVER (PARTITION BY household_id) AS first
        FROM ({found.text}) found
        ORDER BY first, household_id
        FETCH FIRST (:first) ROWS WITH TIES
        """
    )


def _kinds(pool: str, limit: int) -> list[str]:
    whose = {alias: pool.format(alias) for alias in ("s", "c", "r")}
    return [kind.format(pool=whose, limit=limit) for kind in _KINDS]


def _found(mine: Sequence[str], shared: Sequence[str], condition: str, *, sign: str = "") -> TextClause:
    """Whom the statements of kinds find, if ``condition`` holds of the found ``f`` too; with the ``sign``, if any."""
    kinds = [f"SELECT *, true FROM ({kind}) kind" for kind in mine]
    kinds += [f"SELECT *, false FROM ({kind}) kind" for kind in shared]
    return text(
        f"""
        WITH found AS (
            SELECT customer_id, bool_or(mine) AS mine
            FROM ({" UNION ALL ".join(kinds)}) kinds (customer_id, mine)
            GROUP BY customer_id
        )
        SELECT c.id AS customer_id, coalesce(c.household_id, c.id) AS household_id, c.phone_e164, c.owner_id,
               cdm_name(c.first_name, c.last_name) AS name, {hold_out.DRAWN} AS drawn,
               EXISTS (SELECT FROM alerts a WHERE a.customer_id = c.id AND a.state <> 'closed') AS alerted,
               c.household_id IS NOT NULL AND :hold_out_share > 0
                   AND cdm_awaited(c.household_id, :today, :fresh, ARRAY[:today_md, :leap_md]::smallint[]) AS awaited
               {f", {sign} AS soonest" if sign else ""}
        FROM found f
        JOIN customers c ON c.id = f.customer_id
        {call_signs.JOINS if sign else ""}
        WHERE ({condition}) AND {may_be_called("c")}
          AND NOT EXISTS {AT_HOUSEHOLD}
        """
    )


async def find(
    session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime, on_duty: Sequence[Staff]
) -> list[Candidate]:
    """The person's candidates at ``now``: neither do-not-call nor asked about it, nor claimed by another, nor skipped
    for now.

    Of the customers of others only those whose promised call is the person's to keep, and those they cover for. Nobody
    of a household of which somebody else's customer is to be called.
    """
    await cover.deal(session, person, thresholds, on_duty, now=now)
    wanted = _statement(LIMIT, min(LIMIT * len(on_duty), SHARED_LIMIT))
    found = await _read(session, wanted, keeper(person, thresholds), thresholds, now)
    unowned = [candidate.customer_id for candidate in found if candidate.owner_id is None]
    today = local_date(now, thresholds.zone)
    whose = await deals.whose(session, today, unowned, [agent.id for agent in on_duty])
    mine = [c for c in found if c.owner_id is not None or whose.get(c.customer_id) == person.id]
    first = await household_slots.first(session, {c.household_id for c in mine})
    ids = {c.customer_id for c in mine}
    return [c for c in mine if first.get(c.household_id, c.customer_id) in ids]


async def of_everybody(
    session: AsyncSession, thresholds: Thresholds, *, now: datetime, most: int, first: int, best_first: bool = False
) -> list[Candidate]:
    """All people's candidates at ``now``, at most ``most`` a kind: none whom somebody has claimed or skipped.

    Those alone who may stand soonest: ``first`` of them, and whoever else is of the last one's household. They are in
    the order of what they have as ``soonest``: in the list as it is called, or by score (``best_first``).
    """
    local_time = f"{now.astimezone(thresholds.zone):%H:%M}"
    whose = {"person": None, "first": first, "local_time": local_time}
    return await _read(session, _statement_of_everybody(most, best_first), whose, thresholds, now)


async def _read(
    session: AsyncSession, wanted: TextClause, whose: Mapping[str, Any], thresholds: Thresholds, now: datetime
) -> list[Candidate]:
    today = local_date(now, thresholds.zone)
    tomorrow = day_start(today + timedelta(days=1), thresholds.zone)
    today_md, *more = month_days(today, 1, thresholds.leap_day)
    async with planned_once(session):
        rows = await session.execute(
            wanted,
            {
                **whose,
                **rest(now, thresholds),
                **hold_out.drawing(today, thresholds),
                "now": now,
                "tomorrow": tomorrow,
                "fresh": now - timedelta(days=thresholds.dropoff_fresh_days),
                "new": now - UNTRIED_LEAD,
                "today": today,
                "today_md": today_md,
                "leap_md": more[0] if more else today_md,
            },
        )
    return [
        Candidate(
            customer_id=row.customer_id,
            household_id=row.household_id,
            name=row.name,
            phone_e164=row.phone_e164,
            owner_id=row.owner_id,
            drawn=row.drawn,
            alerted=row.alerted,
            awaited=row.awaited,
            soonest=tuple(row.first) if "first" in whose else (),
        )
        for row in rows
    ]
