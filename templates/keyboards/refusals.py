"""What can be done about a refusal, by its code."""

from collections.abc import Mapping
from typing import Any

from templates.buttons import Keyboard
from templates.keyboards import colleagues, duplicates
from templates.speech import Speech


def refused(speech: Speech, code: str, facts: Mapping[str, Any]) -> Keyboard | None:
    """The buttons under ``errors/CODE``; None where nothing can be pressed."""
    match code:
        case "colleagues_customer":
            return colleagues.known(speech, customer_id=facts["customer_id"])
        case "merged_since":
            return duplicates.undo_later(speech, customer_id=facts["customer_id"], merge_id=facts["merge_id"])
    return None
