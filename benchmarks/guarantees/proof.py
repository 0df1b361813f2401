"""What a proof gives."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured, beside what is demanded of it."""

    what: str
    measured: str
    demanded: str
    holds: bool


def told(what: str, measured: object) -> Figure:
    """A figure of which nothing is demanded."""
    return Figure(what, str(measured), "", True)


def exactly(what: str, measured: int, demanded: int) -> Figure:
    return Figure(what, str(measured), str(demanded), measured == demanded)


def at_most(what: str, measured: float, demanded: float, *, unit: str = "") -> Figure:
    shown = [f"{value:.1f}" if isinstance(value, float) else str(value) for value in (measured, demanded)]
    return Figure(what, f"{shown[0]}{unit}", f"≤ {shown[1]}{unit}", measured <= demanded)


def at_least(what: str, measured: int, demanded: int) -> Figure:
    return Figure(what, str(measured), f"≥ {demanded}", measured >= demanded)


def missed(figures: Iterable[Figure]) -> list[Figure]:
    """Those that are not as demanded."""
    return [figure for figure in figures if not figure.holds]
