"""The microgrids that a configuration without any stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from powergrid.setups.loader import load_setup

DEFAULT_SETUP = "ieee34_ieee13"
_MICROGRIDS = "microgrid_configs"
_PLACE = ("dso_config", "shared_action_fields")
_DATA = ("dataset", "dataset_path")


def with_default_microgrids(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Copy of a configuration in which missing ``microgrid_configs`` are those of the setup ``ieee34_ieee13``.

    Where they are missing, the feeder they hang on, the action fields they share and the data they follow are filled in
    too, each unless the configuration says something else. Everything else keeps its default.

    Parameters
    ----------
    mapping
        Configuration; with ``microgrid_configs`` it is copied as it is, also when the list is empty.
    """
    config = dict(mapping)
    if _MICROGRIDS in config:
        return config
    setup = load_setup(DEFAULT_SETUP)
    config[_MICROGRIDS] = setup[_MICROGRIDS]
    config.update({key: setup[key] for key in _PLACE if key not in config})
    if all(config.get(key) is None for key in _DATA):
        config.update({key: setup[key] for key in _DATA if key in setup})
    return config
