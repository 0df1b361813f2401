"""What is said and asked about the family, in both languages."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cdm_core.changes import Change
from cdm_core.family import Relative
from cdm_core.family_line import FamilyLine, read_line
from cdm_core.words import ChangeKind, Gender, ProfileField, Relationship, RelativeField
from templates.actions import FamilyStep, Tab
from templates.keyboards import card, family
from templates.render import render
from templates.speech import Speech
from tests.golden import Golden, Said
from tests.templates.speeches import BN, EN, NOW
from tests.templates.test_tabs import ARIF, HEAD, ROKEYA, SARAH

RAHIM = HEAD.ref
TODAY = NOW.date()
CHANGED = Change(
    change_id=7,
    customer_id=123,
    kind=ChangeKind.RELATIVE,
    relative_id=SARAH.relative_id,
    before={"profession": None},
    after={"profession": "Doctor"},
    at=NOW,
    undone_at=None,
)
LINE = read_line("wife Sarah 01712345679 15 May 1992", today=TODAY)


def tab(
    speech: Speech,
    *,
    relatives: tuple[Relative, ...] = (SARAH, ARIF, ROKEYA),
    change: Change | None = None,
    unread: FamilyLine | None = None,
    **keyboard: Any,
) -> Said:
    buttons = card.tab(
        speech,
        Tab.FAMILY,
        customer_id=123,
        change_id=change.change_id if change and not change.undone_at else None,
        nobody=not relatives,
        work_of=2 if unread and unread.unread_field is RelativeField.PROFESSION else None,
        **keyboard,
    )
    said = render(
        "tabs/family",
        speech,
        head=HEAD,
        relatives=relatives,
        first=1,
        total=len(relatives),
        change=change,
        unread=unread,
    )
    return said, buttons


def test_the_tab(golden: Golden) -> None:
    golden("tab_family", EN, tab)
    golden("tab_family_nobody", EN, lambda speech: tab(speech, relatives=()))
    golden("family_changed", EN, lambda speech: tab(speech, change=CHANGED))
    cleared = replace(
        CHANGED, before={"phone": "01712345679", "phone_e164": "x"}, after={"phone": None, "phone_e164": None}
    )
    golden("family_cleared", EN, lambda speech: tab(speech, change=cleared))
    renamed = replace(CHANGED, before={"name": "Sara"}, after={"name": "Sarah"})
    golden("family_renamed", EN, lambda speech: tab(speech, change=renamed))
    moved = replace(CHANGED, before={"relationship": "other"}, after={"relationship": "spouse"})
    golden("family_moved", EN, lambda speech: tab(speech, change=moved))
    removed = replace(CHANGED, before={"name": "Mitu", "relationship": "child"}, after=None, relative_id=9)
    golden("family_removed", EN, lambda speech: tab(speech, change=removed))
    golden("family_undone", EN, lambda speech: tab(speech, change=replace(removed, undone_at=NOW)))
    too = replace(SARAH, also_customer=77)
    golden("family_customer_too", EN, lambda speech: tab(speech, relatives=(too, ARIF), page=1, has_older=True))


@pytest.mark.parametrize(
    ("name", "line"), [("family_work", "son Arif 24/11/2018 doctor"), ("family_unread", "son Arif 31 feb")]
)
def test_what_was_not_understood(golden: Golden, name: str, line: str) -> None:
    added = replace(CHANGED, relative_id=2, before=None, after={"name": "Arif"})
    told = read_line(line, today=TODAY)
    golden(name, EN, lambda speech: tab(speech, relatives=(SARAH, ARIF), change=added, unread=told))


@pytest.mark.parametrize("step", [FamilyStep.EDIT, FamilyStep.REMOVE])
def test_picking(golden: Golden, step: FamilyStep) -> None:
    facts = {"head": HEAD, "relatives": (SARAH, ARIF, ROKEYA), "first": 1, "total": 3, "change": None, "unread": None}
    golden(
        f"family_pick_{step}",
        EN,
        lambda speech: (
            render("family/pick", speech, step=step, **facts),
            family.pick(speech, step, customer_id=123, relative_ids=[1, 2, 3]),
        ),
    )


@pytest.mark.parametrize(
    ("name", "line", "relative"),
    [
        ("family_add", FamilyLine(), None),
        ("family_add_named", replace(LINE, relationship=None, gender=None), None),
        ("family_relation", None, SARAH),
    ],
)
def test_asking_for_the_relationship(
    golden: Golden, name: str, line: FamilyLine | None, relative: Relative | None
) -> None:
    golden(
        name,
        EN,
        lambda speech: (
            render("family/ask_relationship", speech, customer=RAHIM, line=line, relative=relative),
            family.relationship(speech, customer_id=123, relative_id=relative.relative_id if relative else None),
        ),
    )


@pytest.mark.parametrize(
    ("name", "line", "field", "refused"),
    [
        ("family_name", FamilyLine(Relationship.SPOUSE, Gender.FEMALE), RelativeField.NAME, None),
        ("family_name_alone", replace(LINE, name=""), RelativeField.NAME, None),
        (
            "family_day_again",
            LINE.without(RelativeField.DATE_OF_BIRTH),
            RelativeField.DATE_OF_BIRTH,
            {"field": ProfileField.DATE_OF_BIRTH, "fault": "future", "text": "15/05/2031", "limit": None},
        ),
    ],
)
def test_asking_for_the_rest(
    golden: Golden, name: str, line: FamilyLine, field: RelativeField, refused: dict[str, Any] | None
) -> None:
    golden(
        name,
        EN,
        lambda speech: render("family/ask_line", speech, customer=RAHIM, line=line, field=field, refused=refused),
    )


def test_somebody_is_there_already(golden: Golden) -> None:
    told = replace(LINE, phone="+8801712345600", date_of_birth=date(1992, 5, 16), birthday=(5, 16))
    golden(
        "family_known",
        EN,
        lambda speech: (
            render("family/known", speech, customer=RAHIM, relative=SARAH, news=SARAH.news(told)),
            family.known(speech, customer_id=123, relative_id=1, news=True),
        ),
    )


def test_changing(golden: Golden) -> None:
    told = replace(SARAH, profession="Doctor", email="sarah@example.com")
    golden(
        "family_fields",
        EN,
        lambda speech: (
            render("family/relative", speech, customer=RAHIM, relative=told),
            family.fields(speech, customer_id=123, relative_id=1),
        ),
    )
    golden(
        "family_remove",
        EN,
        lambda speech: (
            render("family/remove", speech, customer=RAHIM, relative=told),
            family.remove(speech, customer_id=123, relative_id=1),
        ),
    )


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        (RelativeField.DATE_OF_BIRTH, {"fault": "date", "text": "31 feb", "limit": None}),
        (RelativeField.ANNIVERSARY_DATE, {"fault": "year", "text": "20 Dec", "limit": None}),
        (RelativeField.GENDER, None),
        (RelativeField.PROFESSION, None),
        (RelativeField.PHONE, {"fault": "phone", "text": "0171234", "limit": None}),
    ],
)
def test_asking_for_a_field(golden: Golden, field: RelativeField, refused: dict[str, Any] | None) -> None:
    golden(
        f"family_field_{field}",
        EN,
        lambda speech: (
            render("family/ask_field", speech, customer=RAHIM, relative=SARAH, field=field, refused=refused),
            family.ask(speech, field, customer_id=123, relative_id=1, clearable=SARAH.has(field)),
        ),
    )


def test_refusals(golden: Golden) -> None:
    golden("no_such_relative", EN, lambda speech: render("errors/no_such_relative", speech, customer_id=123))
    golden("relative_known", EN, lambda speech: render("errors/relative_known", speech, customer_id=123, relative_id=1))


@pytest.mark.parametrize("speech", [EN, BN])
def test_names_are_shown_as_they_are(speech: Speech) -> None:
    odd = replace(SARAH, name="<b>Sarah</b> 🙂 " + "র" * 200, date_of_birth=date(1992, 5, 15))
    said = render("family/remove", speech, customer=RAHIM, relative=odd)
    assert "&lt;b&gt;Sarah" in said
    assert "…" in said
