"""Files as shops write them, made by the tests, and the import of them."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cdm_core.db.engine import create_engine
from cdm_core.imports.load import FileKind, ImportResult, import_file

Bring = Callable[..., Coroutine[Any, Any, ImportResult]]
Ask = Callable[..., Coroutine[Any, Any, list[tuple[Any, ...]]]]


def as_csv(rows: Sequence[Sequence[object]], delimiter: str = ",") -> str:
    """The rows, the header first, as CSV."""
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return written.getvalue()


@pytest.fixture(scope="session")
async def _engine(migrated_url: URL) -> AsyncIterator[AsyncEngine]:
    """As the command has it: an import's statements may run long."""
    engine = create_engine(migrated_url, pool_size=20, application_name="cdm import tests", statement_seconds=None)
    yield engine
    await engine.dispose()


@pytest.fixture
def bring(engine: AsyncEngine, tmp_path: Path, now: datetime, zone: ZoneInfo) -> Bring:
    """Import what is given: a path, bytes, text, or rows with the header first."""

    async def work(kind: str, content: Path | bytes | str | Sequence[Sequence[object]], **options: Any) -> ImportResult:
        path = content if isinstance(content, Path) else tmp_path / options.pop("name", "file.csv")
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        elif not isinstance(content, Path):
            path.write_text(as_csv(content), encoding="utf-8")
        return await import_file(engine, FileKind(kind), path, **{"now": now, "zone": zone, **options})

    return work


@pytest.fixture
def ask(engine: AsyncEngine) -> Ask:
    """The rows an SQL query gives, as anybody would see them now."""

    async def work(sql: str, **facts: object) -> list[tuple[Any, ...]]:
        async with AsyncSession(engine) as session:
            return [tuple(row) for row in await session.execute(text(sql), facts)]

    return work
