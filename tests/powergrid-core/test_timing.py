"""Clocks of power systems."""

from __future__ import annotations

import subprocess
import sys

import pytest

from heron.errors import UnknownNameError
from heron.scheduling import JitterType, TickConfig
from powergrid import timing


def test_scada_polls_once_a_minute_and_is_seconds_late() -> None:
    scada = TickConfig.preset("scada")
    assert (scada.tick_interval, scada.obs_delay, scada.act_delay, scada.msg_delay) == (60.0, 2.0, 1.5, 0.5)
    assert (scada.jitter_type, scada.jitter_ratio) == (JitterType.GAUSSIAN, 0.4)


def test_the_levels_of_a_utility_tick_at_their_own_rates() -> None:
    scheme = timing.timing_scheme("scada")
    clocks = [scheme.clock("anyone", level) for level in (1, 2, 3)]
    assert [clock.tick_interval for clock in clocks if clock is not None] == [1.0, 60.0, 300.0]
    assert scheme.loss == 0.01


def test_a_device_beside_its_meter_waits_for_nothing() -> None:
    field = timing.SCADA_FIELD
    assert (field.obs_delay, field.act_delay, field.msg_delay) == (0.0, 0.0, 0.0)


def test_phasors_are_two_frames_old() -> None:
    # 10 frames per second, latency 2 / 10 s
    assert timing.PMU.obs_delay == pytest.approx(2.0 * timing.PMU.tick_interval)


def test_every_preset_has_its_name() -> None:
    assert set(timing.PRESETS) <= set(TickConfig.presets())
    for name, config in timing.PRESETS.items():
        assert TickConfig.preset(name) is config


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(UnknownNameError, match=r"no timing preset 'scda'.*Did you mean 'scada'"):
        TickConfig.preset("scda")


def test_a_scheme_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(
        UnknownNameError, match=r"no timing scheme 'scadda'; there are scada, pmu.*Did you mean 'scada'"
    ):
        timing.timing_scheme("scadda")


def test_the_presets_cost_nobody_the_import_of_a_solver() -> None:
    code = (
        "import sys, powergrid.timing\n"
        "heavy = {'numba', 'pandapower', 'pandas', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
