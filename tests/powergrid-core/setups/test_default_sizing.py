"""The default setup has the computed sizing: control matters in it."""

from __future__ import annotations

from typing import Any

import pytest

from powergrid.config import DsoConfig, EnvConfig, MicrogridConfig, build_parameters, builder_settings, read_config
from powergrid.plugins import device_registry, network_registry
from powergrid.setups import load_setup

pytestmark = pytest.mark.filterwarnings("ignore::heron.plugins.PluginWarning")


@pytest.fixture(scope="module")
def config() -> EnvConfig:
    return read_config(load_setup("ieee34_ieee13"))


def feeders(config: EnvConfig) -> list[DsoConfig | MicrogridConfig]:
    assert config.dso_config is not None
    return [config.dso_config, *config.microgrid_configs]


def device(microgrid: MicrogridConfig, kind: str) -> Any:
    (found,) = [entry.device_state_config for entry in microgrid.devices if entry.type == kind]
    return found


def test_the_terms_of_the_reward(config: EnvConfig) -> None:
    assert (config.penalty, config.settle_storage, config.forecast_steps) == (300.0, True, {"price": 23})
    assert (config.max_episode_steps, config.step_s, config.dataset) == (24, 3600.0, "caiso_like")


def test_all_microgrids_have_the_same_kinds_in_the_same_order(config: EnvConfig) -> None:
    expected = [("Generator", "gen1"), ("ESS", "ess1"), ("SolarPV", "pv1"), ("WindTurbine", "wind1")]
    for microgrid in config.microgrid_configs:
        assert [(entry.type, entry.name) for entry in microgrid.devices] == expected
    # generator p_mw and battery p_mw of their own, q_mvar and curtailment shared: four components
    assert config.shared_action_fields == ("q_mvar", "curtailment")


def test_the_microgrids_hang_where_the_sizing_puts_them(config: EnvConfig) -> None:
    places = [(entry.connection_bus, entry.load_area, entry.load_scale) for entry in config.microgrid_configs]
    assert places == [("Bus 850", "BANC", 0.15), ("Bus 860", "PGE", 0.12), ("Bus 844", "SDGE", 0.12)]


@pytest.mark.parametrize(
    ("index", "generator_mw", "curve", "battery", "sun_mw", "wind_mw"),
    [
        (0, 0.30, [40, 34, 0], (1.0, 0.25), 0.30, 0.0),
        (1, 0.20, [50, 42, 0], (0.8, 0.20), 0.10, 0.20),
        (2, 0.25, [45, 38, 0], (0.8, 0.20), 0.20, 0.10),
    ],
)
def test_the_ratings_are_those_of_the_sizing(
    config: EnvConfig,
    index: int,
    generator_mw: float,
    curve: list[float],
    battery: tuple[float, float],
    sun_mw: float,
    wind_mw: float,
) -> None:
    microgrid = config.microgrid_configs[index]
    generator, ess = device(microgrid, "Generator"), device(microgrid, "ESS")
    assert (generator["p_min_mw"], generator["p_max_mw"], generator["cost_curve_coefs"]) == (0.0, generator_mw, curve)
    # |Q| <= 0.5 P_max, S <= 1.1 P_max
    assert generator["q_max_mvar"] == pytest.approx(0.5 * generator_mw)
    assert generator["q_min_mvar"] == pytest.approx(-0.5 * generator_mw)
    assert generator["s_rated_mva"] == pytest.approx(1.1 * generator_mw)
    assert (ess["capacity_mwh"], ess["p_max_mw"], ess["p_min_mw"]) == (*battery, -battery[1])
    assert (ess["soc_min"], ess["soc_initial"], ess["soc_max"], ess["q_max_mvar"]) == (0.1, 0.5, 0.9, 0.0)
    assert (ess["eta_charge"], ess["eta_discharge"], ess["degradation_usd_per_mwh"]) == (0.95, 0.95, 5.0)
    for kind, rated_mw in (("SolarPV", sun_mw), ("WindTurbine", wind_mw)):
        inverter = device(microgrid, kind)
        assert inverter["p_rated_mw"] == rated_mw
        # S = 1.1 P, |Q| <= 0.44 S
        assert inverter["s_rated_mva"] == pytest.approx(1.1 * rated_mw)
        assert inverter["q_max_mvar"] == pytest.approx(0.44 * 1.1 * rated_mw)


def test_marginal_costs_span_the_range_of_the_sizing(config: EnvConfig) -> None:
    # a P^2 + b P has the marginal cost 2 a P + b: from b to 2 * 40 * 0.30 + 34 = 58, 62 and 60.5 USD/MWh
    spans = []
    for microgrid in config.microgrid_configs:
        generator = device(microgrid, "Generator")
        a, b, _ = generator["cost_curve_coefs"]
        spans.append((b, round(2 * a * generator["p_max_mw"] + b, 6)))
    assert spans == [(34, 58.0), (42, 62.0), (38, 60.5)]


def test_the_networks_have_the_nominal_loads_of_the_sizing(config: EnvConfig) -> None:
    # 1.769 MW + 1.044 Mvar times 0.30; 3.466 MW + 2.102 Mvar times 0.15 and 0.12
    networks = network_registry()
    loads = []
    for feeder in feeders(config):
        net = networks[feeder.network](feeder.name, **builder_settings(feeder))
        loads.append((round(net.load.p_mw.sum(), 3), round(net.load.q_mvar.sum(), 3)))
    assert loads == [(0.531, 0.313), (0.520, 0.315), (0.416, 0.252), (0.416, 0.252)]


def test_capacitors_shrink_with_the_loads_and_taps_are_fixed(config: EnvConfig) -> None:
    assert config.dso_config is not None
    for feeder in feeders(config):
        assert feeder.capacitor_scale == feeder.load_scale
    assert config.dso_config.regulator_taps == {"reg1": 2, "reg2": 2}
    assert config.dso_config.slack_vm_pu == 1.03
    assert {tuple(microgrid.regulator_taps.items()) for microgrid in config.microgrid_configs} == {(("reg1", 0),)}
    assert {microgrid.transformer.sn_mva for microgrid in config.microgrid_configs} == {0.5}


def test_the_single_microgrid_stands_alone() -> None:
    single = read_config(load_setup("ieee13_single"))
    assert single.dso_config is None
    (microgrid,) = single.microgrid_configs
    assert microgrid.connection_bus is None
    assert [entry.type for entry in microgrid.devices] == ["Generator", "ESS", "SolarPV", "WindTurbine"]


@pytest.mark.parametrize("name", ["ieee13_single", "ieee34_ieee13", "ieee34_ieee13_fast"])
def test_the_devices_of_a_shipped_setup_can_be_built(name: str) -> None:
    kinds = device_registry()
    if "Generator" not in kinds:
        pytest.skip("powergrid-devices is not installed")
    for microgrid in read_config(load_setup(name)).microgrid_configs:
        for entry in microgrid.devices:
            parameters = {key: value for key, value in entry.device_state_config.items() if key != "bus"}
            built = build_parameters(kinds[entry.type], parameters, f"{microgrid.name}.{entry.name}")
            assert type(built).__name__ == entry.type
