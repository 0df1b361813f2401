"""The sales team: the people of the sandbox, already signed in."""

from datetime import datetime, time, timedelta

from bot.sandbox.personas import default_groups, default_users
from cdm_core.words import Language, Role
from cli.sample.rows import Rows

TANVIR, NUSRAT, FARHANA, RAFIQ = 1, 2, 3, 4
AGENTS = (TANVIR, NUSRAT)
TEAM = 1
LEAD = f"UPDATE teams SET lead_id = {FARHANA} WHERE id = {TEAM}"

_PEOPLE = (
    (TANVIR, "tanvir", "Tanvir", Role.AGENT, Language.BN),
    (NUSRAT, "nusrat", "Nusrat", Role.AGENT, Language.EN),
    (FARHANA, "farhana", "Farhana", Role.MANAGER, Language.EN),
    (RAFIQ, "rafiq", "Rafiq", Role.ADMIN, Language.EN),
)


def sign_in(rows: Rows, now: datetime) -> None:
    """Staff, their private chats, the team and its group. Who leads the team is written after: ``LEAD``."""
    rows.new("teams", name="Mirpur", created_at=now - timedelta(days=420))
    accounts = {user.key: user.id for user in default_users()}
    since = now - timedelta(days=400)
    for number, key, name, role, language in _PEOPLE:
        rows.new(
            "staff",
            name=name,
            role=role,
            team_id=None if role is Role.ADMIN else TEAM,
            telegram_user_id=accounts[key],
            language=language,
            digest_time=time(9),
            working_days=[7, 1, 2, 3, 4],
            alerts=True,
            active=True,
            created_at=since,
        )
        rows.add("chats", chat_id=accounts[key], type="private", staff_id=number, tries=0, title=name, created_at=since)
    for group in default_groups():
        rows.add("chats", chat_id=group.id, type="group", team_id=TEAM, tries=0, title=group.title, created_at=since)
