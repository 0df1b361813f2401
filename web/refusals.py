"""The core's refusals over HTTP: of each code the status, and a sentence for the developer that its facts fill."""

from cdm_core.errors import CdmError

_REFUSALS: dict[str, tuple[int, str]] = {
    "no_such_customer": (404, "There is no customer with the id {customer_id}."),
    "no_such_customer_key": (404, "There is no customer that {source} calls {external_id}."),
}
_UNTOLD = (409, "This cannot be done: {code}.")


def refusal(error: CdmError) -> tuple[int, str]:
    """Status and sentence; of a code without a row, 409 and the code."""
    status, sentence = _REFUSALS.get(error.code, _UNTOLD)
    return status, sentence.format(code=error.code.replace("_", " "), **error.facts)
