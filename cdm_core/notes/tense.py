"""Whether what stands around a time is to come or gone, by the verbs."""

from cdm_core.notes.lexicon import lexicon
from cdm_core.notes.scan import Scan

FUTURE, PAST = "future", "past"
_VERBS = ("tenses", "asks", "outcomes", "sent", "channels")


def verb_tense(scan: Scan, index: int) -> str | None:
    """The tense the atom at ``index`` shows, if it is a verb or ends like one."""
    if scan.unknown(index):
        return lexicon().ending_tense(scan.atoms[index].form)
    for table in _VERBS:
        if (entry := scan.has(index, table)) and entry["tense"] != "-":
            return entry["tense"]
    return None


def tense_of(scan: Scan, start: int, end: int, others: set[int], *, planned: bool, begun: bool) -> str | None:
    """The tense of what was said to be at the time in ``[start, end)``; None when nothing tells.

    Bengali verbs follow: the first one after the time and before the next time (``others``: where those begin)
    decides, then a call that is still only a noun ("kal 6tay call"), then the last verb before in the same
    clause. That one a clock time still to come (``planned``) can outweigh, or that nobody was reached: "dhore nai kal
    6tay" is to come; but not a time that has ``begun``: "dhore nai rate" at night, "no answer yesterday".
    """
    begin, stop = scan.clause(start)[0], scan.clause(end - 1)[1]
    for index in range(end, stop):
        if index in others:
            break
        if scan.has(index, "nouns", "confirmation"):
            return PAST if begun else FUTURE
        if tense := verb_tense(scan, index):
            return tense
    if end < stop and scan.has(end, "channels", "call"):
        return FUTURE
    for index in range(start - 1, begin - 1, -1):
        if index in others:
            break
        if (tense := verb_tense(scan, index)) and not scan.has(index, "nouns", "confirmation"):
            return FUTURE if tense == PAST and (planned or (_unreached(scan, index) and not begun)) else tense
    return None


def _unreached(scan: Scan, index: int) -> bool:
    return bool(scan.has(index, "outcomes", "no_answer", "line_busy", "switched_off"))
