"""Reading of configurations: everything that is wrong is found before anything is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from powergrid.config.finding import Finding, InvalidConfigError
from powergrid.config.record import Record
from powergrid.config.record_reader import read_record
from powergrid.config.schema import DeviceConfig, EnvConfig, MicrogridConfig

RecordT = TypeVar("RecordT", bound=Record)


def read_config(mapping: Mapping[str, Any]) -> EnvConfig:
    """Configuration of an environment, from a plain mapping.

    Parameters
    ----------
    mapping
        Keys of `EnvConfig`; an empty mapping gives the defaults. Older spellings are understood, and no key is ignored.

    Raises
    ------
    InvalidConfigError
        A `ConfigError` that lists every finding with its path and, where one is near, a suggestion. The parameters of
        devices are not judged here but by `build_parameters`, once their kinds are known.
    """
    return _read(EnvConfig, mapping, "", "configuration")


def read_microgrid_config(mapping: Mapping[str, Any], *, where: str = "grid_config") -> MicrogridConfig:
    """Configuration of one microgrid, as `PowerGridAgent` takes it.

    Parameters
    ----------
    mapping
        Keys of `MicrogridConfig`.
    where
        Start of the paths in messages.

    Raises
    ------
    InvalidConfigError
        Every finding.
    """
    return _read(MicrogridConfig, mapping, where, where)


def read_device_config(mapping: Mapping[str, Any], *, where: str = "device") -> DeviceConfig:
    """Configuration of one device.

    Parameters
    ----------
    mapping
        Keys of `DeviceConfig`.
    where
        Start of the paths in messages.

    Raises
    ------
    InvalidConfigError
        Every finding.
    """
    return _read(DeviceConfig, mapping, where, where)


def _read(kind: type[RecordT], mapping: Mapping[str, Any], path: str, subject: str) -> RecordT:
    findings: list[Finding] = []
    record = read_record(kind, mapping, path, findings)
    if record is None or findings:
        raise InvalidConfigError(subject, findings)
    return record
