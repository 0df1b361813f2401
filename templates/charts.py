"""Pictures for a chat: what is drawn, not what it says. Words and numbers come ready from the caller.

matplotlib is loaded with the first picture (a second or so) unless ``load`` did so before, and used without its global
state, so that pictures may be drawn in threads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from cdm_core.words import Language
from templates.speech import Speech

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 640, 320
"""Of a picture, and of an upright chart in it, in pixels: as wide as a phone shows without scaling, at its density."""

_DPI = 100
_LETTERS = 13
_EDGE, _RIGHT, _TITLE = 38, 13, 45
"""Pixels around a chart: what stands beside and below it, at its right, and its title and legend above."""

_ROW, _NAMES, _BELOW_ROWS = 60, 150, 10
_BAR_SHARE = 0.5
"""The part of the width that the longest lying bar takes; beside it are its numbers."""

_BENGALI = ("Noto Sans Bengali", "Noto Serif Bengali", "Lohit Bengali", "Kalpurush", "SolaimanLipi", "Nirmala UI")
_LATIN = "DejaVu Sans"
_INK, _GRID = "#333333", "#dddddd"
_COLOURS = ("#8ab6e8", "#1f6fc5")
_PALE = "#e4e4e4"
_LINES = 3


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind, one a place of the chart."""

    name: str
    values: Sequence[int]


def load() -> None:
    """Have ready what the first picture needs. Takes a second: for a thread."""
    import matplotlib.backends.backend_agg
    import matplotlib.figure  # noqa: F401

    for font in _fonts():
        _letters_of(font)


def drawable(speech: Speech) -> Speech:
    """The speech whose letters can be drawn here: English where no font has Bengali ones."""
    return speech if speech.language is Language.EN or bengali_font() else replace(speech, language=Language.EN)


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart of a picture, ``height`` pixels of it; its names take ``left`` pixels, its own numbers ``below``."""

    height: int
    draw: Callable[["Axes"], None]
    left: int = _EDGE
    below: int = _EDGE


@dataclass(frozen=True, slots=True)
class Row:
    """A bar that lies: ``whole`` long, the ``part`` of it in another colour, with up to two lines beside its end."""

    name: str
    whole: int
    part: int
    notes: Sequence[str]


def picture(*panels: Panel) -> bytes:
    """The panels below each other, as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = sum(panel.height for panel in panels)
    figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    top = height
    for panel in panels:
        top -= panel.height
        inner = panel.height - panel.below - _TITLE
        axes = figure.add_axes(
            (
                panel.left / WIDTH,
                (top + panel.below) / height,
                (WIDTH - panel.left - _RIGHT) / WIDTH,
                inner / height,
            )
        )
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(_GRID)
        axes.set_axisbelow(True)
        axes.tick_params(length=0, labelsize=_LETTERS, labelcolor=_INK, labelfontfamily=_fonts())
        panel.draw(axes)
    return _png(figure)


def bars(
    *,
    title: str,
    places: Sequence[str],
    series: Sequence[Series],
    behind: Series,
    written: Callable[[int], str],
) -> Panel:
    """Bars from one ground line: each of ``series`` (at most two) within the one before it, as a part of it; ``behind``
    is pale and wider, to compare with. ``written`` writes the numbers of the scale."""

    def draw(axes: "Axes") -> None:
        ground = range(len(places))
        axes.bar(ground, behind.values, width=0.9, color=_PALE, label=behind.name)
        for one, colour in zip(series, _COLOURS, strict=False):
            axes.bar(ground, one.values, width=0.55, color=colour, label=one.name)
        _finish(axes, title, places, (*series, behind), written)

    return Panel(HEIGHT, draw)


