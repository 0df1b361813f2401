"""The one list of what the bot answers to: help, Telegram's menu and the access table derive from it.

Help and menu keep its order; plain text is offered to the text handlers in theirs.
"""

from bot.commands import calls, card, customer, dropoffs, due, help, lead, settings
from bot.registry import Routes

ROUTES = Routes(
    (
        customer.customer,
        customer.other_hits,
        customer.shared,
        card.open_card,
        card.back_to_card,
        card.open_tab,
        lead.new_lead,
        lead.name_lead,
        calls.call_list,
        calls.list_page,
        calls.next_one,
        calls.press_next,
        calls.skip,
        due.due,
        due.due_page,
        dropoffs.dropoffs,
        dropoffs.dropoffs_page,
        settings.settings,
        settings.open_settings,
        settings.choose_language,
        settings.choose_digest_hour,
        help.help_,
        customer.typed,
    )
)
