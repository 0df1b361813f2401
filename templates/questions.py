"""What is left of a message that asked whether all calls are to stop, as the arguments of a Bot API call."""

from dataclasses import dataclass
from typing import Any, Protocol

from templates import payload
from templates.buttons import keyboard
from templates.render import render
from templates.speech import Speech


class Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def customer_id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Settled:
    """``answered``, else asked anew; ``by`` whom, None where that stands below in the same chat."""

    customer: Named
    answered: bool
    by: str | None


class Words(payload.Words[Settled]):
    def worded(self, copy: Settled, speech: Speech) -> dict[str, Any]:
        said = render("notes/asked", speech, customer=copy.customer, answered=copy.answered, by=copy.by)
        return payload.said(said, keyboard())
