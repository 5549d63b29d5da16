"""The wires, on nets whose voltages are computed by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from heron.core.table import StateTable, TableBuilder
from powergrid.envs.area_map import locate_areas
from powergrid.errors import NetworkError
from powergrid.plant.area import Area
from powergrid.plant.demand import DevicePower
from powergrid.plant.grid import Grid
from powergrid.plant.safety import SafetyLimits
from powergrid.powerflow import FixedPointSolver, compile_network, fixed_injections, nominal_loads


class Wires:
    """A grid with its table, and powers of devices at its last bus."""

    def __init__(self, net: Any, areas: Sequence[Area] = (Area(name="MG1"),), *, n_env: int = 1) -> None:
        network = compile_network(net)
        located = locate_areas(net, network, areas)
        self.grid = Grid(
            network,
            FixedPointSolver(network),
            nominal_loads(net, network),
            located,
            SafetyLimits(),
            fixed_mva=fixed_injections(net, network),
        )
        self.n_area, self.n_env, self.n_node = len(located.areas), n_env, network.n_node
        builder = TableBuilder(n_env)
        self.grid.declare(builder)
        self.table: StateTable = builder.build()
        self.grid.connect(self.table)

    def devices(self, p_mw: Sequence[float], *, area: int = 0, node: int = -1) -> DevicePower:
        place = np.array([[node % self.n_node, area]])
        return DevicePower(place, np.array([p_mw]), np.zeros((1, len(p_mw))))

    def solve(self, *p_mw: float, scale: float = 1.0, **where: int) -> Grid:
        self.grid.solve(np.full((self.n_area, len(p_mw)), scale), self.devices(p_mw, **where))
        return self.grid


def delivered(p_mw: float) -> float:
    """Voltage at the end of the pair's line when it delivers a power: (1 + sqrt(1 - 0.4 p)) / 2. [pu]"""
    return 0.5 * (1.0 + math.sqrt(1.0 - 0.4 * p_mw))


def test_a_line_drops_the_voltage_and_loses_power(world) -> None:
    # 0.9 MW: 0.9 pu, I = 1 pu, 0.1 MW lost; rating 0.8 pu: loading 1.25
    wires = Wires(world.pair_net(load_mw=0.9))
    grid = wires.solve(0.0)
    assert grid.vm_pu[1, 0] == pytest.approx(0.9, abs=1e-9)
    assert grid.loading[0, 0] == pytest.approx(1.25, abs=1e-8)
    assert grid.losses_mw()[0] == pytest.approx(0.1, abs=1e-8)
    assert grid.drawn_mva[0, 0] == pytest.approx(0.9)
    assert grid.slack_mva[0] == pytest.approx(1.0, abs=1e-8)
    assert grid.import_mw[0, 0] == pytest.approx(1.0, abs=1e-8)


def test_devices_and_the_factor_on_loads_count(world) -> None:
    # 1.8 MW scaled by a half, less a device's 0.5 MW: 0.4 MW are delivered
    grid = Wires(world.pair_net(load_mw=1.8)).solve(0.5, scale=0.5)
    assert grid.vm_pu[1, 0] == pytest.approx(delivered(0.4), abs=1e-9)
    assert grid.import_mw[0, 0] == pytest.approx(0.4 + grid.losses_mw()[0], abs=1e-8)


def test_what_is_fed_in_at_the_source_spares_the_slack(world) -> None:
    # 1 MW goes into the line; 0.4 MW of it come from a device at the source itself
    grid = Wires(world.pair_net(load_mw=0.9)).solve(0.4, node=0)
    assert grid.slack_mva[0] == pytest.approx(0.6, abs=1e-8)
    assert grid.import_mw[0, 0] == pytest.approx(0.6, abs=1e-8)


def test_an_area_fed_by_a_transformer_that_is_not_there_is_refused(world) -> None:
    with pytest.raises(NetworkError, match="Area 'MG1' is fed by transformer 7, which is not in service in the net"):
        Wires(world.pair_net(), [Area(name="MG1", transformer=7)])


def test_rows_show_voltages_extremes_and_exchange(world) -> None:
    wires = Wires(world.pair_net(load_mw=0.9))
    wires.solve(0.0)
    table = wires.table
    assert table["source.voltage.vm_pu"].item() == 1.0
    assert table["end.voltage.vm_pu"].item() == table["MG1.voltages.vm_min_pu"].item() == pytest.approx(0.9)
    assert table["MG1.voltages.vm_max_pu"].item() == 1.0
    assert table["MG1.flows.loading_max"].item() == table["line.loading.loading"].item() == pytest.approx(1.25)
    assert table["slack.power.p_mw"].item() == table["MG1.flows.import_p_mw"].item() == pytest.approx(1.0)


