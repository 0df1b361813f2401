"""What is recommended about a customer, in words: for programs, which show it to people."""

from cdm_core.words import OfferType
from templates.render import render_plain
from templates.speech import Speech
from templates.text import capitalised
from templates.vocabulary import render_words


def next_action(advice: object, speech: Speech) -> str:
    """``URGENT: Call within 24 hours``; ``advice`` is a ``cdm_core.advice.Advice``."""
    return render_plain("recommendation/next_action", speech, advice=advice)


def reason(factor: object, speech: Speech) -> str:
    """``7 orders, every 24 d, now 41``; ``factor`` is a ``cdm_core.factors.Factor``."""
    return capitalised(render_plain("recommendation/reason", speech, factor=factor))


def offer(kind: OfferType, speech: Speech) -> str:
    """``Premium product upsell``."""
    return capitalised(render_words("offer", kind, speech, "text"))
