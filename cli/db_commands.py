"""``cdm db upgrade|status|sql`` and ``cdm refresh``."""

import typer

from cdm_core import households, summary, thresholds
from cdm_core.db import migrate
from cdm_core.db.engine import sessions
from cdm_core.db.steps import steps
from cdm_core.recommend import refit
from cdm_core.recommend.rankers import Basis
from cli.console import config, fail, out, progress, run
from cli.database import engine_of

_BASES = {
    Basis.DECAYED_REVENUE: "decayed revenue",
    Basis.BGNBD_VALUE: "expected value",
    Basis.BOTH: "decayed revenue and expected value together",
}

app = typer.Typer(
    help="The database: bring it to this version, ask where it stands, print its SQL.", no_args_is_help=True
)


@app.command()
def upgrade() -> None:
    """Bring the database to this version's schema; running it again changes nothing."""

    async def work() -> None:
        async with engine_of(config(), purpose="upgrade") as engine:
            before = await migrate.status(engine)
            after = await migrate.upgrade(engine, zone=config().zone, country=config().country)
            done = (
                f"from {before.current or 'empty'} to {after.current}"
                if before.pending
                else f"already at {after.current}"
            )
            out.print(f"[green]✓[/green] database {done}")

    run(work())


@app.command()
def status() -> None:
    """Where the schema stands; ends with status 1 while something is pending."""

    async def work() -> bool:
        async with engine_of(config(), purpose="status") as engine:
            found = await migrate.status(engine)
        out.print(f"current {found.current or '(empty)'}, this version needs {found.head}")
        if found.pending:
            out.print(f"pending: {', '.join(found.pending)}; run `cdm db upgrade`")
        return bool(found.pending)

    if run(work()):
        raise typer.Exit(1)


@app.command()
def sql() -> None:
    """Print the whole schema as SQL for psql."""
    print(migrate.sql())


def refresh() -> None:
    """Rebuild households, summaries and the call ranking from the facts."""

    async def work() -> None:
        async with engine_of(config(), purpose="refresh") as engine:
            if (await migrate.status(engine)).pending:
                fail("The database is behind this version: run `cdm db upgrade` first.")
            async with sessions(engine)() as session, session.begin():
                limits = await thresholds.load(session)
                in_one = await households.rebuild(session, placeholder=limits.placeholder_phone_customers)
            with progress("summaries") as bar:
                done = await summary.refresh_all(engine, progress=bar)
            with progress("ranking") as bar:
                ranked = await refit.run(steps(sessions(engine)), progress=bar)
        out.print(
            f"[green]✓[/green] {done:,} customers summed up, {in_one:,} of them in shared households; "
            f"{ranked.ranked:,} ranked by {_BASES[ranked.basis]}"
        )

    run(work())
