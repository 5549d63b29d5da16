"""Benchmark ``environment``: steps of the default setup, one at a time and in batches."""

from __future__ import annotations

from collections.abc import Iterator

from powergrid.bench.case import Basis, Comparison, Measurable, Settings
from powergrid.bench.stepping import SETUP, BatchEpisodes, SingleEpisodes, default_config

ONE = "PettingZoo environment"
_SLOW_STEPS = 6


def environment(settings: Settings) -> Iterator[Measurable]:
    """A single environment beside itself with pandapower inside, and a batch beside the single environment."""
    config = default_config()
    single = SingleEpisodes(config)
    slow = SingleEpisodes(config | {"solver": "pandapower"}, steps=_SLOW_STEPS)
    yield Comparison(
        title=f"PettingZoo {SETUP}, {len(single.env.possible_agents)} agents",
        unit="environment step",
        cases=(
            single.case("steps"),
            single.case_with_resets("steps, resets included"),
            slow.case("with solver: pandapower"),
        ),
    )
    batch, n_env = BatchEpisodes(config, settings.n_env), settings.n_env
    yield Comparison(
        title=f"VectorGridEnv {SETUP}, {n_env:,} environments, one thread",
        unit="environment step",
        cases=(
            batch.case("steps"),
            batch.case_with_resets("steps, resets included"),
            single.case(ONE),
            single.case_with_resets(f"{ONE}, resets included"),
        ),
    )
    threads = settings.all_threads
    if threads > 1:
        yield Comparison(
            title=f"VectorGridEnv {SETUP}, {n_env:,} environments, {threads} threads",
            unit="environment step",
            basis=Basis.WALL,
            cases=(
                batch.case("steps", threads=threads),
                batch.case_with_resets("steps, resets included", threads=threads),
                batch.case("steps, one thread"),
                single.case(ONE),
            ),
        )
