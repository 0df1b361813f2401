"""What people set for themselves: language, hour of the morning list, working days, alerts; and days away."""

from collections.abc import Collection, Iterable
from datetime import date, time, timedelta

from templates.actions import Action, AwayStep
from templates.buttons import Button, Keyboard, keyboard
from templates.dates import clock, short_date, weekday_day
from templates.keyboards.labels import back
from templates.keyboards.start import language_switch
from templates.speech import Speech
from templates.text import capitalised
from templates.vocabulary import render_words

WEEK = (6, 7, 1, 2, 3, 4, 5)
"""ISO weekdays as a week is read here: from Saturday."""

_CODES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DIGEST_HOURS = ((7, 8, 9), (10, 11, 12))
_UNTIL_DAYS = 6
_SHOWN = 2


def settings(speech: Speech, *, staff_id: int, alerts: bool, away_now: int | None = None) -> Keyboard:
    """``away_now`` is the absence that lasts today, from which one tap leads back."""
    hours = ([Button(clock(time(hour), speech), Action("digest", (hour,))) for hour in row] for row in _DIGEST_HOURS)
    label = speech.pgettext("button", "Alerts off") if alerts else speech.pgettext("button", "Alerts on")
    return keyboard(
        [language_switch(speech), Button("🚨 " + label, Action("alerts", (int(not alerts),)))],
        *hours,
        [
            Button("📅 " + speech.pgettext("button", "Workdays"), Action("workdays")),
            Button("🏖️ " + speech.pgettext("button", "Away"), Action("away", (staff_id, AwayStep.MENU))),
            _returned(away_now, speech, own=True) if away_now is not None else None,
        ],
    )


def working_days(speech: Speech, *, works_on: Collection[int]) -> Keyboard:
    """A toggle a weekday: with a tick on those that are worked (ISO weekdays)."""
    toggles = [
        Button(
            ("☑️ " if number in works_on else "") + capitalised(render_words("weekday", _CODES[number - 1], speech)),
            Action("workday", (number, int(number not in works_on))),
        )
        for number in WEEK
    ]
    return keyboard(toggles[:4], toggles[4:], [back(Action("settings"), speech)])


def away(speech: Speech, *, staff_id: int, own: bool, absences: Iterable[tuple[int, date, date]] = ()) -> Keyboard:
    """Days away to choose, and an end to those that are booked: (id, first, last) of each, the earliest first."""
    today = speech.today

    def leave(label: str, that: date) -> Button:
        return Button(capitalised(label), Action("leave", (staff_id, that.isoformat(), that.isoformat())))

    booked = [
        _returned(absence_id, speech, own=own)
        if first <= today
        else Button("🗑 " + short_date(first, speech), Action("return", (absence_id,)))
        for absence_id, first, _ in absences
    ]
    return keyboard(
        [leave(speech.gettext("today"), today), leave(speech.gettext("tomorrow"), today + timedelta(days=1))],
        [
            Button(speech.pgettext("button", "Until …"), Action("away", (staff_id, AwayStep.UNTIL))),
            _pick(staff_id, speech),
        ],
        booked[:_SHOWN],
        [back(Action("settings"), speech) if own else None],
    )


def away_until(speech: Speech, *, staff_id: int) -> Keyboard:
    """Away from today on: the last day."""
    lasts = [speech.today + timedelta(days=ahead) for ahead in range(1, _UNTIL_DAYS + 1)]
    buttons = [
        Button(weekday_day(last, speech), Action("leave", (staff_id, speech.today.isoformat(), last.isoformat())))
        for last in lasts
    ]
    return keyboard(
        buttons[:3],
        buttons[3:],
        [_pick(staff_id, speech), back(Action("away", (staff_id, AwayStep.MENU)), speech)],
    )


def _pick(staff_id: int, speech: Speech) -> Button:
    return Button("📅 " + speech.pgettext("button", "Pick days"), Action("away", (staff_id, AwayStep.PICK)))


def _returned(absence_id: int, speech: Speech, *, own: bool) -> Button:
    label = speech.pgettext("button", "I am back") if own else speech.pgettext("button", "Is back")
    return Button("☑️ " + label, Action("return", (absence_id,)))
