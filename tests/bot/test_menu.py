"""Telegram's menu: every command has a line in it, in both languages."""

from bot.commands import ROUTES
from bot.menu import described
from cdm_core.words import Language, Role
from templates.vocabulary import WORDS


def test_every_command_has_a_word() -> None:
    assert {command.name for command in ROUTES.commands.values()} <= WORDS["command"].keys()


def test_the_menu_is_as_telegram_takes_it() -> None:
    english, bengali = (described(ROUTES, language) for language in (Language.EN, Language.BN))
    names = [line["command"] for line in english]
    assert names == [command.name for command in ROUTES.listed(Role.AGENT)]
    assert len(names) <= 100
    for line in english + bengali:
        assert 1 <= len(line["description"]) <= 256
    assert all(one["description"] != other["description"] for one, other in zip(english, bengali, strict=True))
