"""The checks for kinds, solvers and environments pass what is right and name what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from heron.plant import SetpointField
from heron.testing import ContractViolation
from powergrid import testing
from powergrid.networks import IEEE13Bus
from powergrid.plant.device import Device, DeviceInputs, DeviceOutputs
from powergrid.powerflow import FixedPointSolver, PandapowerSolver


def test_kinds_that_keep_their_promises_pass(kinds) -> None:
    testing.check_device_kind([kinds.Engine(p_max_mw=1.0, q_max_mvar=0.3), kinds.Engine(p_max_mw=2.0, q_max_mvar=0.1)])
    testing.check_device_kind([kinds.Cell(capacity_mwh=1.0, p_max_mw=0.3), kinds.Cell(capacity_mwh=9.0, p_max_mw=2.0)])
    testing.check_device_kind([kinds.Panel(p_rated_mw=0.2), kinds.Panel(p_rated_mw=0.4, column="sun")], step_h=0.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Device):
    """Breaks one promise, by name."""

    how: str
    neutral: float = 0.0

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        return (SetpointField(name="p_mw", unit="MW", low=0.0, high=1.0, neutral=self.neutral),)

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        asked = inputs.setpoint.p_mw
        how = self.how if isinstance(self.how, str) else self.how[0]
        limited: Mapping[str, Any] = {}
        violation = np.zeros(asked.shape)
        if how == "mixes":
            p_mw = asked - asked.mean()
        elif how == "impure":
            inputs.state.p_mw[...] = 0.125
            p_mw = asked
        elif how == "nan":
            p_mw = asked * np.nan
        elif how == "negative":
            p_mw, violation = asked, asked - 10.0
        else:
            p_mw, limited = asked, {"q_mvar": asked > 0.5}
        return DeviceOutputs(p_mw=p_mw, q_mvar=np.zeros(asked.shape), limited=limited, violation=violation)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("mixes", "Broken gives other bits alone than in its bank, at step 0, environment 0"),
        ("impure", r"Broken.advance changed its inputs: \['device0.electrical.p_mw'"),
        ("nan", "device0.electrical.p_mw is .*nan"),
        ("negative", "a violation negative"),
        ("names", r"Broken says limited of \['q_mvar'\]; its fields are \['p_mw'\]"),
    ],
)
def test_a_kind_that_breaks_a_promise_is_named_with_it(how: str, message: str) -> None:
    with pytest.raises(ContractViolation, match=message):
        testing.check_device_kind([Broken(how=how), Broken(how=how)])


def test_a_neutral_setpoint_outside_its_bounds_is_found() -> None:
    with pytest.raises(ContractViolation, match="the neutral p_mw = 3 is outside 0 to 1"):
        testing.check_device_kind([Broken(how="", neutral=3.0)])


class Spoilt:
    """A solver that spoils what another one finds."""

    def __init__(self, net: Any, network: Any, how: str) -> None:
        self.solver, self.how = FixedPointSolver(network), how

    def solve(self, s: Any, *, out: Any = None, **keywords: Any) -> Any:
        result = self.solver.solve(s, out=None if self.how == "out" else out, **keywords)
        if self.how == "off":
            result.v[1] += 1e-6
        elif self.how == "batch" and s.shape[1] > 1:
            result.v[1] += 1e-15
        elif self.how == "faint":
            result.status[...] = 1
        elif self.how == "silent":
            result.status[...] = 0
        elif self.how == "contagious" and result.status.any():
            result.v[...] *= 1.0 + 1e-12
        return result


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("off", "Voltages differ from the reference's by 1e-06 pu"),
        ("faint", r"Converged in \[False, False, False\], the reference in \[True, True, True\]"),
        ("batch", "Environment 0 of 3 has other voltages alone"),
        ("out", "did not fill and return"),
        ("silent", "A hopeless load gave status 0"),
        ("contagious", "An environment that failed changed the bits of others"),
    ],
)
def test_a_solver_that_breaks_a_promise_is_found(how: str, message: str) -> None:
    net = IEEE13Bus("MG1", load_scale=0.3)
    with pytest.raises(ContractViolation, match=message):
        testing.check_solver(lambda net, network: Spoilt(net, network, how), net, n_env=3)


def test_solvers_that_keep_their_promises_pass() -> None:
    net = IEEE13Bus("MG1", load_scale=0.3)
    testing.check_solver(lambda _net, network: FixedPointSolver(network), net)
    testing.check_solver(PandapowerSolver, net, n_env=2)


@pytest.fixture
def env(world, pair_env):
    devices = [world.device("Engine", "e1", p_max_mw=0.5), world.device("Cell", "b1", capacity_mwh=1.0, p_max_mw=0.4)]
    return pair_env(devices, {"max_episode_steps": 3}, load_mw=0.9, n_env=2)


# a line without reactance has no DC power flow to start from
flat = partial(pp.runpp, init="flat")


def test_an_environment_that_balances_its_energy_passes(env) -> None:
    testing.check_energy_is_balanced(env, n_step=5)
    testing.check_energy_is_paid_once(env, n_step=5)
    testing.check_export_is_reproduced(env, flat, env_index=1)


def test_energy_that_is_missing_or_paid_twice_is_found(env, monkeypatch) -> None:
    grid = env.plant.grid
    monkeypatch.setattr(grid, "losses_mw", lambda: np.zeros(2))
    with pytest.raises(ContractViolation, match="Step 0: sources less loads and losses are 0.[0-9]+ MW"):
        testing.check_energy_is_balanced(env)
    monkeypatch.setattr(type(grid), "import_mw", property(lambda _: np.zeros((1, 2))), raising=False)
    with pytest.raises(ContractViolation, match="Step 0: areas take .* MW more or less than the slack gives"):
        testing.check_energy_is_paid_once(env)


def test_an_export_that_does_not_fit_is_found(env) -> None:
    env.core.reset(seeds=[0, 1])

    def other_loads(net: Any, **options: Any) -> None:
        net.load["p_mw"] *= 1.01
        flat(net, **options)

    with pytest.raises(ContractViolation, match="the voltage at 'end' differs by"):
        testing.check_export_is_reproduced(env, other_loads)
