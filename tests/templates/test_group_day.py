"""What a group reads of the day: shorter lines than in private, counts alone."""

from dataclasses import replace
from datetime import date

import pytest

from cdm_core.group_day import GroupDay
from cdm_core.report_scope import Scope
from templates.keyboards import start
from templates.markup import plain
from templates.render import render
from templates.speech import Speech
from templates.text import letters
from tests.golden import Golden, Said
from tests.templates.speeches import BN, EN

MIRPUR, UTTARA, SAVAR = (Scope(number, name) for number, name in enumerate(("Mirpur", "Uttara", "Savar"), 1))
DAY = GroupDay(
    teams=(MIRPUR,), person="Tanvir", day=date(2026, 11, 24), birthdays=3, anniversaries=0, due=11, urgent=2, carts=0
)
FULL = replace(DAY, birthdays=12, anniversaries=10, due=21, urgent=12, carts=34)
NOTHING = replace(DAY, birthdays=0, due=0, urgent=0)


def said(speech: Speech, day: GroupDay) -> Said:
    keys = start.open_list_in_private(speech, bot_username="cdm_demo_bot", name="due")
    return render("group_day", speech, group=day), keys


def test_the_day_in_a_group(golden: Golden) -> None:
    golden("group_day", EN, lambda s: said(s, DAY))
    golden("group_day_full", EN, lambda s: said(s, FULL))
    golden("group_day_quiet", EN, lambda s: said(s, NOTHING))


def test_one_of_each(golden: Golden) -> None:
    golden("group_day_one", EN, lambda s: said(s, replace(DAY, birthdays=1, anniversaries=1, due=1, urgent=1, carts=1)))


@pytest.mark.parametrize(
    ("teams", "english", "bengali"),
    [
        ((), "Tanvir, Tue 24 Nov", "Tanvir, মঙ্গল ২৪ নভে"),
        ((Scope(),), "Everybody, Tue 24 Nov", "সবাই, মঙ্গল ২৪ নভে"),
        ((MIRPUR,), "Team Mirpur, Tue 24 Nov", "টিম Mirpur, মঙ্গল ২৪ নভে"),
        ((MIRPUR, UTTARA), "Mirpur, Uttara, Tue 24 Nov", "Mirpur, Uttara, মঙ্গল ২৪ নভে"),
        ((MIRPUR, UTTARA, SAVAR), "Mirpur, Uttara +1, Tue 24 Nov", "Mirpur, Uttara +১, মঙ্গল ২৪ নভে"),
        ((Scope(1, "<b>&"),), "Team <b>&, Tue 24 Nov", "টিম <b>&, মঙ্গল ২৪ নভে"),
    ],
)
def test_whose_day_it_is(teams: tuple[Scope, ...], english: str, bengali: str) -> None:
    for speech, title in ((EN, english), (BN, bengali)):
        assert plain(render("group_day", speech, group=replace(DAY, teams=teams))).split("\n")[0] == f"👥 {title}"


@pytest.mark.parametrize(("speech", "most"), [(EN, 28), (BN, 23)], ids=["en", "bn"])
@pytest.mark.parametrize("day", [DAY, FULL, NOTHING], ids=["day", "full", "quiet"])
def test_no_line_is_longer_than_a_group_has_room_for(speech: Speech, most: int, day: GroupDay) -> None:
    lines = plain(render("group_day", speech, group=day)).split("\n")
    assert [line for line in lines[1:] if len(letters(line)) > most] == []
