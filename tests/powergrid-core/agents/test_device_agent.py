"""Device agents: of array kinds, and written as objects."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np
import pytest

from heron.agents import ProxyAgent as HeronProxyAgent
from heron.errors import ConfigError
from powergrid.agents import DeviceAgent, ProxyAgent, SystemOperator
from powergrid.core.features import ElectricalBasePh, StorageBlock


def test_an_array_kind_gives_its_agent_features_fields_and_family(kinds) -> None:
    agent = DeviceAgent("MG1.b1", device=kinds.Cell(capacity_mwh=2.0, p_max_mw=0.4, soc_initial=0.25))
    assert agent.is_array_kind
    assert agent.state[StorageBlock].soc == 0.25
    assert [field.name for field in agent.setpoint_fields()] == ["p_mw"]
    assert agent.element_family == "storage"
    assert agent.action.range.tolist() == [[-0.4], [0.4]]
    assert agent.bus == ""
    assert not agent.responds_to_price()


def test_its_neutral_action_is_the_kinds(kinds) -> None:
    agent = DeviceAgent("MG1.e1", device=kinds.Engine(p_max_mw=2.0, p_min_mw=0.5))
    assert agent.action.neutral.tolist() == [0.5]
    assert agent.responds_to_price()


def test_an_object_kind_describes_itself(kinds) -> None:
    agent = kinds.Heater("MG1.h1", device_state_config={"bus": "Bus 633"})
    assert not agent.is_array_kind
    assert agent.element_family == "load"
    assert agent.bus == "Bus 633"
    assert [field.name for field in agent.setpoint_fields()] == ["p_mw"]
    assert agent.responds_to_price()
    assert isinstance(agent.state[ElectricalBasePh], ElectricalBasePh)


class Plain(DeviceAgent):
    """Answers no price."""


def test_a_kind_without_an_answer_to_prices_says_so() -> None:
    agent = Plain("p1")
    assert not agent.responds_to_price()
    with pytest.raises(ConfigError, match="Implement respond_to_price on its kind, or use SetpointProtocol"):
        agent.respond_to_price(np.zeros(1))


def test_an_unknown_keyword_does_not_disappear() -> None:
    with pytest.raises(TypeError, match="polcy"):
        DeviceAgent("d1", polcy=None)  # type: ignore[call-arg]


def test_the_proxy_is_herons() -> None:
    from powergrid.agents.proxy_agent import ProxyAgent as Documented

    assert ProxyAgent is HeronProxyAgent is Documented


def test_a_system_operator_is_of_level_three() -> None:
    operator = SystemOperator("DSO")
    assert operator.level == 3
    assert operator.state.bus_voltages.vm_min_pu == 1.0


@pytest.mark.parametrize(
    ("module", "name"), [("generator", "Generator"), ("storage", "ESS"), ("transformer", "Transformer")]
)
def test_documented_names_say_which_package_has_them(monkeypatch, module: str, name: str) -> None:
    class Missing:
        def find_spec(self, wanted: str, *_: Any) -> None:
            if wanted.partition(".")[0] == "powergrid_devices":
                raise ModuleNotFoundError(f"No module named {wanted!r}", name="powergrid_devices")

    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == "powergrid_devices"]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    forwarder = importlib.import_module(f"powergrid.agents.{module}")
    with pytest.raises(ImportError, match=f"{name} is part of another package: pip install powergrid-devices"):
        getattr(forwarder, name)
    with pytest.raises(AttributeError, match="has no attribute 'Gnerator'"):
        forwarder.Gnerator  # noqa: B018 - looking it up is the test
