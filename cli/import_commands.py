"""``cdm import``: customers, products, orders, family and events from files of the shop's."""

from pathlib import Path
from textwrap import fill
from typing import Annotated

import typer
from rich.table import Table

from cdm_core.clock import Clock
from cdm_core.db import migrate
from cdm_core.imports.load import KINDS, FileKind, ImportResult, import_file
from cli.console import config, err, fail, out, progress, run
from cli.database import engine_of
from cli.fault_words import FAULTS


def import_rows(
    kind: Annotated[FileKind, typer.Argument(help="What the file holds.")],
    file: Annotated[Path, typer.Argument(help="CSV, CSV.gz or XLSX.", exists=True, dir_okay=False, readable=True)],
    source: Annotated[str, typer.Option(help="Whose keys the file uses; one customer may have several.")] = "shop",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be read and changed; change nothing.")
    ] = False,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="A column under another name; again for more."),
    ] = None,
    errors: Annotated[Path | None, typer.Option(help="Where rejected rows go, with line and reason.")] = None,
) -> None:
    """Bring a file in. Doing it again changes nothing; rejected rows are told, the rest is kept."""
    pairs = dict(_pair(text) for text in mapping or [])

    async def work() -> ImportResult:
        async with engine_of(config(), purpose="import") as engine:
            if (await migrate.status(engine)).pending:
                fail("The database is behind this version: run `cdm db upgrade` first.")
            with progress(file.name) as bar:
                return await import_file(
                    engine,
                    kind,
                    file,
                    source=source,
                    mapping=pairs,
                    dry_run=dry_run,
                    errors_path=errors,
                    now=Clock(config().zone).now(),
                    zone=config().zone,
                    country=config().country,
                    progress=bar,
                )

    _tell(run(work()))


def _columns(kind: FileKind) -> str:
    names = ", ".join(f"{field.name}*" if field.required else field.name for field in KINDS[kind].fields)
    return fill(f"{kind}: {names}", 78, subsequent_indent="  ")


# After \b lines stay as they are.
import_rows.__doc__ = f"{import_rows.__doc__}\n\nColumns, those with * needed (docs/importing.md):\n\n\b\n" + "\n".join(
    map(_columns, FileKind)
)


def _pair(text: str) -> tuple[str, str]:
    column, equals, field = text.rpartition("=")
    if not equals or not column or not field:
        raise typer.BadParameter(f"{text!r}: write it as COLUMN=FIELD")
    return column.strip(), field.strip()


def _tell(result: ImportResult) -> None:
    if result.dry_run:
        table = Table("column", "read as", title=result.file, title_justify="left")
        for column, field in result.columns.pairs:
            table.add_row(column, field or "[dim](left out)[/dim]")
        out.print(table)
    seconds = result.duration.total_seconds()
    would = "would be " if result.dry_run else ""
    out.print(f"[green]✓[/green] {result.rows:,} rows in {seconds:.1f} s, {result.accepted:,} accepted")
    out.print(f"  {result.created:,} {would}created, {result.changed:,} {would}changed, {result.unchanged:,} as before")
    for unread in result.unread:
        first = f"the first in line {unread.line}: {unread.cell!r}"
        err.print(f"! {unread.column}: {unread.number:,} cannot be read and stay unknown, {first}", markup=False)
    if not result.rejected:
        return
    err.print(f"[yellow]![/yellow] {result.rejected:,} rows left out:")
    for fault, count in sorted(result.faults.items(), key=lambda item: -item[1]):
        err.print(f"  {count:,} × {FAULTS[fault]}")
    for example in result.examples[:5]:
        where = f", column {example.column}" if example.column else ""
        cell = f": {example.cell!r}" if example.cell is not None else ""
        err.print(f"  line {example.line}{where}{cell}: {FAULTS[example.fault]}", markup=False)
    if result.errors_path is None:
        err.print("  --errors FILE writes them all to a file you can mend and import.")
    else:
        err.print(f"  All of them are in {result.errors_path}", markup=False)
