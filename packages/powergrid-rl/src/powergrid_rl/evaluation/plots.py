"""Pictures of what policies do with a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from heron.errors import ConfigError
from heron.types import FloatArray
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid_rl.evaluation.rollout import Rollout

PRICE = "market.exogenous.price_usd_per_mwh"
_ENDINGS = (".electrical.p_mw", ".storage.soc", ".voltages.vm_min_pu", ".voltages.vm_max_pu")
_LABELS = ("power into grid [MW]", "state of charge after it [1]", "voltage [pu]", "price [USD/MWh]")
_PALE = "0.6"


def trace_rows(env: NetworkedGridEnv) -> tuple[str, ...]:
    """Rows that the day plots need: price, voltages, devices' power and stored energy of every learner."""
    assert env.core is not None
    agents = tuple(f"{agent}." for agent in env.core.learners)
    rows = [name for name in env.core.table.names if name.startswith(agents) and name.endswith(_ENDINGS)]
    return (PRICE, *rows)


def plot_day(
    rollout: Rollout,
    position: int,
    agents: Sequence[str],
    path: Path,
    *,
    step_h: float = 1.0,
    band_pu: tuple[float, float] = (0.95, 1.05),
    title: str = "",
) -> Path:
    """Draw one day of one policy: power, stored energy, voltage and price of each agent.

    Parameters
    ----------
    rollout
        With the traces of `trace_rows`.
    position
        Which of the rollout's days.
    agents
        A column of pictures for each.
    path
        PNG file.
    step_h
        Length of a step. [h]
    band_pu
        Limits of the voltage. [pu]
    title
        Beginning of the title; the policy's name when not given.

    Raises
    ------
    ConfigError
        If matplotlib is not installed.
    """
    figure, axes = _figure(len(agents))
    price = rollout.traces[PRICE][:, position]
    hours = step_h * np.arange(len(price) + 1, dtype=np.float64)
    for column, agent in enumerate(agents):
        mine = {row: values[:, position] for row, values in rollout.traces.items() if row.startswith(f"{agent}.")}
        power, energy, voltage, market = axes[:, column]
        power.set_title(agent)
        _draw(power, hours, mine, ".electrical.p_mw", label=lambda row: row.split(".")[1])
        _draw(energy, hours, mine, ".storage.soc", label=lambda row: row.split(".")[1])
        _draw(voltage, hours, mine, ".vm_min_pu", label=lambda _: "lowest")
        _draw(voltage, hours, mine, ".vm_max_pu", label=lambda _: "highest")
        for limit in band_pu:
            voltage.axhline(limit, color=_PALE, linewidth=0.8, linestyle="--")
        _steps(market, hours, price, color="0.2")
        energy.set_ylim(0.0, 1.0)
        market.set_xlabel("hours since the beginning")
        market.set_xticks(np.arange(0.0, hours[-1] + 0.5, 6.0 if hours[-1] <= 48.0 else 24.0))
        _tidy(axes[:, column])
    for row, label in enumerate(
        ("power into grid [MW]", "state of charge after it [1]", "voltage [pu]", "price [USD/MWh]")
    ):
        axes[row, 0].set_ylabel(label)
    earned = f"return {rollout.returns[position]:,.0f} USD, cost {rollout.costs_usd[position]:,.0f} USD"
    figure.suptitle(f"{title or rollout.name}, day {int(rollout.days[position])}: {earned}")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, format="png")
    return path


def _figure(n_column: int) -> tuple[Any, Any]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as cause:
        raise ConfigError("Pictures need matplotlib.", remedy='pip install "powergrid-rl[plots]"') from cause
    figure = Figure(figsize=(4.2 * max(n_column, 2), 9.0), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(4, n_column, sharex=True, sharey="row", squeeze=False)


def _draw(axis: Any, hours: FloatArray, mine: Mapping[str, FloatArray], ending: str, *, label: Any) -> None:
    for row, values in mine.items():
        if row.endswith(ending) and not _is_nothing(row, values):
            _steps(axis, hours, values, label=label(row))


def _steps(axis: Any, hours: FloatArray, values: FloatArray, **style: Any) -> None:
    # the last value once more, so that the last interval is as long as the others
    axis.step(hours, [*values.tolist(), values[-1]], where="post", linewidth=1.4, **style)


def _is_nothing(row: str, values: FloatArray) -> bool:
    """A device that is rated zero, as some are to make microgrids alike."""
    return row.endswith("p_mw") and not values.any()


def _tidy(axes: Iterable[Any]) -> None:
    for axis in axes:
        axis.grid(alpha=0.3)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(fontsize=7)
