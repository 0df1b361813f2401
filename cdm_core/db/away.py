"""Telling "the database is away" from "the statement is wrong"."""

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_AWAY_STATES = ("08", "53", "57P")  # connection, resources, the operator's intervention
_BLOCKED_STATE = "55P03"  # a lock that somebody holds for long, an import most of all
_GONE_STATE = "23503"  # a foreign key: the customer was made part of another one meanwhile
_SLOW_STATE = "57014"
# Besides: serialization failure, deadlock.
_RETRY_STATES = ("40001", "40P01", _SLOW_STATE, _BLOCKED_STATE, _GONE_STATE)


class OvertakenError(Exception):
    """What the transaction began with is no longer so: run it again."""


def is_away(error: BaseException) -> bool:
    """Whether the same transaction may well succeed once the database is back."""
    if isinstance(error, PoolTimeoutError | OSError | asyncpg.InternalClientError | asyncpg.InterfaceError):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or isinstance(error, InterfaceError):
            return True
        return _state(error).startswith(_AWAY_STATES) or (error.orig is not None and is_away(error.orig))
    return isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "").startswith(_AWAY_STATES)


def is_collision(error: BaseException) -> bool:
    """Whether the transaction lost against another one and may simply be run again, best a little later."""
    return isinstance(error, OvertakenError) or (isinstance(error, DBAPIError) and _state(error) in _RETRY_STATES)


def is_blocked(error: BaseException) -> bool:
    """Whether it waited in vain for what another holds: not its own fault, however often it happens."""
    return isinstance(error, DBAPIError) and _state(error) == _BLOCKED_STATE


def is_too_slow(error: BaseException) -> bool:
    """Whether a statement took longer than its time: alone it may well take as long again."""
    return isinstance(error, DBAPIError) and _state(error) == _SLOW_STATE


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")
