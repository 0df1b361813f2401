"""What is said of voice notes, photos and papers, in both languages."""

from dataclasses import replace

import pytest

from cdm_core.access import CustomerRef
from cdm_core.contact_files import MOST_BYTES, SentFile
from cdm_core.words import FileKind
from templates.keyboards import files as keyboards
from templates.render import render, render_plain
from templates.speech import Speech
from tests.golden import Golden
from tests.templates.speeches import EN, NOW

RAHIM = CustomerRef(123, "রহিম উদ্দিন", 7)
VOICE = SentFile(FileKind.VOICE, 42, "a", "b", duration_seconds=72)
PHOTO = SentFile(FileKind.PHOTO, 42, "c", "d", file_size=9_000)
PAPER = SentFile(FileKind.DOCUMENT, 42, "e", "f", file_name="bill <2026>.pdf")
FILM = replace(PAPER, file_name="film.mkv", file_size=MOST_BYTES + 1)


def kept(speech: Speech, *files: SentFile, alone: bool = True) -> str:
    return render("notes/file_kept", speech, customer=RAHIM, files=files, alone=alone)


def test_kept(golden: Golden) -> None:
    alone = {"customer_id": 123, "interaction_id": 5, "file_id": 8}
    golden("file_kept", EN, lambda s: (kept(s, VOICE), keyboards.undo_alone(s, **alone)))
    golden("file_added", EN, lambda s: (kept(s, PHOTO, alone=False), keyboards.undo_attached(s, **alone)))
    golden("files_kept", EN, lambda s: kept(s, PHOTO, PHOTO, PHOTO, PAPER, VOICE))
    golden("file_too_large_at_once", EN, lambda s: kept(s, FILM))
    golden("file_undone", EN, lambda s: render("notes/file_undone", s, customer=RAHIM, files=[VOICE]))


@pytest.mark.parametrize(("name", "text"), [("file_with", ""), ("file_with_words", "dam <beshi>")])
def test_whose(golden: Golden, name: str, text: str) -> None:
    golden(
        name,
        EN,
        lambda s: (
            render("notes/file_with", s, customer=RAHIM, files=[PHOTO], text=text),
            keyboards.keep_with(s, customer_id=123, note_id=8),
        ),
    )


def test_waiting_without_words(golden: Golden) -> None:
    golden("file_whose", EN, lambda s: render("notes/whose", s, text="", lost=False))


def test_later(golden: Golden) -> None:
    golden("file_too_large", EN, lambda s: render("file_too_large", s, kind="voice", customer_id=123))
    golden("file_lost", EN, lambda s: render("file_lost", s, kind="voice", customer_id=123))
    golden("kept_file", EN, lambda s: render("kept_file", s, customer=RAHIM, at=NOW))
    golden("file_away", EN, lambda s: render_plain("toasts/file_away", s))
