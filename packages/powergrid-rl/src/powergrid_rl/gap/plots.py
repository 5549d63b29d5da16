"""Pictures of a study: the gap of each cause, and who did what when."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from heron.errors import ConfigError
from powergrid_rl.gap.findings import GapFindings
from powergrid_rl.gap.lanes import Lanes

_LOSS, _NONE, _LOST = "tab:red", "0.65", "tab:red"
_STYLES = {
    "observation": {"marker": "|", "color": "tab:blue", "label": "looks (tick)", "s": 60},
    "setpoint": {"marker": "o", "color": "0.45", "label": "decides on a setpoint", "s": 9},
    "effect": {"marker": "s", "color": "tab:green", "label": "setpoint takes effect", "s": 14},
}


def plot_gaps(found: GapFindings, path: Path, *, title: str = "") -> Path:
    """Draw the gap of each cause alone, of all together and what is left over, with 95 % intervals.

    Parameters
    ----------
    found
        The findings.
    path
        PNG file.
    title
        Above the picture.

    Raises
    ------
    ConfigError
        If matplotlib is not installed.
    """
    findings = [*found.alone().values(), found.together(), found.remainder()]
    names = [finding.name for finding in findings]
    shapley = found.shapley()
    figure, (axis,) = _figure(1, (7.5, 1.6 + 0.42 * len(findings)))
    for place, finding in enumerate(findings):
        color = _LOSS if finding.gap.excludes_zero else _NONE
        axis.barh(place, finding.gap.mean, height=0.62, color=color, alpha=0.75)
        if math.isfinite(finding.gap.half_width):
            axis.errorbar(finding.gap.mean, place, xerr=finding.gap.half_width, color="0.15", capsize=3)
        if finding.name in shapley:
            axis.plot(shapley[finding.name].gap.mean, place, "D", color="0.15", markersize=5, label="Shapley value")
    axis.axvline(0.0, color="0.15", linewidth=0.8)
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.set_xlabel(
        "gap to lockstep [USD per episode], positive where performance is lost\ngrey: the interval holds zero"
    )
    axis.grid(axis="x", alpha=0.3)
    if shapley:
        handles, labels = axis.get_legend_handles_labels()
        axis.legend(handles[:1], labels[:1], fontsize=8)
    return _save(figure, path, title)


def plot_lanes(lanes: Lanes, path: Path, *, title: str = "") -> Path:
    """Draw ticks, messages and effects, a lane per agent: all of the stretch, and its beginning drawn large.

    Parameters
    ----------
    lanes
        What happened.
    path
        PNG file.
    title
        Above the picture.

    Raises
    ------
    ConfigError
        If matplotlib is not installed.
    """
    figure, axes = _figure(2, (11.0, 2.4 + 0.42 * max(len(lanes.agents), 3)))
    for axis, until_s in zip(axes, (lanes.until_s, lanes.zoom_s()), strict=True):
        _draw_lanes(axis, lanes, until_s)
    axes[1].set_xlabel("seconds since the beginning of the episode")
    named: dict[str, Any] = {}
    for axis in axes:
        handles, labels = axis.get_legend_handles_labels()
        named.update(zip(labels, handles, strict=True))
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=5, fontsize=8)
    return _save(figure, path, title)


def _draw_lanes(axis: Any, lanes: Lanes, until_s: float) -> None:
    lane = {agent: place for place, agent in enumerate(lanes.agents)}
    for delivery in lanes.deliveries:
        ends = (lane[delivery.sender], lane[delivery.receiver])
        if delivery.sent_s > until_s:
            continue
        if delivery.arrived_s is None:
            axis.plot(delivery.sent_s, ends[1], "x", color=_LOST, markersize=6, label="message lost")
        else:
            times = (delivery.sent_s, delivery.arrived_s)
            axis.plot(times, ends, color="0.75", linewidth=0.7, zorder=1, label="message, from decision to arrival")
    for kind, of_agent in lanes.marks.items():
        for agent, times_s in of_agent.items():
            shown = [time_s for time_s in times_s if time_s <= until_s]
            axis.scatter(shown, [lane[agent]] * len(shown), zorder=2, **_STYLES[kind])
    axis.set_xlim(-0.01 * until_s, 1.01 * until_s)
    axis.set_yticks(range(len(lane)), list(lane), fontsize=7)
    axis.invert_yaxis()
    axis.grid(alpha=0.25)


def _figure(n_row: int, size: tuple[float, float]) -> tuple[Any, Any]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as cause:
        raise ConfigError("Pictures need matplotlib.", remedy='pip install "powergrid-rl[plots]"') from cause
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(n_row, 1, squeeze=False)[:, 0]


def _save(figure: Any, path: Path, title: str) -> Path:
    figure.suptitle(title, fontsize=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, format="png")
    return path
