"""Changing a profile, in both languages: the menu, each question, each kind no, what was changed."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cdm_core.access import CustomerRef
from cdm_core.changes import Change
from cdm_core.profile import Sharer, Sharers
from cdm_core.profile_values import cleared
from cdm_core.words import ChangeKind, ConsentChannel, Language, ProfileFault, ProfileField
from templates.actions import Tab
from templates.keyboards import card
from templates.keyboards import profile as keyboards
from templates.markup import plain
from templates.render import render
from templates.speech import Speech
from templates.text import letters
from tests.golden import Golden, Said
from tests.templates.speeches import BN, EN, NOW
from tests.templates.test_tabs import HEAD, PROFILE

RAHIM = CustomerRef(123, "রহিম উদ্দিন", 7)
EMAIL = Change(
    change_id=5,
    customer_id=123,
    kind=ChangeKind.PROFILE,
    relative_id=None,
    before={"email": None},
    after={"email": "r@example.com"},
    at=NOW,
    undone_at=None,
)
REFUSED = replace(
    EMAIL,
    kind=ChangeKind.CONSENT,
    before={"consent_whatsapp": None},
    after={"consent_whatsapp": {"allowed": False, "changed_at": NOW.isoformat(), "changed_by": 1}},
)
CALLS = replace(
    EMAIL,
    kind=ChangeKind.DO_NOT_CALL,
    before={"do_not_call_at": NOW, "do_not_call_by": 1, "consent_call": None},
    after={
        "do_not_call_at": None,
        "do_not_call_by": None,
        "consent_call": {"allowed": True, "changed_at": NOW.isoformat(), "changed_by": 1},
    },
)
VALUES: dict[ProfileField, dict[str, Any]] = {
    ProfileField.NAME: {"first_name": "Karim", "last_name": "Mia"},
    ProfileField.PHONE: {"phone": "01712345678"},
    ProfileField.DATE_OF_BIRTH: {"date_of_birth": None, "birth_month": 5, "birth_day": 15},
    ProfileField.ANNIVERSARY_DATE: {"anniversary_date": date(2015, 12, 20)},
    ProfileField.GENDER: {"gender": "male"},
    ProfileField.MARITAL_STATUS: {"marital_status": "widowed"},
    ProfileField.AVAILABLE_TIME: {"available_time": "18:00-20:00"},
    ProfileField.PREFERRED_CHANNEL: {"preferred_channel": "whatsapp"},
    ProfileField.PREFERRED_LANGUAGE: {"preferred_language": "bn"},
    ProfileField.SOURCE: {"source": "facebook"},
    ProfileField.TAGS: {"tags": ["kids", "ঘি"]},
}


def _tab(speech: Speech, change: Change | None, *, do_not_call: bool = False, **profile: Any) -> Said:
    undo = change.change_id if change and not change.undone_at else None
    buttons = card.tab(speech, Tab.PROFILE, customer_id=123, do_not_call=do_not_call, change_id=undo)
    return render("tabs/profile", speech, head=HEAD, profile=replace(PROFILE, **profile), change=change), buttons


def _ask(speech: Speech, field: ProfileField, now: dict[str, Any], refused: dict[str, Any] | None = None) -> Said:
    said = render("profile/ask", speech, customer=RAHIM, field=field, now=now, refused=refused)
    return said, keyboards.ask(speech, field, customer_id=123, clearable=any(now.values()))


def test_a_tab_that_was_just_changed(golden: Golden) -> None:
    golden("profile_changed", EN, lambda s: _tab(s, EMAIL))
    golden("profile_undone", EN, lambda s: _tab(s, replace(EMAIL, undone_at=NOW)))
    golden("profile_whatsapp_refused", EN, lambda s: _tab(s, REFUSED, consents={ConsentChannel.WHATSAPP: False}))
    golden("profile_calls_allowed", EN, lambda s: _tab(s, CALLS, consents={ConsentChannel.CALL: True}))


def test_a_profile_not_to_be_called_that_shares_its_phone(golden: Golden) -> None:
    sharers = Sharers((Sharer(77, "Karim Mia", None), Sharer(80, "Mitu Das", "Nusrat")), more=1)
    golden("profile_forbidden", EN, lambda s: _tab(s, None, do_not_call=True, do_not_call_at=NOW, sharers=sharers))


def test_the_menu(golden: Golden) -> None:
    golden(
        "profile_menu", EN, lambda s: (render("profile/menu", s, customer=RAHIM), keyboards.fields(s, customer_id=1))
    )
    golden(
        "profile_menu_more",
        EN,
        lambda s: (render("profile/menu", s, customer=RAHIM), keyboards.fields(s, customer_id=1, page=1)),
    )


def test_questions(golden: Golden) -> None:
    golden("profile_ask_email", EN, lambda s: _ask(s, ProfileField.EMAIL, {"email": "r@example.com"}))
    golden("profile_ask_hours", EN, lambda s: _ask(s, ProfileField.AVAILABLE_TIME, {"available_time": None}))
    golden("profile_ask_gender", EN, lambda s: _ask(s, ProfileField.GENDER, {"gender": "male"}))
    wrong = {"fault": ProfileFault.EMAIL, "text": "r@<b>", "limit": None}
    golden("profile_ask_again", EN, lambda s: _ask(s, ProfileField.EMAIL, {"email": None}, wrong))


def test_what_they_allow(golden: Golden) -> None:
    said = {ConsentChannel.CALL: True, ConsentChannel.WHATSAPP: False}
    golden(
        "profile_consents",
        EN,
        lambda s: (render("profile/consents", s, customer=RAHIM, said=said), keyboards.consents(s, customer_id=1)),
    )
    golden(
        "profile_consent",
        EN,
        lambda s: (
            render("profile/consent", s, customer=RAHIM, channel=ConsentChannel.SMS, allowed=None),
            keyboards.consent(s, ConsentChannel.SMS, customer_id=1),
        ),
    )


@pytest.mark.parametrize("speech", [EN, BN])
@pytest.mark.parametrize("field", list(ProfileField))
def test_every_field_is_asked_for_and_told(field: ProfileField, speech: Speech) -> None:
    value = VALUES.get(field, {field.value: "Sylhet"})
    line = _told(speech, value)
    assert line.startswith("📝 ")
    assert "None" not in line
    assert _told(speech, cleared(field)).startswith("🗑 ")
    asked = plain(_ask(speech, field, value)[0]).split("\n")
    assert len(asked) == 3
    most = 28 if speech.language is Language.BN else 35
    assert len(letters(asked[2])) <= most


@pytest.mark.parametrize("speech", [EN, BN])
@pytest.mark.parametrize("fault", list(ProfileFault))
def test_every_kind_no_is_short(fault: ProfileFault, speech: Speech) -> None:
    said = plain(render("errors/bad_value", speech, field=ProfileField.CITY, fault=fault, text="x", limit=120))
    assert len(letters(said)) <= (30 if speech.language is Language.BN else 37)


def _told(speech: Speech, after: dict[str, Any]) -> str:
    change = replace(EMAIL, before=dict.fromkeys(after), after=after)
    return plain(render("tabs/profile", speech, head=HEAD, profile=PROFILE, change=change)).split("\n")[-1]
