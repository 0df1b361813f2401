"""``cdm api-key create|list|revoke``."""

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.table import Table

from cdm_core import api_keys, audit
from cdm_core.api_keys import ApiKey
from cdm_core.clock import Clock
from cdm_core.db.engine import sessions
from cdm_core.words import Scope
from cli.console import config, out, run
from cli.database import engine_of

app = typer.Typer(help="The keys to the HTTP API: create, list, revoke.", no_args_is_help=True)

_CREATE, _REVOKE = "cdm api-key create", "cdm api-key revoke"


def _scopes(text: str) -> set[Scope]:
    try:
        return {Scope(word.strip()) for word in text.split(",")}
    except ValueError:
        raise typer.BadParameter(f"write one or several of {','.join(Scope)}") from None


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Who uses it; the audit log says key:NAME.")],
    scope: Annotated[str, typer.Option(help="read, write, admin, or ingest alone; several with commas.")],
    origin: Annotated[list[str] | None, typer.Option(help="Where a key in a browser works from; may repeat.")] = None,
    per_minute: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Most requests a minute; those of ten seconds may come at once.")
    ] = api_keys.REQUESTS_PER_MINUTE,
) -> None:
    """Make a key and print it, this once."""
    scopes = _scopes(scope)

    async def work() -> None:
        now = Clock(config().zone).now()
        async with engine_of(config(), purpose="api-key") as engine:
            async with sessions(engine).begin() as session:
                key, made = await api_keys.create(
                    session, name, scopes, now=now, origins=origin or (), requests_per_minute=per_minute
                )
                may, pages = sorted(made.scopes), sorted(made.origins)
                await audit.record(session, now, _CREATE, "api_key", name=name, scopes=may, origins=pages)
        out.print("Keep it now: it is shown this once.")
        print(key)

    run(work())


@app.command("list")
def list_keys() -> None:
    """All keys: how they begin, what they may do, when they were used last."""

    async def work() -> None:
        async with engine_of(config(), purpose="api-key") as engine, sessions(engine)() as session:
            found = await api_keys.all_keys(session)
        table = Table(show_lines=True)
        table.add_column("name, begins", overflow="fold")
        table.add_column("scopes, most requests, origins", overflow="fold")
        table.add_column("created, used, revoked", no_wrap=True)
        for key in found:
            table.add_row(
                f"{key.name}\n{key.prefix}…",
                "\n".join([f"{','.join(sorted(key.scopes))}; {key.requests_per_minute:,}/min", *sorted(key.origins)]),
                "\n".join(_times(key)),
            )
        out.print(table)

    run(work())


def _times(key: ApiKey) -> Iterator[str]:
    for what, at in (("created", key.created_at), ("used", key.last_used_at), ("revoked", key.revoked_at)):
        if at is not None:
            yield f"{what:<8}{at.astimezone(config().zone):%Y-%m-%d %H:%M}"


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="As `cdm api-key list` shows it.")]) -> None:
    """End a key: the next request with it is refused."""

    async def work() -> None:
        now = Clock(config().zone).now()
        async with engine_of(config(), purpose="api-key") as engine, sessions(engine).begin() as session:
            await api_keys.revoke(session, name, now=now)
            await audit.record(session, now, _REVOKE, "api_key_revoked", name=name)
        out.print(f"[green]✓[/green] {name} opens nothing any more")

    run(work())
