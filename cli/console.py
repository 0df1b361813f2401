"""How the ``cdm`` command speaks: kind errors, tables, progress; one event loop a command."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cdm_core.db.programs import ServerError
from cdm_core.errors import CdmError
from cli.config import Config

T = TypeVar("T")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(message: str) -> NoReturn:
    """Say what is wrong and what to do, and end with status 1."""
    err.print(f"[red]✗[/red] {message}")
    raise typer.Exit(1)


@cache
def config() -> Config:
    """The settings of this process."""
    try:
        return Config()
    except ValidationError as error:
        lines = [f"CDM_{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
        fail("A setting cannot be read.\n  " + "\n  ".join(lines))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work; what people can mend is said in words, without a traceback."""
    from sqlalchemy.exc import ArgumentError, DBAPIError, ProgrammingError  # slow, and for work alone

    try:
        return asyncio.run(work)
    except CdmError as error:
        fail(_in_words(error))
    except ServerError as error:
        fail(str(error))
    except ArgumentError:
        fail("CDM_DATABASE_URL is no address; it looks like postgresql://user:password@host/database")
    except (OSError, TimeoutError) as error:
        fail(f"The database or a file cannot be reached: {error}")
    except ProgrammingError as error:
        if "does not exist" in str(error.orig):
            fail("The database has no schema of this version: run `cdm db upgrade` first.")
        raise
    except DBAPIError as error:
        if error.connection_invalidated:
            fail(f"The database went away: {error.orig}")
        raise


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar for anything long, fed with (done, total)."""
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


_WORDS = {
    "foreign_tables": "The database already holds tables named {tables}, made by other software. "
    "Give CDM a database of its own (CDM_DATABASE_URL) and bring the data in with `cdm import`.",
    "no_such_person": "Nobody of that name or id works here: see `cdm staff list`.",
    "bad_validity": "An invitation is valid between 1 minute and 30 days: --valid 24h",
    "bad_key_name": "A key's name is of letters, digits, dots and hyphens: --name storefront",
    "key_name_taken": "A key named {name} is in use: take another name, or `cdm api-key revoke {name}` first.",
    "ingest_alone": "The scope ingest is for keys that anybody can read in a browser: give it no other scope.",
    "ingest_without_origin": "A key in a browser works from pages of yours alone: --origin https://shop.example",
    "bad_origin": "{origin} is no web origin; it looks like https://shop.example, without a path.",
    "no_such_key": "No key named {name} is in use: see `cdm api-key list`.",
    "import_unreadable": "{file} cannot be read: {why}.",
    "import_columns_missing": "The file lacks a column for: {fields}. It has: {columns}. "
    'Name it so in the file, or tell `cdm import` which one it is: --map "COLUMN=FIELD".',
    "import_no_such_column": "The file has no column {column!r}. It has: {columns}.",
    "import_no_such_field": "{field!r} is no field of this kind of file. The fields are: {fields}.",
    "unknown_setting": "There is no setting {key!r} to set: see `cdm settings list`.",
    "bad_setting": "The setting {key} has the value {value!r}, which cannot be read.",
    "draw_too_short": "A draw must hold longer than the window in which orders count: hold_out_days would be {draw}, "
    "uplift_window_days {window}.",
}


def _in_words(error: CdmError) -> str:
    facts = {k: ", ".join(v) if isinstance(v, list | tuple) else v for k, v in error.facts.items()}
    return _WORDS.get(error.code, error.code.replace("_", " ").capitalize()).format(**facts)
