"""What admins read of the queue, of troubles and of the jobs, in both languages."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from cdm_core import faults
from cdm_core.runs import Run
from cdm_core.schedule import EVERY_DAY, JobName
from cdm_core.schedule_board import Line
from cdm_core.troubles import Queue, Trouble
from cdm_core.words import MessageKind, RunState, TroubleKind
from jobs.requests import Came
from templates.keyboards import admin as keyboards
from templates.render import render
from templates.speech import Speech
from tests.golden import Golden, Said
from tests.templates.speeches import EN, at

AWAY = Trouble(
    TroubleKind.JOB,
    JobName.EVENING_SUMMARY,
    faults.DATABASE_AWAY,
    number=1,
    at=at("2026-11-22T11:05"),
    whom=None,
    chats=0,
)
LATE = Trouble(
    TroubleKind.EXPIRED, JobName.EVENING_SUMMARY, None, number=4, at=at("2026-11-22T10:30"), whom="Tanvir", chats=4
)
REFUSED = Trouble(
    TroubleKind.FAILED,
    MessageKind.REPLY,
    "Bad Request: can't parse entities",
    number=1,
    at=at("2026-11-22T11:05"),
    whom="Nusrat",
    chats=1,
)
POISON = Trouble(TroubleKind.QUARANTINED, None, "KeyError in read", 2, at("2026-11-21T18:00"), whom=None, chats=2)
MISSED = Trouble(TroubleKind.JOB, JobName.MORNING_DIGEST, None, 1, at("2026-11-22T09:40"), "Farhana", chats=1)
UNKNOWN = Trouble(TroubleKind.UNKNOWN, MessageKind.EXPORT, "ReadTimeout", 1, at("2026-11-22T11:00"), "Rafiq", 1)
ALL = (REFUSED, UNKNOWN, LATE, MISSED, POISON)


def _queue(queue: Queue, speech: Speech) -> Said:
    oldest = speech.now - timedelta(seconds=queue.oldest_seconds) if queue.oldest_seconds > 60 else None
    groups = [(one.kind, one.id) for one in queue.troubles]
    text = render("queue", speech, queue=queue, shown=queue.troubles, first=1, oldest=oldest)
    return text, keyboards.queue(speech, groups=groups, remaining=3 if groups else 0)


@pytest.mark.parametrize(
    ("name", "queue"),
    [
        ("queue_quiet", Queue(0, 0, 0, 0.0, ())),
        ("queue_trouble", Queue(12, 1, 2, 190.0, ALL)),
        ("queue_only_trouble", Queue(0, 0, 0, 0.0, (AWAY,))),
    ],
)
def test_queue(golden: Golden, name: str, queue: Queue) -> None:
    golden(name, EN, lambda speech: _queue(queue, speech))


def test_a_job_that_waited_for_the_database_names_no_place_in_our_code(golden: Golden) -> None:
    golden(
        "trouble_database_away",
        EN,
        lambda speech: (
            render("trouble", speech, trouble=AWAY, done=None, number=0, over=0),
            keyboards.trouble(speech, group=(AWAY.kind, AWAY.id)),
        ),
    )


def test_one_trouble(golden: Golden) -> None:
    golden(
        "trouble",
        EN,
        lambda speech: (
            render("trouble", speech, trouble=UNKNOWN, done=None, number=0, over=0),
            keyboards.trouble(speech, group=(UNKNOWN.kind, UNKNOWN.id)),
        ),
    )


@pytest.mark.parametrize("done", ["retry", "drop"])
def test_a_settled_trouble(golden: Golden, done: str) -> None:
    golden(
        f"trouble_{done}",
        EN,
        lambda speech: (
            render("trouble", speech, trouble=LATE, done=done, number=4, over=0),
            keyboards.settled(speech),
        ),
    )


def test_what_is_over_is_not_tried_again(golden: Golden) -> None:
    alerts = Trouble(TroubleKind.FAILED, MessageKind.ALERT, "Bad Request: odd", 3, at("2026-11-22T11:05"), "Nusrat", 2)
    golden(
        "trouble_over",
        EN,
        lambda speech: (
            render("trouble", speech, trouble=alerts, done="retry", number=1, over=2),
            keyboards.settled(speech),
        ),
    )


def test_a_slot_whose_time_was_over(golden: Golden) -> None:
    golden(
        "trouble_slot",
        EN,
        lambda speech: (
            render("trouble", speech, trouble=MISSED, done=None, number=0, over=0),
            keyboards.trouble(speech, group=(MISSED.kind, MISSED.id)),
        ),
    )


def test_admins_are_told_of_many_causes_at_once(golden: Golden) -> None:
    golden(
        "in_trouble_many",
        EN,
        lambda speech: (
            render("in_trouble", speech, troubles=(REFUSED, UNKNOWN, LATE, MISSED, POISON), waited=None),
            keyboards.open_queue(speech),
        ),
    )


def test_admins_are_told(golden: Golden) -> None:
    golden(
        "in_trouble",
        EN,
        lambda speech: (
            render("in_trouble", speech, troubles=(REFUSED, LATE), waited=None),
            keyboards.open_queue(speech),
        ),
    )


def test_admins_are_told_that_answers_wait(golden: Golden) -> None:
    golden(
        "in_trouble_late",
        EN,
        lambda speech: (
            render("in_trouble", speech, troubles=(), waited=timedelta(minutes=7)),
            keyboards.open_queue(speech),
        ),
    )


def _run(job: JobName, state: RunState, *, late: int = 0) -> Run:
    ran = at("2026-11-22T09:00")
    slot = ran - timedelta(minutes=late)
    return Run(job, "", slot.date(), slot, state, 1, ran, timedelta(seconds=1), {})


def test_jobs(golden: Golden) -> None:
    morning, night = at("2026-11-23T09:00"), at("2026-11-23T02:00")
    evening, idle = _run(JobName.EVENING_SUMMARY, RunState.DONE), {"sent": False, "why": "nothing done"}
    board = (
        Line(
            JobName.MORNING_DIGEST, None, EVERY_DAY, True, morning, _run(JobName.MORNING_DIGEST, RunState.LATE, late=20)
        ),
        Line(JobName.NIGHTLY, time(2), EVERY_DAY, False, night, _run(JobName.NIGHTLY, RunState.FAILED)),
        Line(JobName.STALE_REFRESH, None, EVERY_DAY, False, None, _run(JobName.STALE_REFRESH, RunState.DONE)),
        Line(JobName.HOT_ALERTS, None, EVERY_DAY, False, None, None),
        Line(JobName.WIN_BACK, time(8, 30), EVERY_DAY, False, night, None, running=at("2026-11-22T08:30")),
        Line(JobName.EVENING_SUMMARY, time(20), EVERY_DAY, False, night, replace(evening, detail=idle)),
    )
    golden("jobs", EN, lambda speech: (render("jobs", speech, board=board), keyboards.jobs(speech, number=6)))


@pytest.mark.parametrize(
    ("name", "came"),
    [
        ("silent", Came(sent=0, silent=1, before=1, busy=0, done=0, failed=0)),
        ("sent", Came(sent=3, silent=2, before=1, busy=0, done=0, failed=0)),
        ("done", Came(sent=0, silent=0, before=0, busy=0, done=5, failed=0)),
        ("before", Came(sent=0, silent=0, before=4, busy=0, done=0, failed=0)),
        ("busy", Came(sent=0, silent=1, before=2, busy=1, done=0, failed=0)),
        ("failed", Came(sent=2, silent=0, before=0, busy=0, done=0, failed=1, error=faults.DATABASE_BUSY)),
    ],
)
def test_who_ran_a_job_is_told_what_came_of_it(golden: Golden, name: str, came: Came) -> None:
    golden(f"ran_{name}", EN, lambda speech: render("ran", speech, job=JobName.OCCASION_REMINDERS, came=came))


@pytest.mark.parametrize("error", ["KeyError in read, line 7", faults.STILL_RUNNING, faults.DATABASE_BUSY])
def test_why_a_job_breaks_is_told_in_words(golden: Golden, error: str) -> None:
    broken = replace(AWAY, error=error)
    name = error.split()[0].lower()
    golden(f"job_{name}", EN, lambda speech: render("trouble", speech, trouble=broken, done=None, number=0, over=0))


def test_an_error_that_looks_like_html_is_harmless() -> None:
    odd = Trouble(TroubleKind.FAILED, MessageKind.REPLY, "<b>x" * 100, 1, at("2026-11-22T11:05"), "<i>", 1)
    said = render("trouble", EN, trouble=odd, done=None, number=0, over=0)
    assert "&lt;b&gt;x" in said
    assert len(said) < 500
