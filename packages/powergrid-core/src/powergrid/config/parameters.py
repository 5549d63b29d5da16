"""Parameters of a device, made from what a configuration says under ``device_state_config``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, TypeVar

from powergrid.config.convert import convert
from powergrid.config.finding import Finding, InvalidConfigError, join
from powergrid.config.record import type_of_fields
from powergrid.config.record_reader import known_entries, missing_entries

KindT = TypeVar("KindT")


def build_parameters(kind: type[KindT], mapping: Mapping[str, Any], where: str) -> KindT:
    """Parameter record of a device kind, from values by name.

    Parameters
    ----------
    kind
        Frozen dataclass whose fields are the parameters.
    mapping
        Values by today's names or older spellings.
    where
        Place of the mapping in the configuration, such as ``microgrid_configs[0].devices[1].device_state_config``.

    Returns
    -------
    kind
        Validated by the kind's own ``__post_init__``.

    Raises
    ------
    InvalidConfigError
        A `ConfigError` with every unknown key, missing parameter and value of the wrong sort; or, when there is none,
        with what the kind itself refused.
    TypeError
        The kind is no dataclass.
    """
    if not is_dataclass(kind):
        raise TypeError(f"Device kind {kind.__name__} is not a dataclass, so its parameters cannot be checked.")
    findings: list[Finding] = []
    types = type_of_fields(kind)
    known = known_entries(mapping, types, where, findings)
    values: dict[str, Any] = {}
    for name, value in known.items():
        try:
            values[name] = convert(value, types[name])
        except ValueError as error:
            findings.append(Finding(path=join(where, name), message=f"{error}."))
    findings.extend(missing_entries(kind, known, where))
    if findings:
        raise InvalidConfigError(kind.__name__, findings)
    try:
        return kind(**values)
    except InvalidConfigError as error:
        raise InvalidConfigError(kind.__name__, [finding.under(where) for finding in error.findings]) from error
    except ValueError as error:
        raise InvalidConfigError(kind.__name__, [Finding(path=where, message=str(error))]) from error
