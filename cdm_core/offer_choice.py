"""What kind of offer to make, and with which products."""

from collections.abc import Callable

from cdm_core.facts import CallFacts
from cdm_core.suggestions import Product, Suggestions
from cdm_core.words import CustomerType, LifecycleStage, NextAction, OfferType, Reason

Rules = Callable[[CallFacts, NextAction], OfferType | None]


def no_rules(_facts: CallFacts, _action: NextAction) -> OfferType | None:
    """The rules of a shop that has none."""
    return None


def choose(facts: CallFacts, action: NextAction, rules: Rules = no_rules) -> OfferType:
    """The kind of offer: the rules' choice where the products for it are there, else the first that holds of

    - ``none``: there is nothing to call for, or an order is to be confirmed, where nothing is sold
    - ``occasion``: wishes are to be sent
    - ``reactivation``: they are to be won back
    - ``reorder``: a reorder is to be offered, and there is something that they bought before
    - ``upsell``: VIP or loyal, and something new for them costs more than all they bought of its category
    - ``discount``: the last thing they said was that the price or the delivery charge is too high, and they have not
      bought since
    - ``reorder``: something that they bought before is likelier to be taken than anything new
    - ``cross_sell``: they have bought, and something is new for them
    - ``reorder``: there is something that they bought before
    - ``none``: none of these

    How cold somebody is, is no condition of any; and how deep a discount is, is nowhere made to depend on it.
    """
    ruled = rules(facts, action)
    if ruled is not None and _can_be_made(ruled, facts.suggested):
        return ruled
    match action:
        case NextAction.WAIT | NextAction.CONFIRM_ORDER:
            return OfferType.NONE
        case NextAction.WISH:
            return OfferType.OCCASION
        case NextAction.WIN_BACK:
            return OfferType.REACTIVATION
    return _of_lists(facts, action)


def products(offer: OfferType, suggested: Suggestions) -> tuple[Product, ...]:
    """What to make the offer with, the likeliest first, and first of all what makes it one of its kind."""
    if offer is OfferType.NONE:
        return ()
    return tuple(sorted(suggested.joined, key=lambda product: product not in _of_kind(offer, suggested)))


def _of_lists(facts: CallFacts, action: NextAction) -> OfferType:
    suggested = facts.suggested
    known = suggested.known
    if known and action is NextAction.REORDER:
        return OfferType.REORDER
    trusting = facts.type is CustomerType.VIP or facts.stage is LifecycleStage.LOYAL
    if trusting and _of_kind(OfferType.UPSELL, suggested):
        return OfferType.UPSELL
    if _too_dear(facts):
        return OfferType.DISCOUNT
    if known and suggested.joined[0] in known:
        return OfferType.REORDER
    if facts.total_orders and suggested.new_for_them:
        return OfferType.CROSS_SELL
    return OfferType.REORDER if known else OfferType.NONE


def _can_be_made(offer: OfferType, suggested: Suggestions) -> bool:
    needs_products = offer in (OfferType.REORDER, OfferType.UPSELL, OfferType.CROSS_SELL)
    return not needs_products or bool(_of_kind(offer, suggested))


def _of_kind(offer: OfferType, suggested: Suggestions) -> tuple[Product, ...]:
    """The products without which the offer would not be what it is called; of others all."""
    match offer:
        case OfferType.REORDER:
            return suggested.known
        case OfferType.CROSS_SELL:
            return suggested.new_for_them
        case OfferType.UPSELL:
            return tuple(product for product in suggested.new_for_them if product.dearer)
    return suggested.joined


def _too_dear(facts: CallFacts) -> bool:
    return facts.last_reason in (Reason.PRICE, Reason.DELIVERY_CHARGE) and not facts.bought_since
