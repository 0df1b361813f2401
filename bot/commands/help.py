"""/help: what this person may type."""

from bot.call import Call
from bot.registry import command
from bot.reply import Reply


@command("help", groups=True)
async def help_(call: Call) -> Reply:
    return Reply("help", commands=call.listed)
