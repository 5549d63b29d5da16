"""Names that our own packages bring, so that a missing package can be named."""

from __future__ import annotations

from collections.abc import Mapping

_DEVICES = "powergrid-devices"
_DATASETS = "powergrid-datasets"
_TRAINING = "powergrid-rl[rllib]"

KNOWN_DEVICES: Mapping[str, str] = dict.fromkeys(
    ("ESS", "Generator", "Load", "SolarPV", "Transformer", "WindTurbine"), _DEVICES
)
KNOWN_DATASETS: Mapping[str, str] = dict.fromkeys(("caiso", "caiso_like"), _DATASETS)
KNOWN_TRAINERS: Mapping[str, str] = {
    **dict.fromkeys(("ippo", "mappo"), _TRAINING),
    "mappo-fast": "powergrid-rl[torch]",
}
KNOWN_BENCHMARKS: Mapping[str, str] = {"training": _TRAINING}
KNOWN_COMMANDS: Mapping[str, str] = {
    **dict.fromkeys(("train", "evaluate", "demo", "gap"), _TRAINING),
    "data": _DATASETS,
}
