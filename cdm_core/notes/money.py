"""Sums of money and things ordered: never a phone, a time, a length or each other."""

from dataclasses import dataclass
from decimal import Decimal

from cdm_core.notes.normal import Kind
from cdm_core.notes.scan import Scan

_LARGEST_DIGITS = 7
_SMALLEST_BARE = 50
_LARGEST_COUNT = 999
_NAME_WORDS = 4
_NOT_THE_ORDERS = ("other", "delivery")


@dataclass(frozen=True, slots=True)
class Sum:
    """A number that may be money at ``[start, end)``: with a unit ("tk"), and what the word beside it says of it."""

    start: int
    end: int
    value: Decimal
    marked: bool
    role: str | None

    @property
    def sure(self) -> bool:
        """Whether it stood beside a word for money."""
        return self.marked or self.role == "total"


def amount(scan: Scan, ordered: bool) -> Sum | None:
    """The order's sum; marks its atoms as used.

    A sum called the total wins, then the first with a unit, then (when ``ordered``) the largest bare number of
    50 and more. Discounts, charges and advances are not the order's sum.
    """
    sums = [found for index in range(len(scan)) if not scan.used[index] and (found := _sum_at(scan, index))]
    own = [each for each in sums if each.role not in _NOT_THE_ORDERS]
    chosen = next((each for each in own if each.role == "total"), None) or next((e for e in own if e.marked), None)
    bare = [each for each in own if not each.marked and each.value >= _SMALLEST_BARE]
    if chosen is None and bare and (ordered or len(bare) == 1):
        chosen = max(bare, key=lambda each: each.value)
    if chosen is None:
        return None
    scan.use(chosen.start, chosen.end)
    return chosen


def products(scan: Scan, ordered: bool) -> tuple[tuple[str, int], ...]:
    """The things named with a count ("2x honey", "মধু ২টা") or a weight ("honey 1 kg"), as typed.

    A weight is part of the name, with count 1 unless one is said too. Marks their atoms as used. Without an order
    only "2x", "2 pcs" and weights tell a thing from any other word.
    """
    found = []
    index = 0
    while index < len(scan):
        thing = _thing_at(scan, index, ordered)
        if thing:
            name, count, start, end = thing
            scan.use(start, end)
            found.append((name, count))
            index = end
        else:
            index += 1
    return tuple(found)


def _sum_at(scan: Scan, index: int) -> Sum | None:
    start = index
    marked = bool(scan.has(index, "money", "unit"))
    place = index + 1 if marked else index
    if marked and scan.kind(place) is Kind.STOP and scan.atoms[place].form == ".":
        place += 1  # "tk.1500"
    if scan.used[index] or (scan.kind(index - 1) is Kind.OTHER and scan.atoms[index - 1].form == "#"):
        return None
    value, place, scaled = _value_at(scan, place)
    if not value or not scan.free(start, place):
        return None
    if scan.has(place, "money", "unit"):
        marked, place = True, place + 1
        place += 1 if scan.has(place, "money", "unit") else 0
    if scan.has(place, "units") and not marked:
        return None
    role = scan.has(start - 1, "money", "total", *_NOT_THE_ORDERS)
    if role:
        start -= 1
    elif scan.kind(place + 1) is not Kind.NUMBER:
        role = scan.has(place, "money", "total", *_NOT_THE_ORDERS)
    return Sum(start, place, value, marked or scaled, role.value if role else None)


def _value_at(scan: Scan, index: int) -> tuple[Decimal | None, int, bool]:
    """A sum such as "2,450", "2.5k", "dui hajar pach sho"; the place after; whether a multiplier was said."""
    total, place, scaled = Decimal(0), index, False
    while True:
        if (number := _number_at(scan, place)) is None:
            break
        if times := scan.has(place + 1, "multipliers"):
            total, place, scaled = total + number * Decimal(times.value), place + 2, True
        elif scan.kind(place) is Kind.NUMBER and (place == index or scaled):
            total, place = total + number, place + 1
            break
        else:
            break
    return (total if place > index else None), place, scaled


def _number_at(scan: Scan, index: int) -> Decimal | None:
    if not 0 <= index < len(scan) or scan.used[index]:
        return None
    if scan.kind(index) is Kind.NUMBER:
        form = scan.atoms[index].form
        whole = form.partition(".")[0]
        return Decimal(form) if len(whole) <= _LARGEST_DIGITS and not (len(whole) > 1 and whole[0] == "0") else None
    word = scan.has(index, "numbers")
    return Decimal(word.value) if word and scan.has(index + 1, "multipliers") else None


def _thing_at(scan: Scan, index: int, ordered: bool) -> tuple[str, int, int, int] | None:
    """(name, count, start, end) of the thing that starts at ``index``."""
    count, sure, place = _count_at(scan, index)
    weight_first = _weight_end(scan, place) if count is None or sure else None
    name_start = weight_first or place
    name_end = name_start
    while name_end < len(scan) and name_end - name_start < _NAME_WORDS and _is_name(scan, name_end):
        name_end += 1
    if name_end == name_start:
        return None
    end = name_end
    weight_last = None if weight_first else _weight_end(scan, end)
    end = weight_last or end
    if count is None:
        wanted = bool(scan.has(end, "tenses", "future"))  # "honey lagbe 2 ta"
        count, sure, after = _count_at(scan, end + wanted, behind=True)
        end = after if count is not None else end
    weighed = bool(weight_first or weight_last)
    if count is None and not weighed:
        return None
    if not (sure or weighed or ordered):
        return None
    start = place if weight_first else name_start
    last = weight_last or name_end
    name = scan.text[scan.atoms[start].start : scan.atoms[last - 1].end]
    return " ".join(name.split()), count or 1, index, end


def _count_at(scan: Scan, index: int, behind: bool = False) -> tuple[int | None, bool, int]:
    """A count of things ("2", "2x", "x2", "২টা"), whether it can be nothing else, and the place after."""
    place = index + 1 if (ahead := bool(scan.has(index, "units", "times"))) else index
    if not 0 <= place < len(scan) or scan.used[place]:
        return None, False, index
    count = None
    if scan.kind(place) is Kind.NUMBER and scan.atoms[place].form.isdigit():
        count = int(scan.atoms[place].form) if len(scan.atoms[place].form) <= 3 else None
    elif (word := scan.has(place, "numbers")) and (
        scan.has(place + 1, "units", "piece", "times") or scan.raw(place).endswith(("ta", "টা"))
    ):
        count = int(Decimal(word.value))
    if not count or count > _LARGEST_COUNT or (ahead and scan.has(place + 1, "units")):
        return None, False, index
    if scan.has(place + 1, "units", "times", "piece"):
        return count, True, place + 2
    if scan.has(place + 1, "units") or scan.has(place + 1, "money") or scan.has(place + 1, "multipliers"):
        return None, False, index
    if behind and not ahead:
        return None, False, index  # "mirpur 10" is an address
    return count, ahead, place + 1


def _weight_end(scan: Scan, index: int) -> int | None:
    if scan.kind(index) is Kind.NUMBER and scan.has(index + 1, "units", "weight") and scan.free(index, index + 2):
        return index + 2
    return None


def _is_name(scan: Scan, index: int) -> bool:
    """An unknown word, or a known one only by overlooking a slip ("dates" is no "date")."""
    slip = scan.has(index, "fillers") and scan.atoms[index].forgiven
    return bool(not scan.used[index] and (scan.unknown(index) or slip))
