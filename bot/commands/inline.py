"""@bot rahim, in any chat: customers to choose from. What is chosen is said as a number alone, with a link to the card.

Others may read that chat, so names and phones stand only in the list, which nobody but the person sees.
"""

from bot.call import Call
from bot.registry import inline
from bot.reply import Choice, Choices, Reply
from cdm_core.hits import Hit, Hits
from cdm_core.query import parse_query
from cdm_core.recent import recent
from cdm_core.search import search
from templates.keyboards import start

PAGE = 20
MOST = 100
"""Results of one search, over all its pages."""


@inline
async def choices(call: Call) -> Choices:
    """What the text may mean, best first; without a text, whom the person had to do with last."""
    first = min(int(call.offset), MOST) if call.offset.isascii() and call.offset.isdecimal() else 0
    # All of them for each page: which of many alike are found depends on how many are asked for.
    hits = (await _found(call)).hits
    shown = hits[first : first + PAGE]
    more = len(hits) > first + PAGE
    return Choices([_choice(call, hit) for hit in shown], next_offset=str(first + PAGE) if more else "")


async def _found(call: Call) -> Hits:
    if not call.text:
        return await recent(call.session, call.staff, call.thresholds, now=call.now, limit=MOST)
    query = parse_query(call.text, call.thresholds.country)
    return await search(call.session, call.staff, call.thresholds, query, now=call.now, limit=MOST)


def _choice(call: Call, hit: Hit) -> Choice:
    return Choice(
        key=str(hit.customer_id),
        template="inline_hit",
        facts={"hit": hit},
        message=Reply(
            "inline_chosen",
            customer_id=hit.customer_id,
            chosen=hit.customer_id,
            buttons=start.open_card_in_private(
                call.speech, bot_username=call.bot_username, customer_id=hit.customer_id
            ),
        ),
    )
