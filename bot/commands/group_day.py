"""What a group is told where somebody asks for a list of the day there: how much there is, and the way to the list."""

from bot.call import Call
from bot.registry import Handler
from bot.reply import Reply
from cdm_core import group_day
from templates.keyboards import start as keyboards


def counts(list_name: str) -> Handler:
    """The handler that answers with the day's counts and a link which opens this list in private."""

    async def answer(call: Call) -> Reply:
        day = await group_day.gather(call.session, call.staff, call.thresholds, now=call.now)
        buttons = keyboards.open_list_in_private(call.speech, bot_username=call.bot_username, name=list_name)
        return Reply("group_day", buttons=buttons, group=day)

    return answer
