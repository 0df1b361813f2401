"""Whether a line tells of more than one customer; a note is about one."""

from cdm_core.notes.normal import Kind
from cdm_core.notes.scan import Scan

_NAME_WORDS = 3
_BETWEEN = 3
"""Words between a name and what came of it: "er sathe", "ke call"."""


def several_customers(scan: Scan) -> bool:
    """Whether two customers are named, each right before what came of the contact with them.

    Named by a phone, an id or words nobody knows: "123 no answer, 456 order dise", "rahim dhore nai, karim kete dise".
    """
    named = set()
    start = 0
    for index in range(len(scan) + 1):
        if index < len(scan) and scan.kind(index) is not Kind.STOP:
            continue
        if who := _named_at(scan, start, index):
            named.add(who)
        start = index + 1
    return len(named) > 1


def _named_at(scan: Scan, start: int, end: int) -> str | None:
    """Who the clause in ``[start, end)`` begins with, if what came of it follows."""
    place = start + 1 if start < end and scan.atoms[start].form == "#" else start
    if scan.kind(place) in (Kind.PHONE, Kind.NUMBER):
        stop = place + 1
    else:
        stop = place
        while stop < end and stop - place < _NAME_WORDS and scan.unknown(stop):
            stop += 1
    if not place < stop < end:
        return None
    then = stop
    while then < stop + _BETWEEN and (scan.kind(then) in (Kind.DASH, Kind.OTHER) or _passed_over(scan, then)):
        then += 1
    named = " ".join(scan.atoms[index].form for index in range(place, stop))
    return named if scan.has(then, "outcomes") else None


def _passed_over(scan: Scan, index: int) -> bool:
    return bool(scan.has(index, "fillers", "particle") or scan.has(index, "channels", "call"))
