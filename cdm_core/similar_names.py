"""The ways a searched name may have been meant, from the vocabulary of the names that are there."""

from collections.abc import Sequence
from itertools import islice, product

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.names import phonetic, skeleton
from cdm_core.tables import name_tokens
from cdm_core.typos import closest, near_keys

_MOST_WORDS = 4
_PER_WORD = 8
_MOST_GROUPS = 12
_VOCABULARY = 400
_SHORTEST_BEGINNING = 2
_BEGINNING_DISTANCE = 2


async def similar_names(session: AsyncSession, words: Sequence[str], *, nearest: bool = False) -> list[list[str]]:
    """Groups of phonetic keys, one a word of ``words`` (essential tokens, the first four), best group first.

    Each key is of a name that exists; the group that ``words`` sound like themselves is left out. The last word
    may be the beginning of one. With ``nearest``, only names one slip away.
    """
    words = words[:_MOST_WORDS]
    options = await _options(session, words)
    spoken = tuple(phonetic(word) for word in words)
    groups = sorted(
        (sum(distance for _, distance in choice), tuple(key for key, _ in choice)) for choice in product(*options)
    )
    kept = (list(keys) for far, keys in groups if keys != spoken and not (nearest and far > _BEGINNING_DISTANCE))
    return list(islice(kept, _MOST_GROUPS))


async def _options(session: AsyncSession, words: Sequence[str]) -> list[list[tuple[str, int]]]:
    """For each word the keys it may have been meant as, each with its distance."""
    beginning = phonetic(words[-1]).removesuffix("a")
    near = {key for word in words for key in near_keys(word)}
    same_bones = {skeleton(word) for word in words}
    wanted: list[ColumnElement[bool]] = [name_tokens.c.key.in_(near), name_tokens.c.skeleton.in_(same_bones)]
    if len(beginning) >= _SHORTEST_BEGINNING:
        wanted.append(name_tokens.c.key.startswith(beginning, autoescape=True))
    rows = await session.execute(
        select(name_tokens.c.token, name_tokens.c.key)
        .where(or_(*wanted))
        .order_by(name_tokens.c.uses.desc())
        .limit(_VOCABULARY)
    )
    vocabulary = {row.token: row.key for row in rows}
    options: list[dict[str, int]] = []
    for word in words:
        keys: dict[str, int] = {}
        for candidate in closest(word, vocabulary, limit=3 * _PER_WORD):
            keys.setdefault(vocabulary[candidate.token], candidate.distance)
        options.append(keys)
    if len(beginning) >= _SHORTEST_BEGINNING:
        for key in vocabulary.values():
            if key.startswith(beginning):
                options[-1].setdefault(key, _BEGINNING_DISTANCE + len(key) - len(beginning))
    return [sorted(keys.items(), key=lambda item: item[1])[:_PER_WORD] for keys in options]
