"""Settings written on a command line."""

from __future__ import annotations

import pytest

from heron.errors import ConfigError, UnknownNameError
from powergrid_rl.training.setting_text import settings_from_text
from powergrid_rl.training.settings import TrainingSettings


def test_values_take_the_type_of_their_setting() -> None:
    texts = ["gamma=0.7", "n_env=64", "hidden=64,32", "activation=relu", "value_after_limit=true"]
    found = settings_from_text(texts)
    assert found == {
        "gamma": 0.7,
        "n_env": 64,
        "hidden": (64, 32),
        "activation": "relu",
        "value_after_limit": True,
    }
    assert TrainingSettings(**found).gamma == 0.7


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("gamma", ConfigError, "--set is 'gamma'. Write name=value"),
        ("gama=0.7", UnknownNameError, "no setting 'gama'.*Did you mean 'gamma'"),
        ("seed=3", UnknownNameError, "no setting 'seed'"),
        ("n_env=1.5", ConfigError, "--set n_env is '1.5'. It must be a whole number, like 256"),
        ("hidden=a", ConfigError, "whole numbers and commas"),
        ("value_after_limit=1", ConfigError, "true or false"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        settings_from_text([text])
