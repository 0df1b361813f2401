"""A small client of the HTTP API, to copy into a shop's own code; it needs httpx.

with CdmClient("http://localhost:3001", key="cdm_…") as cdm:
    cdm.track_behavior("shop:C-1001", "product_view", product=456)
    for call in cdm.recommendations(limit=10):
        print(call["customer_name"], call["next_action"], [why["text"] for why in call["reasons"]])
"""

import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypedDict, cast
from urllib.parse import quote

import httpx

CustomerId = int | str
"""Our id, or what the shop calls the customer: ``shop:C-1001``."""

_PATIENCE = 5


class Why(TypedDict):
    code: str
    weight: int
    text: str


class Recommendation(TypedDict):
    """The fields of the guide and some beside; ``/docs`` of the API has all."""

    customer_id: int
    customer_name: str
    phone: str | None
    customer_temperature: str
    call_priority_score: int
    offer_type: str
    best_call_time: str | None
    recommended_products: str | None
    next_action: str
    callable: bool
    not_callable_because: str | None
    reasons: list[Why]


class CdmError(Exception):
    """A refusal: ``code`` is for programs, the message for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code = status, code


class CdmClient:
    """Raises ``CdmError`` for refusals, ``httpx.ConnectError`` at once where nobody listens, and other
    ``httpx.TransportError`` where nobody answers.

    What is too much at once, meets a database that is away, or gets no answer is sent again, after the pause the API
    asks for where it does; facts carry an Idempotency-Key, so that one sent twice is kept once. Who sends a fact again
    later, after a restart of their own, gives it a name of theirs as ``once``.
    """

    def __init__(self, address: str, key: str | None = None, *, timeout: float = 10.0) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=f"{address.rstrip('/')}/cdm", headers=headers, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def customer(self, customer: CustomerId) -> dict[str, Any]:
        """Everything about one customer."""
        return cast(dict[str, Any], self._send("GET", f"/customer360/{_quoted(customer)}"))

    def customers(self, **filters: str | int) -> Iterator[dict[str, Any]]:
        """All whom the filters leave (``customerType="vip"``), page after page."""
        answer = self._ask("GET", "/customer360", params={**filters, "limit": 500})
        yield from answer.json()
        while onward := answer.links.get("next"):  # nobody twice and nobody missed, whatever is written meanwhile
            answer = self._ask("GET", self._http.base_url.join(onward["url"]))
            yield from answer.json()

    def recommendations(self, *, limit: int = 50) -> list[Recommendation]:
        """Whom to call, in the order to call in."""
        return cast(list[Recommendation], self._send("GET", "/ai/recommendations", params={"limit": limit}))

    def recommendation(self, customer: CustomerId) -> Recommendation:
        return cast(Recommendation, self._send("GET", f"/ai/recommendation/{_quoted(customer)}"))

    def track_behavior(
        self,
        customer: CustomerId,
        behavior: str,
        *,
        product: int | str | None = None,
        search: str | None = None,
        session: str | None = None,
        occurred_at: datetime | None = None,
        once: str | None = None,
    ) -> dict[str, Any]:
        """``behavior``: product_view, which needs a product, search, which needs what was searched for, add_to_cart …

        ``occurred_at`` with a zone; left out it is now.
        """
        body = {
            "customerId": customer,
            "behavior_type": behavior,
            "productId": product,
            "search_query": search,
            "sessionId": session,
            "occurred_at": occurred_at and occurred_at.isoformat(),
        }
        return self._fact("/behavior", body, once)

    def track_dropoff(
        self,
        customer: CustomerId,
        stage: str,
        *,
        product: int | str | None = None,
        cart_value: float | None = None,
        reason: str | None = None,
        session: str | None = None,
        occurred_at: datetime | None = None,
        once: str | None = None,
    ) -> dict[str, Any]:
        """``stage``: add_to_cart, checkout_initiated, payment_failed … ``occurred_at`` as of ``track_behavior``."""
        body = {
            "customerId": customer,
            "stage": stage,
            "productId": product,
            "cart_value": cart_value,
            "reason": reason,
            "sessionId": session,
            "occurred_at": occurred_at and occurred_at.isoformat(),
        }
        return self._fact("/dropoff", body, once)

    def log_interaction(
        self, customer: CustomerId, kind: str, *, once: str | None = None, **told: object
    ) -> dict[str, Any]:
        """``log_interaction(123, "call", outcome="Interested", duration_seconds=180)``."""
        return self._fact("/interactions", {"customerId": customer, "interaction_type": kind, **told}, once)

    def promise_call(self, customer: CustomerId, due_at: datetime) -> dict[str, Any]:
        """``due_at`` with a zone."""
        body = {"customerId": customer, "due_at": due_at.isoformat()}
        return cast(dict[str, Any], self._send("POST", "/follow-ups", json=body))

    def _fact(self, path: str, body: Mapping[str, object], once: str | None) -> dict[str, Any]:
        told = {name: value for name, value in body.items() if value is not None}
        headers = {"Idempotency-Key": once or str(uuid.uuid4())}
        return cast(dict[str, Any], self._send("POST", path, json=told, headers=headers))

    def _send(self, method: str, path: str, **request: Any) -> Any:
        answer = self._ask(method, path, **request)
        return answer.json() if answer.content else None

    def _ask(self, method: str, path: str | httpx.URL, **request: Any) -> httpx.Response:
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = self._http.request(method, path, **request)
            except httpx.ConnectError:
                raise
            except httpx.TransportError:  # it may have been kept: all that is sent here can be sent again
                if attempt == _PATIENCE:
                    raise
                time.sleep(0.25 * 2**attempt)
                continue
            if answer.is_success:
                return answer
            again = answer.status_code in (429, 503) and '"too_slow"' not in answer.text
            if not again or attempt == _PATIENCE:
                problem = answer.json()
                raise CdmError(answer.status_code, problem["code"], problem["detail"])
            time.sleep(float(answer.headers.get("Retry-After", 1)))


def _quoted(customer: CustomerId) -> str:
    return quote(str(customer), safe=":")
