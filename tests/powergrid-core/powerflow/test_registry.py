"""Solvers by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from heron.errors import UnknownNameError
from powergrid.errors import PowerFlowError
from powergrid.plugins import solver_registry
from powergrid.powerflow import (
    DEFAULT_SOLVER,
    FixedPointSolver,
    PandapowerSolver,
    compile_network,
    make_solver,
    register_solver,
    unregister_solver,
)

pytestmark = pytest.mark.filterwarnings("ignore::heron.plugins.PluginWarning")


@pytest.fixture
def half_tolerance() -> Iterator[str]:
    register_solver("rough", lambda _net, network: FixedPointSolver(network, tolerance_mva=1e-3))
    yield "rough"
    unregister_solver("rough")


@pytest.mark.parametrize(("name", "kind"), [(DEFAULT_SOLVER, FixedPointSolver), ("pandapower", PandapowerSolver)])
def test_our_solvers_have_names(two_buses: Callable[..., Any], name: str, kind: type) -> None:
    net = two_buses()
    assert isinstance(make_solver(name, net, compile_network(net)), kind)


def test_an_unknown_solver_is_an_error_with_the_nearest_name(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    with pytest.raises(UnknownNameError, match=r"solver 'fixedpoint' not found.*Did you mean 'fixed_point'"):
        make_solver("fixedpoint", net, compile_network(net))


def test_a_program_may_add_its_own(two_buses: Callable[..., Any], half_tolerance: str) -> None:
    net = two_buses()
    assert isinstance(make_solver(half_tolerance, net, compile_network(net)), FixedPointSolver)
    assert half_tolerance in solver_registry()


def test_registering_again_replaces(two_buses: Callable[..., Any], half_tolerance: str) -> None:
    net = two_buses()
    register_solver(half_tolerance, lambda net, network: PandapowerSolver(net, network))
    assert isinstance(make_solver(half_tolerance, net, compile_network(net)), PandapowerSolver)


@pytest.mark.parametrize("name", ["", "fixed_point"])
def test_a_taken_or_empty_name_is_refused(name: str) -> None:
    with pytest.raises(PowerFlowError, match=f"cannot be called '{name}'.*fixed_point"):
        register_solver(name, lambda _net, network: FixedPointSolver(network))


def test_what_was_not_registered_cannot_be_undone() -> None:
    with pytest.raises(PowerFlowError, match="'gauss' was not registered"):
        unregister_solver("gauss")
