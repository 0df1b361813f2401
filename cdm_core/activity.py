"""What a customer did in the shop: looked at, searched for, put into the cart and left."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import CustomerRef
from cdm_core.orders import STANDING, ordered_since
from cdm_core.words import BehaviorType, DropoffStage


@dataclass(frozen=True, slots=True)
class ViewedProduct:
    name: str
    times: int


@dataclass(frozen=True, slots=True)
class Dropoff:
    """``recovered``: somebody brought the customer back, or an order followed."""

    dropoff_id: int
    stage: DropoffStage
    at: datetime
    product: str | None
    cart_value: Decimal | None
    reason: str | None
    recovered: bool


@dataclass(frozen=True, slots=True)
class Activity:
    """``counts`` has every kind, also with 0; ``searches`` are the latest, each once; ``dropoffs`` open ones first."""

    counts: dict[BehaviorType, int]
    most_viewed: tuple[ViewedProduct, ...]
    searches: tuple[str, ...]
    dropoffs: tuple[Dropoff, ...]

    @property
    def empty(self) -> bool:
        return not (any(self.counts.values()) or self.dropoffs)


_COUNTS = text("SELECT behavior_type, count(*) AS times FROM customer_behavior WHERE customer_id = :id GROUP BY 1")
_MOST_VIEWED = text(
    """
    SELECT p.name, viewed.times
    FROM (SELECT product_id, count(*) AS times, max(occurred_at) AS last_at FROM customer_behavior
          WHERE customer_id = :id AND behavior_type = 'product_view' AND product_id IS NOT NULL
          GROUP BY product_id ORDER BY times DESC, last_at DESC LIMIT :most) viewed
    JOIN products p ON p.id = viewed.product_id
    ORDER BY viewed.times DESC, viewed.last_at DESC
    """
)
_SEARCHES = text(
    """
    SELECT search_query FROM customer_behavior
    WHERE customer_id = :id AND behavior_type = 'search' AND search_query <> ''
    GROUP BY search_query ORDER BY max(occurred_at) DESC LIMIT :most
    """
)
_DROPOFFS = text(
    f"""
    SELECT d.id, d.stage, d.occurred_at, p.name AS product, d.cart_value, d.reason, back.recovered
    FROM customer_dropoff_tracking d
    CROSS JOIN LATERAL (
        SELECT d.recovered OR EXISTS (SELECT FROM sales_orders o
                                      WHERE o.customer_id = d.customer_id AND o.status IN {STANDING}
                                        AND {ordered_since("d.occurred_at")}) AS recovered
    ) back
    LEFT JOIN products p ON p.id = d.product_id
    WHERE d.customer_id = :id
    ORDER BY back.recovered, d.occurred_at DESC, d.id DESC LIMIT :most
    """
)


async def activity(session: AsyncSession, ref: CustomerRef, *, most: int = 3) -> Activity:
    """The sums of a customer's behaviour and at most ``most`` entries of each list."""
    bound = {"id": ref.customer_id}
    listed = {**bound, "most": most}
    counted = {row.behavior_type: row.times for row in await session.execute(_COUNTS, bound)}
    return Activity(
        counts={kind: counted.get(kind, 0) for kind in BehaviorType},
        most_viewed=tuple(ViewedProduct(row.name, row.times) for row in await session.execute(_MOST_VIEWED, listed)),
        searches=tuple((await session.execute(_SEARCHES, listed)).scalars()),
        dropoffs=tuple(
            Dropoff(
                dropoff_id=row.id,
                stage=DropoffStage(row.stage),
                at=row.occurred_at,
                product=row.product,
                cart_value=row.cart_value,
                reason=row.reason or None,
                recovered=row.recovered,
            )
            for row in await session.execute(_DROPOFFS, listed)
        ),
    )
