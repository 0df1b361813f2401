"""When something may have happened that another system tells of."""

from datetime import UTC, datetime, timedelta

from cdm_core.errors import CdmError

AHEAD = timedelta(days=1)
"""How far ahead of us another system's clock may be."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def fitting(at: datetime, now: datetime) -> datetime:
    """``at`` itself. Raises ``CdmError`` ``time_ahead`` or ``time_too_old``."""
    if at > now + AHEAD:
        raise CdmError("time_ahead", at=at)
    if at < EARLIEST:
        raise CdmError("time_too_old", at=at)
    return at
