"""The plant of a power system: devices, wires, weather, load and market."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.plant.disturbance_kind import DisturbanceKind
from heron.plant.interface import Plant, SetpointBlock
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.plant.chosen_environments import chosen_environments
from powergrid.plant.demand import DevicePower
from powergrid.plant.device_sensitivities import DeviceSensitivities, device_sensitivities
from powergrid.plant.disturbances import GridDisturbances
from powergrid.plant.exogenous import NANOSECONDS, Exogenous
from powergrid.plant.fleet import Fleet
from powergrid.plant.followed_rows import declare_loads, follow_devices
from powergrid.plant.grid import Grid
from powergrid.plant.ledger import Ledger
from powergrid.plant.safety import TERMS
from powergrid.plant.tap_devices import TapDevices
from powergrid.powerflow.solver import varying
from powergrid.powerflow.topology import Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantOptions:
    """How the plant keeps its books.

    Parameters
    ----------
    settle_storage
        Pay for the change of stored energy at the end of an episode, at the episode's mean price.
    public_loads
        Areas whose load everyone may see, such as the feeder's.
    """

    settle_storage: bool = False
    public_loads: tuple[str, ...] = field(default=())


class GridPlant(Plant):
    """Devices on a network, in ``n_env`` environments.

    Parameters
    ----------
    fleet
        All devices.
    grid
        The network.
    exogenous
        Price, load, sun, wind and the clock.
    options
        How the plant keeps its books.
    """

    def __init__(self, fleet: Fleet, grid: Grid, exogenous: Exogenous, options: PlantOptions) -> None:
        self.fleet, self.grid, self.exogenous, self.options = fleet, grid, exogenous, options
        self.ledger = Ledger(fleet, grid, settle_storage=options.settle_storage)
        self._tap_devices = TapDevices(fleet, grid)
        self.disturbances = GridDisturbances(fleet, grid, exogenous)
        self._areas = grid.areas.areas

    def declare(self, builder: TableBuilder) -> None:
        """Add the rows of devices, network, series and violations."""
        self.fleet.declare(builder)
        follow_devices(self.fleet, self.exogenous)
        self._load_rows = declare_loads(builder, self._areas, self.exogenous, public=self.options.public_loads)
        self.exogenous.declare(builder)
        self.grid.declare(builder)
        self.ledger.declare(builder)

    def connect(self, table: StateTable) -> None:
        """Take views of the table."""
        self.table = table
        for member in (self.fleet, self.exogenous, self.grid, self.ledger):
            member.connect(table)
        self._load_scale = table.block(self._load_rows)
        self.disturbances.connect(table, self._load_rows)
        self._price = table.values[self.exogenous.price_row]
        self._elapsed_ns = np.zeros(table.n_env, dtype=np.int64)
        self._shown_ns = np.zeros(table.n_env, dtype=np.int64)
        self._settled_price = np.zeros(table.n_env)
        self._step_h = 0.0

    @property
    def setpoints(self) -> Mapping[str, SetpointBlock]:
        """Setpoints by device agent."""
        return self.fleet.setpoints

    @property
    def limited(self) -> Mapping[str, BoolArray]:
        """Where setpoints could not be followed."""
        return self.fleet.limited()

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree], options: Mapping[str, Any]) -> None:
        """Begin episodes: choose days, empty the books and solve the network with every device as it begins."""
        self._elapsed_ns[envs] = self._shown_ns[envs] = 0
        self.disturbances.reset(envs)
        self.ledger.begin(envs)
        self.exogenous.reset(envs, trees, options)
        self.fleet.reset(envs, trees)
        self.exogenous.write(self._elapsed_ns, envs)
        self.grid.switchgear.reset(envs)
        self._tap_devices.command(envs)
        self.grid.begin(envs, self._load_scale, self._device_power())

    def check_reset(self, n_env: int, options: Mapping[str, Any]) -> None:
        """Refuse days and options that do not exist."""
        self.exogenous.check_reset(n_env, options)

    def write_exogenous(self, envs: IndexArray | None = None) -> None:
        """Write the values of the interval that starts now."""
        if envs is None:
            self._shown_ns[...] = self._elapsed_ns
        else:
            self._shown_ns[envs] = self._elapsed_ns[envs]
        self.disturbances.show(self._shown_ns, envs)

    def advance(self, step_ns: int) -> None:
        """Advance devices, then solve the network for their mean power. [ns]"""
        self._step_h = step_ns / (3600.0 * NANOSECONDS)
        self.fleet.advance(self._step_h, self._outside)
        self._tap_devices.command()
        load_steps = self.disturbances.load_steps(self._load_scale)
        self.grid.solve(self._load_scale, self._device_power(), load_steps)
        self._settled_price[...] = self._price
        self.ledger.pass_interval(self._settled_price, step_h=self._step_h)
        self._elapsed_ns += step_ns

    def settle(self, final: BoolArray) -> None:
        """Write cost [USD] and safety [1] of the interval into the agents' accounts."""
        self.ledger.book(self._settled_price, final, step_h=self._step_h)

    def failed(self) -> BoolArray:
        """Where the last power flow did not converge."""
        return self.grid.failed()

    def report(self) -> Mapping[str, Any]:
        """`PowerFlowStatus` of the interval, and whether the power flow converged, for ``info``."""
        return {"power_flow_status": self.grid.status, "converged": self.grid.status == 0}

    def unavailable(self) -> Collection[str]:
        """Devices that have tripped, in any environment."""
        return self.disturbances.unavailable()

    def disturbance_kinds(self) -> Mapping[str, DisturbanceKind]:
        """Devices and lines that fail, steps of load and price."""
        return self.disturbances.kinds

    def check_disturbance(self, kind: str, target: str, parameters: Mapping[str, float | str]) -> None:
        """Refuse a disturbance that could not begin; a PowerFlowError where the solver cannot lose lines."""
        super().check_disturbance(kind, target, parameters)
        self.disturbances.check(kind, target, parameters)

    def begin_disturbance(
        self, kind: str, target: str, parameters: Mapping[str, float | str], envs: IndexArray | None = None
    ) -> None:
        """Let something go wrong from now on; the present load and price show it at once. See docs/physics."""
        self.check_disturbance(kind, target, parameters)
        chosen = chosen_environments(envs, self.table.n_env)
        self.disturbances.begin(kind, target, parameters, chosen, self._shown_ns)

    def end_disturbance(self, kind: str, target: str, envs: IndexArray | None = None) -> None:
        """Let it be over from now on."""
        self.disturbances.end(kind, target, chosen_environments(envs, self.table.n_env), self._shown_ns)

    def violations(self, area: str) -> dict[str, FloatArray]:
        """Violations of one area in the last interval by kind, each ``(n_env,)``. [pu for voltages, else 1]"""
        position = [one.name for one in self._areas].index(area)
        return {term: self.ledger.terms[place, position].copy() for place, term in enumerate(TERMS)}

    def sensitivities(self, devices: Sequence[str] | None = None) -> DeviceSensitivities:
        """How voltages, losses and loadings would change with the power of devices, in the last interval's network.

        Parameters
        ----------
        devices
            Their names, such as ``"MG1.pv1"``; all devices when not given.

        Returns
        -------
        DeviceSensitivities
            Of all environments; costs as much as some power flows, on request. Where the last power flow did not
            converge they belong to the one that is kept, as all readings of the network do.

        Raises
        ------
        PowerFlowError
            There is no such device.
        """
        return device_sensitivities(self.fleet, self.grid, devices)

    def set_topology(self, topology: Topology, envs: IndexArray | None = None) -> None:
        """Let branches stand open or closed from the next interval on, until replaced or the episode ends.

        Devices and loads without supply give and draw nothing then; their voltage of 0 counts as a violation. Lines
        that a disturbance has taken out stay out.

        Parameters
        ----------
        topology
            What differs from the network as it was built; ``Topology()`` for nothing.
        envs
            Environments; all when not given.

        Raises
        ------
        NetworkError
            It is no topology, or names a branch that the network has not.
        PowerFlowError
            The solver knows one network only.
        """
        varying(self.grid.solver)
        self.disturbances.set_topology(topology, chosen_environments(envs, self.table.n_env))

    def set_taps(self, taps: NDArray[Any], envs: IndexArray | None = None) -> None:
        """Let tap changers stand elsewhere from the next interval on, until replaced or the episode ends.

        Those that a device moves stand where it says.

        Parameters
        ----------
        taps : (n_changer, n_env) or (n_changer, 1)
            Positions of ``plant.grid.network.tap_changers``, whole numbers.
        envs
            Environments; all when not given.

        Raises
        ------
        PowerFlowError
            A position does not exist, the shape is another one, or the solver knows one network only.
        """
        varying(self.grid.solver)
        self.grid.switchgear.set_taps(taps, chosen_environments(envs, self.table.n_env))

    def respond_to_price(self, device: str, price_usd_per_mwh: FloatArray) -> FloatArray:
        """Setpoints of an array-kind device for a price ``(n_env,)``, shape ``(n_field, n_env)``. [USD/MWh]"""
        return self.fleet.respond_to_price(device, price_usd_per_mwh)

    def load_scale(self) -> FloatArray:
        """Factor on the nominal loads of each area in the interval that starts now, ``(n_area, n_env)``. [1]"""
        return self._load_scale

    def save_state(self) -> dict[str, Any]:
        """Clocks, books, devices, network and place in the series."""
        return {
            "elapsed_ns": self._elapsed_ns.copy(),
            "shown_ns": self._shown_ns.copy(),
            "settled_price": self._settled_price.copy(),
            "step_h": self._step_h,
            "fleet": self.fleet.save_state(),
            "switchgear": self.grid.switchgear.save_state(),
            "grid": self.grid.save_state(),
            "ledger": self.ledger.save_state(),
            "exogenous": self.exogenous.save_state(),
            "disturbances": self.disturbances.save_state(),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._elapsed_ns[...] = state["elapsed_ns"]
        self._shown_ns[...] = state["shown_ns"]
        self._settled_price[...] = state["settled_price"]
        self._step_h = state["step_h"]
        self.fleet.restore_state(state["fleet"])
        self.grid.switchgear.restore_state(state["switchgear"])
        self.grid.restore_state(state["grid"])
        self.ledger.restore_state(state["ledger"])
        self.exogenous.restore_state(state["exogenous"])
        self.disturbances.restore_state(state["disturbances"])

    def _device_power(self) -> DevicePower:
        fleet = self.fleet
        return DevicePower(fleet.place, fleet.power_mw(), fleet.power_mvar())

    def _outside(self, device: str, env: int) -> Mapping[str, Any]:
        """What a device of an object kind is told about the interval that starts now."""
        return {
            "step_s": self._step_h * 3600.0,
            "step_h": self._step_h,
            "price_usd_per_mwh": self._price.item(env),
            "vm_pu": self.grid.vm_pu.item(self.fleet.node_of(device), env),
            "series": self.exogenous.present(env, int(self._elapsed_ns[env])),
        }
