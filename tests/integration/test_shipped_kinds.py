"""Every registered kind and solver keeps PowerGrid's promises, and so do the shipped setups."""

from __future__ import annotations

import pandapower as pp
import pytest

from powergrid import testing
from powergrid.config import build_parameters
from powergrid.networks.ieee13 import IEEE13Bus
from powergrid.plugins import device_registry, solver_registry

NAMEPLATES = {
    "Generator": [
        {"p_max_mw": 0.3, "q_max_mvar": 0.15, "cost_curve_coefs": [40, 34, 1]},
        {"p_max_mw": 2.0, "p_min_mw": 0.5, "q_max_mvar": 0.1, "s_rated_mva": 2.0},
    ],
    "ESS": [
        {"capacity_mwh": 1.0, "p_max_mw": 0.25, "q_max_mvar": 0.1},
        {"capacity_mwh": 0.2, "p_max_mw": 1.0, "q_max_mvar": 0.5, "eta_charge": 0.8, "degradation_usd_per_mwh": 5.0},
    ],
    "SolarPV": [{"p_rated_mw": 0.3, "availability": "solar/A"}, {"p_rated_mw": 0.0, "availability": "solar/B"}],
    "WindTurbine": [{"p_rated_mw": 0.3, "availability": "wind/A"}],
    "Load": [
        {"p_mw": 0.2, "q_mvar": 0.1, "profile": "load/A", "sheddable": True, "shed_cost_usd_per_mwh": 900.0},
        {"p_mw": 0.1, "profile": "load/B", "sheddable": True, "shed_cost_usd_per_mwh": 500.0},
    ],
    "Transformer": [
        {"transformer": "Regulator 1", "tap_change_cost_usd": 2.0},
        {"transformer": "Regulator 2", "tap_min": -4, "tap_max": 8, "tap_initial": 3},
    ],
}


@pytest.mark.parametrize("kind", NAMEPLATES)
@pytest.mark.parametrize("step_h", [0.25, 1.0])
def test_a_shipped_kind_gives_the_same_bits_in_any_batch(kind: str, step_h: float) -> None:
    registered = device_registry()[kind]
    devices = [build_parameters(registered, parameters, kind) for parameters in NAMEPLATES[kind]]
    testing.check_device_kind(devices, step_h=step_h, n_step=8)


@pytest.mark.parametrize("solver", ["fixed_point", "pandapower"])
def test_a_registered_solver_agrees_with_the_reference(solver: str) -> None:
    net = IEEE13Bus("MG1", load_scale=0.5)
    testing.check_solver(solver_registry()[solver], net, n_env=4)


def test_energy_is_balanced_and_paid_once(shared_env, setup: str) -> None:
    env = shared_env(setup, n_env=7)
    testing.check_energy_is_balanced(env)
    testing.check_energy_is_paid_once(env)
    testing.check_export_is_reproduced(env, pp.runpp, env_index=6)
