"""Parameters of the year generator and the file they are kept in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from heron.types import FloatArray
from powergrid_datasets.embedded import PARAMETERS_FILE
from powergrid_datasets.synthetic.dynamics import N_BLOCK, Dynamics
from powergrid_datasets.synthetic.marginal import Marginal

COLUMNS = (
    "load/BANC",
    "load/PGE",
    "load/SDGE",
    "load/SCE",
    "solar/NP15",
    "solar/SP15",
    "wind/NP15",
    "wind/SP15",
    "price/LMP",
)
FORMAT = "caiso-like-parameters-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearParameters:
    """Everything the generator knows about a market; fitted by `powergrid_datasets.synthetic.fit`.

    Parameters
    ----------
    marginal
        Distribution of each series by month and hour.
    day_effect : (3, 24, n_column)
        Mean score on working days, Saturdays and Sundays by hour. [1]
    dynamics
        Movement of the scores from hour to hour.
    seed
        Seed of the year that is shipped.
    origin
        What the parameters were fitted to, in one line.
    """

    marginal: Marginal
    day_effect: FloatArray
    dynamics: Dynamics
    seed: int
    origin: str

    def __post_init__(self) -> None:
        n_column = len(COLUMNS)
        shapes = {
            "quantiles": (self.marginal.quantiles.shape[:3], (12, 24, n_column)),
            "tail": (self.marginal.tail.shape, (2, n_column)),
            "day_effect": (self.day_effect.shape, (3, 24, n_column)),
            "coefficients": (self.dynamics.coefficients.shape, (24, n_column, N_BLOCK * n_column)),
            "innovation": (self.dynamics.innovation.shape, (24, n_column, n_column)),
            "volatility": (self.dynamics.volatility.shape, (n_column,)),
        }
        wrong = [f"{name} {found} instead of {due}" for name, (found, due) in shapes.items() if found != due]
        if wrong:
            raise ValueError(f"Parameters of the wrong shape: {', '.join(wrong)}.")


@lru_cache(maxsize=1)
def load_parameters() -> YearParameters:
    """Parameters that the package ships, fitted to CAISO's records of 2023 and 2024."""
    text = resources.files("powergrid_datasets").joinpath("data", PARAMETERS_FILE).read_text("utf-8")
    return parse_parameters(text)


def parse_parameters(text: str) -> YearParameters:
    """Parameters from the text of a file."""
    content = json.loads(text)
    if content.get("format") != FORMAT or tuple(content["columns"]) != COLUMNS:
        raise ValueError(f"Not a {FORMAT} file for the columns {', '.join(COLUMNS)}.")
    arrays = {name: _unpacked(packed) for name, packed in content["arrays"].items()}
    return YearParameters(
        marginal=Marginal(quantiles=arrays["quantiles"], tail=arrays["tail"]),
        day_effect=arrays["day_effect"],
        dynamics=Dynamics(
            coefficients=arrays["coefficients"], innovation=arrays["innovation"], volatility=arrays["volatility"]
        ),
        seed=int(content["seed"]),
        origin=str(content["origin"]),
    )


def save_parameters(parameters: YearParameters, path: Path) -> None:
    """Write parameters as text, rounded to four decimals."""
    dynamics = parameters.dynamics
    arrays = {
        "quantiles": parameters.marginal.quantiles,
        "tail": parameters.marginal.tail,
        "day_effect": parameters.day_effect,
        "coefficients": dynamics.coefficients,
        "innovation": dynamics.innovation,
        "volatility": dynamics.volatility,
    }
    content = {
        "format": FORMAT,
        "columns": COLUMNS,
        "seed": parameters.seed,
        "origin": parameters.origin,
        "arrays": {name: _packed(array) for name, array in arrays.items()},
    }
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


def _packed(array: FloatArray) -> dict[str, Any]:
    # Ten-thousandths as integers: a third of the characters, and nothing is lost in reading them.
    return {"shape": array.shape, "e4": np.rint(array * 1e4).astype(int).reshape(-1).tolist()}


def _unpacked(packed: dict[str, Any]) -> FloatArray:
    return np.array(packed["e4"], dtype=np.float64).reshape(packed["shape"]) / 1e4
