"""The one list of what the bot answers to: help, Telegram's menu and the access table derive from it.

Help and menu keep its order; plain text is offered to the text handlers in theirs.
"""

from bot.commands import help, settings
from bot.registry import Routes

ROUTES = Routes(
    (
        settings.settings,
        settings.open_settings,
        settings.choose_language,
        settings.choose_digest_hour,
        help.help_,
    )
)
