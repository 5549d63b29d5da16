"""Transformers whose tap may stand elsewhere in every environment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heron.errors import suggest
from heron.types import FloatArray, IndexArray
from powergrid.errors import NetworkError, PowerFlowError

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet

_TYPES = ("Ratio", "Symmetrical", "Ideal")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TapChangers:
    """Tap changers of a compiled network: an ideal transformer at one end of a branch, its ratio by position.

    Parameters
    ----------
    names : (n_changer,)
        Name of the transformer.
    branch : (n_changer,)
        Its row among the branches.
    end : (n_changer,)
        0 where the from end (high voltage) is tapped, 1 where the to end is.
    lowest, highest : (n_changer,)
        First and last position.
    compiled : (n_changer,)
        Position that is in the network's admittances.
    ratio : (n_changer, n_position)
        Complex ratio at each position from the lowest on: voltage at the tapped end over what it would be at the
        neutral position; 1 beyond the last. [1]
    """

    names: tuple[str, ...]
    branch: IndexArray
    end: IndexArray
    lowest: IndexArray
    highest: IndexArray
    compiled: IndexArray
    ratio: NDArray[np.complex128]

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def none(cls) -> TapChangers:
        """No tap changer at all."""
        nothing = np.zeros(0, dtype=np.intp)
        ratio = np.ones((0, 1), dtype=np.complex128)
        return cls(
            names=(), branch=nothing, end=nothing, lowest=nothing, highest=nothing, compiled=nothing, ratio=ratio
        )

    def index(self, name: str) -> int:
        """Row of a tap changer, by the name of its transformer.

        Raises
        ------
        NetworkError
            No transformer that can be tapped has that name.
        """
        if name not in self.names:
            raise NetworkError(
                f"No transformer with a tap changer is called {name!r}.", remedy=suggest(name, self.names)
            )
        return self.names.index(name)

    def positions(self, n_env: int) -> FloatArray:
        """Positions that were compiled, in every environment, for callers to change. Shape (n_changer, n_env)."""
        return np.repeat(self.compiled[:, np.newaxis].astype(np.float64), n_env, axis=1)

    def deviation(self, taps: NDArray[Any]) -> NDArray[np.complex128]:
        """How far the voltage behind each ideal transformer is from what it is at the position compiled.

        Parameters
        ----------
        taps : (n_changer, n_env)
            Positions, whole numbers of any type.

        Returns
        -------
        (n_changer, n_env)
            Ratio as compiled over the ratio there, less 1; exactly 0 at the position compiled. [1]

        Raises
        ------
        PowerFlowError
            A position is no whole number between the lowest and the highest.
        """
        place = np.rint(taps) - self.lowest[:, np.newaxis]
        span = (self.highest - self.lowest)[:, np.newaxis]
        good = (np.rint(taps) == taps) & (place >= 0) & (place <= span)
        if not good.all():
            self._refuse(taps, int(np.flatnonzero(~good.all(axis=1))[0]))
        deviation: NDArray[np.complex128] = _deviations(self)[
            np.arange(len(self))[:, np.newaxis], place.astype(np.intp)
        ]
        return deviation

    def _refuse(self, taps: NDArray[Any], changer: int) -> None:
        wrong = [tap for tap in taps[changer] if tap not in range(self.lowest[changer], self.highest[changer] + 1)]
        raise PowerFlowError(
            f"Tap changer {self.names[changer]!r} cannot stand at {wrong[0]}: its positions are the whole numbers from "
            f"{self.lowest[changer]} to {self.highest[changer]}.",
            remedy="Round and limit the positions before they are set.",
        )


@lru_cache(maxsize=64)
def _deviations(changers: TapChangers) -> NDArray[np.complex128]:
    """Deviation at each position, ``(n_changer, n_position)``; changers are compared by identity. [1]"""
    home = (changers.compiled - changers.lowest)[:, np.newaxis]
    deviations: NDArray[np.complex128] = np.take_along_axis(changers.ratio, home, axis=1) / changers.ratio - 1.0
    np.put_along_axis(deviations, home, 0.0, axis=1)
    return deviations


def read_tap_changers(
    net: pandapowerNet, kinds: tuple[str, ...], elements: IndexArray, names: tuple[str, ...]
) -> TapChangers:
    """Tap changers of the transformers that were compiled.

    Those with a table of characteristics are left out: their impedance depends on the position. So are those without
    a range of positions, or with a position between two steps.

    Parameters
    ----------
    net
        pandapower net, left as it is.
    kinds, elements, names
        Of the compiled branches.

    Returns
    -------
    TapChangers
        In the order of the branches.

    Source
    ------
    pandapower 3.5, *Transformer*: "Ratio" and "Symmetrical" change the voltage by steps that may stand at an angle,
    "Ideal" the angle alone (https://pandapower.readthedocs.io/en/latest/elements/trafo.html).
    """
    trafos = [row for row, kind in enumerate(kinds) if kind == "trafo"]
    records = net.trafo.loc[elements[trafos]].to_dict("records")
    rows = [row for row, trafo in zip(trafos, records, strict=True) if _can_be_tapped(trafo)]
    if not rows:
        return TapChangers.none()
    table = net.trafo.loc[elements[rows]]
    lowest, highest = table.tap_min.to_numpy(dtype=np.intp), table.tap_max.to_numpy(dtype=np.intp)
    ratio = np.ones((len(rows), int(np.max(highest - lowest)) + 1), dtype=np.complex128)
    for changer, (_, transformer) in enumerate(table.iterrows()):
        positions = np.arange(lowest[changer], highest[changer] + 1)
        ratio[changer, : len(positions)] = _ratio(transformer, positions - transformer.tap_neutral)
    return TapChangers(
        names=tuple(names[row] for row in rows),
        branch=np.array(rows, dtype=np.intp),
        end=(table.tap_side == "lv").to_numpy().astype(np.intp),
        lowest=lowest,
        highest=highest,
        compiled=table.tap_pos.to_numpy(dtype=np.intp),
        ratio=ratio,
    )


def _can_be_tapped(transformer: Any) -> bool:
    by_table = transformer.get("tap_dependency_table", False)
    if isinstance(by_table, bool | np.bool_) and by_table:
        return False
    if transformer.get("tap_changer_type") not in _TYPES:
        return False
    if transformer.get("tap_side") not in ("hv", "lv"):
        return False
    numbers = np.array([transformer[f"tap_{name}"] for name in ("min", "max", "pos", "neutral")], dtype=np.float64)
    lowest, highest, position, _ = numbers
    return bool(np.isfinite(numbers).all() and position == np.rint(position) and lowest <= position <= highest)


def _ratio(transformer: Any, steps: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Complex ratio after so many steps from the neutral position, as pandapower has it. [1]"""
    share = steps * _number(transformer, "tap_step_percent") / 100.0
    angle_rad = np.deg2rad(_number(transformer, "tap_step_degree"))
    if transformer.tap_changer_type == "Ideal":
        turned_rad = steps * angle_rad if angle_rad else 2.0 * np.arcsin(share / 2.0)
        return np.asarray(np.exp(1j * turned_rad), dtype=np.complex128)
    return np.asarray(1.0 + share * np.exp(1j * angle_rad), dtype=np.complex128)


def _number(transformer: Any, name: str) -> float:
    value = float(transformer.get(name, 0.0))
    return value if np.isfinite(value) else 0.0
