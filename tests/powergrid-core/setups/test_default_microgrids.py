"""A configuration without microgrids stands for those of the default setup."""

from __future__ import annotations

from typing import Any

import pytest

from powergrid.config import read_config
from powergrid.setups import load_setup, with_default_microgrids

pytestmark = pytest.mark.filterwarnings("ignore::heron.plugins.PluginWarning")


def test_missing_microgrids_come_with_their_feeder_and_data() -> None:
    config, setup = with_default_microgrids({}), load_setup("ieee34_ieee13")
    assert config == {
        key: setup[key]
        for key in ("microgrid_configs", "dso_config", "shared_action_fields", "dataset", "dataset_path")
    }
    assert read_config(config).penalty == 10.0


@pytest.mark.parametrize(
    "given", [{"dataset": "caiso"}, {"dataset_path": "year.npz"}, {"dso_config": {"name": "Town"}}, {"penalty": 3.0}]
)
def test_what_a_configuration_says_stays(given: dict[str, Any]) -> None:
    config = with_default_microgrids(given)
    assert given.items() <= config.items()
    assert len(read_config(config).microgrid_configs) == 3


@pytest.mark.parametrize("microgrids", [[], [{"name": "MG1"}]])
def test_given_microgrids_are_kept_alone(microgrids: list[Any]) -> None:
    assert with_default_microgrids({"microgrid_configs": microgrids}) == {"microgrid_configs": microgrids}


def test_the_given_configuration_is_not_changed() -> None:
    given: dict[str, Any] = {}
    with_default_microgrids(given)
    assert given == {}
