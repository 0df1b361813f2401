"""A shop whose customers buy as the purchase and spend models say, so that the true parameters are known."""

import numpy as np

from cdm_core.recommend.bgnbd import Bgnbd
from cdm_core.recommend.gamma_gamma import GammaGamma
from cdm_core.recommend.history import NEVER, NO_ITEM, History, Lines

PURCHASE = Bgnbd(r=0.6, alpha=40.0, a=0.6, b=2.2)
SPEND = GammaGamma(p=5.0, q=3.8, gamma=900.0)
FIRST_DAY = 738_000


def simulated_shop(
    customers: int, *, days: int = 730, seed: int = 1, purchase: Bgnbd = PURCHASE, spend: GammaGamma = SPEND
) -> History:
    """Customers who first buy on some day of the first two thirds of ``days``; one line an order, no products.

    Times of purchases are whole days, at most one a day.
    """
    random = np.random.default_rng(seed)
    rate = random.gamma(purchase.r, 1 / purchase.alpha, customers)
    leaves = random.beta(purchase.a, purchase.b, customers)
    born = random.uniform(0, days * 2 / 3, customers)
    who, at = np.arange(customers), born.copy()
    bought_by, bought_at = [who], [born]
    active = who
    while len(active):
        at[active] += random.exponential(1 / np.maximum(rate[active], 1e-12))
        active = active[at[active] < days]
        bought_by.append(active)
        bought_at.append(at[active].copy())
        active = active[random.random(len(active)) >= leaves[active]]
    customer, day = np.concatenate(bought_by), np.concatenate(bought_at).astype(np.int64)
    customer, day = np.divmod(np.unique(customer * days + day), days)
    scale = random.gamma(spend.q, 1 / spend.gamma, customers)
    amount = np.round(random.gamma(spend.p, 1 / scale[customer]), 2)
    size = len(day)
    lines = Lines(
        day=(day + FIRST_DAY).astype(np.int32),
        customer=customer.astype(np.int32),
        order=np.arange(size),
        item=np.full(size, NO_ITEM, dtype=np.int32),
        quantity=np.ones(size),
        amount=amount,
        bought=np.ones(size, dtype=np.bool_),
        until=np.full(size, NEVER, dtype=np.int32),
    )
    return History(lines.sorted(), np.arange(customers), np.empty(0))
