"""The routes, a module a noun; each of them stands in this list."""

from web.routes import customer360, health

ROUTERS = (customer360.router, health.router)
