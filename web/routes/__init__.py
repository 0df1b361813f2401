"""The routes, a module a noun; each of them stands in this list."""

from web.routes import (
    batches,
    behavior,
    customer360,
    customers,
    dropoffs,
    family,
    health,
    interactions,
    occasions,
    orders,
    products,
    recommendations,
    segments,
    stats,
    telegram,
)

ROUTERS = (
    batches.router,
    behavior.router,
    customer360.router,
    customers.router,
    dropoffs.router,
    family.router,
    interactions.router,
    occasions.router,
    orders.router,
    products.router,
    recommendations.router,
    segments.router,
    stats.router,
    telegram.router,
    health.router,
)
