"""Finding customers: by phone, last digits, id, a shop's key, e-mail or name, their own or a relative's."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, Text, bindparam, cast, func, literal, null, select
from sqlalchemy import union_all as union
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import visible_to
from cdm_core.hits import Asking, Hits, fetch
from cdm_core.names import essential, name_key, phonetic, skeleton, sound
from cdm_core.phones import reversed_digits
from cdm_core.query import Query
from cdm_core.similar_names import similar_names
from cdm_core.staff import Staff
from cdm_core.tables import customer_family_members as relatives
from cdm_core.tables import customer_keys, customers
from cdm_core.thresholds import Thresholds
from cdm_core.words import QueryKind

Way = Select[*tuple[Any, ...]]
"""One way to find customers, as ``hits.fetch`` wants it."""

_FEW = 3
"""With fewer exact hits than this, names that may have been meant are searched too."""

_CANDIDATES = 100
"""Most customers looked at for one reading of a name before they are ranked."""


async def search(
    session: AsyncSession, person: Staff, thresholds: Thresholds, query: Query, *, now: datetime, limit: int = 50
) -> Hits:
    """The customers ``query`` may mean, best first: exact before similar, the person's own before others.

    People find those they may see (``access.visible_to``); of others they are told, masked, where they know the
    full phone or the shop's key.
    """
    asking = Asking(person, visible_to(person, thresholds), now, limit)
    ways: list[Way] = []
    match query.kind:
        case QueryKind.PHONE:
            ways = _by_phones([query.value, *query.more])
        case QueryKind.ID:
            ways = [_by_id(int(query.value))]
        case QueryKind.EMAIL:
            ways = _by_email(query.value)
        case QueryKind.KEY:
            ways = [_by_key(query.value, query.source)]
        case QueryKind.NUMBER:
            ways = [_by_key(query.value, None)]
            ways += [] if query.customer_id is None else [_by_id(query.customer_id)]
            ways += [] if query.digits is None else _by_last_digits(query.digits)
        case QueryKind.NAME:
            return await _by_name(session, asking, query.value, query.digits)
    found = await fetch(session, asking, union(*ways)) if ways else Hits()
    if query.kind is QueryKind.KEY and not found.hits:
        return await _by_name(session, asking, query.value, None)
    return found


async def _by_name(session: AsyncSession, asking: Asking, name: str, digits: str | None) -> Hits:
    words = essential(name)
    if not words:
        return Hits()
    if digits is not None:
        beside = await fetch(session, asking, union(*_by_last_digits(digits, of=words)), name_key=name_key(name))
        if beside.hits:
            return beside
    found = await fetch(
        session, asking, _by_sounds(asking, [[phonetic(word) for word in words]]), name_key=name_key(name)
    )
    if len(found.hits) >= _FEW:
        return found
    groups = await similar_names(session, words, nearest=bool(found.hits))
    if not groups:
        return found
    similar = await fetch(session, asking, _by_sounds(asking, groups), name_key=name_key(name))
    known = {hit.customer_id for hit in found.hits}
    both = [*found.hits, *(hit for hit in similar.hits if hit.customer_id not in known)]
    return Hits(tuple(both[: asking.limit]), more=similar.more or len(both) > asking.limit)


def _found(
    customer_id: ColumnElement[int],
    *,
    tier: ColumnElement[int] | int = 0,
    relative: ColumnElement[Any] | None = None,
    told: bool = False,
) -> Way:
    return select(
        customer_id.label("customer_id"),
        (literal(tier) if isinstance(tier, int) else tier).label("tier"),
        cast(null() if relative is None else relative, Text).label("relative"),
        literal(told).label("told"),
    )


def _by_phones(phones: Sequence[str]) -> list[Way]:
    return [
        _found(customers.c.id, told=True).where(customers.c.phone_e164.in_(phones)),
        _found(relatives.c.customer_id, relative=relatives.c.name, tier=1, told=True).where(
            relatives.c.phone_e164.in_(phones)
        ),
    ]


def _by_last_digits(digits: str, *, of: Iterable[str] = ()) -> list[Way]:
    """By the end of a phone; with tokens ``of``, only those who have a name like one of them."""
    tail = reversed_digits(digits)
    own = _found(customers.c.id, tier=1).where(func.reverse(customers.c.phone_e164).startswith(tail))
    family = _found(relatives.c.customer_id, relative=relatives.c.name, tier=2).where(
        func.reverse(relatives.c.phone_e164).startswith(tail)
    )
    if bones := [skeleton(word) for word in of]:
        own = own.where(customers.c.name_skeletons.overlap(bones))
        family = family.where(relatives.c.name_skeletons.overlap(bones))
    return [own, family]


def _by_id(customer_id: int) -> Way:
    return _found(customers.c.id).where(customers.c.id == bindparam(None, customer_id, BigInteger))


def _by_key(key: str, source: str | None) -> Way:
    ways = _found(customer_keys.c.customer_id, told=True).where(
        customer_keys.c.external_id.in_({key, key.upper(), key.lower()})
    )
    return ways if source is None else ways.where(func.lower(customer_keys.c.source) == source)


def _by_email(email: str) -> list[Way]:
    return [_found(customers.c.id).where(func.lower(customers.c.email) == email)]


def _by_sounds(asking: Asking, groups: Sequence[Sequence[str]]) -> Way:
    """By names that have all phonetic keys of a group; the place of the group is the tier.

    Each group is looked up in the index by itself, so that a common name does not crowd out the rest.
    """
    terms = [" ".join(map(sound, group)) for group in groups]
    group = (
        func.unnest(cast(terms, ARRAY(Text))).table_valued("terms", with_ordinality="place", name="g").render_derived()
    )
    wanted = func.string_to_array(group.c.terms, " ", type_=ARRAY(Text))
    person = asking.person
    own = select(customers.c.id, cast(null(), Text).label("relative")).where(
        customers.c.owner_id == person.id, customers.c.name_skeletons.contains(wanted)
    )
    others = select(customers.c.id, cast(null(), Text).label("relative")).where(
        customers.c.owner_id.is_distinct_from(person.id), asking.visible, customers.c.name_skeletons.contains(wanted)
    )
    family = (
        select(relatives.c.customer_id, cast(relatives.c.name, Text).label("relative"))
        .join(customers, customers.c.id == relatives.c.customer_id)
        .where(asking.visible, relatives.c.name_skeletons.contains(wanted))
    )
    each = union(*(way.limit(_CANDIDATES) for way in (own, others, family))).lateral("c")
    return _found(each.c.id, tier=group.c.place, relative=each.c.relative).select_from(group).join(each, literal(True))
