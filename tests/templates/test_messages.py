"""The first messages, in both languages, as the style sheet draws them."""

from datetime import time
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from jinja2 import UndefinedError

from cdm_core.words import Language, Role
from templates import render as rendering
from templates.keyboards import notes, start
from templates.markup import plain
from templates.render import MESSAGES, dots, render, render_both, render_plain
from templates.speech import Speech
from templates.text import letters
from templates.translations import LOCALE
from tests.golden import Golden
from tests.templates.speeches import BN, EN, at

COMMANDS = ["customer", "calls", "next", "log", "due", "events", "undo", "me", "settings"]


def test_welcome(golden: Golden) -> None:
    facts = {"name": "Tanvir", "role": Role.AGENT, "team": "Mirpur", "digest_at": time(9)}
    golden("welcome", EN, lambda s: (render("welcome", s, **facts, demo=False), start.welcome(s)))
    golden("welcome_demo", EN, lambda s: (render("welcome", s, **facts, demo=True), start.welcome(s)))


def test_welcome_of_an_admin_without_team() -> None:
    said = render("welcome", EN, name="Rumi", role=Role.ADMIN, team=None, digest_at=time(9), demo=False)
    assert said.split("\n")[:2] == ["👋 <b>Rumi, you are in</b>", "Admin"]


def test_stranger(golden: Golden) -> None:
    golden("stranger", EN, lambda s: render_both("stranger", s))


def test_help(golden: Golden) -> None:
    golden("help", EN, lambda s: render("help", s, commands=COMMANDS))


def test_unknown_command(golden: Golden) -> None:
    golden("unknown_command", EN, lambda s: render("errors/unknown_command", s, command="/custmer", closest="customer"))
    assert render("errors/unknown_command", EN, command="/xyz", closest=None).endswith("\nAll commands: /help")


def test_too_long(golden: Golden) -> None:
    golden(
        "too_long",
        EN,
        lambda s: (render("errors/too_long", s, letters=5000, limit=100), notes.keep_as_note(s, customer_id=1)),
    )


def test_no_permission(golden: Golden) -> None:
    golden(
        "no_permission",
        EN,
        lambda s: render("errors/no_permission", s, command="assign", role="manager", lead="Farhana"),
    )
    golden(
        "no_permission_stats",
        EN,
        lambda s: render("errors/no_permission", s, command="stats", role="manager", lead="Farhana"),
    )
    assert "is for admins" in render("errors/no_permission", EN, command="invite", role="admin", lead=None)
    assert render("errors/no_permission", EN, command="team", role="manager", lead=None).endswith(
        "A manager can do it for you."
    )


def test_database_away_and_back(golden: Golden) -> None:
    golden("database_away", EN, lambda s: render("errors/database_away", s))
    since = at("2026-11-22T10:09")
    golden("database_back", EN, lambda s: render("errors/database_back", s, since=since, messages=3))
    assert render("errors/database_back", EN, since=since, messages=1).endswith("Your message is done.")
    assert render("errors/database_back", EN, since=since, messages=0) == "☑️ <b>Back since 10:09</b>"


def test_private_only(golden: Golden) -> None:
    golden("private_only", EN, lambda s: render("errors/private_only", s))


@pytest.mark.parametrize(
    ("name", "facts", "english", "bengali"),
    [
        ("already_done", {"at": at("2026-11-22T11:04")}, "Already done, 11:04", "আগেই হয়েছে, ১১:০৪"),
        ("nothing_to_undo", {}, "Nothing to undo today", "আজ আনডু করার কিছু নেই"),
        (
            "ran_today",
            {"job": "nightly", "at": at("2026-11-22T02:00"), "repeats": True},
            "Night's work: ran at 02:00, again within a minute",
            "রাতের কাজ: আজ রাত ২টায় চলেছে, ১ মিনিটের মধ্যে আবার চলবে",
        ),
        (
            "ran_today",
            {"job": "morning-digest", "at": at("2026-11-22T09:00"), "repeats": False},
            "Morning list: ran at 09:00, once a day for each. Who was not in that run follows within a minute.",
            "সকালের লিস্ট: আজ সকাল ৯টায় চলেছে, একজনের জন্য দিনে একবার। যিনি বাদ ছিলেন, ১ মিনিটের মধ্যে পাবেন।",
        ),
    ],
)
def test_toasts(name: str, facts: dict[str, object], english: str, bengali: str) -> None:
    assert render_plain(f"toasts/{name}", EN, **facts) == english
    assert render_plain(f"toasts/{name}", BN, **facts) == bengali


def test_stored_text_can_neither_format_nor_deceive() -> None:
    facts = {"role": Role.AGENT, "team": "A\nB", "digest_at": time(9), "demo": False}
    said = render("welcome", EN, name="<script>&\u202e", **facts)
    assert "<b>&lt;script&gt;&amp;, you are in</b>" in said
    assert "team A B" in said
    assert render("welcome", EN, name="100% %(name)s", **facts).startswith("👋 <b>100% %(name)s, you are in")


def test_a_missing_fact_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("welcome", EN, name="Tanvir")


def test_dots_leave_out_what_is_not_there() -> None:
    assert dots("a", None, "", False, "b & c", 0) == "a · b &amp; c · 0"


@pytest.mark.parametrize("language", list(Language))
def test_every_template_compiles(language: Language) -> None:
    environment = rendering._environment(language)
    for path in MESSAGES.rglob("*.j2"):
        environment.get_template(path.relative_to(MESSAGES).as_posix())


# Letters of a line of 280 dp at 16 sp. Wide and narrow letters average out only roughly, so a tenth more is allowed.
WIDEST = {Language.EN: 35 * 1.1, Language.BN: 28 * 1.1}


@pytest.mark.parametrize("speech", [EN, BN], ids=["en", "bn"])
def test_fixed_wording_does_not_wrap(speech: Speech) -> None:
    said = [
        render("welcome", speech, name="Tanvir", role="agent", team="Mirpur", digest_at=time(9), demo=True),
        render("help", speech, commands=COMMANDS),
        render("stranger", speech),
        render("errors/private_only", speech),
    ]
    for line in plain("\n".join(said)).split("\n"):
        assert len(letters(line)) <= WIDEST[speech.language], line


def test_nothing_that_is_said_as_it_stands_wraps() -> None:
    """Whatever has nothing to fill in; a list of commands wraps where it must."""
    for path in LOCALE.rglob("*.po"):
        for message in read_po(BytesIO(path.read_bytes())):
            for language, said in ((Language.EN, message.id), (Language.BN, message.string)):
                whole = said if isinstance(said, str) else "\n".join(said)
                lines = [] if "%(" in whole or " /" in whole else plain(whole).split("\n")
                assert [line for line in lines if message.id and len(letters(line)) > WIDEST[language]] == []
