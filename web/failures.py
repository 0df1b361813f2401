"""What fails although nobody refused it, as a problem: the database is away or busy, a connection was lost, a fault of
ours. Each says whether anything was changed."""

import structlog
from sqlalchemy.exc import DBAPIError
from starlette.requests import ClientDisconnect

from cdm_core.db.away import is_away, is_blocked, is_collision, is_too_slow
from cdm_core.where import where
from web.errors import ProblemError

_DATA_STATES = "22"  # what a value is refused with by the type of its column

log = structlog.get_logger(__name__)


def of(error: Exception) -> ProblemError:
    """What ``error``, which no handler told of, is answered with; a fault of ours is logged."""
    if isinstance(error, ClientDisconnect):
        return ProblemError(400, "body_cut_off", "The body ended before it was whole: send it again.")
    if is_away(error):
        return away()
    if is_too_slow(error):
        return too_slow()
    if is_collision(error):
        wait = 5 if is_blocked(error) else 1  # it waited already, and the import that others mostly are goes on
        return busy("Others hold what the request needs; nothing was changed. Send the request again.", wait=wait)
    if isinstance(error, DBAPIError) and str(getattr(error.orig, "sqlstate", "")).startswith(_DATA_STATES):
        return ProblemError(422, "unstorable", "A value cannot be stored: a number too large, or a character 0.")
    log.error("request_failed", error=type(error).__name__, where=where(error))
    return ProblemError(
        500,
        "unexpected",
        "Something went wrong here, not with the request; nothing was changed. The log knows more.",
    )


def away() -> ProblemError:
    return ProblemError(
        503,
        "database_away",
        "The database cannot be reached just now; nothing was changed. Send the request again.",
        headers={"Retry-After": "5"},
    )


def uncertain() -> ProblemError:
    """The database went away at the very end: nobody knows what came first."""
    return ProblemError(
        503,
        "perhaps_kept",
        "The database went away while this was being kept: perhaps it is, perhaps not. Send it again under the same "
        "Idempotency-Key; without one, look first whether it is there.",
        headers={"Retry-After": "5"},
    )


def busy(detail: str, *, wait: int) -> ProblemError:
    """``wait`` is in seconds."""
    return ProblemError(503, "busy", detail, headers={"Retry-After": str(wait)})


def too_slow() -> ProblemError:
    """The same request would be too slow again."""
    return ProblemError(
        503,
        "too_slow",
        "This took longer than a request may; nothing was changed. Ask for less: filter more narrowly, take smaller "
        "pages, send fewer things at once.",
        headers={"Retry-After": "30"},
    )
