"""Older spellings mean the same quantity, in today's unit and sign."""

from __future__ import annotations

import pytest

from heron.errors import ConfigError
from powergrid.config import canonical, factor, translate
from powergrid.config.aliases import ALIASES


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("p_max_MW", "p_max_mw"),
        ("p_min_MW", "p_min_mw"),
        ("q_max_MVAr", "q_max_mvar"),
        ("q_min_MVAr", "q_min_mvar"),
        ("s_rated_MVA", "s_rated_mva"),
        ("cost_curve_coefs", "cost_curve_coefs"),
        ("startup_time_hr", "startup_time_h"),
        ("shutdown_time_hr", "shutdown_time_h"),
        ("e_capacity_MWh", "capacity_mwh"),
        ("init_soc", "soc_initial"),
        ("soc_min", "soc_min"),
        ("soc_max", "soc_max"),
        ("ch_eff", "eta_charge"),
        ("dsc_eff", "eta_discharge"),
        ("p_rated_MW", "p_rated_mw"),
        ("p_MW", "p_mw"),
        ("q_MVAr", "q_mvar"),
    ],
)
def test_each_documented_spelling_has_its_name(old: str, new: str) -> None:
    assert canonical(old) == new
    assert factor(old) == 1.0


def test_no_name_of_today_is_an_older_spelling_of_another() -> None:
    assert [new for new, _ in ALIASES.values() if new in ALIASES] == []


def test_a_charging_limit_becomes_a_negative_power_and_percent_a_fraction() -> None:
    # charging 0.4 MW is -0.4 MW into the grid; 80 % is 0.8
    assert translate({"p_ch_max_MW": 0.4, "loading_percent": [80, 50.0]}) == {"p_min_mw": -0.4, "loading": [0.8, 0.5]}


def test_other_names_and_values_are_kept_as_they_are() -> None:
    values = {"bus": "Bus 633", "p_max_MW": 2.0, "unheard_of": None, "p_ch_max_MW": "much"}
    assert translate(values) == {"bus": "Bus 633", "p_max_mw": 2.0, "unheard_of": None, "p_min_mw": "much"}
    assert "p_max_MW" in values


def test_one_parameter_under_two_spellings_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"'p_max_mw' and 'p_max_MW' are the same parameter. Keep 'p_max_mw' only"):
        translate({"p_max_mw": 1.0, "p_max_MW": 2.0})
