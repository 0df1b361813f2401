"""The family of a customer: adding, picking one of it, changing and removing."""

from collections.abc import Mapping, Sequence

from cdm_core.words import Gender, Relationship, RelativeField
from templates.actions import Action, FamilyStep, Tab
from templates.buttons import Button, Keyboard, keyboard
from templates.keyboards.labels import PAGE, back, labelled
from templates.numbers import count
from templates.speech import Speech
from templates.text import capitalised
from templates.vocabulary import render_words

_RELATIONSHIPS = (
    (Relationship.SPOUSE, Relationship.CHILD),
    (Relationship.PARENT, Relationship.SIBLING),
    (Relationship.GRANDPARENT, Relationship.OTHER),
)
_FIELDS = (
    (RelativeField.NAME, RelativeField.RELATIONSHIP, RelativeField.PHONE),
    (RelativeField.DATE_OF_BIRTH, RelativeField.ANNIVERSARY_DATE, RelativeField.EMAIL),
)
_CLEARABLE = frozenset(RelativeField) - {RelativeField.NAME, RelativeField.RELATIONSHIP}


def steps(speech: Speech, *, customer_id: int, empty: bool) -> list[Button]:
    """What can be done with a family; of an empty one there is nothing to change or remove."""
    add = Button("➕ " + speech.pgettext("button", "Add"), Action("family", (customer_id, FamilyStep.ADD, 0)))
    if empty:
        return [add]
    edit = Button("✏️ " + speech.pgettext("button", "Edit"), Action("family", (customer_id, FamilyStep.EDIT, 0)))
    remove = Button("🗑 " + speech.pgettext("button", "Remove"), Action("family", (customer_id, FamilyStep.REMOVE, 0)))
    return [add, edit, remove]


def pick(
    speech: Speech,
    step: FamilyStep,
    *,
    customer_id: int,
    relative_ids: Sequence[int],
    first: int = 1,
    page: int = 0,
    has_older: bool = False,
    from_queue: bool = False,
) -> Keyboard:
    """The relatives of a page by number, counted from ``first``."""

    def picked(relative_id: int) -> Action:
        if step is FamilyStep.REMOVE:
            return Action("kin_gone", (customer_id, relative_id, 0))
        return Action("kin", (customer_id, relative_id))

    older, newer = speech.pgettext("button", "Older") + " ›", "‹ " + speech.pgettext("button", "Newer")
    return keyboard(
        [Button(count(number, speech), picked(relative_id)) for number, relative_id in enumerate(relative_ids, first)],
        [
            Button(newer, Action("family", (customer_id, step, page - 1))) if page else None,
            Button(older, Action("family", (customer_id, step, page + 1))) if has_older else None,
            _to_tab(speech, customer_id, from_queue),
        ],
    )


def relationship(
    speech: Speech, *, customer_id: int, relative_id: int | None = None, from_queue: bool = False
) -> Keyboard:
    """What a relative is: of one to add, or of the one with ``relative_id``."""

    def choice(code: Relationship) -> Action:
        if relative_id is None:
            return Action("kin_new", (customer_id, code))
        return Action("kin_is", (customer_id, relative_id, code))

    rows = [[Button(_word("relative", code, speech), choice(code)) for code in row] for row in _RELATIONSHIPS]
    if relative_id is None:
        return keyboard(*rows, [_to_tab(speech, customer_id, from_queue)])
    return keyboard(*rows, [_to_fields(speech, customer_id, relative_id)])


def fields(speech: Speech, *, customer_id: int, relative_id: int, from_queue: bool = False) -> Keyboard:
    def choice(field: RelativeField) -> Button:
        return Button(labelled("field", field, speech), Action("kin_field", (customer_id, relative_id, field)))

    remove = Button("🗑 " + speech.pgettext("button", "Remove"), Action("kin_gone", (customer_id, relative_id, 0)))
    return keyboard(
        *([choice(field) for field in row] for row in _FIELDS),
        [choice(RelativeField.GENDER), choice(RelativeField.PROFESSION), remove],
        [_to_tab(speech, customer_id, from_queue)],
    )


def ask(
    speech: Speech, field: RelativeField, *, customer_id: int, relative_id: int, clearable: bool = True
) -> Keyboard:
    """Emptying the field, and the way back; the genders are buttons."""
    genders = [
        Button(_word("gender", code, speech), Action("kin_gender", (customer_id, relative_id, code))) for code in Gender
    ]
    clear = Button("🗑 " + speech.pgettext("button", "Clear"), Action("kin_clear", (customer_id, relative_id, field)))
    return keyboard(
        genders if field is RelativeField.GENDER else [],
        [clear if clearable and field in _CLEARABLE else None, _to_fields(speech, customer_id, relative_id)],
    )


def remove(speech: Speech, *, customer_id: int, relative_id: int, from_queue: bool = False) -> Keyboard:
    confirmed = Action("kin_gone", (customer_id, relative_id, 1))
    return keyboard(
        [
            Button("🗑 " + speech.pgettext("button", "Remove"), confirmed),
            _to_tab(speech, customer_id, from_queue),
        ]
    )


def known(speech: Speech, *, customer_id: int, relative_id: int, news: bool, from_queue: bool = False) -> Keyboard:
    """Somebody is there already: take over the ``news`` that were typed, or change something else."""
    save = Button("☑️ " + speech.pgettext("button", "Save"), Action("kin_told", (customer_id, relative_id)))
    edit = Button("✏️ " + speech.pgettext("button", "Edit"), Action("kin", (customer_id, relative_id)))
    return keyboard([save if news else None, edit], [_to_tab(speech, customer_id, from_queue)])


def work(speech: Speech, *, customer_id: int, relative_id: int) -> Button:
    """What was not understood of a line is what the relative does."""
    label = "☑️ " + _word("field", RelativeField.PROFESSION, speech)
    return Button(label, Action("kin_work", (customer_id, relative_id)))


def choose(speech: Speech, *, entries: Mapping[str, int]) -> Keyboard:
    """Whose family it is: customer ids by their numbers in a list."""
    buttons = [
        Button(count(int(number), speech), Action("family_of", (customer_id,)))
        for number, customer_id in list(entries.items())[:PAGE]
    ]
    return keyboard(buttons)


def _word(kind: str, code: str, speech: Speech) -> str:
    return capitalised(render_words(kind, code, speech))


def _to_tab(speech: Speech, customer_id: int, from_queue: bool) -> Button:
    return back(Action("tab", (customer_id, int(from_queue), Tab.FAMILY, 0)), speech)


def _to_fields(speech: Speech, customer_id: int, relative_id: int) -> Button:
    return back(Action("kin", (customer_id, relative_id)), speech)
