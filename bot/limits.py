"""How much may be sent when, so that Telegram has nothing to complain of.

A message that starts when fewer than N are on the wire or ended within the window can never be the N+1st that
arrives within it, however long each takes. Times are monotonic seconds.
"""

from collections import deque

CHAT_BURST = 5
"""Answers to a chat may come this many at once, at the same mean rate."""
GROUP_SECONDS = 60.0
BULK_STEPS = 7
"""Messages that nobody waits for are let out in so many steps a second, so that an answer finds room at once."""
BULK_CARRY = 1.5
"""So much of a step may have gathered when it is looked at late; what gathers beyond it is lost."""


class Window:
    """At most ``most`` within ``seconds``."""

    __slots__ = ("_ended", "_flying", "most", "seconds")

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self._flying = 0
        self._ended: deque[float] = deque()

    def free(self, now: float) -> int:
        while self._ended and self._ended[0] <= now - self.seconds:
            self._ended.popleft()
        return self.most - self._flying - len(self._ended)

    def opens(self, now: float) -> float:
        """Seconds until one more is surely free, if nothing is on the wire."""
        return 0.0 if self.free(now) > 0 or not self._ended else self._ended[0] + self.seconds - now

    def start(self) -> None:
        self._flying += 1

    def end(self, now: float) -> None:
        self._flying -= 1
        self._ended.append(now)

    def idle(self, now: float) -> bool:
        return self.free(now) == self.most


class Limits:
    """All limits of one token. ``enabled=False`` lets everything through, for benchmarks."""

    def __init__(
        self, *, per_second: float, per_chat_second: float, per_group_minute: float, enabled: bool = True
    ) -> None:
        self._enabled = enabled
        self._per_chat_second = per_chat_second
        self._per_group_minute = per_group_minute
        self._all = Window(max(1, int(per_second)), max(1.0, 1 / per_second))
        self._chats: dict[int, tuple[Window, ...]] = {}
        self._bulk_rate = per_second
        self._bulk = 0.0
        self._bulk_at = 0.0

    def free(self, now: float) -> int:
        """How many messages may start now, over all chats."""
        return self._all.free(now) if self._enabled else 1_000_000

    def free_bulk(self, now: float) -> int:
        """How many of them may be such as nobody waits for."""
        if not self._enabled:
            return 1_000_000
        step = max(1.0, self._bulk_rate / BULK_STEPS)
        self._bulk = min(BULK_CARRY * step, self._bulk + (now - self._bulk_at) * self._bulk_rate)
        self._bulk_at = now
        return int(self._bulk) if self._bulk >= step else 0

    def resting(self, now: float) -> tuple[list[int], list[int]]:
        """The chats that may get nothing now, and those that may get nothing but answers."""
        self._forget(now)
        silent = [chat for chat, windows in self._chats.items() if any(one.free(now) <= 0 for one in windows[1:])]
        calm = [chat for chat, windows in self._chats.items() if windows[0].free(now) <= 0]
        return silent, calm

    def wait(self, now: float) -> float:
        """Seconds after which it is worth looking again, if nothing else happens."""
        if not self._enabled:
            return 1.0
        opens = [window.opens(now) for windows in self._chats.values() for window in windows]
        if (everybody := self._all.opens(now)) > 0:
            return everybody
        step = max(1.0, self._bulk_rate / BULK_STEPS)
        return max(0.005, min([max(0.0, step - self._bulk) / self._bulk_rate, *(one for one in opens if one > 0)]))

    def start(self, chat_id: int, *, bulk: bool) -> None:
        if not self._enabled:
            return
        self._all.start()
        for window in self._windows(chat_id):
            window.start()
        if bulk:
            self._bulk -= 1

    def end(self, chat_id: int, now: float) -> None:
        if not self._enabled:
            return
        self._all.end(now)
        for window in self._windows(chat_id):
            window.end(now)

    def _windows(self, chat_id: int) -> tuple[Window, ...]:
        if chat_id not in self._chats:
            second = 1 / self._per_chat_second
            chat = (Window(1, second), Window(CHAT_BURST, CHAT_BURST * second))
            group = (Window(max(1, int(self._per_group_minute)), GROUP_SECONDS),) if chat_id < 0 else ()
            self._chats[chat_id] = (*chat, *group)
        return self._chats[chat_id]

    def _forget(self, now: float) -> None:
        idle = [chat for chat, windows in self._chats.items() if all(window.idle(now) for window in windows)]
        for chat in idle:
            del self._chats[chat]
