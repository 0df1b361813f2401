"""How surely a text is a note, and what of it was not understood."""

from enum import StrEnum

from cdm_core.notes.normal import Kind
from cdm_core.notes.note import Note
from cdm_core.notes.scan import Scan

_CERTAIN = 0.6
_POSSIBLE = 0.25
_LEAST_FOR_A_SLIP = 0.9
_GUESSED = 0.5
_PUNCTUATION = frozenset("()[]{}:*\"'“”‘’~#<>^…")
_SILENT = ("fillers", "markers", "tenses", "asks", "negators", "channels", "directions")


class TextKind(StrEnum):
    """What free text is: a note, a search, or one of the two (ask)."""

    NOTE = "note"
    EITHER = "either"
    SEARCH = "search"


def looks_like_note(note: Note) -> TextKind:
    """Whether the text ``note`` was read from is a note rather than a search, by its confidence."""
    if note.confidence >= _CERTAIN:
        return TextKind.NOTE
    return TextKind.EITHER if note.confidence >= _POSSIBLE else TextKind.SEARCH


def confidence(scan: Scan, strengths: list[float]) -> float:
    """0 to 1: the ``strengths`` (0 to 1) of independent facts together, by the share of the text they explain.

    Less for slips overlooked, and much less when every word that tells anything is one: "bilal" is no "bikal".
    """
    doubt = 1.0
    for strength in strengths:
        doubt *= 1 - strength
    weights = [(atom.end - atom.start, _understood(scan, index)) for index, atom in enumerate(scan.atoms)]
    whole = sum(weight for weight, _ in weights)
    share = sum(weight for weight, understood in weights if understood) / whole if whole else 0.0
    used = [atom for index, atom in enumerate(scan.atoms) if scan.used[index]]
    slips = sum(atom.forgiven for atom in used)
    sure = any(not atom.forgiven or "outcomes" in atom.meanings for atom in used)
    certainty = _LEAST_FOR_A_SLIP ** min(slips, 3) * (1 if sure or not used else _GUESSED)
    return round((1 - doubt) * (0.4 + 0.6 * share) * certainty, 3)


def unparsed(scan: Scan) -> tuple[str, ...]:
    """The stretches of text no rule made use of; words without a fact of their own count only inside one."""
    spans: list[tuple[int, int]] = []
    last = -2
    for index, atom in enumerate(scan.atoms):
        if _understood(scan, index):
            continue
        joined = spans and all(not scan.used[i] and _joins(scan, i) for i in range(last + 1, index))
        spans[-1:] = [(spans[-1][0], atom.end)] if joined else [*spans[-1:], (atom.start, atom.end)]
        last = index
    return tuple(scan.text[start:end] for start, end in spans)


def _understood(scan: Scan, index: int) -> bool:
    atom = scan.atoms[index]
    if scan.used[index] or atom.kind in (Kind.STOP, Kind.DASH, Kind.PLUS) or atom.form in _PUNCTUATION:
        return True
    return any(table in atom.meanings for table in _SILENT)


def _joins(scan: Scan, index: int) -> bool:
    return scan.kind(index) is Kind.DASH or bool(scan.has(index, "fillers"))
