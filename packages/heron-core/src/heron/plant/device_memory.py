"""What a device written as an object keeps outside the state table."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Protocol

from heron.core.action import Action
from heron.core.feature import FeatureProvider
from heron.core.state import State

# Belong to the agent or to the environment it is in, not to the device's life.
_NOT_THE_DEVICES = frozenset(
    {"state", "action", "account", "protocol", "tick_config", "agent_id"}
    | {"_policy", "_observe", "_on_policy", "_upstream_id", "_fields", "_fields_range"}
)


class Remembering(Protocol):
    """A device whose attributes are its memory."""

    state: State
    action: Action

    @property
    def account(self) -> FeatureProvider:
        """Where cost and safety are kept."""


class _Part:
    """Stands in a saved memory for a part of the device, so that the memory fits another copy of it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        return memo.get(f"part {self.name}", self)


class DeviceMemory:
    """Attributes of a device and of its features, as they were at one moment.

    Parameters
    ----------
    attributes
        The device's own attributes, a stand-in wherever they mean a part of the device.
    features
        What each feature keeps outside the table.
    action
        Attributes of its action.
    """

    def __init__(self, attributes: dict[str, Any], features: list[dict[str, Any]], action: dict[str, Any]) -> None:
        self.attributes, self.features, self.action = attributes, features, action

    @classmethod
    def of(cls, device: Remembering) -> DeviceMemory:
        """Memory of a device; shares nothing with it."""
        memo: dict[Any, Any] = {id(part): _Part(name) for name, part in _parts(device).items()}
        kept = {name: value for name, value in vars(device).items() if name not in _NOT_THE_DEVICES}
        features = [feature.attributes() for feature in device.state.features]
        return cls(*copy.deepcopy((kept, features, vars(device.action)), memo))

    def give_to(self, device: Remembering) -> None:
        """Let a device be as it was remembered; its bound fields stay what the table says."""
        memo: dict[Any, Any] = {f"part {name}": part for name, part in _parts(device).items()}
        kept, features, action = copy.deepcopy((self.attributes, self.features, self.action), memo)
        for name in [name for name in vars(device) if name not in _NOT_THE_DEVICES and name not in kept]:
            delattr(device, name)
        vars(device).update(kept)
        for feature, attributes in zip(device.state.features, features, strict=True):
            feature.take_attributes(attributes)
        vars(device.action).update(action)


def _parts(device: Remembering) -> Mapping[str, Any]:
    features = {f"feature {position}": feature for position, feature in enumerate(device.state.features)}
    return {"device": device, "state": device.state, "action": device.action, "account": device.account, **features}
