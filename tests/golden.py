"""Golden messages: what a person sees, kept in ``tests/golden/NAME.LANGUAGE.txt``.

A test says the message in both languages; the files hold the HTML and, below an empty line, the rows of buttons.
``pytest --update-golden`` writes them anew; read the difference before you commit it.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cdm_core.words import Language
from templates.buttons import Keyboard, ReplyKeyboard
from templates.speech import Speech

FOLDER = Path(__file__).parent / "golden"

Said = str | tuple[str, Keyboard | ReplyKeyboard | None]
Golden = Callable[[str, Speech, Callable[[Speech], Said]], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden messages anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """``golden("due_list", speech, lambda speech: (render("due_list", speech, …), lists.due(speech, …)))``."""
    update = bool(request.config.getoption("--update-golden"))

    def check(name: str, speech: Speech, say: Callable[[Speech], Said]) -> None:
        for language in Language:
            path = FOLDER / f"{name}.{language}.txt"
            seen = shown(say(replace(speech, language=language)))
            if update:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(seen)
            assert path.exists(), f"{path.name} is missing: run pytest --update-golden and read it"
            assert seen == path.read_text(), f"{path.name} differs"

    return check


def shown(said: Said) -> str:
    """The message and its buttons as text: ``[✅ Order][📵 No answer]``."""
    message, keyboard = said if isinstance(said, tuple) else (said, None)
    match keyboard:
        case Keyboard(rows):
            labels = [[button.label for button in row] for row in rows]
        case ReplyKeyboard(rows):
            labels = [list(row) for row in rows]
        case None:
            return message + "\n"
    drawn = ["".join(f"[{label}]" for label in row) for row in labels]
    return "\n".join([message, "", *drawn]) + "\n"
