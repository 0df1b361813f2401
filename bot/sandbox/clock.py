"""The stand-in's clock: real time plus an offset that the demo's clock buttons move."""

from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Message dates come from here; time-outs and rate windows use the real, monotonic clock."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def timestamp(self) -> int:
        return int(self.now().timestamp())

    def set(self, now: datetime) -> None:
        """Make ``now()`` (aware) the present."""
        self.offset = now - datetime.now(UTC)
