"""Buckets: of a key, and of each visitor of a key that is in pages."""

from dataclasses import replace

import pytest

from cdm_core.words import Scope
from web.auth import ANYBODY
from web.errors import ProblemError
from web.limits import BURST_SECONDS, VISITORS, Limiter

PUBLIC = replace(ANYBODY, id=1, scopes=frozenset({Scope.INGEST}), requests_per_minute=600)


class Seconds:
    at = 1000.0

    def __call__(self) -> float:
        return self.at


def _taken(limiter: Limiter, address: str, most: int = 1000) -> int:
    """How many requests are let through at once."""
    for done in range(most):
        try:
            limiter.take(PUBLIC, address)
        except ProblemError:
            return done
    return most


def test_a_visitor_uses_up_no_more_than_their_part() -> None:
    seconds = Seconds()
    limiter = Limiter(seconds)
    whole = int(PUBLIC.requests_per_minute / 60 * BURST_SECONDS)
    assert _taken(limiter, "192.0.2.1") == whole // VISITORS
    assert _taken(limiter, "192.0.2.1") == 0
    assert _taken(limiter, "2001:db8::1") == whole // VISITORS
    assert _taken(limiter, "2001:db8::2") == 0  # the same household's
    seconds.at += 1
    assert _taken(limiter, "192.0.2.1") == PUBLIC.requests_per_minute // VISITORS // 60


def test_all_visitors_together_have_what_the_key_has() -> None:
    limiter = Limiter(Seconds())
    whole = int(PUBLIC.requests_per_minute / 60 * BURST_SECONDS)
    assert sum(_taken(limiter, f"192.0.2.{one}") for one in range(2 * VISITORS)) == whole


@pytest.mark.parametrize(
    ("per_minute", "told", "wait"),
    [
        (20, "20 requests a minute: 3 at once, then one in 3 s; wait 3 s.", 3),
        (1, "1 requests a minute: 1 at once, then one in 60 s; wait 60 s.", 60),
        (1200, "1200 requests a minute: 200 at once, then 20 a second; wait 1 s.", 1),
    ],
)
def test_the_refusal_says_how_many_come_at_once(per_minute: int, told: str, wait: int) -> None:
    limiter, key = Limiter(Seconds()), replace(ANYBODY, id=2, name="shop", requests_per_minute=per_minute)
    for _ in range(int(told.partition(": ")[2].partition(" at once")[0])):
        limiter.take(key)
    with pytest.raises(ProblemError) as refused:
        limiter.take(key)
    assert refused.value.detail == f"The key shop may make {told}"
    assert refused.value.headers == {"Retry-After": str(wait)}


@pytest.mark.parametrize("address", ["", "192.0.2.1"])
def test_of_a_key_that_is_secret_the_address_does_not_matter(address: str) -> None:
    limiter, key = Limiter(Seconds()), replace(PUBLIC, scopes=frozenset({Scope.WRITE}))
    for _ in range(int(key.requests_per_minute / 60 * BURST_SECONDS)):
        limiter.take(key, address)
    with pytest.raises(ProblemError):
        limiter.take(key, address)
