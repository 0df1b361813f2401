"""What a command answers: a template, facts and buttons. The frame words it, queues it and commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from cdm_core.errors import CdmError
from cdm_core.outbox import File
from cdm_core.words import FileKind
from templates.buttons import Keyboard, ReplyKeyboard
from templates.keyboards.refusals import refused
from templates.speech import Speech


@dataclass(frozen=True, slots=True)
class PhoneContact:
    """A contact to call with one tap: ``phone`` in E.164, a ``name`` that is not empty."""

    phone: str
    name: str


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as Telegram has it (``file_id``), or our copy of it in the folder of files (``stored_name``)."""

    kind: FileKind
    name: str
    file_id: str | None = None
    stored_name: str | None = None


class Reply:
    """One message to the chat that asked, an edit of the pressed one, or a toast alone.

    - ``template``: the message's template; None answers a press with nothing but the toast
    - ``facts``: what the templates need, given as further keywords
    - ``buttons``: the keyboard under the message; ``reply_keyboard``: the one in place of the phone's own
    - ``edit``: change the message whose button was pressed; where no button was pressed, a new message
    - ``edits``: change this earlier message of ours (outbox id) instead
    - ``toast``: the template of the line a press is answered with
    - ``photo``, ``document``: a file sent with the message as its caption
    - ``contact``: a contact sent before the message
    - ``kept_file``: a file that somebody sent us before, with the message as its caption
    - ``silent``: without sound
    - ``customer_id``, ``context``: what a reply to this message, or a press on it, will find in ``call.reply_to``
    - ``speech``: another language than the call's (after the language was changed)
    - ``both``: in both languages, for a reader whose language nobody knows
    """

    __slots__ = (
        "both",
        "buttons",
        "contact",
        "context",
        "customer_id",
        "document",
        "edit",
        "edits",
        "facts",
        "kept_file",
        "photo",
        "reply_keyboard",
        "silent",
        "speech",
        "template",
        "toast",
    )

    def __init__(
        self,
        template: str | None,
        *,
        buttons: Keyboard | None = None,
        reply_keyboard: ReplyKeyboard | None = None,
        edit: bool = False,
        edits: int | None = None,
        toast: str | None = None,
        photo: File | None = None,
        document: File | None = None,
        kept_file: KeptFile | None = None,
        contact: PhoneContact | None = None,
        silent: bool = False,
        customer_id: int | None = None,
        context: Mapping[str, Any] | None = None,
        speech: Speech | None = None,
        both: bool = False,
        **facts: Any,
    ) -> None:
        if template is None and toast is None:
            raise ValueError("a reply without words")
        self.template = template
        self.buttons = buttons
        self.reply_keyboard = reply_keyboard
        self.edit = edit
        self.edits = edits
        self.toast = toast
        self.photo = photo
        self.document = document
        self.kept_file = kept_file
        self.contact = contact
        self.silent = silent
        self.customer_id = customer_id
        self.context = context
        self.speech = speech
        self.both = both
        self.facts = facts

    @classmethod
    def of_error(cls, error: CdmError, speech: Speech) -> Self:
        """The refusal ``errors/CODE``, whatever its facts are called, with what can be done about it."""
        reply = cls(f"errors/{error.code}", buttons=refused(speech, error.code, error.facts))
        reply.facts = dict(error.facts)
        return reply


@dataclass(frozen=True, slots=True)
class Choice:
    """One result of an inline query. The first line of ``template`` is its title, the rest stands below it.

    Choosing it says ``message`` in whatever chat the person is in: nothing personal.
    """

    key: str
    template: str
    facts: Mapping[str, Any]
    message: Reply


@dataclass(frozen=True, slots=True)
class Choices:
    """What an inline query is answered: at most 50; ``next_offset`` is where more begin, "" where there are none."""

    choices: Sequence[Choice] = field(default=())
    next_offset: str = ""


def about(replies: Sequence[Reply]) -> int | None:
    """The customer that the replies are about."""
    return next((reply.customer_id for reply in replies if reply.customer_id is not None), None)
