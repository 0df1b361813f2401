"""/jobs: what happens unasked, how it went and when it comes next; running one now."""

from bot.call import Call
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import audit, runs, schedule_board
from cdm_core.schedule import PLANS, JobName
from cdm_core.words import Role
from templates.keyboards import admin as keyboards


@command("jobs", role=Role.ADMIN)
async def jobs(call: Call) -> Reply:
    return await _board(call, edit=False)


@button("jobs", role=Role.ADMIN)
async def look_again(call: Call) -> Reply:
    return await _board(call, edit=True)


@button("run", role=Role.ADMIN)
async def run_now(call: Call) -> Reply:
    """The clock takes it up within a minute: what was done today already only where that tells nobody twice."""
    assert call.action is not None
    place = int(call.action.args[0]) - 1
    if not 0 <= place < len(JobName):
        return Reply(None, toast="toasts/old_button")
    job = list(JobName)[place]
    await runs.request(call.session, job, call.now, requested_by=call.staff.id)
    await audit.record(call.session, call.now, call.staff, "asked_to_run", job=job)
    ran_at = await runs.done_by(call.session, job, call.speech.today)
    if ran_at is None:
        return Reply(None, toast="toasts/asked_to_run", job=job)
    return Reply(None, toast="toasts/ran_today", job=job, at=ran_at, repeats=PLANS[job].repeatable)


async def _board(call: Call, *, edit: bool) -> Reply:
    board = await schedule_board.board(call.session, call.thresholds, now=call.now)
    return Reply("jobs", edit=edit, buttons=keyboards.jobs(call.speech, number=len(board)), board=board)
