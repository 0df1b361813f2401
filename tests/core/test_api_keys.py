"""Keys to the HTTP API: shown once, stored as a hash, revocable, known by when they were used last."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import api_keys
from cdm_core.errors import CdmError
from cdm_core.tables import api_keys as stored
from cdm_core.words import Scope


async def test_a_key_is_known_by_itself_alone(session: AsyncSession, now: datetime) -> None:
    key, made = await api_keys.create(session, "shop", {Scope.READ, Scope.WRITE}, now=now)
    found = await api_keys.find(session, key, now=now)
    assert found is not None
    assert (found.id, found.name, found.actor, found.scopes) == (made.id, "shop", "key:shop", made.scopes)
    assert key.startswith(made.prefix)
    assert await api_keys.find(session, made.prefix, now=now) is None
    assert await api_keys.find(session, key[:-1] + ("A" if key[-1] != "A" else "B"), now=now) is None
    assert await api_keys.find(session, "ক" * 47, now=now) is None


async def test_nothing_stored_gives_the_key_back(session: AsyncSession, now: datetime) -> None:
    key, _ = await api_keys.create(session, "shop", {Scope.READ}, now=now)
    row = (await session.execute(select(stored))).one()
    assert key not in repr(row)
    assert key[12:] not in repr(row)


async def test_when_it_was_used_is_written_once_a_minute(session: AsyncSession, now: datetime) -> None:
    key, made = await api_keys.create(session, "shop", {Scope.READ}, now=now)
    assert made.last_used_at is None

    async def used(at: datetime) -> datetime | None:
        await api_keys.find(session, key, now=at)
        return (await api_keys.all_keys(session))[0].last_used_at

    assert await used(now) == now
    assert await used(now + timedelta(seconds=30)) == now
    assert await used(now + timedelta(seconds=61)) == now + timedelta(seconds=61)


async def test_a_revoked_key_opens_nothing_and_its_name_is_free(session: AsyncSession, now: datetime) -> None:
    key, _ = await api_keys.create(session, "shop", {Scope.READ}, now=now)
    with pytest.raises(CdmError, match="key_name_taken"):
        await api_keys.create(session, "shop", {Scope.READ}, now=now)
    await api_keys.revoke(session, "shop", now=now)
    assert await api_keys.find(session, key, now=now) is None
    with pytest.raises(CdmError, match="no_such_key"):
        await api_keys.revoke(session, "shop", now=now)
    await api_keys.create(session, "shop", {Scope.READ}, now=now)
    assert [key.revoked_at for key in await api_keys.all_keys(session)] == [None, now]


@pytest.mark.parametrize(
    ("name", "scopes", "origins", "code"),
    [
        ("the shop", {Scope.READ}, (), "bad_key_name"),
        ("", {Scope.READ}, (), "bad_key_name"),
        ("x" * 81, {Scope.READ}, (), "bad_key_name"),
        ("shop", set(), (), "bad_scopes"),
        ("page", {Scope.INGEST, Scope.READ}, ("https://shop.example",), "ingest_alone"),
        ("page", {Scope.INGEST}, (), "ingest_without_origin"),
        ("page", {Scope.INGEST}, ("shop.example",), "bad_origin"),
        ("page", {Scope.INGEST}, ("https://shop.example/cart",), "bad_origin"),
    ],
)
async def test_what_is_no_key(
    session: AsyncSession, now: datetime, name: str, scopes: set[Scope], origins: tuple[str, ...], code: str
) -> None:
    with pytest.raises(CdmError, match=code):
        await api_keys.create(session, name, scopes, now=now, origins=origins)


@pytest.mark.parametrize(
    ("own", "covers"),
    [
        (Scope.READ, {Scope.READ}),
        (Scope.WRITE, {Scope.READ, Scope.WRITE, Scope.INGEST}),
        (Scope.INGEST, {Scope.INGEST}),
        (Scope.ADMIN, set(Scope)),
    ],
)
async def test_what_a_scope_covers(session: AsyncSession, now: datetime, own: Scope, covers: set[Scope]) -> None:
    origins = ("https://shop.example",) if own is Scope.INGEST else ()
    _, key = await api_keys.create(session, "shop", {own}, now=now, origins=origins)
    assert {scope for scope in Scope if key.may(scope)} == covers
