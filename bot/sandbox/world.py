"""What a demo hands in: a clock that can be moved and things that can be made to happen."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

ClockHook = Callable[[int | str], Awaitable[datetime]]
WorldAction = Callable[[], Awaitable[tuple[str, str] | None]]
"""Makes it happen; what happened in English and in Bengali, if there is more to say than its label."""
World = Mapping[str, tuple[str, str, WorldAction]]
"""Name → English label, Bengali label, action."""
