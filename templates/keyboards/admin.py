"""What admins press: the queue's troubles, the jobs."""

from collections.abc import Sequence

from cdm_core.words import TroubleKind
from templates.actions import Action, TroubleStep
from templates.buttons import Button, Keyboard, keyboard
from templates.keyboards.labels import PAGE, back, more
from templates.numbers import count
from templates.speech import Speech

Group = tuple[TroubleKind, int]
"""What names a group in trouble."""


def queue(speech: Speech, *, groups: Sequence[Group], page: int = 0, remaining: int = 0) -> Keyboard:
    """A number for each line, then the other pages."""
    numbers = [
        Button(count(number, speech), Action("trouble", (kind, ident, TroubleStep.SHOW)))
        for number, (kind, ident) in enumerate(groups, page * PAGE + 1)
    ]
    before = back(Action("queue", (page - 1,)), speech) if page else None
    return keyboard(numbers, [before, more(remaining, Action("queue", (page + 1,)), speech)])


def trouble(speech: Speech, *, group: Group) -> Keyboard:
    def step(label: str, what: TroubleStep) -> Button:
        return Button(label, Action("trouble", (*group, what)))

    return keyboard(
        [
            step("▶️ " + speech.pgettext("button", "Try again"), TroubleStep.RETRY),
            step("🗑 " + speech.pgettext("button", "Drop"), TroubleStep.DROP),
        ],
        [to_queue(speech)],
    )


def settled(speech: Speech) -> Keyboard:
    return keyboard([to_queue(speech)])


def open_queue(speech: Speech) -> Keyboard:
    return keyboard([Button("⏳ " + speech.pgettext("button", "Queue"), Action("queue", (0,)))])


def to_queue(speech: Speech) -> Button:
    return back(Action("queue", (0,)), speech)


def jobs(speech: Speech, *, number: int) -> Keyboard:
    """[▶️ 1] … runs the job of that line now; at most five a row."""
    runs = [Button("▶️ " + count(place, speech), Action("run", (place,))) for place in range(1, number + 1)]
    return keyboard(*(runs[start : start + PAGE] for start in range(0, number, PAGE)))
