"""Reading updates: what is what, and that nothing a stranger could send does harm."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, User

from bot.commands import ROUTES
from bot.incoming import Incoming, Kind, Reader
from cdm_core.words import ChatType, Language
from templates.speech import Speech
from templates.vocabulary import render_words
from tests.databases import ZONE
from tests.factories import NOW

BOT = Bot("1:x")
BOT._bot_user = User(1, "CDM", True, username="cdm_bot")  # as after get_me
READER = Reader(BOT, ["help", "start"])


def message(text: str = "", chat: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}] if text.startswith("/") else []
    return {
        "message_id": 5,
        "date": 1795324200,
        "chat": chat or {"id": 9, "type": "private"},
        "from": {"id": 9, "is_bot": False, "first_name": "Nusrat", "last_name": "Jahan", "language_code": "bn"},
        **({"text": text, "entities": entities} if text else {}),
        **more,
    }


def read(**update: Any) -> Incoming:
    return READER.read({"update_id": 1, **update})


@pytest.mark.parametrize(
    ("text", "kind", "command", "rest"),
    [
        ("/help", Kind.COMMAND, "help", ""),
        ("/Start@CDM_bot  CODE x", Kind.COMMAND, "start", "CODE x"),
        ("/start\nline one\nline two", Kind.COMMAND, "start", "line one\nline two"),
        ("/nope at all", Kind.UNKNOWN_COMMAND, "nope", "at all"),
        ("/help@another_bot", Kind.NOTHING, "", ""),
        ("  rahim  ", Kind.TEXT, "", "rahim"),
        ("কথা হয়েছে ৩ মিনিট", Kind.TEXT, "", "কথা হয়েছে ৩ মিনিট"),
    ],
)
def test_texts(text: str, kind: Kind, command: str, rest: str) -> None:
    incoming = read(message=message(text))
    assert (incoming.kind, incoming.command, incoming.text) == (kind, command, rest)


def test_who_and_where() -> None:
    incoming = read(message=message("hi", {"id": -3, "type": "supergroup", "title": "Mirpur"}))
    assert (incoming.chat_id, incoming.chat_type, incoming.title) == (-3, ChatType.GROUP, "Mirpur")
    assert (incoming.user_id, incoming.user_name, incoming.language_code) == (9, "Nusrat Jahan", "bn")


def test_an_answer_names_the_message_answered() -> None:
    assert read(message=message("ok", reply_to_message=message("card"))).answered == 5


def test_other_kinds() -> None:
    contact = {"phone_number": "+8801712345678", "first_name": "Rahim"}
    assert read(message=message(contact=contact)).kind is Kind.CONTACT
    assert read(edited_message=message("later", edit_date=1795324300)).kind is Kind.EDIT
    changed = read(edited_message=message("/help me", edit_date=1795324300))
    assert (changed.kind, changed.command, changed.text) == (Kind.EDIT, "help", "me")
    assert read(message=message(dice={"emoji": "🎲", "value": 3})).kind is Kind.FOREIGN
    assert read(message=message(new_chat_members=[{"id": 4, "is_bot": False, "first_name": "X"}])).kind is Kind.NOTHING
    assert read(some_day={"id": "1"}).kind is Kind.NOTHING


def test_another_bots_words_are_nothing() -> None:
    robot = {"id": 8, "is_bot": True, "first_name": "Robot"}
    assert READER.read({"update_id": 1, "message": {**message("hi"), "from": robot}}).kind is Kind.NOTHING


def test_a_group_that_moved_is_known_from_both_sides() -> None:
    old, new = {"id": -3, "type": "group", "title": "M"}, {"id": -1003, "type": "supergroup", "title": "M"}
    left = read(message=message(chat=old, migrate_to_chat_id=-1003))
    came = read(message=message(chat=new, migrate_from_chat_id=-3))
    for incoming in (left, came):
        assert (incoming.kind, incoming.chat_id, incoming.new_chat_id) == (Kind.MIGRATED, -3, -1003)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)
fields = st.sampled_from(["message_id", "date", "chat", "from", "text", "entities", "contact", "reply_to_message"])


@given(st.dictionaries(fields, json_values))
def test_a_mangled_message_is_read_or_refused_with_an_ordinary_error(mangled: dict[str, Any]) -> None:
    with suppress(KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, IndexError):
        assert isinstance(READER.read({"update_id": 1, "message": {**message("/help me"), **mangled}}), Incoming)


def test_every_listed_command_is_described_in_both_languages() -> None:
    for route in ROUTES.all:
        if name := getattr(route, "listed", False) and getattr(route, "name", ""):
            for language in Language:
                assert render_words("command", name, Speech(language, ZONE, NOW))
