"""How many requests a key may make: a bucket each that fills steadily, in this process.

A key in the pages of a shop is everybody's: each address has a bucket of its own too, so that no visitor empties the
key's for all.
"""

import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from cdm_core.api_keys import ApiKey
from web.errors import ProblemError

BURST_SECONDS = 10.0
"""So long a key may have been silent and make up for it at once."""

VISITORS = 10
"""So many visitors at once empty the bucket of a key in pages."""

_MOST_ADDRESSES = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Limiter:
    """The buckets of all keys that were used, and of those who used public ones; ``monotonic`` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._keys: dict[int, _Bucket] = {}
        self._visitors: dict[tuple[int, str], _Bucket] = {}
        self._swept_at = 0.0

    def take(self, key: ApiKey, address: str = "") -> None:
        """Count one request, from ``address``. Raises ``ProblemError`` 429 with the seconds to wait when the key's
        bucket is empty, or, of a public key, the address's."""
        now = self._monotonic()
        if key.public and address:
            self._sweep(now)
            per_minute = max(1, key.requests_per_minute // VISITORS)
            bucket = self._visitors.setdefault((key.id, _network(address)), _full(per_minute, now))
            _take(bucket, per_minute, now, f"One visitor may tell {per_minute} things a minute: {_pace(per_minute)}")
        per_minute = key.requests_per_minute
        bucket = self._keys.setdefault(key.id, _full(per_minute, now))
        told = f"The key {key.name} may make {per_minute} requests a minute: {_pace(per_minute)}"
        _take(bucket, per_minute, now, told)

    def _sweep(self, now: float) -> None:
        """Forget who has been silent for so long that their bucket is full."""
        if len(self._visitors) > _MOST_ADDRESSES and now - self._swept_at > BURST_SECONDS:
            late = now - 60
            self._visitors = {who: bucket for who, bucket in self._visitors.items() if bucket.at > late}
            self._swept_at = now


def _full(per_minute: int, now: float) -> _Bucket:
    return _Bucket(_size(per_minute), now)


def _size(per_minute: int) -> float:
    return max(1.0, per_minute / 60 * BURST_SECONDS)


def _pace(per_minute: int) -> str:
    """``20`` → ``3 at once, then one in 3 s``."""
    onward = f"{per_minute // 60} a second" if per_minute >= 120 else f"one in {math.ceil(60 / per_minute)} s"
    return f"{int(_size(per_minute))} at once, then {onward}"


def _take(bucket: _Bucket, per_minute: int, now: float, told: str) -> None:
    rate = per_minute / 60
    bucket.left = min(_size(per_minute), bucket.left + (now - bucket.at) * rate)
    bucket.at = now
    if bucket.left < 1:
        wait = math.ceil((1 - bucket.left) / rate)
        raise ProblemError(429, "too_many_requests", f"{told}; wait {wait} s.", headers={"Retry-After": str(wait)})
    bucket.left -= 1


def _network(address: str) -> str:
    """Whose address it is: of IPv6 a household has 2^64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
