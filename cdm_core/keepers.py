"""Who keeps a promised call: who made it, while they are here and may see the customer, else the customer's owner."""

from typing import Any

from cdm_core.access import VISIBLE, sight
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds

_COLUMNS = "f.customer_id, f.due_at, f.asked, f.interaction_id, f.created_at"

KEPT = f"""(
    SELECT {_COLUMNS}
    FROM follow_ups f JOIN customers c ON c.id = f.customer_id
    WHERE f.status = 'open' AND f.staff_id = :person AND c.do_not_call_at IS NULL AND {VISIBLE}
    UNION ALL
    SELECT {_COLUMNS}
    FROM follow_ups f JOIN customers c ON c.id = f.customer_id
    WHERE f.status = 'open' AND c.owner_id = :person AND c.do_not_call_at IS NULL
      AND coalesce(f.staff_id, 0) <> ALL(ARRAY(
          SELECT maker.id FROM staff maker JOIN staff me ON me.id = :person
          WHERE maker.id = me.id
             OR maker.active AND (maker.role = 'admin' OR CAST(:open_to_all AS boolean)
                                  OR maker.role = 'manager' AND maker.team_id = me.team_id))))"""
"""A table of the open follow-ups that a person keeps; it binds what ``keeper`` gives.

Those of customers nobody owns whose maker is gone are nobody's: the daily deal gives them to somebody.
"""


def keeper(person: Staff, thresholds: Thresholds) -> dict[str, Any]:
    return {**sight(person, thresholds), "open_to_all": thresholds.customers_open_to_all}
