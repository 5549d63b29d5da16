"""Benchmark ``timing``: environments in lockstep beside the same with timing that is drawn for every episode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from heron.envs import DelayedCore, timing_ranges
from heron.scheduling import TimingRange
from powergrid.bench.case import Comparison, Measurable, Settings
from powergrid.bench.stepping import SETUP, BatchEpisodes, default_config
from powergrid.setups.loader import load_setup
from powergrid.timing import timing_scheme

_PLANT_STEP_S = 900.0
_UP_TO_S = (0.0, 1800.0)
_DELAYS = TimingRange(obs_delay_s=_UP_TO_S, act_delay_s=_UP_TO_S)
_EVERYTHING = TimingRange(
    obs_delay_s=_UP_TO_S, act_delay_s=_UP_TO_S, loss=(0.0, 0.1), tick_steps=(1, 3), jitter_ratio=0.4
)
_FAST, _SCHEME = "ieee34_ieee13_fast", "scada"


class LateEpisodes(BatchEpisodes):
    """Environments whose timing is drawn.

    Parameters
    ----------
    config, n_env
        As in `BatchEpisodes`.
    timing
        What it is drawn from; none for around the scheme ``scada``.
    """

    def __init__(self, config: Mapping[str, Any], n_env: int, timing: TimingRange | None = None) -> None:
        super().__init__(config, n_env)
        core = self.env.core
        self.env.core = DelayedCore.of(core, timing or timing_ranges(core, timing_scheme(_SCHEME)))


def drawn_timing(settings: Settings) -> Iterator[Measurable]:
    """Whole episodes, with the draws at their beginning."""
    for n_env in (8,) if settings.quick else (64, 1024):
        config = {**default_config(), "plant_step_s": _PLANT_STEP_S}
        yield Comparison(
            title=f"{SETUP}, plant step {_PLANT_STEP_S:g} s, {n_env:,} environments, days of 24 steps",
            unit="environment step",
            cases=(
                LateEpisodes(config, n_env, _DELAYS).case_with_resets("delays drawn"),
                LateEpisodes(config, n_env, _EVERYTHING).case_with_resets("and jitter, loss, slow ticks"),
                BatchEpisodes(config, n_env).case_with_resets("lockstep"),
            ),
        )
    n_env = 8 if settings.quick else 64
    fast = {**load_setup(_FAST), **({"max_episode_steps": 10} if settings.quick else {})}
    yield Comparison(
        title=f"{_FAST}, {n_env:,} environments, around {_SCHEME}",
        unit="environment step",
        cases=(
            LateEpisodes(fast, n_env).case_with_resets("timing drawn"),
            BatchEpisodes(fast, n_env).case_with_resets("lockstep"),
        ),
    )
