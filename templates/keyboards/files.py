"""Under files that came with a contact: whose they are, and taking them back."""

from collections.abc import Sequence

from cdm_core.words import FileKind
from templates.actions import Action
from templates.buttons import Button, Keyboard, keyboard
from templates.keyboards import labels
from templates.numbers import count
from templates.speech import Speech
from templates.vocabulary import icon


def keep_with(speech: Speech, *, customer_id: int, note_id: int) -> Keyboard:
    """The files of the note that waits are this customer's, or somebody else's."""
    return keyboard(
        [
            Button("📝 " + speech.pgettext("button", "Keep"), Action("note", (customer_id,))),
            Button("👤 " + speech.pgettext("button", "Someone else"), Action("whose", (note_id,))),
        ]
    )


def undo_alone(speech: Speech, *, customer_id: int, interaction_id: int, file_id: int) -> Keyboard:
    """Files that stand for themselves go with their contact."""
    return keyboard([labels.undo(customer_id, interaction_id, speech)])


def undo_attached(speech: Speech, *, customer_id: int, interaction_id: int, file_id: int) -> Keyboard:
    """Files that were added to a contact go alone."""
    return keyboard([Button("↩️ " + speech.pgettext("button", "Undo"), Action("unfile", (customer_id, file_id)))])


def of_contacts(speech: Speech, *, customer_id: int, contacts: Sequence[tuple[int, FileKind]]) -> list[Button]:
    """``[🎤 1][🖼 2]``: the files of each contact, by its number on the page."""
    return [
        Button(f"{icon('file', kind)} {count(number, speech)}", Action("files", (customer_id, interaction_id)))
        for number, (interaction_id, kind) in enumerate(contacts, 1)
    ]
