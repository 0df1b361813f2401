"""The core's refusals over HTTP: of each code the status, and a sentence for the developer that its facts fill."""

import contextlib
from datetime import UTC, datetime
from typing import Any

from cdm_core.errors import CdmError
from cdm_core.words import ProfileFault

_REFUSALS: dict[str, tuple[int, str]] = {
    "no_such_customer": (404, "There is no customer with the id {customer_id}."),
    "erased_customer": (410, "The customer {customer_id} was erased for good."),
    "no_such_customer_key": (404, "There is no customer that {source} calls {external_id}."),
    "no_relative": (404, "There is no relative with the id {relative_id}."),
    "no_such_relative": (404, "The customer {customer_id} has no such relative any more."),
    "relative_known": (409, "The customer has that relative already: it has the id {relative_id}."),
    "one_customer": (409, "These are one customer already: {customer_id}."),
    "phone_known": (409, "The customer {customer_id} has this phone: send source and key to make another with it."),
    "phone_taken": (
        409,
        "The customer {customer_id} has this phone: send phone_shared true where both have it, or merge them.",
    ),
    "phone_missing": (422, "Without source and key a valid phone is needed, to know the customer again."),
    "bad_value": (422, "{field} cannot be kept: {why}."),
    "no_such_product": (404, "There is no product with the id {product_id}."),
    "no_such_product_key": (404, "There is no product with the SKU {sku}."),
    "no_such_category": (404, "There is no category with the id {category_id}."),
    "no_such_dropoff": (404, "There is no drop-off with the id {dropoff_id}."),
    "no_such_person": (404, "There is nobody of the staff with that id."),
    "time_ahead": (422, "{at} is still to come: a day ahead of us is the most that a clock may be."),
    "time_too_old": (422, "{at} is too long ago to be right."),
    "no_such_order": (404, "There is no order that {source} calls {key}."),
    "bad_order_line": (422, "Line {line} of the order cannot be kept: its {field} is wrong ({fault})."),
    "due_past": (422, "{at} is over: a call is promised for a time to come."),
    "due_too_far": (422, "{at} is too far ahead: a call is promised for two years at most."),
    "calls_forbidden": (409, "The customer {customer_id} does not want to be called."),
    "no_promise": (404, "The customer {customer_id} has no open follow-up."),
    "no_such_note": (404, "No note with the id {note_id} waits any more."),
    "note_with_files": (409, "The note {note_id} came with files: it is confirmed in the chat."),
    "key_reused": (422, "Another fact of the customer was sent under this Idempotency-Key: each needs its own."),
    "no_such_place": (422, "after is no place in this list: take it from the Link of the page before it."),
    "no_time_to_call": (422, "Nobody can be called at {at}: it is before the contact, or over two years ahead."),
}
_FAULTS: dict[ProfileFault, str] = {
    ProfileFault.EMPTY: "it says nothing",
    ProfileFault.TOO_LONG: "at most {limit} characters are possible",
    ProfileFault.TOO_MANY: "at most {limit} are possible",
    ProfileFault.PHONE: "this is no valid phone number",
    ProfileFault.EMAIL: "this is no e-mail address",
    ProfileFault.DATE: "this is no date",
    ProfileFault.FUTURE: "that day is still to come",
    ProfileFault.TOO_OLD: "that is more than {limit} years ago",
    ProfileFault.YEAR: "the year is missing",
    ProfileFault.CHOICE: "this is none of the words that are known",
}
_UNTOLD = (409, "This cannot be done: {code}.")


def refusal(error: CdmError) -> tuple[int, str]:
    """Status and sentence; of a code without a row, 409 and the code."""
    status, sentence = _REFUSALS.get(error.code, _UNTOLD)
    facts: dict[str, Any] = {name: _written(value) for name, value in error.facts.items()}
    facts["code"] = error.code.replace("_", " ")
    if (fault := facts.get("fault")) in _FAULTS:
        facts["why"] = _FAULTS[fault].format(**facts)
    return status, sentence.format(**facts)


def _written(fact: object) -> object:
    """Times as answers have them."""
    if not isinstance(fact, datetime):
        return fact
    with contextlib.suppress(OverflowError):  # the first and the last day there are may have no time in UTC
        fact = fact.astimezone(UTC)
    return fact.isoformat().replace("+00:00", "Z")
