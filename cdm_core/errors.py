"""What the core cannot do, as a code and facts; the words are templates (``templates/messages/errors``)."""

from typing import Any


class CdmError(Exception):
    """A refusal a person must read: ``code`` names the template, ``facts`` fill it.

    Nothing was changed when it is raised: the caller's transaction rolls back.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(f"{code} {facts}" if facts else code)
        self.code = code
        self.facts = facts
