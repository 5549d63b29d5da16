"""Pictures of what policies do with a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from heron.errors import ConfigError
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid_rl.evaluation.rollout import Rollout

PRICE = "market.exogenous.price_usd_per_mwh"


def trace_rows(env: NetworkedGridEnv) -> tuple[str, ...]:
    """Rows that the day plots need: price, voltages, devices' power and stored energy of every learner."""
    assert env.core is not None
    wanted = (".electrical.p_mw", ".storage.soc", ".voltages.vm_min_pu", ".voltages.vm_max_pu")
    agents = tuple(f"{agent}." for agent in env.core.learners)
    rows = [name for name in env.core.table.names if name.startswith(agents) and name.endswith(wanted)]
    return (PRICE, *rows)


def plot_day(rollout: Rollout, position: int, agents: Sequence[str], path: Path, *, step_h: float = 1.0) -> Path:
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

    Raises
    ------
    ConfigError
        If matplotlib is not installed.
    """
    figure, axes = _figure(len(agents))
    hours = np.arange(len(rollout.traces[PRICE])) * step_h
    for column, agent in enumerate(agents):
        mine = {row: values[:, position] for row, values in rollout.traces.items() if row.startswith(f"{agent}.")}
        _draw_power(axes[0][column], hours, mine, agent)
        _draw(axes[1][column], hours, mine, ".storage.soc", "state of charge")
        _draw(axes[2][column], hours, mine, ".voltages.vm_min_pu", "voltage [pu]")
        _draw(axes[2][column], hours, mine, ".voltages.vm_max_pu", "voltage [pu]")
        for limit in (0.95, 1.05):
            axes[2][column].axhline(limit, color="0.6", linewidth=0.8, linestyle="--")
        axes[3][column].step(hours, rollout.traces[PRICE][:, position], where="post", color="0.2")
        axes[3][column].set_xlabel("hour of the day")
        axes[3][column].set_ylabel("price [USD/MWh]")
    figure.suptitle(f"{rollout.name}, day {int(rollout.days[position])}")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    return path


def _figure(columns: int) -> tuple[Any, Any]:
    try:
        import matplotlib
    except ImportError as cause:
        raise ConfigError("Plots need matplotlib.", remedy='pip install "powergrid-rl[plots]"') from cause
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(4, columns, figsize=(4.6 * columns, 9.0), sharex=True, squeeze=False)
    pyplot.close(figure)
    return figure, axes


def _draw_power(axis: Any, hours: Any, mine: Mapping[str, Any], agent: str) -> None:
    for row, values in mine.items():
        if row.endswith(".electrical.p_mw"):
            axis.step(hours, values, where="post", label=row.split(".")[1])
    axis.set_title(agent)
    axis.set_ylabel("power into grid [MW]")
    axis.legend(fontsize=7)


def _draw(axis: Any, hours: Any, mine: Mapping[str, Any], ending: str, label: str) -> None:
    for row, values in mine.items():
        if row.endswith(ending):
            axis.step(hours, values, where="post", label=row.split(".")[-1])
    axis.set_ylabel(label)
