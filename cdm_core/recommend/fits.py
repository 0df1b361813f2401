"""Fitted models as rows: what was learnt, from which days, and how well it holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.tables import model_fits


class FitKind(StrEnum):
    PURCHASE = "purchase"
    LEADS = "leads"
    ITEMS = "items"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Fit:
    """``version`` is of the method. ``data_from`` and ``data_until`` are the first and last day of the facts it rests
    on, None without any; ``parameters`` and ``diagnostics`` are plain JSON values."""

    id: int
    kind: FitKind
    version: str
    fitted_at: datetime
    data_from: date | None
    data_until: date | None
    parameters: dict[str, Any]
    diagnostics: dict[str, Any]


async def store(
    session: AsyncSession,
    kind: FitKind,
    version: str,
    parameters: Mapping[str, Any],
    diagnostics: Mapping[str, Any],
    *,
    fitted_at: datetime,
    data_from: date | None,
    data_until: date | None,
) -> int:
    """Keep a fit, which is from now on the one of its kind in use; gives its id."""
    stored: int = (
        await session.execute(
            insert(model_fits)
            .values(
                kind=kind,
                version=version,
                fitted_at=fitted_at,
                data_from=data_from,
                data_until=data_until,
                parameters=dict(parameters),
                diagnostics=dict(diagnostics),
            )
            .returning(model_fits.c.id)
        )
    ).scalar_one()
    return stored


async def latest(session: AsyncSession, kind: FitKind) -> Fit | None:
    """The fit of this kind in use, or None: there is none yet."""
    row = (
        await session.execute(
            select(model_fits).where(model_fits.c.kind == kind).order_by(model_fits.c.id.desc()).limit(1)
        )
    ).one_or_none()
    if row is None:
        return None
    return Fit(
        id=row.id,
        kind=FitKind(row.kind),
        version=row.version,
        fitted_at=row.fitted_at,
        data_from=row.data_from,
        data_until=row.data_until,
        parameters=row.parameters,
        diagnostics=row.diagnostics,
    )
