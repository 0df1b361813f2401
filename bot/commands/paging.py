"""A page of a numbered list: which entries, their numbers, and whom an answer such as "2 no answer" means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from templates.keyboards.labels import PAGE


class Entry(Protocol):
    """What can stand in a list of customers."""

    @property
    def customer_id(self) -> int: ...


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """``shown`` stands on page ``number`` (from 0) and is counted from ``first``; ``remaining`` come after it."""

    shown: Sequence[T]
    number: int
    first: int
    remaining: int


def page_of(entries: Sequence[T], wanted: int) -> Page[T]:
    """The page ``wanted``, or the last there is: the list may have become shorter since the button was shown."""
    number = min(wanted, max(0, len(entries) - 1) // PAGE)
    before = number * PAGE
    shown = entries[before : before + PAGE]
    return Page(shown=shown, number=number, first=before + 1, remaining=len(entries) - before - len(shown))


def numbered(shown: Sequence[Entry], first: int) -> dict[str, int]:
    """Each line's number with its customer, as the message's context keeps it under "entries"."""
    return {str(number): entry.customer_id for number, entry in enumerate(shown, first)}
