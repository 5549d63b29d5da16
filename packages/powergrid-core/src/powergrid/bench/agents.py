"""Benchmark ``agents``: many microgrids in one environment, and the memory they take."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

from powergrid.bench.case import Comparison, Figure, Measurable, Settings
from powergrid.bench.microgrids import many_microgrids
from powergrid.bench.stepping import SingleEpisodes

AGENTS = 100
_SLOW_STEPS = 3


def agents(settings: Settings) -> Iterator[Measurable]:
    """A hundred microgrids beside themselves with pandapower inside, their memory, and more of them if asked for."""
    count = 6 if settings.quick else AGENTS
    SingleEpisodes(many_microgrids(1))  # modules that are imported and kernels that are loaded once are nobody's memory
    tracemalloc.start()
    many = SingleEpisodes(many_microgrids(count))
    held_mb = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    yield Figure(title=f"memory per agent at {count} agents", value=held_mb / count, unit="MB")
    slow = SingleEpisodes(many_microgrids(count) | {"solver": "pandapower"}, steps=_SLOW_STEPS)
    yield Comparison(
        title=_title(count, many),
        unit="environment step",
        cases=(
            many.case("steps"),
            many.case_with_resets("steps, resets included"),
            slow.case("with solver: pandapower"),
        ),
    )
    for more in settings.agents:
        many = SingleEpisodes(many_microgrids(more))
        yield Comparison(title=_title(more, many), unit="environment step", cases=(many.case("steps"),))


def _title(count: int, many: SingleEpisodes) -> str:
    return f"{count} microgrids, {many.env.plant.grid.network.n_node} nodes"
