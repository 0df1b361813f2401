"""What is recommended about a customer, in words: for programs, which show it to people."""

from cdm_core.words import OfferType
from templates.render import render_plain
from templates.speech import Speech
from templates.text import capitalised
from templates.vocabulary import render_words


def told(advice: object, speech: Speech) -> tuple[str, tuple[str, ...]]:
    """``URGENT: Call within 24 hours``, and of each factor ``7 orders, every 24 d, now 41``.

    ``advice`` is a ``cdm_core.advice.Advice``. Rendered at once: a rendering costs more than its lines.
    """
    action, *reasons = render_plain("recommendation/told", speech, advice=advice).split("\n")
    return action, tuple(capitalised(reason) for reason in reasons)


def offer(kind: OfferType, speech: Speech) -> str:
    """``Premium product upsell``."""
    return capitalised(render_words("offer", kind, speech, "text"))
