"""Every Bot API call that arrived, so that tests can count losses, repeats and rates."""

import time
from collections import deque
from dataclasses import dataclass

from bot.sandbox.bell import Bell

_KEPT = 200_000


@dataclass(slots=True)
class Entry:
    """One call. ``at`` is wall time, ``mono`` monotonic seconds, both at receipt; ``done`` is false where the
    stand-in did not carry the call out; ``faults`` are the kinds that hit it, ``took_ms``
    how long it took, None while it runs."""

    seq: int
    at: float
    mono: float
    bot_id: int
    method: str
    chat_id: int | None = None
    message_id: int | None = None
    text: str = ""
    silent: bool = False
    done: bool = False
    code: int = 0
    description: str = ""
    faults: tuple[str, ...] = ()
    took_ms: float | None = None


class Ledger:
    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._seq = 0
        self.bell = Bell()

    def open(self, bot_id: int, method: str) -> Entry:
        self._seq += 1
        entry = Entry(self._seq, time.time(), time.monotonic(), bot_id, method)
        self._entries.append(entry)
        self.bell.ring()
        return entry

    def close(self, entry: Entry, code: int, description: str = "") -> None:
        entry.code, entry.description = code, description
        entry.took_ms = (time.monotonic() - entry.mono) * 1000
        self.bell.ring()

    def entries(self, *, since: int = 0, method: str = "", chat_id: int | None = None) -> list[Entry]:
        """Calls after number ``since``, oldest first, of one method or chat if given."""
        return [
            entry
            for entry in self._entries
            if entry.seq > since
            and (not method or entry.method.lower() == method.lower())
            and (chat_id is None or entry.chat_id == chat_id)
        ]

    def clear(self) -> None:
        """Forget the calls; numbering goes on."""
        self._entries.clear()
