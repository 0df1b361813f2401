"""Whether somebody who never ordered will: conversion by where they came from and how far they got.

A lead is who had no order on the day they came, which is known of all but those that a customers file told of. Of
those of one source and last drop-off stage a share orders in the end, drawn towards the shop's (``pooled``), after a
wait that is exponential with one mean for the shop. So who came lately has not failed to order yet, and of who came
long ago little is to be expected: the mixture cure model (Boag 1949; Berkson and Gage 1952).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.recommend.pooled import Pooled, pool
from cdm_core.recommend.special import Floats

VERSION = "1"

_BEFORE = Pooled(0.1, 10.0)
_USUAL_WAIT, _WAITS = 14.0, 5.0
"""Days, and how many conversions that knowledge of other shops is worth."""

_MOST_SOURCES = 40

Cell = tuple[str, str]
"""Source and last drop-off stage; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Leads:
    """``wait`` is the mean time in days from a last sign to the first order; ``cells`` maps source and stage to how
    many leads had their chance (whoever came lately in part) and how many of them ordered."""

    overall: Pooled
    wait: float
    cells: dict[Cell, tuple[float, float]]

    def to_json(self) -> dict[str, Any]:
        """Plain values that :meth:`from_json` makes the same of."""
        cells = [[source, stage, *counts] for (source, stage), counts in sorted(self.cells.items())]
        return {"overall": asdict(self.overall), "wait": self.wait, "cells": cells}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Of what ``to_json`` gave. Raises TypeError, ValueError or KeyError for anything else."""
        cells = {(source, stage): (tried, came) for source, stage, tried, came in stored["cells"]}
        return cls(Pooled(**stored["overall"]), stored["wait"], cells)


@dataclass(frozen=True, slots=True)
class Cohort:
    """``leads`` of one cell who showed last ``days`` ago, or did before they ordered; ``ordered`` of them did, after
    ``waited`` days in all."""

    cell: Cell
    days: int
    leads: int
    ordered: int
    waited: int


def fit(cohorts: Sequence[Cohort]) -> Leads:
    """The shop's conversion; without any leads that of other shops."""
    ordered = sum(each.ordered for each in cohorts)
    wait = (_USUAL_WAIT * _WAITS + sum(each.waited for each in cohorts)) / (_WAITS + ordered)
    cells: dict[Cell, tuple[float, float]] = {}
    for each in cohorts:
        tried, came = cells.get(each.cell, (0.0, 0.0))
        cells[each.cell] = tried + each.leads * float(-np.expm1(-each.days / wait)), came + each.ordered
    # All that ordered had their chance, however soon they did.
    cells = {cell: (max(tried, came), came) for cell, (tried, came) in cells.items()}
    counts = np.array(list(cells.values()), dtype=np.float64).reshape(-1, 2)
    overall = pool(counts[:, 0], counts[:, 1], np.ones(len(counts)), _BEFORE)
    return Leads(overall, wait, _of_large_sources(cells))


def p_order(known: Leads, cells: Sequence[Cell], days: Floats) -> Floats:
    """The probability of ever ordering, shape (len(cells),), of leads who showed last ``days`` ago; infinity: nobody
    knows when."""
    counts = np.array([known.cells.get(cell, (0.0, 0.0)) for cell in cells], dtype=np.float64).reshape(-1, 2)
    will = known.overall.of(counts[:, 0], counts[:, 1])
    yet = will * np.exp(-np.maximum(days, 0.0) / known.wait)
    return yet / (1 - will + yet)


def _of_large_sources(cells: dict[Cell, tuple[float, float]]) -> dict[Cell, tuple[float, float]]:
    """Those of the sources with most leads: a source may be any text, and a new one each day."""
    sizes: dict[str, float] = {}
    for (source, _), (tried, _) in cells.items():
        sizes[source] = sizes.get(source, 0.0) + tried
    largest = frozenset(sorted(sizes, key=lambda source: (-sizes[source], source))[:_MOST_SOURCES])
    return {cell: counts for cell, counts in cells.items() if cell[0] in largest}


# An order ends the time as a lead; whose first order is of the day they came was none.
_COHORTS = text(
    """
    SELECT source, stage, cdm_today() - shown AS days, count(*) AS leads, count(first_order) AS ordered,
           coalesce(sum(first_order - shown), 0) AS waited
    FROM (
        SELECT coalesce(c.source, '') AS source, coalesce(d.stage, '') AS stage,
               (s.first_order_date AT TIME ZONE n.zone)::date AS first_order,
               (c.created_at AT TIME ZONE n.zone)::date AS came,
               (greatest(c.created_at, d.occurred_at) AT TIME ZONE n.zone)::date AS shown
        FROM customers c
        CROSS JOIN (SELECT cdm_setting('timezone') AS zone, cdm_now() AS at OFFSET 0) n
        LEFT JOIN customer_summary s ON s.customer_id = c.id
        LEFT JOIN LATERAL (
            SELECT stage, occurred_at FROM customer_dropoff_tracking
            WHERE customer_id = c.id AND occurred_at <= least(n.at, s.first_order_date)
            ORDER BY occurred_at DESC, id DESC LIMIT 1
        ) d ON true
        WHERE c.created_at <= n.at AND NOT c.came_unknown
    ) leads
    WHERE first_order IS NULL OR first_order > came
    GROUP BY 1, 2, 3
    """
)


async def cohorts(session: AsyncSession) -> list[Cohort]:
    """Whoever was a lead up to the transaction's time."""
    return [
        Cohort((row.source, row.stage), row.days, row.leads, row.ordered, row.waited)
        for row in await session.execute(_COHORTS)
    ]
