"""How many requests a key may make: a bucket each that fills steadily, in this process."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from cdm_core.api_keys import ApiKey
from web.errors import ProblemError

BURST_SECONDS = 10.0
"""So long a key may have been silent and make up for it at once."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Limiter:
    """The buckets of all keys that were used; ``monotonic`` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._buckets: dict[int, _Bucket] = {}

    def take(self, key: ApiKey) -> None:
        """Count one request. Raises ``ProblemError`` 429 with the seconds to wait when the bucket is empty."""
        rate = key.requests_per_minute / 60
        size = max(1.0, rate * BURST_SECONDS)
        now = self._monotonic()
        bucket = self._buckets.setdefault(key.id, _Bucket(size, now))
        bucket.left = min(size, bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.left < 1:
            wait = math.ceil((1 - bucket.left) / rate)
            raise ProblemError(
                429,
                "too_many_requests",
                f"The key {key.name} may make {key.requests_per_minute} requests a minute; wait {wait} s.",
                headers={"Retry-After": str(wait)},
            )
        bucket.left -= 1
