"""The one stream of everything that happens, for the page and for whoever waits."""

from collections import deque
from dataclasses import dataclass

from bot.sandbox.bell import Bell
from bot.sandbox.model import Json

_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Event:
    """``seq`` grows by one an event; ``chat`` is the key of the chat it belongs to, empty for none."""

    seq: int
    kind: str
    chat: str
    facts: Json


class Bus:
    """Publishes events and keeps the last few thousand, so that a listener who was away can catch up."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        self.bell = Bell()
        self.closed = False
        self._recent: deque[Event] = deque(maxlen=_KEPT)

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def publish(self, kind: str, chat: str = "", *, seq: int | None = None, **facts: object) -> None:
        self._recent.append(Event(self.next_seq() if seq is None else seq, kind, chat, facts))
        self.bell.ring()

    def since(self, seq: int) -> list[Event] | None:
        """Events after ``seq``, oldest first; None when some of them are no longer kept."""
        if not self._recent or self._recent[-1].seq <= seq:
            return []
        if len(self._recent) == _KEPT and self._recent[0].seq > seq + 1:
            return None
        newer: list[Event] = []
        for event in reversed(self._recent):
            if event.seq <= seq:
                break
            newer.append(event)
        newer.reverse()
        return newer

    def close(self) -> None:
        self.closed = True
        self.bell.ring()
