"""``cdm db upgrade|status|sql``."""

import typer

from cdm_core.db import migrate
from cli.console import config, out, run
from cli.database import engine_of

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