def test_areas_share_the_slack_between_them(world) -> None:
    # Neither area has a transformer: "down" takes its 0.9 MW, "up" has the slack and what is left, the loss.
    areas = [Area(name="up", zones=("up",)), Area(name="down", zones=("down",))]
    wires = Wires(world.pair_net(load_mw=0.9, zones=True), areas)
    grid = wires.solve(0.0)
    np.testing.assert_allclose(grid.import_mw[:, 0], [0.1, 0.9], atol=1e-8)
    grid = wires.solve(0.4, area=1)
    assert grid.import_mw[1, 0] == pytest.approx(0.5)
    assert grid.import_mw.sum() == pytest.approx(grid.slack_mva[0].real, abs=1e-12)
    assert wires.table["down.flows.import_p_mw"].item() == pytest.approx(0.5)
    assert wires.table["up.flows.import_p_mw"].item() == pytest.approx(grid.slack_mva[0].real)


def test_violations_count_where_they_are(world) -> None:
    areas = [Area(name="up", zones=("up",)), Area(name="down", zones=("down",))]
    grid = Wires(world.pair_net(load_mw=0.9, zones=True), areas).solve(0.0)
    voltage, line, transformer = grid.violations()
    np.testing.assert_allclose(voltage[:, 0], [0.0, 0.05], atol=1e-9)
    np.testing.assert_allclose(line[:, 0], [0.0, 0.25], atol=1e-8)
    np.testing.assert_array_equal(transformer, 0.0)


def test_a_zone_of_two_areas_is_watched_by_both_and_paid_by_neither(world) -> None:
    areas = [Area(name="a", zones=("down",)), Area(name="b", zones=("down",))]
    wires = Wires(world.pair_net(load_mw=0.9, zones=True), areas)
    grid = wires.solve(0.3, area=1)
    assert [area.name for area in grid.areas.areas] == ["a", "b", "grid"]
    voltage = grid.violations()[0, :, 0]
    expected = 0.95 - delivered(0.6)
    np.testing.assert_allclose(voltage, [expected] * 3, atol=1e-9)
    # b's device gives 0.3 MW; the rest of the slack's power is the common area's
    np.testing.assert_allclose(grid.import_mw[:2, 0], [0.0, -0.3], atol=1e-12)
    assert grid.import_mw.sum() == pytest.approx(grid.slack_mva[0].real, abs=1e-12)


def test_generators_of_the_net_itself_feed_in_all_the_time(world) -> None:
    net = world.pair_net(load_mw=0.9)
    pp.create_sgen(net, 1, p_mw=0.4, q_mvar=0.0, name="own")
    grid = Wires(net).solve(0.0)
    assert grid.vm_pu[1, 0] == pytest.approx(delivered(0.5), abs=1e-9)
    assert grid.drawn_mva[0, 0] == pytest.approx(0.5)


def test_loads_that_depend_on_voltage_draw_less_at_low_voltage(world) -> None:
    # Constant impedance 1/0.9 pu behind 0.1 pu: V = 1 / (1 + 0.09), P = 0.9 V²
    net = world.pair_net()
    pp.create_load(net, 1, p_mw=0.9, const_z_p_percent=100.0, const_z_q_percent=100.0, name="heater")
    grid = Wires(net).solve(0.0)
    vm_pu = 1.0 / 1.09
    assert grid.vm_pu[1, 0] == pytest.approx(vm_pu, abs=1e-9)
    assert grid.drawn_mva[0, 0].real == pytest.approx(0.9 * vm_pu**2, abs=1e-8)
    # Constant current of 0.9 pu: V = 1 - 0.09, P = 0.9 V
    net = world.pair_net()
    pp.create_load(net, 1, p_mw=0.9, const_i_p_percent=100.0, const_i_q_percent=100.0, name="lamp")
    grid = Wires(net).solve(0.0)
    assert grid.vm_pu[1, 0] == pytest.approx(0.91, abs=1e-9)
    assert grid.drawn_mva[0, 0].real == pytest.approx(0.9 * 0.91, abs=1e-8)


