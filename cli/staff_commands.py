"""``cdm staff invite|list|revoke``."""

import re
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, departures, invites, staff
from cdm_core.clock import Clock
from cdm_core.db.engine import sessions
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.words import Role
from cli.bot_name import bot_username
from cli.console import config, out, run
from cli.database import engine_of

app = typer.Typer(help="The people: invite, list, revoke.", no_args_is_help=True)

_REVOKE = "cdm staff revoke"
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _span(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,5})([mhd])", text.strip().lower())
    if match is None:
        raise typer.BadParameter("write it like 30m, 24h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@app.command()
def invite(
    role: Annotated[Role, typer.Option(help="What the person may do.")],
    name: Annotated[str | None, typer.Option(help="The name colleagues see; else Telegram's.")] = None,
    team: Annotated[str | None, typer.Option(help="The team; founded if it is new.")] = None,
    valid: Annotated[str, typer.Option(help="How long: 30m, 24h, 7d.")] = "24h",
) -> None:
    """Print a link that signs one person in, once."""
    span = _span(valid)

    async def work() -> None:
        async with engine_of(config(), purpose="invite") as engine:
            async with sessions(engine)() as session, session.begin():
                now = Clock(config().zone).now()
                invitation = await invites.create(session, role=role, now=now, name=name, team=team, valid=span)
                await audit.record(session, now, "cdm staff invite", "invite", role=role, name=name, team=team)
        username = await bot_username(config())
        if username is None:
            out.print("Without CDM_TELEGRAM_TOKEN the bot's name is unknown; let the person send the bot:")
            print(f"/start {invitation.code}")
        else:
            print(f"https://t.me/{username}?start={invitation.code}")

    run(work())


@app.command("list")
def list_people() -> None:
    """Who is signed in, with role and team."""

    async def work() -> None:
        async with engine_of(config(), purpose="staff list") as engine, sessions(engine)() as session:
            people = await staff.active(session)
        table = Table("id", "name", "role", "team", "language", "digest")
        for person in people:
            table.add_row(
                str(person.id),
                person.name,
                person.role,
                person.team or "",
                person.language,
                f"{person.digest_time:%H:%M}",
            )
        out.print(table)

    run(work())


@app.command()
def revoke(
    who: Annotated[str, typer.Argument(help="Id or exact name, as `cdm staff list` shows.")],
    to: Annotated[str | None, typer.Option(help="Who gets their customers; else they are dealt to all daily.")] = None,
) -> None:
    """End a person's access at once and hand their customers over; told the id, also of somebody who has left."""

    async def work() -> None:
        now = Clock(config().zone).now()
        async with engine_of(config(), purpose="revoke") as engine:
            make = sessions(engine)
            async with make.begin() as session:
                person = await _one(session, who, left=True)
                heir = await _one(session, to) if to is not None else None
                if heir is not None and heir.id == person.id:
                    raise CdmError("no_such_person")
                if person.active:
                    await staff.remove(session, person.id, now=now)
                    await audit.record(session, now, _REVOKE, "revoke", staff=person.id, to=heir and heir.id)
            out.print(f"[green]✓[/green] {person.name} has no access any more")
            given = 0
            while True:
                async with make.begin() as session:
                    number = await departures.hand_over(session, person.id, heir, now=now, actor=_REVOKE)
                if not number:
                    break
                given += number
        if given:
            out.print(f"[green]✓[/green] {given} customers handed over to {heir.name if heir else 'the daily deal'}")

    run(work())


async def _one(session: AsyncSession, who: str, *, left: bool = False) -> Staff:
    found = [p for p in await staff.active(session) if who in (str(p.id), p.name)]
    if not found and left and who.isdecimal():
        return await staff.get(session, int(who))
    if len(found) != 1:
        raise CdmError("no_such_person")
    return found[0]
