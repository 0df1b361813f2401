"""Under a team's results: the other spans of time, and the table."""

from templates.actions import Action, StatsSpan
from templates.buttons import Button, Keyboard, keyboard
from templates.speech import Speech
from templates.text import capitalised
from templates.vocabulary import icon, render_words


def stats(speech: Speech, span: StatsSpan) -> Keyboard:
    """``span`` is the one that is shown."""
    others = [
        Button("📅 " + capitalised(render_words("span", other, speech)), Action("stats", (other,)))
        for other in StatsSpan
        if other is not span
    ]
    return keyboard(others, [Button(f"{icon('file', 'document')} CSV", Action("sheet", (span,)))])
