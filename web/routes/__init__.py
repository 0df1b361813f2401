"""The routes, a module a noun; each of them stands in this list."""

from web.routes import customer360, family, health

ROUTERS = (customer360.router, family.router, health.router)
