"""``/cdm/events/batch``: what a shop sends by the thousand."""

from collections.abc import Sequence

from cdm_core import event_batches
from cdm_core.behaviors import Behaved
from cdm_core.dropoff_log import LeftBehind
from cdm_core.event_batches import Event, Fate
from cdm_core.repeats import Keys
from web import errors
from web.call import Call, Writing
from web.frame import BatchFrame
from web.models.batches import EventFate, EventFates, NewEvents, read
from web.models.behavior import NewBehavior
from web.models.dropoffs import NewDropoff
from web.refusals import refusal
from web.repeats import IdempotencyKey, fact
from web.router import noun

router = noun("Batches", BatchFrame)


@router.post("/events/batch", summary="Track many events at once", response_model=EventFates)
async def keep(call: Writing, sent: NewEvents, key: IdempotencyKey = None) -> EventFates:
    """Tell of up to 1,000 behaviours and drop-offs. They are kept at once, alerts ring within a minute, and what is
    summed up of the customers follows within a minute. Sent again under the same Idempotency-Key, events that were
    kept are not kept twice."""
    keys = Keys(call.actor, key)
    events: list[Event] = []
    fates: dict[int, EventFate] = {}
    places: list[int] = []
    for place, event in enumerate(sent.events):
        said = read(event)
        if isinstance(said, str):
            fates[place] = EventFate(index=place, status="rejected", code="invalid", detail=errors.clean(said))
            continue
        events.append(_event(call, said, keys.of(fact(said))))
        places.append(place)
    kept: Sequence[Fate] = await event_batches.keep(call.session, events, now=call.now)
    fates.update({place: _told(place, fate) for place, fate in zip(places, kept, strict=True)})
    call.shows(fate.customer_id for fate in kept if fate.customer_id is not None)
    items = [fates[place] for place in range(len(sent.events))]
    counts = {status: sum(item.status == status for item in items) for status in ("accepted", "repeated", "rejected")}
    return EventFates(**counts, items=items)


def _event(call: Call, said: NewBehavior | NewDropoff, key: str | None) -> Event:
    at = said.occurred_at or call.now
    if isinstance(said, NewBehavior):
        done = Behaved(
            behavior_type=said.behavior_type,
            at=at,
            category_id=said.category_id,
            search_query=said.search_query,
            session_id=said.session_id,
            device_type=said.device_type or None,
        )
        return Event(said.customer_id, done, said.product_id, key)
    left = LeftBehind(
        stage=said.stage, at=at, cart_value=said.cart_value, reason=said.reason, session_id=said.session_id
    )
    return Event(said.customer_id, left, said.product_id, key)


def _told(place: int, fate: Fate) -> EventFate:
    if fate.refused is not None:
        _, detail = refusal(fate.refused)
        return EventFate(index=place, status="rejected", code=fate.refused.code, detail=errors.clean(detail))
    status = "repeated" if fate.repeated else "accepted"
    return EventFate(index=place, status=status, id=fate.id, customer_id=fate.customer_id)
