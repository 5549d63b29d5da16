from __future__ import annotations

import pytest

from powergrid.units import UNITS, unit_of


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("capacity_mwh", "_mwh"),
        ("price_usd_per_mwh", "_usd_per_mwh"),
        ("ramp_mw_per_h", "_mw_per_h"),
        ("b_us_per_mile", "_us_per_mile"),
        ("step_s", "_s"),
    ],
)
def test_the_longest_suffix_wins(name: str, suffix: str) -> None:
    unit = unit_of(name)
    assert unit is not None
    assert unit.suffix == suffix


@pytest.mark.parametrize("name", ["soc", "n_env", "status", "losses", "radius"])
def test_a_name_without_unit_has_none(name: str) -> None:
    assert unit_of(name) is None


def test_every_suffix_of_the_style_guide_is_in_the_table() -> None:
    powers, angles = {"_mw", "_mvar", "_mva", "_mwh"}, {"_deg", "_rad"}
    wanted = powers | angles | {"_kv", "_ka", "_ohm", "_pu", "_degc", "_s", "_h", "_usd", "_usd_per_mwh", "_per_h"}
    assert wanted <= {unit.suffix for unit in UNITS if not unit.table_only}


def test_no_suffix_is_listed_twice() -> None:
    suffixes = [unit.suffix for unit in UNITS]
    assert len(suffixes) == len(set(suffixes))
