"""Troubles switched on for a while: refusals, floods, server errors, dropped connections, slowness."""

import random
import time
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.errors import ApiError, ControlError

Kind = Literal["flood", "forbidden", "bad_request", "unauthorized", "server_error", "drop_before", "drop_after", "slow"]
KINDS: frozenset[str] = frozenset(
    ("flood", "forbidden", "bad_request", "unauthorized", "server_error", "drop_before", "drop_after", "slow")
)
_SETTINGS: dict[str, type | tuple[type, ...]] = {
    "method": str,
    "chat_id": int,
    "probability": (int, float),
    "count": int,
    "retry_after": int,
    "ms": int,
    "code": int,
    "description": str,
}
_DEFAULTS = {
    "flood": (429, "Too Many Requests: retry after {retry_after}"),
    "forbidden": (403, "Forbidden: bot was blocked by the user"),
    "bad_request": (400, "Bad Request: chat not found"),
    "unauthorized": (401, "Unauthorized"),
    "server_error": (502, "Bad Gateway"),
}


@dataclass(slots=True)
class Fault:
    """One trouble. It applies to calls of ``method`` ("*" for all) and, if given, of one chat.

    ``probability`` is per call, ``count`` how many calls it may still hit (None: until cleared), ``until`` the
    monotonic second at which it ends, ``ms`` the delay of kind "slow". ``drop_before`` closes the connection
    with nothing done, ``drop_after`` does the work and closes it without an answer.
    """

    id: int
    kind: Kind
    method: str = "*"
    chat_id: int | None = None
    probability: float = 1.0
    count: int | None = None
    until: float | None = None
    retry_after: int = 5
    ms: int = 0
    code: int = 0
    description: str = ""
    hits: int = 0

    def error(self) -> ApiError:
        """What the call is answered with (kinds other than slow and drop)."""
        code, text = _DEFAULTS[self.kind]
        text = self.description or text.format(retry_after=self.retry_after)
        facts = {"retry_after": self.retry_after} if self.kind == "flood" else {}
        return ApiError(self.code or code, text, **facts)


class Faults:
    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._made = 0
        self._dice = random.Random(1)

    def add(self, kind: str, *, seconds: float | None = None, **settings: object) -> Fault:
        if kind not in KINDS:
            raise ControlError(f"fault kind is one of {', '.join(sorted(KINDS))}")
        self._made += 1
        until = None if seconds is None else time.monotonic() + seconds
        for name, value in settings.items():
            if name not in _SETTINGS:
                raise ControlError(f"unknown fault setting: {name[:40]}")
            if isinstance(value, bool) or not isinstance(value, _SETTINGS[name]):
                raise ControlError(f"fault setting {name} has the wrong type")
        fault = Fault(self._made, kind, until=until, **settings)  # type: ignore[arg-type]
        self._faults[fault.id] = fault
        return fault

    def clear(self, ident: int | None = None) -> None:
        if ident is None:
            self._faults.clear()
        else:
            self._faults.pop(ident, None)

    def active(self) -> list[Fault]:
        now = time.monotonic()
        for fault in list(self._faults.values()):
            if fault.count == 0 or (fault.until is not None and fault.until <= now):
                del self._faults[fault.id]
        return list(self._faults.values())

    def strike(self, method: str, chat_id: int | None) -> list[Fault]:
        """The faults that hit this call, each counted: at most one that is not "slow", and any that are."""
        struck: list[Fault] = []
        fatal = False
        for fault in self.active() if self._faults else ():
            if fault.method.lower() not in ("*", method.lower()):
                continue
            if fault.chat_id is not None and fault.chat_id != chat_id:
                continue
            if (fatal and fault.kind != "slow") or self._dice.random() >= fault.probability:
                continue
            fatal = fatal or fault.kind != "slow"
            fault.hits += 1
            fault.count = None if fault.count is None else fault.count - 1
            struck.append(fault)
        return struck
