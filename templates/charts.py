"""Pictures for a chat: what is drawn, not what it says. Words and numbers come ready from the caller.

matplotlib is loaded with the first picture (a second or so), and used without its global state, so that pictures may
be drawn in threads.
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
"""Of every picture, in pixels: as wide as a phone shows without scaling, at its density."""

_DPI = 100
_LETTERS = 13
_PLACE = (0.06, 0.12, 0.92, 0.74)
"""Of the chart in the picture: left, bottom, width and height as parts of it. Title and legend stand above."""

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


def drawable(speech: Speech) -> Speech:
    """The speech whose letters can be drawn here: English where no font has Bengali ones."""
    return speech if speech.language is Language.EN or _bengali() else replace(speech, language=Language.EN)


def bars(
    *,
    title: str,
    places: Sequence[str],
    series: Sequence[Series],
    behind: Series,
    written: Callable[[int], str],
) -> bytes:
    """Bars from one ground line, as PNG: each of ``series`` (at most two) within the one before it, as a part of it;
    ``behind`` is pale and wider, to compare with. ``written`` writes the numbers of the scale."""
    figure, axes = _figure(title)
    ground = range(len(places))
    axes.bar(ground, behind.values, width=0.9, color=_PALE, label=behind.name)
    for one, colour in zip(series, _COLOURS, strict=False):
        axes.bar(ground, one.values, width=0.55, color=colour, label=one.name)
    axes.set_xticks(ground, places)
    most = max([1, *(value for one in (*series, behind) for value in one.values)])
    axes.set_ylim(0, most * 1.08)
    step = max(1, round(most / _LINES))
    heights = range(0, most + 1, step)
    axes.set_yticks(heights, [written(height) for height in heights])
    _legend(axes)
    return _png(figure)


def _figure(title: str) -> tuple["Figure", "Axes"]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes(_PLACE)
    axes.set_title(title, loc="left", fontsize=_LETTERS + 1, color=_INK, fontfamily=_fonts())
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_GRID)
    axes.grid(axis="y", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=_LETTERS, labelcolor=_INK, labelfontfamily=_fonts())
    return figure, axes


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
    bengali = _bengali()
    return [bengali, _LATIN] if bengali else [_LATIN]


@cache
def _bengali() -> str | None:
    """The name of a font with Bengali letters, if one is installed."""
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _BENGALI if name in known), None)
