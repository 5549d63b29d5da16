"""What importing heron costs, and which names users rely on."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import heron

# Users' programs import these; the names of horizontal protocols join when they exist.
DOCUMENTED = {
    "heron.core": [
        "FeatureProvider",
        "State",
        "FieldAgentState",
        "CoordinatorAgentState",
        "SystemAgentState",
        "Action",
        "Observation",
        "Policy",
        "RandomPolicy",
    ],
    "heron.agents": ["Agent", "FieldAgent", "HierarchicalAgent", "CoordinatorAgent", "SystemAgent", "ProxyAgent"],
    "heron.protocols": ["Protocol", "VerticalProtocol", "HorizontalProtocol", "NoProtocol"],
    "heron.protocols.vertical": ["SetpointProtocol", "PriceSignalProtocol"],
    "heron.protocols.horizontal": ["PeerToPeerTradingProtocol", "ConsensusProtocol", "NoHorizontalProtocol"],
    "heron.envs": ["PettingZooParallelEnv", "EventDrivenCore", "Execution"],
    "heron.scheduling": ["TickConfig", "JitterType", "EventScheduler", "TimingScheme"],
    "heron.messaging": ["InMemoryBroker", "MessageBroker", "Message", "Channel", "ChannelSpec"],
}
ENVIRONMENT_MEMBERS = [
    "agent_dict",
    "possible_agents",
    "agents",
    "reset",
    "step",
    "register_agent",
    "get_heron_agent",
    "get_observations",
    "apply_actions",
    "reset_agents",
    "scheduler",
    "setup_event_driven",
    "setup_default_handlers",
    "run_event_driven",
    "configure_agents_for_distributed",
]
HEAVY = ("numba", "pandas", "scipy", "torch", "ray", "matplotlib", "pandapower")


def modules_after(statement: str) -> set[str]:
    """Modules loaded by a statement in a fresh interpreter."""
    program = f"{statement}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in DOCUMENTED.items() for name in names])
def test_a_documented_name_can_be_imported(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("member", ENVIRONMENT_MEMBERS)
def test_an_environment_has_its_documented_members(member: str) -> None:
    env = importlib.import_module("heron.envs.demo").HeatingEnv()
    env.setup_event_driven()
    assert hasattr(env, member)


def test_importing_heron_loads_nothing_but_itself() -> None:
    loaded = modules_after("import heron")
    assert not loaded & {"numpy", "gymnasium", "pettingzoo", "pluggy", "heron.core", *HEAVY}


@pytest.mark.parametrize("statement", ["import heron.envs", "import heron.testing", "import heron.envs.demo"])
def test_no_part_of_heron_loads_a_heavy_library(statement: str) -> None:
    assert not modules_after(statement) & set(HEAVY)


def test_the_lower_floors_do_not_load_pettingzoo() -> None:
    assert "pettingzoo" not in modules_after("import heron.core, heron.plant, heron.protocols, heron.agents")


def test_subpackages_are_loaded_when_they_are_asked_for() -> None:
    assert heron.core.Quantity.__name__ == "Quantity"
    assert heron.__version__
    assert {"agents", "core", "envs", "errors", "messaging", "plant", "plugins", "protocols", "testing"} <= set(
        dir(heron)
    )
    for name in dir(heron):
        assert hasattr(heron, name)


def test_a_misspelt_subpackage_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'heron' has no attribute 'protocol'"):
        _ = heron.protocol
