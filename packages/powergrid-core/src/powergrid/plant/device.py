"""The base of array kinds: devices whose physics is written once for any number of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, TypeVar

import numpy as np

from heron.core.feature import FeatureProvider
from heron.core.quantity import Quantity
from heron.plant.interface import SetpointField
from heron.types import BoolArray, FloatArray
from powergrid.core.features.electrical import ElectricalBasePh

_Kind = TypeVar("_Kind", bound="Device")
_VARIANT = "variant"


def variant(*, default: Any = MISSING, init: bool = True) -> Any:
    """Field of a kind that decides which of its equations apply, such as whether a ramp limit is given.

    Devices that differ in it are kept in different banks, so that a stacked instance has the one value, a plain
    ``True`` or text, and `Device.advance` may branch on it.

    Parameters
    ----------
    default
        As in `dataclasses.field`.
    init
        False for a field that ``__post_init__`` derives from the parameters.
    """
    settings: dict[str, Any] = {} if default is MISSING else {"default": default}
    return field(init=init, repr=init, metadata={_VARIANT: True}, **settings)


class Block:
    """Named values of all devices of a kind: ``block.soc`` is an array ``(n_dev, n_env)``.

    Parameters
    ----------
    values
        Arrays by name; views of the state table in a running plant.
    """

    def __init__(self, values: Mapping[str, FloatArray]) -> None:
        # plain attributes: a kind reads half a dozen of them in every step
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> FloatArray:
        raise AttributeError(f"No value {name!r}; there are {sorted(self.__dict__)}.")

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__

    def names(self) -> list[str]:
        """Names of the values."""
        return list(self.__dict__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExogenousField:
    """A series a device follows, such as the sun's availability.

    Parameters
    ----------
    quantity
        Row that the present value is written to.
    column
        Column of the time series; where there is no data set the row keeps its initial value.
    """

    quantity: Quantity
    column: str


@dataclass(slots=True)
class DeviceInputs:
    """What a bank hands to `Device.advance`.

    Parameters
    ----------
    state
        Fields of the carried features at the start of the interval.
    setpoint
        Latched setpoints in physical units, not limited yet.
    exogenous
        Present values of the series the devices follow.
    step_h
        Length of the interval. [h]
    """

    state: Block
    setpoint: Block
    exogenous: Block
    step_h: float


@dataclass(slots=True, kw_only=True)
class DeviceOutputs:
    """What `Device.advance` gives back, each ``(n_dev, n_env)``.

    Parameters
    ----------
    p_mw, q_mvar
        Mean power over the interval, positive into the grid. [MW], [Mvar]
    state
        New values of state fields by name; ``p_mw`` and ``q_mvar`` are written without being named.
    cost_usd
        Fuel, start-up and wear of the interval, without energy bought or sold. [USD]
    violation
        How far limits were exceeded that setpoint limiting does not cover. [1]
    limited
        Where a setpoint could not be followed, by field.
    """

    p_mw: FloatArray
    q_mvar: FloatArray
    state: Mapping[str, FloatArray] = field(default_factory=dict)
    cost_usd: FloatArray | None = None
    violation: FloatArray | None = None
    limited: Mapping[str, BoolArray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device(ABC):
    """Nameplate of a device, and its physics for any number of devices and environments.

    A subclass is a frozen dataclass whose fields are the parameters with their units. Its methods are
    written like scalar code: the plant stacks all devices of a kind into one instance whose numeric
    fields are arrays ``(n_dev, 1)``, and `advance` receives arrays ``(n_dev, n_env)``.

    Attributes
    ----------
    kind_name
        Name under ``type:`` in a configuration; the class's own name when empty.
    family
        pandapower element that stands for a device in ``env.net``: ``"sgen"``, ``"storage"`` or ``"load"``.
    carries
        Features of a device's state; field names must differ between them.
    """

    kind_name: ClassVar[str] = ""
    family: ClassVar[str] = "sgen"
    carries: ClassVar[tuple[type[FeatureProvider], ...]] = (ElectricalBasePh,)

    @abstractmethod
    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """What can be asked of one device: names, units, bounds and the neutral value."""

    @abstractmethod
    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        """Let an interval pass: limit the setpoints, then give power, new state and cost.

        A pure function of its inputs: writes nothing, draws nothing, knows no clock.
        """

    def exogenous_fields(self) -> tuple[ExogenousField, ...]:
        """Series one device follows; none by default."""
        return ()

    def initial_state(self) -> Mapping[str, float]:
        """Initial values of one device's state fields that differ from the features' own."""
        return {}

    def display_scales(self) -> Mapping[str, tuple[float, float]]:
        """Offset and scale of one device's state fields in observations, by field."""
        return {}

    def tap_changer(self) -> str | None:
        """Transformer of the network whose tap the device moves; None for a kind that moves none.

        The position is the state field ``tap_position``, a whole number that `advance` gives and that is in force in
        the same interval; the first setpoint field has its range.
        """
        return None

    def stored_mwh(self, state: Block) -> FloatArray | None:
        """Energy stored, ``(n_dev, n_env)``; None for a kind that stores none. [MWh]"""
        return None

    def settlement_mwh(self, change_mwh: FloatArray) -> FloatArray:
        """Energy at the terminals that a change of stored energy is worth; losses included. [MWh]"""
        return change_mwh

    def respond_to_price(
        self, price_usd_per_mwh: FloatArray, state: Block, exogenous: Block
    ) -> Mapping[str, FloatArray]:
        """Setpoints for a price, by field, each ``(n_dev, n_env)``; fields left out take their neutral value.

        Parameters
        ----------
        price_usd_per_mwh : (n_env,)
            Price announced by the superior. [USD/MWh]
        state, exogenous
            Present state and series.
        """
        raise NotImplementedError

    @classmethod
    def responds_to_price(cls) -> bool:
        """Whether the kind implements `respond_to_price`."""
        return cls.respond_to_price is not Device.respond_to_price

    def bank_key(self) -> Hashable:
        """What devices must have in common to share a bank: kind, setpoints, series and `variant` fields."""
        setpoints = tuple(entry.name for entry in self.setpoint_fields())
        series = tuple(entry.quantity.name for entry in self.exogenous_fields())
        variants = tuple(getattr(self, entry.name) for entry in fields(self) if _VARIANT in entry.metadata)
        return type(self), setpoints, series, variants

    @classmethod
    def stack(cls: type[_Kind], devices: Sequence[_Kind]) -> _Kind:
        """One instance for several devices: numbers become arrays ``(n_dev, 1)``, tuples tuples of them.

        A `variant` field keeps its one value, other text is a tuple of the devices' texts. The result is not
        validated again.
        """
        stacked = object.__new__(cls)
        for spec in fields(cls):
            values = [getattr(device, spec.name) for device in devices]
            object.__setattr__(stacked, spec.name, values[0] if _VARIANT in spec.metadata else _column(values))
        return stacked


def _column(values: Sequence[Any]) -> Any:
    first = values[0]
    if isinstance(first, tuple):
        return tuple(_column(entries) for entries in zip(*values, strict=True))
    if isinstance(first, (bool, int, float, np.floating, np.integer)):
        return np.array(values, dtype=np.float64).reshape(-1, 1)
    return tuple(values)
