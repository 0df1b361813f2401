"""``cdm settings list|set``: the thresholds of the shop."""

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Column, Table

from cdm_core import audit, thresholds
from cdm_core.clock import Clock
from cdm_core.db.engine import sessions
from cdm_core.errors import CdmError
from cli.console import config, out, run
from cli.database import engine_of
from cli.settings_words import WHAT

app = typer.Typer(help="The shop's thresholds: list them, set one.", no_args_is_help=True)


@app.command("list")
def list_settings() -> None:
    """Every setting with its value, and what it does."""

    async def work() -> None:
        async with engine_of(config(), purpose="settings list") as engine, sessions(engine)() as session:
            found = await thresholds.by_hand(session)
        columns = Column("setting", no_wrap=True), Column("value", max_width=14, overflow="fold"), "what it does"
        table = Table(*columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for key, value in found.items():
            table.add_row(key, value, WHAT.get(key, ""))
        out.print(table)

    run(work())


@app.command("set")
def set_one(
    key: Annotated[str, typer.Argument(help="As `cdm settings list` shows it.")],
    value: Annotated[str, typer.Argument(help="The new value; one that nobody can read is refused.")],
) -> None:
    """Set one; the processes that run take it up with the next thing they do, what ranks customers (call_margin,
    call_cost, ranking_horizon_days) with the next night.
    """

    async def work() -> str:
        async with engine_of(config(), purpose="settings set") as engine, sessions(engine).begin() as session:
            before = (await thresholds.by_hand(session)).get(key)
            if before is None:
                raise CdmError("unknown_setting", key=key)
            now = Clock(config().zone).now()
            await thresholds.change(session, key, value, now=now, staff_id=None)
            await audit.record(session, now, "cdm settings set", "setting", key=key, before=before, after=value)
        return before

    before = run(work())
    out.print(f"[green]✓[/green] {key} is {value}; it was {before}")
    if key in thresholds.BY_NIGHT:
        out.print("It counts from the next nightly ranking on; `cdm refresh` ranks everybody now.")
