"""Who is left in peace for now: the cooldown, the attempt cap, and a household of which another was called."""

from datetime import datetime, timedelta
from typing import Any

from cdm_core.clock import day_start, local_date
from cdm_core.thresholds import Thresholds

RETRY_AFTER = timedelta(hours=2)
"""Nobody is called again sooner, whatever came of the last attempt, unless they were promised to be."""

RESTED = """
    (s.last_contact_at IS NULL OR s.last_contact_at <= :cooled)
    AND (s.last_attempt_at IS NULL OR s.last_attempt_at <= :retried
         AND (s.last_attempt_at <= :attempts_since
              OR (SELECT count(*) FROM customer_interactions i
                  WHERE i.customer_id = s.customer_id AND i.undone_at IS NULL AND i.interaction_direction = 'outbound'
                    AND cdm_unanswered(i.outcome_code)
                    AND i.occurred_at > greatest(s.last_contact_at, :attempts_since)) < :attempt_cap))
    AND NOT EXISTS (SELECT FROM customers kin JOIN customer_summary k ON k.customer_id = kin.id
                    WHERE kin.household_id = (SELECT household_id FROM customers own WHERE own.id = s.customer_id)
                      AND kin.id <> s.customer_id
                      AND (k.last_contact_at >= :day OR k.last_attempt_at > :retried)
                    OFFSET 0)  -- for those alone who would be called
"""
"""Whom neither cooldown nor attempt cap forbids, nor that somebody else of the household was spoken to today or tried
just now: one phone rings once. As SQL over the summary ``s``; it binds what ``rest`` gives."""

KIN_CALLED = """
    (SELECT max(k.last_contact_at) AS contact_at, max(k.last_attempt_at) AS attempt_at
     FROM customers kin JOIN customer_summary k ON k.customer_id = kin.id
     WHERE kin.household_id = c.household_id AND kin.id <> c.id)
"""
"""When others of the household of customer ``c`` were last spoken to, and last tried, as SQL."""


def rest(now: datetime, thresholds: Thresholds) -> dict[str, Any]:
    return {
        "cooled": now - timedelta(days=thresholds.cooldown_days),
        "day": day_start(local_date(now, thresholds.zone), thresholds.zone),
        "retried": now - RETRY_AFTER,
        "attempts_since": now - timedelta(days=thresholds.attempt_cap_days),
        "attempt_cap": thresholds.attempt_cap,
    }
