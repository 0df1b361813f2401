"""What a greeting to a customer is made of: their language, what a campaign says, and the product it is about."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_facts, campaigns
from cdm_core.access import CustomerRef
from cdm_core.campaigns import Campaign
from cdm_core.facts import NearOccasion
from cdm_core.orders import STANDING, UNNAMED
from cdm_core.thresholds import Thresholds
from cdm_core.words import Language

_READER = text(
    """
    SELECT c.phone_e164, c.preferred_language, c.do_not_call_at IS NOT NULL AS forbidden,
           EXISTS (SELECT FROM consents r
                   WHERE r.customer_id = c.id AND r.channel = 'whatsapp' AND NOT r.allowed) AS refused
    FROM customers c WHERE c.id = :id
    """
)
_CHASE = text(
    f"""
    SELECT t.campaign_id,
           CASE WHEN k.cause = 'dropoff'
                THEN (SELECT p.name FROM customer_dropoff_tracking d JOIN products p ON p.id = d.product_id
                      WHERE d.customer_id = t.customer_id AND d.id = t.cause_id)
                ELSE (SELECT i.product_name
                      FROM (SELECT id FROM sales_orders
                            WHERE customer_id = t.customer_id AND status IN {STANDING}
                            ORDER BY ordered_at DESC, id DESC LIMIT 1) o
                      JOIN sales_order_items i ON i.customer_id = t.customer_id AND i.order_id = o.id
                      WHERE i.status IN {STANDING} AND i.product_name <> '{UNNAMED}'
                      ORDER BY i.amount DESC, i.line_no LIMIT 1) END AS product
    FROM campaign_tasks t JOIN campaigns k ON k.id = t.campaign_id
    WHERE t.customer_id = :id ORDER BY t.id DESC LIMIT 1
    """
)


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom a greeting goes. ``phone_e164`` is None where they may not be written to on WhatsApp.

    ``language`` is the one they prefer, None where nobody knows.
    """

    name: str
    phone_e164: str | None
    language: Language | None


@dataclass(frozen=True, slots=True)
class Chase:
    """The campaign that the customer is in, or was in last, and what it wants to sell them, where that is known."""

    campaign: Campaign
    product: str | None


async def reader(session: AsyncSession, customer: CustomerRef) -> Reader:
    row = (await session.execute(_READER, {"id": customer.customer_id})).one()
    return Reader(
        name=customer.name,
        phone_e164=None if row.refused or row.forbidden else row.phone_e164,
        language=Language(row.preferred_language) if row.preferred_language else None,
    )


async def chase(session: AsyncSession, customer: CustomerRef) -> Chase | None:
    """None for who never was in a campaign."""
    row = (await session.execute(_CHASE, {"id": customer.customer_id})).one_or_none()
    campaign = await campaigns.get(session, row.campaign_id) if row else None
    return Chase(campaign, row.product) if row and campaign else None


async def occasion(
    session: AsyncSession, customer: CustomerRef, limits: Thresholds, *, now: datetime
) -> NearOccasion | None:
    """The nearest day of the customer or a relative within the week ahead."""
    facts = await call_facts.load(session, [customer.customer_id], now=now, thresholds=limits)
    near = facts[customer.customer_id].occasions
    return near[0] if near else None
