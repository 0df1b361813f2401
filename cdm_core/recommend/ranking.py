"""What a call to each customer is expected to earn: the order of the call list.

value = P(answer) · money expected within the horizon · margin − the cost of a call. Of buyers the money is what the
shop's replay found best to rank by (``production``), brought to the model's scale; of leads P(order) times a first
order. There is one definition, for the night, which ranks all, and for every write, which ranks those it changed by the
fits in use.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cdm_core.recommend import leads as conversion
from cdm_core.recommend.gamma_gamma import expected_spend
from cdm_core.recommend.history import Buyers, Ints
from cdm_core.recommend.leads import Cell, Leads
from cdm_core.recommend.model import score
from cdm_core.recommend.pooled import Pooled
from cdm_core.recommend.production import Production
from cdm_core.recommend.special import Floats


@dataclass(frozen=True, slots=True)
class Judge:
    """What is kept of a purchase fit: the model and its basis, what one of the basis' units is in money, how calls are
    answered, and what was set of a call then: ``margin`` of the revenue is earned, and the call costs ``cost``.

    Of all ranked by one fit the values are of one scale, so that what is set anew waits for the next.
    """

    production: Production
    scale: float
    answers: Pooled
    margin: float
    cost: float

    def to_json(self) -> dict[str, Any]:
        """Plain values that :meth:`from_json` makes the same of."""
        return {
            "production": self.production.to_json(),
            "scale": self.scale,
            "answers": asdict(self.answers),
            "margin": self.margin,
            "cost": self.cost,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Of what ``to_json`` gave. Raises TypeError, ValueError or KeyError for anything else."""
        production, answers = Production.from_json(stored["production"]), Pooled(**stored["answers"])
        return cls(production, stored["scale"], answers, stored["margin"], stored["cost"])


@dataclass(frozen=True, slots=True)
class InUse:
    """The fits in use at the transaction's time; ``fit_id`` is the purchase fit's."""

    fit_id: int
    judge: Judge
    leads: Leads
    now: datetime
    today: date

    @property
    def cutoff(self) -> int:
        """The day before which all is known: tomorrow."""
        return self.today.toordinal() + 1


@dataclass(frozen=True, slots=True)
class People:
    """What the models ask of customers besides their orders, by id; arrays and lists of one length.

    ``tried`` calls out, of which ``answered`` were; ``cell`` is source and last drop-off stage, and ``days`` how long
    ago the customer last showed, by coming or by that drop-off; infinity where neither is known.
    """

    customer: Ints
    tried: Ints
    answered: Ints
    cell: Sequence[Cell]
    days: Floats


@dataclass(frozen=True, slots=True)
class Ranks:
    """One place a customer of ``People``: what ``call_ranking`` holds. ``p_alive`` of a lead is NaN."""

    value: Floats
    p_alive: Floats
    p_buy: Floats
    expected_orders: Floats
    expected_spend: Floats
    p_answer: Floats


def rank(used: InUse, people: People, whom: Buyers, ids: NDArray[Any]) -> Ranks:
    """Rank ``people``, of whom ``whom`` have ordered; ``ids`` are those of the positions in ``whom``.

    Each customer's values depend on that customer and the fits alone.
    """
    of, at = _both(people.customer, ids[whom.customer])
    whom = whom.only(at)
    judged = score(used.judge.production.model, whom)
    is_lead = np.ones(len(people.customer), dtype=np.bool_)
    is_lead[of] = False
    lead = np.flatnonzero(is_lead)

    p_alive, p_buy, orders, spend, money = (np.full(len(people.customer), np.nan) for _ in range(5))
    p_alive[of], p_buy[of] = judged.p_alive, judged.p_buy
    orders[of], spend[of] = judged.expected_orders, judged.expected_spend
    money[of] = used.judge.production.ranking(whom, judged) * used.judge.scale
    p_buy[lead] = conversion.p_order(used.leads, [people.cell[each] for each in lead.tolist()], people.days[lead])
    orders[lead] = p_buy[lead]
    spend[lead] = expected_spend(used.judge.production.model.spend, np.zeros(len(lead)), np.zeros(len(lead)))
    money[lead] = orders[lead] * spend[lead]

    p_answer = used.judge.answers.of(people.tried, people.answered)
    return Ranks(p_answer * money * used.judge.margin - used.judge.cost, p_alive, p_buy, orders, spend, p_answer)


def _both(people: Ints, buyer: Ints) -> tuple[Ints, Ints]:
    """Where those stand who are in both, in either; each is sorted, as ids are."""
    place = np.minimum(np.searchsorted(buyer, people), max(len(buyer) - 1, 0))
    same = buyer[place] == people if len(buyer) else np.zeros(len(people), dtype=np.bool_)
    of = np.flatnonzero(same)
    return of, place[of]
