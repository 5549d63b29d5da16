"""The state of an agent: a list of features with look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from heron.core.feature import FeatureProvider, snake_case
from heron.core.table import StateTable
from heron.errors import UnknownNameError, suggest
from heron.types import FloatArray, IndexArray

_Feature = TypeVar("_Feature", bound=FeatureProvider)


class State:
    """What is known of one agent, feature by feature.

    Parameters
    ----------
    features
        Features in the order of `vector`.
    owner_id, owner_level, parent_id
        The agent, its level and its superior; visibility is judged against them.
    """

    def __init__(
        self,
        features: Iterable[FeatureProvider] = (),
        *,
        owner_id: str = "",
        owner_level: int = 1,
        parent_id: str | None = None,
    ) -> None:
        self.features: list[FeatureProvider] = list(features)
        self.owner_id = owner_id
        self.owner_level = owner_level
        self.parent_id = parent_id
        self._shown_rows: dict[int, tuple[StateTable, IndexArray]] = {}

    def bind(self, table: StateTable, rows: Sequence[Sequence[int]], *, column: int | None = None) -> None:
        """Make the declared features views of table rows.

        A feature in the explicit style keeps its own values; in a state of several environments its
        values are read from the rows, into which each environment's copy of it is written.

        Parameters
        ----------
        table, rows
            Where the values live from now on: for each feature, a row per value.
        column
            One environment, or None for all of them.
        """
        for position, (feature, feature_rows) in enumerate(zip(self.features, rows, strict=True)):
            if feature.is_declared():
                feature.bind(table, feature_rows, column=column)
            elif column is None and table.n_env > 1:
                self._shown_rows[position] = (table, np.array(feature_rows, dtype=np.intp))

    def __getitem__(self, kind: type[_Feature]) -> _Feature:
        """Feature of a class.

        Raises
        ------
        UnknownNameError
            If the state has none, or ``kind`` is no class.
        """
        if not isinstance(kind, type):
            raise UnknownNameError(
                f"A state is looked up by feature class, got {kind!r}.",
                remedy="Write state[StorageBlock], state.storage_block or state.feature('StorageBlock').",
            )
        for feature in self.features:
            if isinstance(feature, kind):
                return feature
        raise self._unknown(kind.__name__)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "features":
            raise AttributeError(name)
        for feature in self.features:
            if snake_case(feature.feature_name) == name:
                return feature
        known = [snake_case(feature.feature_name) for feature in self.features]
        raise AttributeError(f"State of {self.owner_id!r} has no feature {name!r}. {suggest(name, known)}".rstrip())

    def feature(self, name: str) -> FeatureProvider:
        """Feature by class name.

        Raises
        ------
        UnknownNameError
            If the state has none.
        """
        for feature in self.features:
            if feature.feature_name == name:
                return feature
        raise self._unknown(name)

    def update_feature(self, name: str, **values: float) -> None:
        """Set fields of the feature with this class name; unknown names are errors."""
        self.feature(name).set_values(**values)

    def update(self, values: Mapping[str, Mapping[str, float]]) -> None:
        """Set fields of several features; all names are checked before anything is changed."""
        found = {name: self.feature(name) for name in values}
        for name, feature in found.items():
            feature.check_fields(values[name])
        for name, feature in found.items():
            feature.set_values(**values[name])

    def names(self) -> list[str]:
        """``row_name.field`` of every value in `vector`."""
        return [f"{feature.row_name}.{name}" for feature in self.features for name in feature.names()]

    def vector(self) -> FloatArray:
        """All values, shape ``(dim,)``, or ``(dim, n_env)`` when bound to more environments."""
        if not self.features:
            return np.zeros(0, dtype=np.float64)
        return np.concatenate([self._values(position) for position in range(len(self.features))])

    def observed_by(self, viewer: str, viewer_level: int) -> dict[str, FloatArray]:
        """What another agent may see: class name → values of the visible fields."""
        seen: dict[str, FloatArray] = {}
        for position, feature in enumerate(self.features):
            mask = [self._visible(feature, name, viewer, viewer_level) for name in feature.names()]
            if any(mask):
                seen[feature.feature_name] = self._values(position)[np.array(mask)]
        return seen

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Values by class name and field."""
        return {
            feature.feature_name: dict(zip(feature.names(), self._values(position).tolist(), strict=True))
            for position, feature in enumerate(self.features)
        }

    def reset(self) -> None:
        """Set every declared feature back to its initial values."""
        for feature in self.features:
            feature.reset()

    def _values(self, position: int) -> FloatArray:
        if position in self._shown_rows:
            table, rows = self._shown_rows[position]
            return table.values[rows]
        return np.asarray(self.features[position].vector(), dtype=np.float64)

    def _visible(self, feature: FeatureProvider, field: str, viewer: str, viewer_level: int) -> bool:
        return feature.is_observable_by(viewer, viewer_level, owner=self.owner_id, parent=self.parent_id, field=field)

    def _unknown(self, name: str) -> UnknownNameError:
        known = [feature.feature_name for feature in self.features]
        return UnknownNameError(
            f"State of {self.owner_id!r} has no feature {name!r}; it has {known}.", remedy=suggest(name, known)
        )


class FieldAgentState(State):
    """State of a field agent: a device and what it measures."""


class CoordinatorAgentState(State):
    """State of a coordinator: what it knows of its area."""


class SystemAgentState(State):
    """State of the system agent: what it knows of everything."""
