"""Errors of PowerGrid: one class per decision a caller could take."""

from __future__ import annotations

from heron.errors import HeronError


class PowerGridError(HeronError):
    """Base of all errors that speak of power systems."""


class UnknownBusError(PowerGridError, LookupError):
    """A bus name is not in the network."""


class UnknownDeviceTypeError(PowerGridError, LookupError):
    """No installed package registers this device type."""


class UnknownSetupError(PowerGridError, LookupError):
    """No setup of this name is registered, and no such folder exists."""


class UnknownDatasetError(PowerGridError, LookupError):
    """No installed package registers a data set of this name."""


class DatasetError(PowerGridError, ValueError):
    """A data file or table is broken, truncated or inconsistent."""


class NetworkError(PowerGridError, ValueError):
    """A network cannot be built, joined or compiled."""


class PowerFlowError(PowerGridError):
    """A power flow cannot be set up; a flow that does not converge is a status instead."""
