"""Finding customers: by phone, last digits, id, a shop's key, e-mail or name, their own or a relative's."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy import union_all as union
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import visible_to
from cdm_core.hits import Hits, fetch, ranked
from cdm_core.names import essential, name_key, phonetic, skeleton, sound
from cdm_core.phones import reversed_digits
from cdm_core.query import Query
from cdm_core.similar_names import similar_names
from cdm_core.staff import Staff
from cdm_core.tables import customer_family_members as relatives
from cdm_core.tables import customer_keys, customers, merges
from cdm_core.thresholds import Thresholds
from cdm_core.words import QueryKind

_FEW = 3
"""With fewer exact hits than this, names that may have been meant are searched too."""

_NOBODY = 0
"""The id of no person: owns no customer."""

_LIKE_SPECIAL = re.compile(r"[\\%_]")

_Way = Select[*tuple[Any, ...]]
_Ways = Callable[[int, ColumnElement[bool]], list[_Way]]


async def search(
    session: AsyncSession,
    person: Staff | None,
    thresholds: Thresholds,
    query: Query,
    *,
    now: datetime,
    limit: int = 50,
    among: ColumnElement[bool] | None = None,
) -> Hits:
    """The customers ``query`` may mean, best first: exact before similar, the person's own before others.

    People find those they may see (``access.visible_to``); of others they are told, masked, where they know the
    full phone or the shop's key. None is nobody of the staff: an API key, which finds all. Those alone are found for
    whose row of ``customers`` the condition ``among`` holds.
    """
    asking = _Asking(session, person, thresholds, now, limit, among)
    match query.kind:
        case QueryKind.PHONE:
            return await asking.hits(_by_phone, phones=[query.value, *query.more])
        case QueryKind.ID:
            return await asking.hits(_by_id, customer_id=query.customer_id)
        case QueryKind.EMAIL:
            return await asking.hits(_by_email, email=query.value)
        case QueryKind.NUMBER:
            tail = None if query.digits is None else _tail(query.digits)
            keys = _spellings(query.value)
            return await asking.hits(_by_number, keys=keys, source=None, customer_id=query.customer_id, tail=tail)
        case QueryKind.KEY:
            found = await asking.hits(_by_key, keys=_spellings(query.value), source=query.source)
            return found if found.hits else await _by_name(asking, query.value, None)
        case QueryKind.NAME:
            return await _by_name(asking, query.value, query.digits)
        case QueryKind.EMPTY | QueryKind.TOO_LONG:
            return Hits()


@dataclass(frozen=True, slots=True)
class _Asking:
    session: AsyncSession
    person: Staff | None
    thresholds: Thresholds
    now: datetime
    limit: int
    among: ColumnElement[bool] | None

    async def hits(self, ways: _Ways, **values: Any) -> Hits:
        if self.among is None:
            statement = _statement(ways, self.person, self.thresholds)
        else:
            statement = _among(self.among, ways, self.person, self.thresholds)
        return await fetch(self.session, statement, now=self.now, limit=self.limit, **values)


async def _by_name(asking: _Asking, name: str, digits: str | None) -> Hits:
    words = essential(name)
    if not words:
        return Hits()
    key = name_key(name)
    if digits is not None:
        bones = [skeleton(word) for word in words]
        beside = await asking.hits(_by_digits_and_name, tail=_tail(digits), bones=bones, name_key=key)
        if beside.hits:
            return beside
    sounds = [sound(phonetic(word)) for word in words]
    found = Hits()
    if len(words) == 1:
        found = await asking.hits(_by_first_word, beginning=_LIKE_SPECIAL.sub(r"\\\g<0>", key) + " %", name_key=key)
    if not found.more:
        found = await asking.hits(_by_sounds, groups=[" ".join(sounds)], name_key=key)
    if found.more:
        mine = await asking.hits(_mine_by_sound if len(words) == 1 else _mine_by_sounds, sounds=sounds, name_key=key)
        return _joined(mine, found, asking.limit)
    if len(found.hits) >= _FEW:
        return found
    meant = await similar_names(asking.session, words, nearest=bool(found.hits))
    if not meant:
        return found
    groups = [" ".join(map(sound, keys)) for keys in meant]
    return _joined(found, await asking.hits(_by_sounds, groups=groups, name_key=key), asking.limit)


def _joined(first: Hits, second: Hits, limit: int) -> Hits:
    known = {hit.customer_id for hit in first.hits}
    both = [*first.hits, *(hit for hit in second.hits if hit.customer_id not in known)]
    return Hits(tuple(both[:limit]), more=first.more or second.more or len(both) > limit)


@lru_cache(maxsize=2_048)
def _statement(ways: _Ways, person: Staff | None, thresholds: Thresholds) -> _Way:
    """Built once a person: building costs more than running it does for most searches."""
    return _among(true(), ways, person, thresholds)


def _among(among: ColumnElement[bool], ways: _Ways, person: Staff | None, thresholds: Thresholds) -> _Way:
    visible, person_id = visible_to(person, thresholds), person.id if person else _NOBODY
    return ranked(union(*ways(person_id, and_(visible, among))), person_id, visible).where(among)


def _found(
    customer_id: ColumnElement[int],
    *,
    tier: ColumnElement[int] | int = 0,
    relative: ColumnElement[Any] | None = None,
    told: bool = False,
) -> _Way:
    return select(
        customer_id.label("customer_id"),
        (literal(tier) if isinstance(tier, int) else tier).label("tier"),
        cast(null() if relative is None else relative, Text).label("relative"),
        literal(told).label("told"),
    )


def _merged(went: ColumnElement[bool], *, told: bool = False) -> _Way:
    """The customers into whom those were merged for whom ``went`` holds."""
    return _found(merges.c.customer_id, tier=1, told=told).where(went, merges.c.undone_at.is_(None))


def _by_phone(person_id: int, visible: ColumnElement[bool]) -> list[_Way]:
    phones = any_(_texts("phones"))
    return [
        _found(customers.c.id, told=True).where(customers.c.phone_e164 == phones),
        _found(relatives.c.customer_id, relative=relatives.c.name, tier=1, told=True).where(
            relatives.c.phone_e164 == phones
        ),
        _merged(merges.c.gone_phone == phones, told=True),
    ]


def _by_digits(person_id: int, visible: ColumnElement[bool]) -> list[_Way]:
    tail = bindparam("tail", type_=Text)
    return [
        _found(customers.c.id, tier=1).where(func.reverse(customers.c.phone_e164).like(tail)),
        _found(relatives.c.customer_id, relative=relatives.c.name, tier=2).where(
            func.reverse(relatives.c.phone_e164).like(tail)
        ),
    ]


def _by_digits_and_name(person_id: int, visible: ColumnElement[bool]) -> list[_Way]:
    own, family = _by_digits(person_id, visible)
    bones = _texts("bones")
    return [
        own.where(customers.c.name_skeletons.overlap(bones)),
        family.where(relatives.c.name_skeletons.overlap(bones)),
    ]


def _by_id(person_id: int, visible: ColumnElement[bool]) -> list[_Way]:
    wanted = bindparam("customer_id", type_=BigInteger)
    return [_found(customers.c.id).where(customers.c.id == wanted), _merged(merges.c.gone_id == wanted)]


def _by_key(person_id: int, visible: ColumnElement[bool]) -> list[_Way]:
    source = cast(bindparam("source"), Text)
    return [
        _found(customer_keys.c.customer_id, told=True).where(
            customer_keys.c.external_id == any_(_texts("keys")),
            or_(source.is_(None), func.lower(customer_keys.c.source) == source),
        )
    ]


def _by_number(person_id: int, visible: ColumnElement[bool]) -> list[_Way]:
    return [way for ways in (_by_id, _by_key, _by_digits) for way in ways(person_id, visible)]


def _by_email(person_id: int, visible: ColumnElement[bool]) -> list[_Way]:
    return [_found(customers.c.id).where(func.lower(customers.c.email) == bindparam("email", type_=Text))]


def _by_sounds(person_id: int, visible: ColumnElement[bool]) -> list[_Way]:
    """By names that have all sounds of a group; the place of the group is the tier.

    Each group is looked up by itself, so that a common name does not crowd out the rest.
    """
    group = (
        func.unnest(_texts("groups")).table_valued("sounds", with_ordinality="place", name="reading").render_derived()
    )
    wanted = func.string_to_array(group.c.sounds, " ", type_=ARRAY(Text))
    own = (
        select(customers.c.id)
        .where(customers.c.name_skeletons.contains(wanted), visible)
        .limit(bindparam("limit"))
        .lateral("own")
    )
    family = (
        select(relatives.c.customer_id, relatives.c.name)
        .join(customers, customers.c.id == relatives.c.customer_id)
        .where(relatives.c.name_skeletons.contains(wanted), visible)
        .limit(bindparam("limit"))
        .lateral("family")
    )
    return [
        _found(own.c.id, tier=group.c.place).select_from(group.join(own, true())),
        _found(family.c.customer_id, tier=group.c.place, relative=family.c.name).select_from(
            group.join(family, true())
        ),
    ]


def _by_first_word(person_id: int, visible: ColumnElement[bool]) -> list[_Way]:
    whole, beginning = bindparam("name_key", type_=Text), bindparam("beginning", type_=Text)
    return [
        _found(customers.c.id)
        .where(or_(customers.c.name_key == whole, customers.c.name_key.like(beginning)), visible)
        .limit(bindparam("limit"))
    ]


def _mine_by_sounds(person_id: int, visible: ColumnElement[bool]) -> list[_Way]:
    """The person's own by names that have all ``sounds``, however common these are."""
    return [
        _found(customers.c.id)
        .where(customers.c.owner_id == person_id, customers.c.name_skeletons.contains(_texts("sounds")))
        .limit(bindparam("limit"))
    ]


def _mine_by_sound(person_id: int, visible: ColumnElement[bool]) -> list[_Way]:
    """As :func:`_mine_by_sounds`, from the person's customers: the index has too many of one common name."""
    names = customers.c.name_skeletons + cast([], ARRAY(Text))  # adding nothing keeps that index out of it
    return [
        _found(customers.c.id)
        .where(customers.c.owner_id == person_id, names.contains(_texts("sounds")))
        .limit(bindparam("limit"))
    ]


def _texts(name: str) -> BindParameter[Sequence[str]]:
    return bindparam(name, type_=ARRAY(Text))


def _tail(digits: str) -> str:
    return f"{reversed_digits(digits)}%"


def _spellings(key: str) -> list[str]:
    return [key, key.upper(), key.lower()]
