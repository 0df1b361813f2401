"""Who keeps a promised call: who made it, while they are here and may see the customer, else the customer's owner.

While the owner is away too, who covers for them (``cdm_core.cover``), as long as the call is due.
"""

from typing import Any

from cdm_core.absences import AWAY
from cdm_core.access import AWAY_OF_TEAM, VISIBLE, sight
from cdm_core.consents import may_be_called
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds

_COLUMNS = "f.customer_id, f.due_at, f.asked, f.interaction_id, f.created_at"
_OPEN = f"FROM follow_ups f JOIN customers c ON c.id = f.customer_id WHERE f.status = 'open' AND {may_be_called('c')}"
_HERE = f"""(
    SELECT maker.id FROM staff maker JOIN staff keeper ON keeper.id = {{owner}}
    WHERE maker.active AND maker.id NOT IN ({AWAY})
      AND (maker.role = 'admin' OR CAST(:open_to_all AS boolean)
           OR maker.role = 'manager' AND maker.team_id = keeper.team_id))"""
_TOMORROW = "CAST(cdm_today() + 1 AS timestamp) AT TIME ZONE cdm_setting('timezone')"

NOBODYS = f"""(
    f.due_at < {_TOMORROW}
    AND (c.owner_id IS NULL AND (f.staff_id IS NULL OR f.staff_id = ANY(ARRAY({AWAY})))
         OR c.owner_id = ANY(ARRAY({AWAY_OF_TEAM}))
            AND coalesce(f.staff_id, 0) <> ALL(ARRAY({_HERE.format(owner="c.owner_id")}))))"""
"""Whether follow-up ``f`` of customer ``c`` is due and nobody who keeps it is here today, as far as it is for those
of the person's team to cover."""

_DEALT = f"""
    SELECT {_COLUMNS}, coalesce(c.owner_id, f.staff_id) AS covered_for
    FROM deals d
    JOIN customers c ON {{member}}
    JOIN follow_ups f ON f.customer_id = c.id
    WHERE d.local_date = cdm_today() AND d.staff_id = :person AND f.status = 'open' AND {may_be_called("c")}
      AND f.staff_id IS DISTINCT FROM :person AND {NOBODYS}"""

KEPT = f"""(
    SELECT {_COLUMNS}, CAST(NULL AS bigint) AS covered_for
    {_OPEN} AND f.staff_id = :person AND {VISIBLE}
    UNION ALL
    SELECT {_COLUMNS}, NULL
    {_OPEN} AND c.owner_id = :person AND f.staff_id IS DISTINCT FROM :person
      AND coalesce(f.staff_id, 0) <> ALL(ARRAY({_HERE.format(owner=":person")}))
    UNION ALL {_DEALT.format(member="c.household_id = d.customer_id")}
    UNION ALL {_DEALT.format(member="c.id = d.customer_id AND c.household_id IS NULL")})"""
"""A table of the open follow-ups that a person keeps; it binds what ``keeper`` gives.

``covered_for`` is who keeps it otherwise and is away, where it is kept for somebody else.
"""


def keeper(person: Staff, thresholds: Thresholds) -> dict[str, Any]:
    return {**sight(person, thresholds), "open_to_all": thresholds.customers_open_to_all}
