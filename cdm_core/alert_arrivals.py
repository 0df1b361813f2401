"""What became of the copies of open alerts told last: while they are under way an alert's clock stands still, and one
whose copies were lost is told anew, as is one whose holder has left the team."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.outbox import LOST
from cdm_core.thresholds import Thresholds

# To five minutes, so that copies that say when are not edited each minute.
_WAIT = """date_bin('5 minutes', CAST(:now AS timestamptz) + interval '4 minutes 59 seconds' + make_interval(
    mins => CASE a.level WHEN 0 THEN CAST(:lead AS integer) ELSE CAST(:managers AS integer) END), 'epoch')"""
_FOLLOW = text(
    f"""
    UPDATE alerts a
    SET state = CASE WHEN NOT c.under_way AND a.level = 0 THEN 'waiting' ELSE a.state END,
        next_at = CASE WHEN c.under_way THEN {_WAIT} ELSE CAST(:now AS timestamptz) END,
        version = version + (c.queued OR NOT c.under_way)::integer  -- a copy that is queued says the new time
    FROM (SELECT m.customer_id, m.alert_id, bool_or(o.state NOT IN {LOST}) AS under_way,
                 bool_and(o.state = 'queued') AS queued, bool_or(o.state = 'expired') AS expired
          FROM alerts a
          JOIN alert_messages m ON m.customer_id = a.customer_id AND m.alert_id = a.id AND m.level = a.level
                                   AND m.told_at = (SELECT max(last.told_at) FROM alert_messages last
                                                    WHERE last.customer_id = a.customer_id AND last.alert_id = a.id
                                                      AND last.level = a.level)
                                   AND m.told_at >= coalesce(a.stepped_at, m.told_at)  -- else they were followed before
          JOIN outbox o ON o.id = m.outbox_id
          WHERE a.state = 'open'
          GROUP BY m.customer_id, m.alert_id
          HAVING bool_and(o.state NOT IN ('sent', 'unknown'))) c
    WHERE a.customer_id = c.customer_id AND a.id = c.alert_id AND a.state = 'open'
      AND CASE WHEN c.under_way THEN a.level < 2 AND a.next_at < {_WAIT}
               ELSE a.level = 0 OR (a.level = 1 OR c.expired) AND a.next_at > :now END
    """
)
_ABANDONED = text(
    """
    UPDATE alerts
    SET state = 'waiting', level = 0, claimed_by = NULL, reopened = false, next_at = :now, version = version + 1
    WHERE state = 'claimed' AND claimed_by IN (SELECT id FROM staff WHERE NOT active)
    """
)


async def follow(session: AsyncSession, limits: Thresholds, *, now: datetime) -> None:
    """Set when the next step of those alerts is due, before the steps of ``now`` are taken."""
    waits = {"lead": limits.alert_lead_minutes, "managers": limits.alert_manager_minutes}
    await session.execute(_FOLLOW, {**waits, "now": now})
    await session.execute(_ABANDONED, {"now": now})
