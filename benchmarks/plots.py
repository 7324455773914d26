"""One plot a part: the ratio of each figure, and the goal. The same figures give the same file."""

from pathlib import Path

import matplotlib as mpl

from benchmarks.figures import Part

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "panther-mcp"
mpl.rcParams["svg.fonttype"] = "none"

from matplotlib import pyplot as plt  # noqa: E402 - reads the settings

_OURS, _BEHIND, _GOAL = "#2a7f62", "#b5523b", "#222222"


def plot(folder: Path, part: Part) -> str | None:
    """Write the plot of `part` into `folder` and return its file's name; None where nothing is compared."""
    figures = [figure for figure in part.figures if figure.ratio is not None][::-1]
    if not figures:
        return None
    height = 0.9 + 0.28 * len(figures)
    drawing, axes = plt.subplots(figsize=(9, height), layout="constrained")
    ratios = [figure.ratio or 0.0 for figure in figures]
    better = [(ratio > 1) == figure.more_is_better for ratio, figure in zip(ratios, figures, strict=True)]
    bars = axes.barh(range(len(figures)), ratios, color=[_OURS if good else _BEHIND for good in better], height=0.7)
    axes.bar_label(bars, [f"{ratio:.2f}" for ratio in ratios], padding=3, fontsize=8)
    for place, figure in enumerate(figures):
        if figure.goal is not None:
            axes.plot([figure.goal] * 2, [place - 0.4, place + 0.4], color=_GOAL, linewidth=2)
    axes.axvline(1, color="#999999", linewidth=0.8)
    names = [figure.name.replace("`", "") for figure in figures]
    axes.set_yticks(range(len(figures)), names, fontsize=8)
    axes.set_xlabel("ours / theirs; the black mark is the goal", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    name = part.title.lower().replace(",", "").replace(" ", "-") + ".svg"
    drawing.savefig(folder / name, metadata={"Date": None, "Creator": None})
    plt.close(drawing)
    return name
