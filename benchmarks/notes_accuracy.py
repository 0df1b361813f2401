"""How well the note grammar understands what agents type, and how long it takes over a line.

    python -m benchmarks.notes_accuracy [--json] [--wrong tuned|fresh]

Three parts, described in ``tests/data/README.md``: the corpus the grammar was tuned on, a fresh part, and the hold-out.
"Exact" are rows where every field is as expected, "facts" those where all but the text left over is. A field is
measured over the rows in which it is expected or found. ``--wrong`` shows the rows that are not exact; those of the
hold-out are never shown. Each phrase is parsed once before its time is taken.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Column, Table

from cdm_core.notes.note import note_to_json
from cdm_core.notes.parse import parse_note

ZONE = ZoneInfo("Asia/Dhaka")
DATA = Path(__file__).parent.parent / "tests" / "data"
PARTS = {"tuned": "notes_corpus.tsv", "fresh": "notes_fresh.tsv", "holdout": "notes_holdout.tsv"}
HELD_OUT_OF_TEN = 4
ROUNDS = 5
LEFT_OVER = "unparsed"


def _letters(alphabet: str) -> str:
    return "".join(random.Random(3).choices(alphabet, k=4_096))


LONG_TEXTS = {
    "words": "dhore nai kotha hoise 3 min kal 6tay call " * 98,
    "misspelt words": "bsy kotha dhre " * 273,
    "letters": _letters("abcdefghijklmnopqrstuvwxyz     "),
    "one word": _letters("abcdefghijklmnopqrstuvwxyz"),
    "Bengali letters": _letters("কখগঘচছজটতদধনপফবভমযরলসহািীুূেোৌ    "),
    "one Bengali word": "কাল" * 1_365,
    "digits": "0171234567 " * 372,
    "emoji": "😀" * 4_096,
}
"""The longest messages of a chat."""

Fields = dict[str, Any]
"""Of a note as JSON, those that are set; the confidence is not among them."""


@dataclass(frozen=True, slots=True)
class Row:
    phrase: str
    now: datetime
    expected: Fields
    found: Fields

    @property
    def wrong(self) -> list[str]:
        """The fields that are not as expected, in the order of the note."""
        return [name for name in _names(self) if self.expected.get(name) != self.found.get(name)]


@dataclass(frozen=True, slots=True)
class Share:
    right: int
    rows: int

    def __str__(self) -> str:
        return f"{self.right / self.rows:.1%} of {self.rows}" if self.rows else "none"


@dataclass(frozen=True, slots=True)
class Accuracy:
    exact: Share
    facts: Share
    fields: dict[str, Share]


def read_part(part: str) -> list[Row]:
    """The rows of ``part`` as the grammar reads them now. Ends the program at a row that the split put elsewhere."""
    path = DATA / PARTS[part]
    rows = []
    for line in path.read_text("utf-8").splitlines()[1:]:
        phrase, now, expected = line.split("\t")
        if part != "tuned" and held_out(phrase) != (part == "holdout"):
            raise SystemExit(f"{path.name}: by its digest “{phrase}” belongs in the other part")
        rows.append(_row(phrase, datetime.fromisoformat(now), json.loads(expected)))
    return rows


def held_out(phrase: str) -> bool:
    """Whether ``phrase`` belongs to the hold-out: by its digest, four of ten do."""
    digest = blake2b(phrase.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 10 < HELD_OUT_OF_TEN


def _row(phrase: str, now: datetime, expected: Fields) -> Row:
    note = note_to_json(parse_note(phrase, now, ZONE), ZONE)
    del note["confidence"]
    return Row(phrase, now, expected, {name: value for name, value in note.items() if value not in (None, [])})


def _names(row: Row) -> list[str]:
    return [*row.found, *(name for name in row.expected if name not in row.found)]


def measure(rows: list[Row]) -> Accuracy:
    fields: dict[str, list[bool]] = {}
    for row in rows:
        wrong = row.wrong
        for name in _names(row):
            fields.setdefault(name, []).append(name not in wrong)
    return Accuracy(
        exact=Share(sum(not row.wrong for row in rows), len(rows)),
        facts=Share(sum(set(row.wrong) <= {LEFT_OVER} for row in rows), len(rows)),
        fields={name: Share(sum(right), len(right)) for name, right in sorted(fields.items())},
    )


def parse_times(rows: list[Row]) -> tuple[float, float]:
    """The median and the 99th percentile of parsing one line, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        for row in rows:
            began = time.perf_counter()
            parse_note(row.phrase, row.now, ZONE)
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=100)[-1]


def slowest() -> tuple[str, float]:
    """The kind of long text that takes the longest at first sight, and its milliseconds."""
    times = {}
    for kind, text in LONG_TEXTS.items():
        began = time.perf_counter()
        parse_note(text, datetime(2026, 11, 22, 10, tzinfo=ZONE), ZONE)
        times[kind] = (time.perf_counter() - began) * 1000
    return max(times.items(), key=lambda item: item[1])


def accuracy_table(measured: Mapping[str, Accuracy]) -> Table:
    table = Table("", *measured)
    table.add_row("exact", *(str(part.exact) for part in measured.values()))
    table.add_row("facts", *(str(part.facts) for part in measured.values()), end_section=True)
    for name in sorted({name for part in measured.values() for name in part.fields}):
        table.add_row(name, *(str(part.fields.get(name, Share(0, 0))) for part in measured.values()))
    return table


def wrong_table(rows: list[Row]) -> Table:
    heads = ("phrase", "now", "field", "expected", "found")
    table = Table(*(Column(head, overflow="fold") for head in heads), show_lines=True)
    for row in filter(lambda row: row.wrong, rows):
        columns = [
            "\n".join(row.wrong),
            *("\n".join(_value(side.get(name)) for name in row.wrong) for side in (row.expected, row.found)),
        ]
        table.add_row(row.phrase, f"{row.now:%a %d %b %Y %H:%M}", *columns)
    return table


def _value(value: object) -> str:
    return "–" if value is None else json.dumps(value, ensure_ascii=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    parser.add_argument("--wrong", choices=PARTS, help="the rows of a part that are not exact, instead of figures")
    arguments = parser.parse_args()
    if arguments.wrong == "holdout":
        parser.error("the hold-out's rows are never shown: who sees them tunes on them")
    console = Console(markup=False, emoji=False)
    if arguments.wrong:
        console.print(wrong_table(read_part(arguments.wrong)))
        return
    parts = {part: read_part(part) for part in PARTS}
    measured = {part: measure(rows) for part, rows in parts.items()}
    median, p99 = parse_times([row for rows in parts.values() for row in rows])
    kind, longest = slowest()
    if arguments.json:
        figures = {part: asdict(accuracy) for part, accuracy in measured.items()}
        print(json.dumps({"parts": figures, "parse_ms": {"median": median, "p99": p99, "longest": longest}}, indent=2))
        return
    console.print(accuracy_table(measured))
    console.print(f"One line: {median:.2f} ms median, {p99:.2f} ms p99; 4,096 letters ({kind}): {longest:.0f} ms")


if __name__ == "__main__":
    main()
