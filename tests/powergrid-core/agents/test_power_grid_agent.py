"""The agent of a microgrid, before it is part of an environment."""

from __future__ import annotations

from typing import Any

import pytest

from heron.core import ConstantPolicy
from heron.errors import ConfigError
from heron.protocols.vertical import PriceSignalProtocol, SetpointProtocol
from powergrid.agents import PowerGridAgent
from powergrid.core.features import BusVoltages, LineFlows
from powergrid.errors import NetworkError, UnknownBusError, UnknownDeviceTypeError


def test_its_net_alone_is_a_complete_model(world) -> None:
    net = world.pair_net(load_mw=0.3)
    world.grid_agent(
        net,
        [
            world.device("Engine", "e1", p_max_mw=0.5),
            world.device("Cell", "b1", bus="source", capacity_mwh=1.0, p_max_mw=0.4),
            world.device("Heater", "h1"),
        ],
    )
    assert net.sgen.name.tolist() == ["MG1.e1"]
    assert net.storage.name.tolist() == ["MG1.b1"]
    assert net.load.name.tolist() == ["village", "MG1.h1"]
    assert net.storage.bus.tolist() == [0]
    assert net.load.p_mw.tolist() == [0.3, 0.0]


def test_it_is_a_coordinator_with_devices_below_it(world) -> None:
    policy = ConstantPolicy([0.0])
    agent = PowerGridAgent(
        net=world.pair_net(),
        grid_config={"name": "MG1", "base_power": 2.0, "devices": [world.device("Engine", "e1", p_max_mw=0.5)]},
        policy=policy,
        tick_config=None,
        upstream_id="DSO",
    )
    assert agent.policy is policy
    assert (agent.level, agent.upstream_id) == (2, "DSO")
    assert isinstance(agent.protocol, SetpointProtocol)
    assert agent.devices["e1"].upstream_id == "MG1"
    assert [type(feature) for feature in agent.state.features] == [BusVoltages, LineFlows]
    assert not agent.is_bound


def test_an_unknown_device_type_names_what_there_is(world) -> None:
    with pytest.raises(UnknownDeviceTypeError, match="'Engime'.*Engine"):
        world.grid_agent(world.pair_net(), [world.device("Engime", "e1")])


def test_an_unknown_bus_names_the_device_and_the_nearest(world) -> None:
    with pytest.raises(UnknownBusError, match="Device 'MG1.e1': There is no bus 'ende' in network 'pair'.*'end'"):
        world.grid_agent(world.pair_net(), [world.device("Engine", "e1", bus="ende", p_max_mw=0.5)])


def test_all_findings_in_its_configuration_come_at_once(world) -> None:
    broken: dict[str, Any] = {"nam": "MG1", "base_power": -1.0, "devices": [{"type": "Engine"}]}
    with pytest.raises(ConfigError) as caught:
        PowerGridAgent(net=world.pair_net(), grid_config=broken)
    for part in ("nam", "base_power", r"devices[0].name"):
        assert part in str(caught.value)


def test_devices_of_one_name_are_refused(world) -> None:
    net = world.pair_net()
    with pytest.raises(ConfigError, match="'e1' more than once"):
        world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5), world.device("Engine", "e1", p_max_mw=0.5)])


def test_two_agents_of_one_name_do_not_share_a_net(world) -> None:
    net = world.pair_net()
    world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])
    with pytest.raises(NetworkError, match="already has a sgen named 'MG1.e1'"):
        world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])


def test_fields_are_shared_by_the_protocol_or_by_the_configuration_alike(world) -> None:
    config = {
        "name": "MG1",
        "devices": [world.device("Engine", "e1", p_max_mw=0.5, q_max_mvar=0.1)],
        "shared_action_fields": ["q_mvar"],
    }
    for protocol in (None, SetpointProtocol(shared=["q_mvar"])):
        agent = PowerGridAgent(net=world.pair_net(), grid_config=config, protocol=protocol)
        assert agent.protocol.action_names(agent.subordinates) == ["e1.p_mw", "q_mvar"]
    for protocol in (SetpointProtocol(), PriceSignalProtocol()):
        with pytest.raises(ConfigError, match=r"shared_action_fields \['q_mvar'\], which its \w+ does not share"):
            PowerGridAgent(net=world.pair_net(), grid_config=config, protocol=protocol)


@pytest.mark.parametrize(
    ("zones", "expected"), [(["MG1", "MG1"], ("MG1",)), (["a", "b"], ("a", "b")), ([None, None], ())]
)
def test_its_zones_are_those_named_like_it_or_all_of_its_net(
    world, zones: list[Any], expected: tuple[str, ...]
) -> None:
    net = world.pair_net()
    net.bus["zone"] = zones
    agent = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])
    assert agent.zones == expected
    assert net.sgen.bus.tolist() == [1]
