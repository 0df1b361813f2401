"""Keys to the HTTP API: shown once, stored as a hash, limited by scope, origin and rate."""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.errors import CdmError
from cdm_core.tables import api_keys
from cdm_core.words import Scope

REQUESTS_PER_MINUTE = 1_200
"""Of a key for which nothing else was said."""

_KEY = re.compile(r"cdm_[\w-]{43}", re.ASCII)
_NAME = re.compile(r"[\w.-]{1,80}", re.ASCII)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_SHOWN = 8
_USED_TO = timedelta(minutes=1)
# Changes are answered with what they made, whole: who may change a customer may read them.
_COVERED = {
    Scope.ADMIN: frozenset(Scope),
    Scope.WRITE: frozenset({Scope.WRITE, Scope.READ, Scope.INGEST}),
    Scope.READ: frozenset({Scope.READ}),
    Scope.INGEST: frozenset({Scope.INGEST}),
}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """``prefix`` is how the key begins; ``origins`` are where it works from alone, if any are given."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[Scope]
    origins: frozenset[str]
    requests_per_minute: int
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @property
    def actor(self) -> str:
        """The name of the audit log."""
        return f"key:{self.name}"

    @property
    def public(self) -> bool:
        """Whether everybody can read it, in the pages of a shop: who presents it need not be who made it."""
        return self.scopes == {Scope.INGEST}

    def may(self, scope: Scope) -> bool:
        return any(scope in _COVERED[own] for own in self.scopes)


def opened_by(scope: Scope) -> tuple[Scope, ...]:
    """The scopes that may do what ``scope`` may, itself first; admin, which may do all, where no other may."""
    return (scope, *(own for own, may in _COVERED.items() if scope in may and own not in (scope, Scope.ADMIN)))


async def create(
    session: AsyncSession,
    name: str,
    scopes: Collection[Scope],
    *,
    now: datetime,
    origins: Collection[str] = (),
    requests_per_minute: int = REQUESTS_PER_MINUTE,
) -> tuple[str, ApiKey]:
    """Make a key of 256 random bits and give it, once, beside what is stored of it.

    Raises ``CdmError`` with the code ``bad_key_name`` (letters, digits, ``.``, ``_`` and ``-``), ``key_name_taken``,
    ``bad_scopes`` (none), ``ingest_alone`` (with other scopes), ``ingest_without_origin`` or ``bad_origin``.
    """
    if not _NAME.fullmatch(name):
        raise CdmError("bad_key_name", name=name)
    if not scopes:
        raise CdmError("bad_scopes")
    if Scope.INGEST in scopes and len(set(scopes)) > 1:
        raise CdmError("ingest_alone")
    if Scope.INGEST in scopes and not origins:
        raise CdmError("ingest_without_origin")
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise CdmError("bad_origin", origin=origin)
    active = api_keys.c.revoked_at.is_(None)
    if (await session.execute(select(api_keys.c.id).where(api_keys.c.name == name, active))).first() is not None:
        raise CdmError("key_name_taken", name=name)
    key = f"cdm_{secrets.token_urlsafe(32)}"
    added = await session.execute(
        insert(api_keys)
        .values(
            name=name,
            key_hash=_hash(key),
            prefix=key[:_SHOWN],
            scopes=sorted(set(scopes)),
            origins=sorted(set(origins)),
            requests_per_minute=requests_per_minute,
            created_at=now,
        )
        .returning(*api_keys.c)
    )
    return key, _of(added.one())


async def find(session: AsyncSession, presented: str, *, now: datetime) -> ApiKey | None:
    """The key that was ``presented``, unless it is unknown or revoked; notes, to the minute, that it was used."""
    if not _KEY.fullmatch(presented):
        return None
    known = select(api_keys).where(api_keys.c.key_hash == _hash(presented), api_keys.c.revoked_at.is_(None))
    row = (await session.execute(known)).one_or_none()
    if row is None:
        return None
    if row.last_used_at is None or row.last_used_at < now - _USED_TO:
        stale = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < now - _USED_TO)
        await session.execute(update(api_keys).where(api_keys.c.id == row.id, stale).values(last_used_at=now))
    return _of(row)


async def all_keys(session: AsyncSession) -> tuple[ApiKey, ...]:
    """Those in use by name, then the revoked, the latest first."""
    rows = await session.execute(
        select(api_keys).order_by(api_keys.c.revoked_at.desc().nulls_first(), api_keys.c.name, api_keys.c.id)
    )
    return tuple(_of(row) for row in rows)


async def revoke(session: AsyncSession, name: str, *, now: datetime) -> ApiKey:
    """From now on the key in use of that name opens nothing. Raises ``CdmError("no_such_key")``."""
    active = update(api_keys).where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
    row = (await session.execute(active.values(revoked_at=now).returning(*api_keys.c))).one_or_none()
    if row is None:
        raise CdmError("no_such_key", name=name)
    return _of(row)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _of(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=frozenset(map(Scope, row.scopes)),
        origins=frozenset(row.origins),
        requests_per_minute=row.requests_per_minute,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
