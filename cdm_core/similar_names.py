"""The ways a searched name may have been meant, from the vocabulary of the names that are there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import log

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.names import phonetic, skeleton
from cdm_core.typos import closest, near_keys

_MOST_WORDS = 4
_PER_WORD = 8
_MOST_GROUPS = 5
_SHORTEST_BEGINNING = 2
_ONE_SLIP = 2
"""The distance of a usual slip: one in sound, one in letters."""

_SLIP_WEIGHT = 3.0
"""How much a step of distance counts against use: a name e^6 ≈ 400 times as common makes up for one slip."""

_SPREAD = 2 * _SLIP_WEIGHT

_VOCABULARY = text(
    """
    SELECT token, key, uses FROM name_tokens
    WHERE key = ANY(CAST(:near AS text[])) OR skeleton = ANY(CAST(:bones AS text[])) OR key LIKE CAST(:prefix AS text)
    ORDER BY uses DESC LIMIT 200
    """
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A key a word may have been meant as; ``cost`` is its distance weighed against how common it is."""

    key: str
    distance: int
    cost: float


async def similar_names(session: AsyncSession, words: Sequence[str], *, nearest: bool = False) -> list[list[str]]:
    """Groups of phonetic keys, one a word of ``words`` (essential tokens, the first four), likeliest first.

    Each key is of a name that exists; the group that ``words`` sound like themselves is left out. The last word
    may be the beginning of one. With ``nearest``, only groups one slip away, or likelier than the one as typed.
    """
    words = words[:_MOST_WORDS]
    readings = await _readings(session, words)
    spoken = [phonetic(word) for word in words]
    groups: list[tuple[float, int, list[str]]] = []
    typed = 0.0
    for choice in product(*readings):
        keys, cost = [reading.key for reading in choice], sum(reading.cost for reading in choice)
        if keys == spoken:
            typed = cost
        else:
            groups.append((cost, sum(reading.distance for reading in choice), keys))
    groups.sort()
    if nearest:
        groups = [group for group in groups if group[0] < typed or group[1] <= _ONE_SLIP]
    return [keys for cost, _, keys in groups[:_MOST_GROUPS] if cost <= groups[0][0] + _SPREAD]


async def _readings(session: AsyncSession, words: Sequence[str]) -> list[list[_Reading]]:
    beginning = phonetic(words[-1]).removesuffix("a")
    as_beginning = len(beginning) >= _SHORTEST_BEGINNING and beginning.isalnum()
    rows = await session.execute(
        _VOCABULARY,
        {
            "near": list({key for word in words for key in near_keys(word)}),
            "bones": [skeleton(word) for word in words],
            "prefix": f"{beginning}%" if as_beginning else None,
        },
    )
    keys: dict[str, str] = {}
    uses: Counter[str] = Counter()
    for row in rows:
        keys[row.token] = row.key
        uses[row.key] += row.uses
    distances: list[dict[str, int]] = [{} for _ in words]
    for word, known in zip(words, distances, strict=True):
        for candidate in closest(word, keys, limit=len(keys)):
            known.setdefault(keys[candidate.token], candidate.distance)
    if as_beginning:
        for key in uses:
            if key.startswith(beginning):
                distances[-1].setdefault(key, _ONE_SLIP + len(key) - len(beginning))
    return [
        sorted(
            (_Reading(key, distance, _SLIP_WEIGHT * distance - log(1 + uses[key])) for key, distance in known.items()),
            key=lambda reading: reading.cost,
        )[:_PER_WORD]
        for known in distances
    ]
