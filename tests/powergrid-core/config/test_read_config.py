"""A configuration is read whole: defaults, older spellings, and every finding at once."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest

from heron.errors import ConfigError
from powergrid.config import (
    DsoConfig,
    EnvConfig,
    InvalidConfigError,
    MicrogridConfig,
    TransformerConfig,
    builder_settings,
    read_config,
    read_device_config,
    read_microgrid_config,
)

SMALL: dict[str, Any] = {
    "max_episode_steps": 48,
    "forecast_steps": {"price": 23},
    "dso_config": {"name": "DSO", "network": "ieee34", "load_area": "SCE", "regulator_taps": {"reg1": 2}},
    "microgrid_configs": [
        {
            "name": "MG1",
            "connection_bus": "Bus 850",
            "base_power": 1,
            "load_area": "BANC",
            "transformer": {"sn_mva": 0.5},
            "devices": [{"type": "Generator", "name": "gen1", "device_state_config": {"bus": "Bus 671"}}],
        }
    ],
}


def findings(mapping: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidConfigError) as raised:
        read_config(mapping)
    return {finding.path: f"{finding.message} {finding.remedy}".strip() for finding in raised.value.findings}


def changed(path: str, value: Any) -> dict[str, Any]:
    mapping = copy.deepcopy(SMALL)
    *parents, last = path.split("/")
    place: Any = mapping
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    place[last] = value
    return mapping


def test_an_empty_mapping_gives_the_documented_defaults() -> None:
    config = read_config({})
    assert config == EnvConfig()
    assert (config.max_episode_steps, config.step_s, config.penalty) == (24, 3600.0, 10.0)
    assert (config.train, config.centralized, config.share_reward) == (True, True, False)
    assert (config.solver, config.learners, config.start) == ("auto", "coordinators", "random_day")
    assert (config.dso_config, config.microgrid_configs) == (None, ())


def test_nested_records_are_read_in_order_and_whole_numbers_become_floats() -> None:
    config = read_config(SMALL)
    assert config.max_episode_steps == 48
    assert config.forecast_steps == {"price": 23}
    assert config.dso_config == DsoConfig(load_area="SCE", regulator_taps={"reg1": 2})
    (microgrid,) = config.microgrid_configs
    assert isinstance(microgrid.base_power, float)
    assert microgrid.devices[0].device_state_config == {"bus": "Bus 671"}
    assert microgrid.transformer.x_pu == 0.05


def test_every_finding_is_listed_with_its_path_and_the_nearest_key() -> None:
    mapping = copy.deepcopy(SMALL)
    mapping |= {"penalti": 3, "step_s": 0, "train": "yes"}
    mapping["dso_config"]["load_scale"] = "0.3"
    mapping["microgrid_configs"][0]["devices"].append({"type": "ESS", "nme": "ess1"})
    assert findings(mapping) == {
        "dso_config.load_scale": "expected a number, not the text '0.3'; write 0.3.",
        "microgrid_configs[0].devices[1].nme": "unknown key. Did you mean 'name'?",
        "microgrid_configs[0].devices[1].name": "is missing.",
        "penalti": "unknown key. Did you mean 'penalty'?",
        "train": "expected true or false, not 'yes'.",
        "step_s": "must be positive, not 0.0.",
    }


def test_the_message_lists_one_finding_a_line() -> None:
    with pytest.raises(ConfigError) as raised:
        read_config({"penalti": 3, "step_s": -1})
    assert str(raised.value).splitlines() == [
        "configuration has 2 findings:",
        "  - penalti: unknown key. Did you mean 'penalty'?",
        "  - step_s: must be positive, not -1.0.",
    ]


def test_a_key_near_nothing_gets_the_keys_there_are() -> None:
    assert findings({"dso_config": {"zzzzzz": 1}})["dso_config.zzzzzz"].startswith(
        "unknown key. Known keys are capacitor_scale, load_area, load_scale, name"
    )


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("max_episode_steps", 2.5, "expected a whole number, not 2.5."),
        ("max_episode_steps", True, "expected a whole number, not True."),
        ("max_episode_steps", 0, "must be positive, not 0."),
        ("penalty", float("nan"), "expected a number, not nan."),
        ("penalty", float("inf"), "must not be negative, not inf."),
        ("penalty", "1e-3", "expected a number, not the text '1e-3'; write 0.001."),
        ("env_id", "", "must not be empty."),
        ("solver", 3, "expected text, not 3."),
        ("learners", "device", "must be one of coordinators, devices, not 'device'. Did you mean 'devices'?"),
        ("start", "random", "must be one of random_day, in_order, not 'random'. Did you mean 'random_day'?"),
        ("start", -1, "must be a day of the split counted from 0, not -1."),
        ("action_units", "raw", "must be one of normalized, physical, not 'raw'."),
        ("observation_units", "scale", "must be one of scaled, physical, not 'scale'. Did you mean 'scaled'?"),
        ("observability", "none", "must be one of declared, full, not 'none'."),
        ("timing_jitter", 1.5, "must be from 0 to 1, not 1.5."),
        ("plant_step_s", 0.0, "must be positive, not 0.0."),
        ("message_broker", "", "must not be empty."),
        ("forecast_steps", {"prize": 2}, "names 'prize'; series are load, solar, wind, price."),
        ("forecast_steps", {"price": -2}, "must count steps from 0 on, not {'price': -2}."),
        ("forecast_steps", {"price": 0.5}, "price: expected a whole number, not 0.5."),
        ("forecast_steps", 24, "expected a mapping, not 24."),
        ("dataset", 24, "must be a name, a TimeSeriesTable or arrays by split, not int."),
        ("dataset", {}, "must not be empty."),
        ("microgrid_configs", {"MG1": {}}, "expected a list, not {'MG1': {}}."),
        ("microgrid_configs", "MG1", "expected a list, not 'MG1'."),
        ("dso_config", "ieee34", "expected a mapping, not 'ieee34'."),
        ("shared_action_fields", "q_mvar", "expected a list, not 'q_mvar'."),
    ],
)
def test_an_unusable_value_is_refused_with_what_is_expected(path: str, value: Any, message: str) -> None:
    assert findings(changed(path, value)) == {path: message}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("start", 17),
        ("start", "in_order"),
        ("learners", ["gen1", "ess1"]),
        ("dataset", "caiso_like"),
        ("dataset", {"train": {"load": [1.0]}, "test": {"load": [1.0]}}),
        ("message_broker", "in_memory"),
        ("shared_action_fields", ["q_mvar"]),
        ("dso_config", None),
    ],
)
def test_every_form_of_a_value_is_taken(path: str, value: Any) -> None:
    taken = getattr(read_config(changed(path, value)), path)
    assert taken == (tuple(value) if isinstance(value, list) else value)


def test_a_path_may_be_text_and_excludes_a_named_dataset() -> None:
    assert read_config({"dataset_path": "data/year.npz"}).dataset_path == Path("data/year.npz")
    assert findings({"dataset": "caiso", "dataset_path": "year.npz"}) == {
        "dataset_path": "is given beside dataset; only one of them can be read. Set the other one to null."
    }


def test_names_must_differ_and_hold_no_point() -> None:
    twice = copy.deepcopy(SMALL)
    twice["microgrid_configs"] *= 2
    assert findings(twice) == {"microgrid_configs": "uses 'MG1' more than once."}
    assert findings(changed("microgrid_configs/0/name", "MG.1")) == {
        "microgrid_configs[0].name": "must not contain a point, not 'MG.1'."
    }
    assert findings(changed("microgrid_configs/0/name", "DSO")) == {
        "microgrid_configs[0].name": "'DSO' is the name of the operator's feeder too."
    }


def test_a_microgrid_on_a_feeder_needs_a_place_and_has_no_slack() -> None:
    mapping = changed("microgrid_configs/0/slack_vm_pu", 1.0)
    del mapping["microgrid_configs"][0]["connection_bus"]
    assert findings(mapping) == {
        "microgrid_configs[0].connection_bus": "is missing: MG1 hangs on a bus of DSO.",
        "microgrid_configs[0].slack_vm_pu": (
            "is given, but the head of MG1 is fed by DSO. Set dso_config.slack_vm_pu instead."
        ),
    }


def test_a_transformer_may_be_given_by_its_nameplate() -> None:
    # 1 % and 5 % of rated voltage are 0.01 and 0.05 pu
    mapping = changed("microgrid_configs/0/transformer", {"sn_mva": 0.5, "vkr_percent": 1.0, "vkx_percent": 5.0})
    transformer = read_config(mapping).microgrid_configs[0].transformer
    assert transformer == TransformerConfig(sn_mva=0.5, r_pu=0.01, x_pu=0.05)


def test_a_builder_gets_only_the_settings_that_were_chosen() -> None:
    # a third party's builder need not know every setting
    assert builder_settings(DsoConfig()) == {}
    assert builder_settings(DsoConfig(load_scale=0.3, slack_vm_pu=1.03, regulator_taps={"reg1": 2})) == {
        "load_scale": 0.3,
        "slack_vm_pu": 1.03,
        "regulator_taps": {"reg1": 2},
    }


def test_a_microgrid_may_stand_alone() -> None:
    (microgrid,) = read_config({"microgrid_configs": [{"name": "MG1", "slack_vm_pu": 1.02}]}).microgrid_configs
    assert (microgrid.connection_bus, microgrid.slack_vm_pu) == (None, 1.02)


def test_constructing_a_record_refuses_what_reading_refuses() -> None:
    with pytest.raises(
        ConfigError, match=r"EnvConfig has 2 findings:\n  - penalty: must not.*\n  - solver: must not be"
    ):
        EnvConfig(penalty=-1.0, solver="")


def test_a_misspelt_field_is_a_type_error_at_the_call() -> None:
    with pytest.raises(TypeError, match="penalti"):
        EnvConfig(penalti=3)  # type: ignore[call-arg]


def test_an_agents_own_configuration_is_read_alone() -> None:
    config = read_microgrid_config({"name": "MG1", "base_power": 1.0, "devices": [{"type": "ESS", "name": "ess1"}]})
    assert isinstance(config, MicrogridConfig)
    assert config.devices[0].device_state_config == {}
    with pytest.raises(
        ConfigError, match=r"grid_config has 1 finding:\n  - grid_config\.devices\[0\]\.type: is missing"
    ):
        read_microgrid_config({"name": "MG1", "devices": [{"name": "ess1"}]})


def test_a_device_is_read_alone() -> None:
    assert read_device_config({"type": "ESS", "name": "ess1"}).type == "ESS"
    with pytest.raises(ConfigError, match=r"device\.device_state_config: expected a mapping, not 3"):
        read_device_config({"type": "ESS", "name": "ess1", "device_state_config": 3})


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"\(top level\): expected a mapping, not \[1\]"):
        read_config([1])  # type: ignore[arg-type]


def test_an_error_survives_the_way_between_processes() -> None:
    with pytest.raises(InvalidConfigError) as raised:
        read_config({"penalti": 3})
    again = pickle.loads(pickle.dumps(raised.value))  # noqa: S301  our own bytes
    assert str(again) == str(raised.value)
    assert again.findings == raised.value.findings


def test_reading_changes_nothing_in_what_was_given() -> None:
    before = copy.deepcopy(SMALL)
    read_config(SMALL)
    assert before == SMALL
