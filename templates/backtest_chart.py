"""How much each ranking would have brought, as a chart."""

import io
from collections.abc import Sequence
from datetime import date

FORMATS = (".png", ".svg", ".pdf")

Share = tuple[str, float, float, float]
"""A ranking's name, its share, and the interval of that."""

_OURS, _OTHERS, _LINE = "#1f6f54", "#9aa5ad", "#333333"


def draw(shares: Sequence[Share], *, ours: str, horizon: int, cutoffs: Sequence[date], kind: str) -> bytes:
    """Bars with their intervals, the best on top and the one named ``ours`` in green, as a file of ``kind`` (one of
    ``FORMATS``). ``horizon`` are the days after each cutoff that count."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # slow to import, and seldom wanted
    from matplotlib.figure import Figure

    ordered = sorted(shares, key=lambda share: (share[1], share[0]))
    figure = Figure(figsize=(7.2, 0.42 * len(ordered) + 1.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    middle = [share for _, share, _, _ in ordered]
    reach = [
        [max(0.0, share - low) for _, share, low, _ in ordered],
        [max(0.0, high - share) for _, share, _, high in ordered],
    ]
    axes.barh(
        [name for name, *_ in ordered],
        middle,
        xerr=reach,
        color=[_OURS if name == ours else _OTHERS for name, *_ in ordered],
        error_kw={"ecolor": _LINE, "elinewidth": 1, "capsize": 3},
    )
    for place, (_, share, _, high) in enumerate(ordered):
        axes.text(max(share, high) + 0.012, place, f"{share:.2f}", va="center", fontsize=9, color=_LINE)
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of what the best possible top tenth brought (95 % interval)")
    days = [day.isoformat() for day in (min(cutoffs), max(cutoffs))]
    when = f"{len(cutoffs)} cutoffs from {days[0]} to {days[1]}" if len(cutoffs) > 1 else f"cutoff {days[0]}"
    axes.set_title(f"Revenue of the top tenth in {horizon} days, {when}", loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    written = io.BytesIO()
    figure.savefig(written, format=kind.lstrip(".").lower(), dpi=160)
    return written.getvalue()
