"""How many leads what is said of a lead rests on."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import CustomerRef
from cdm_core.recommend import fits
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.leads import Leads

_CELL = text(
    """
    SELECT coalesce(c.source, '') AS source, coalesce(d.stage, '') AS stage
    FROM customers c
    LEFT JOIN LATERAL (
        SELECT stage FROM customer_dropoff_tracking
        WHERE customer_id = c.id AND occurred_at <= cdm_now()
        ORDER BY occurred_at DESC, id DESC LIMIT 1
    ) d ON true
    WHERE c.id = :id
    """
)


async def known(session: AsyncSession, ref: CustomerRef) -> int | None:
    """Leads of the same source and last drop-off stage whom the fit in use has seen, those that came lately in part.

    None without a fit. Where there are few, what is said is drawn towards all leads of the shop.
    """
    fit = await fits.latest(session, FitKind.LEADS)
    if fit is None:
        return None
    cell = (await session.execute(_CELL, {"id": ref.customer_id})).one()
    tried, _ = Leads.from_json(fit.parameters).cells.get((cell.source, cell.stage), (0.0, 0.0))
    return round(tried)