def test_a_power_flow_that_fails_keeps_the_last_one_that_did_not(world) -> None:
    # More than 1 / (4 r) = 2.5 MW cannot be delivered
    wires = Wires(world.pair_net(load_mw=0.9), n_env=3)
    wires.solve(0.0, 0.1, 0.2)
    kept = {name: np.array(getattr(wires.grid, name))[..., 1].copy() for name in ("v", "import_mw", "slack_mva")}
    rows = wires.table.values[:, 1].copy()
    grid = wires.solve(0.3, -5.0, 0.4)
    assert grid.failed().tolist() == [False, True, False]
    for name, values in kept.items():
        np.testing.assert_array_equal(np.array(getattr(grid, name))[..., 1], values)
    np.testing.assert_array_equal(wires.table.values[:, 1], rows)
    np.testing.assert_allclose(grid.vm_pu[1], [delivered(0.6), delivered(0.8), delivered(0.5)], atol=1e-9)


def test_a_failing_neighbour_changes_no_bit(world) -> None:
    good = Wires(world.pair_net(load_mw=0.9), n_env=3)
    bad = Wires(world.pair_net(load_mw=0.9), n_env=3)
    good.solve(0.3, 0.0, 0.4)
    bad.solve(0.3, -5.0, 0.4)
    np.testing.assert_array_equal(good.table.values[:, [0, 2]], bad.table.values[:, [0, 2]])
    np.testing.assert_array_equal(good.grid.flows.s_from[:, [0, 2]], bad.grid.flows.s_from[:, [0, 2]])


def test_an_episode_that_begins_unsolvable_shows_the_network_without_load(world) -> None:
    wires = Wires(world.pair_net(load_mw=0.9))
    wires.solve(0.0)
    wires.grid.begin(np.array([0]), np.ones((1, 1)), wires.devices([-5.0]))
    assert wires.grid.failed().tolist() == [True]
    np.testing.assert_array_equal(wires.grid.vm_pu, [[1.0], [1.0]])


def test_beginning_in_some_environments_leaves_the_others_alone(world) -> None:
    wires = Wires(world.pair_net(load_mw=0.9), n_env=4)
    wires.solve(0.0, 0.1, 0.2, 0.3)
    rows, state = wires.table.values.copy(), wires.grid.save_state()
    flows = wires.grid.flows.i_from_ka.copy()
    chosen = np.array([3, 1])
    wires.grid.begin(chosen, np.ones((1, 4)), wires.devices([9.0, 0.6, 9.0, 0.5]))
    np.testing.assert_array_equal(wires.table.values[:, [0, 2]], rows[:, [0, 2]])
    np.testing.assert_array_equal(wires.grid.flows.i_from_ka[:, [0, 2]], flows[:, [0, 2]])
    for name, before in state.items():
        np.testing.assert_array_equal(getattr(wires.grid, name)[..., [0, 2]], before[..., [0, 2]])
    np.testing.assert_allclose(wires.grid.vm_pu[1, chosen], [delivered(0.4), delivered(0.3)], atol=1e-9)


def test_a_saved_grid_can_be_taken_back(world) -> None:
    wires = Wires(world.pair_net(load_mw=0.9), n_env=2)
    wires.solve(0.0, 0.5)
    saved, current = wires.grid.save_state(), wires.grid.flows.i_from_ka.copy()
    wires.solve(0.2, 0.2)
    wires.grid.restore_state(saved)
    np.testing.assert_array_equal(wires.grid.flows.i_from_ka, current)
    np.testing.assert_array_equal(wires.grid.v, saved["v"])


def test_buses_without_a_name_or_of_one_name_get_their_number() -> None:
    net = pp.create_empty_network(sn_mva=1.0)
    buses = pp.create_buses(net, 3, vn_kv=10.0, name=["a", "a", None])
    pp.create_ext_grid(net, buses[0])
    for start, end in ((0, 1), (1, 2)):
        pp.create_line_from_parameters(net, buses[start], buses[end], 1.0, 1.0, 1.0, 0.0, max_i_ka=1.0)
    names = Wires(net).table.names
    assert {"node 0.voltage.vm_pu", "node 1.voltage.vm_pu"} <= set(names)


@pytest.mark.parametrize("n_env", [2, 7, 64])
def test_one_environment_and_a_batch_give_the_same_bits(world, n_env: int) -> None:
    powers = np.random.default_rng(0).uniform(-1.0, 1.0, n_env)
    together, alone = Wires(world.pair_net(load_mw=0.9), n_env=n_env), Wires(world.pair_net(load_mw=0.9))
    together.solve(*powers)
    for env, power in enumerate(powers):
        alone.solve(power)
        np.testing.assert_array_equal(together.table.values[:, env], alone.table.values[:, 0])
        np.testing.assert_array_equal(together.grid.v[:, env], alone.grid.v[:, 0])
