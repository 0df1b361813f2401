"""Settings and days away, as a person reads them."""

from datetime import date, time
from typing import Any

import pytest

from cdm_core.absences import Absence
from cdm_core.words import Role
from templates.keyboards import settings
from templates.render import render, render_plain
from tests.golden import Golden
from tests.templates.speeches import BN, EN

NOW_AWAY = Absence(1, 7, "Tanvir", date(2026, 11, 20), date(2026, 11, 26))
BOOKED = Absence(2, 7, "Tanvir", date(2026, 11, 30), date(2026, 12, 2))
WHO: dict[str, Any] = {"name": "Tanvir", "role": Role.AGENT, "team": "Mirpur", "digest_at": time(9)}
WEEK = frozenset({7, 1, 2, 3, 4})


def test_settings(golden: Golden) -> None:
    facts = {**WHO, "working_days": WEEK, "alerts": True, "away": None}
    golden("settings", EN, lambda s: (render("settings", s, **facts), settings.settings(s, staff_id=7, alerts=True)))
    golden(
        "settings_working_days",
        EN,
        lambda s: (render("settings", s, **facts), settings.working_days(s, works_on=WEEK)),
    )


def test_settings_while_away(golden: Golden) -> None:
    facts = {**WHO, "working_days": frozenset({7, 1, 2, 3, 4, 6}), "alerts": False, "away": NOW_AWAY}
    golden(
        "settings_away",
        EN,
        lambda s: (render("settings", s, **facts), settings.settings(s, staff_id=7, alerts=False, away_now=1)),
    )


def test_every_day_and_leave_to_come() -> None:
    facts = {**WHO, "working_days": frozenset(range(1, 8)), "alerts": True, "away": BOOKED}
    assert render("settings", EN, **facts).endswith(
        "📅 Works every day\n🚨 Urgent alerts: on\n🏖️ Away Mon 30 Nov – Wed 2 Dec"
    )
    assert render("settings", BN, **facts).endswith("🏖️ ছুটি সোম ৩০ নভে – বুধ ২ ডিসে")


def test_days_away(golden: Golden) -> None:
    golden(
        "away",
        EN,
        lambda s: (
            render("away", s, name=None, absences=[NOW_AWAY, BOOKED]),
            settings.away(
                s, staff_id=7, own=True, absences=[(one.absence_id, one.first, one.last) for one in (NOW_AWAY, BOOKED)]
            ),
        ),
    )
    golden(
        "away_of_a_colleague",
        EN,
        lambda s: (render("away", s, name="Nusrat", absences=[]), settings.away(s, staff_id=7, own=False)),
    )
    golden("away_until", EN, lambda s: (render("away", s, name=None, absences=[]), settings.away_until(s, staff_id=7)))
    golden("away_pick", EN, lambda s: render("away_pick", s, name=None, unread=False))
    golden("away_unread", EN, lambda s: render("away_pick", s, name="Nusrat", unread=True))


def test_who_is_away(golden: Golden) -> None:
    golden("away_all", EN, lambda s: render("away_all", s, absences=[NOW_AWAY, BOOKED]))
    golden("away_nobody", EN, lambda s: render("away_all", s, absences=[]))


def test_told_by_a_manager(golden: Golden) -> None:
    days = {"by": "Farhana", "first": BOOKED.first, "last": BOOKED.last}
    golden("away_told", EN, lambda s: render("away_told", s, **days, ended=False))
    golden("away_ended", EN, lambda s: render("away_told", s, **days, ended=True))


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("leave_over", {}),
        ("leave_too_long", {"days": 366}),
        ("nobody_called", {"who": "Nobody <b>"}),
        ("which_person", {"who": "Nus", "names": ["Nusrat Jahan", "Nusaiba <i>"]}),
    ],
)
def test_refusals(golden: Golden, code: str, facts: dict[str, Any]) -> None:
    golden(code, EN, lambda s: render(f"errors/{code}", s, **facts))


def test_toasts() -> None:
    assert render_plain("toasts/one_day", EN) == "At least one working day stays"
    assert render_plain("toasts/day_over", BN) == "ওই দিন পার হয়ে গেছে"
