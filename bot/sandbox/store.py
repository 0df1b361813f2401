"""What outlives the process: JSON records in SQLite and the bytes of files, both under one folder."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""


class Store:
    """Records by (kind, key), newest value wins; without a folder nothing is kept beyond the process.

    Writes reach the operating system at once (``synchronous=OFF``): a killed process loses nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._db: sqlite3.Connection | None = None
        self._blobs: dict[str, bytes] = {}
        if folder is not None:
            (folder / "files").mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(folder / "sandbox.sqlite3", isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.execute(_SCHEMA)

    def put(self, kind: str, key: str | int, value: Any) -> None:
        if self._db is not None:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            self._db.execute("REPLACE INTO record VALUES (?, ?, ?)", (kind, str(key), text))

    def drop(self, kind: str, key: str | int) -> None:
        if self._db is not None:
            self._db.execute("DELETE FROM record WHERE kind = ? AND key = ?", (kind, str(key)))

    def records(self, kind: str) -> Iterator[tuple[str, Any]]:
        if self._db is not None:
            rows = self._db.execute("SELECT key, value FROM record WHERE kind = ?", (kind,))
            yield from ((key, json.loads(value)) for key, value in rows)

    def put_bytes(self, name: str, data: bytes) -> None:
        if self._folder is None:
            self._blobs[name] = data
        else:
            (self._folder / "files" / name).write_bytes(data)

    def get_bytes(self, name: str) -> bytes:
        if self._folder is None:
            return self._blobs[name]
        return (self._folder / "files" / name).read_bytes()

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
