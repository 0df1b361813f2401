"""What stands in a queue, by state: how much, and for how long already."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncSession

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many there are, and the age of the oldest in seconds."""

    number: int
    oldest_seconds: float


def number(backlogs: Mapping[State, Backlog], *states: State) -> int:
    """How many there are in these states together."""
    return sum(backlogs[state].number for state in states if state in backlogs)


async def by_state(session: AsyncSession, query: TextClause, states: type[State]) -> dict[State, Backlog]:
    """From rows of ``state``, ``number`` and ``oldest``; states with nothing are absent."""
    rows = await session.execute(query)
    return {states(row.state): Backlog(row.number, float(row.oldest)) for row in rows}
