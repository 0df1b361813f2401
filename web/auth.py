"""Who asks: API keys, in ``Authorization: Bearer`` or ``X-API-Key``."""

import hashlib
import ipaddress
from datetime import UTC, datetime
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.security import APIKeyHeader, HTTPBearer

from cdm_core import api_keys
from cdm_core.api_keys import ApiKey
from cdm_core.words import Scope
from web.errors import ProblemError
from web.house import House

bearer = HTTPBearer(auto_error=False, scheme_name="bearer", description="`Authorization: Bearer cdm_…`")
key_header = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="key", description="The same in a header")

ANYBODY = ApiKey(
    id=0,
    name="demo",
    prefix="",
    scopes=frozenset(Scope),
    origins=frozenset(),
    requests_per_minute=60_000,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    last_used_at=None,
    revoked_at=None,
)
"""Who asks without a key where the house is open: the demo, on this machine."""


async def authenticate(house: House, request: Request) -> ApiKey:
    """The key that was presented, in use and from an origin of its own.

    Raises ``ProblemError`` 401, or 403 from a foreign origin.
    """
    presented = _presented(request)
    if presented is None:
        if house.open and _local(request):
            _refuse_pages(request)
            return ANYBODY
        raise _unauthorised("Send an API key, as Authorization: Bearer or X-API-Key; cdm api-key create makes one.")
    async with house.sessions.begin() as session:
        key = await api_keys.find(session, presented, now=house.clock.real_now())
    if key is None:
        raise _unauthorised("This API key is unknown or was revoked.")
    if key.origins and request.headers.get("origin") not in key.origins:
        allowed = ", ".join(sorted(key.origins))
        raise ProblemError(403, "foreign_origin", f"This key works from {allowed} alone, by the header Origin.")
    return key


def fingerprint(request: Request) -> bytes:
    """Of the key that was presented, to know it again without keeping it."""
    return hashlib.sha256((_presented(request) or "").encode()).digest()


def forbidden(key: ApiKey, scope: Scope) -> ProblemError:
    own, needed = ", ".join(sorted(key.scopes)), " or ".join(api_keys.opened_by(scope))
    return ProblemError(403, "scope_missing", f"This needs a key with the scope {needed}; {key.name} has {own}.")


def is_loopback(host: str) -> bool:
    """Whether an address or name stands for this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _presented(request: Request) -> str | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    return request.headers.get("x-api-key")


def _local(request: Request) -> bool:
    """From this machine, and addressed as it: a page elsewhere can make its own name point here."""
    client = request.client
    return client is not None and is_loopback(client.host) and is_loopback(request.url.hostname or "")


def _refuse_pages(request: Request) -> None:
    """No page of another site may ask where no key is needed: browsers let it send what has no body, and hide the
    answer alone."""
    origin = request.headers.get("origin")
    if origin is not None and not is_loopback(_host(origin)):
        raise ProblemError(403, "foreign_origin", "Without a key pages of this machine alone may ask.")


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def _unauthorised(detail: str) -> ProblemError:
    return ProblemError(401, "unauthorised", detail, headers={"WWW-Authenticate": "Bearer"})