def lines(
    *,
    title: str,
    places: Sequence[str],
    series: Sequence[Series],
    behind: Series,
    written: Callable[[int], str],
) -> Panel:
    """As ``bars``, for more places than bars are read at; a place with an empty name has no label."""

    def draw(axes: "Axes") -> None:
        ground = range(len(places))
        axes.fill_between(ground, behind.values, color=_PALE, linewidth=0, label=behind.name)
        for one, colour in zip(series, _COLOURS, strict=False):
            axes.plot(ground, one.values, color=colour, linewidth=2.5, label=one.name)
        axes.margins(x=0.04)
        _finish(axes, title, places, (*series, behind), written)

    return Panel(HEIGHT, draw)


def rows(*, title: str, rows: Sequence[Row], names: tuple[str, str] | None = None) -> Panel:
    """Bars that lie below each other, the first on top. ``names`` are those of wholes and parts, for the legend."""

    def draw(axes: "Axes") -> None:
        ground = range(len(rows))
        axes.barh(ground, [row.whole for row in rows], height=0.6, color=_COLOURS[0], label=names and names[0])
        axes.barh(ground, [row.part for row in rows], height=0.6, color=_COLOURS[1], label=names and names[1])
        axes.set_yticks(ground, [legible(row.name) for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        longest = max([1, *(row.whole for row in rows)])
        axes.set_xlim(0, longest / _BAR_SHARE)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        for place, row in enumerate(rows):
            axes.text(
                row.whole + longest * 0.04,
                place,
                "\n".join(legible(note) for note in row.notes),
                va="center",
                linespacing=1.15,
                fontsize=_LETTERS - 1,
                fontfamily=_fonts(),
                color=_INK,
            )
        _head(axes, title, x=-(_NAMES - _EDGE) / (WIDTH - _NAMES - _RIGHT))
        if names:
            _legend(axes)

    return Panel(_TITLE + _ROW * len(rows) + _BELOW_ROWS, draw, left=_NAMES, below=_BELOW_ROWS)


def legible(text: str) -> str:
    """What of the text the fonts here have letters for: without a Bengali font amounts are in Tk."""
    known = frozenset().union(*map(_letters_of, _fonts()))
    sign = text if ord("৳") in known else text.replace("৳", "Tk ")
    return "".join(letter for letter in sign if ord(letter) in known or letter.isspace()).strip()


def _finish(
    axes: "Axes", title: str, places: Sequence[str], series: Sequence[Series], written: Callable[[int], str]
) -> None:
    _head(axes, title)
    axes.grid(axis="y", color=_GRID, linewidth=0.8)
    axes.set_xticks([place for place, name in enumerate(places) if name], [name for name in places if name])
    most = max([1, *(value for one in series for value in one.values)])
    axes.set_ylim(0, most * 1.08)
    step = max(1, round(most / _LINES))
    heights = range(0, most + 1, step)
    axes.set_yticks(heights, [written(height) for height in heights])
    _legend(axes)


def _head(axes: "Axes", title: str, *, x: float = 0) -> None:
    axes.set_title(title, loc="left", x=x, fontsize=_LETTERS + 1, color=_INK, fontfamily=_fonts())


def _legend(axes: "Axes") -> None:
    """Beside the title, where no bar can be in its way."""
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=3,
        frameon=False,
        borderaxespad=0.2,
        handlelength=0.9,
        handletextpad=0.4,
        columnspacing=1.0,
        prop={"family": _fonts(), "size": _LETTERS - 1},
        labelcolor=_INK,
    )


def _png(figure: "Figure") -> bytes:
    drawn = BytesIO()
    figure.savefig(drawn, format="png")
    return drawn.getvalue()


def _fonts() -> list[str]:
    bengali = bengali_font()
    return [bengali, _LATIN] if bengali else [_LATIN]


@cache
def bengali_font() -> str | None:
    """The name of a font with Bengali letters, if one is installed."""
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _BENGALI if name in known), None)


@cache
def _letters_of(font: str) -> frozenset[int]:
    """The code points that the font has."""
    from matplotlib import font_manager

    return frozenset(font_manager.get_font(font_manager.findfont(font)).get_charmap())
