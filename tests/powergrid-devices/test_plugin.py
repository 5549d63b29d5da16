"""The kinds are found by name, under their documented imports, and without heavy libraries."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from heron.errors import ConfigError
from powergrid.config.parameters import build_parameters
from powergrid.plugins import device_registry
from powergrid_devices.storage import ESS

KINDS = ["ESS", "Generator", "Load", "SolarPV", "Transformer", "WindTurbine"]


def test_every_kind_is_found_by_its_name() -> None:
    registry = device_registry()
    for name in KINDS:
        assert registry[name].__name__ == name
        assert registry[name].__module__.startswith("powergrid_devices.")


@pytest.mark.parametrize(
    ("module", "name"), [("generator", "Generator"), ("storage", "ESS"), ("transformer", "Transformer")]
)
def test_documented_imports_lead_here(module: str, name: str) -> None:
    forwarder = importlib.import_module(f"powergrid.agents.{module}")
    assert getattr(forwarder, name) is device_registry()[name]


def test_a_configuration_may_use_older_spellings() -> None:
    battery = build_parameters(ESS, {"e_capacity_MWh": 5.0, "p_max_MW": 1.0, "ch_eff": 0.9, "init_soc": 0.4}, "here")
    assert battery == ESS(capacity_mwh=5.0, p_max_mw=1.0, eta_charge=0.9, soc_initial=0.4)


def test_an_error_names_its_place_in_the_configuration() -> None:
    where = "MG1.devices[1].device_state_config"
    with pytest.raises(ConfigError, match=r"MG1\.devices\[1\]\.device_state_config\.capacity_mwh: must be positive"):
        build_parameters(ESS, {"capacity_mwh": -5.0, "p_max_mw": 1.0}, where)
    with pytest.raises(ConfigError, match=r"capacity_mw: unknown key\. Did you mean 'capacity_mwh'"):
        build_parameters(ESS, {"capacity_mw": 5.0, "capacity_mwh": 5.0, "p_max_mw": 1.0}, where)


def test_the_plugin_imports_specs_only_and_the_kinds_nothing_heavy() -> None:
    code = (
        "import sys; import powergrid_devices.plugin as plugin; "
        "assert not [m for m in sys.modules if m.startswith('powergrid_devices.') and m.count('.') and "
        "m.rpartition('.')[2] not in ('plugin', '__about__')]; "
        "plugin.powergrid_register_devices(); "
        "print([m for m in ('numba', 'pandas', 'pandapower', 'torch', 'ray', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
