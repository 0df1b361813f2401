"""What a demo hands in: a clock that can be moved and things that can be made to happen."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

ClockHook = Callable[[int | str], Awaitable[datetime]]
WorldAction = Callable[[], Awaitable[object]]
World = Mapping[str, tuple[str, str, WorldAction]]
