"""Wear and worth of stored energy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from powergrid_devices.physics.storage_value import degradation_usd, terminal_energy_mwh

CHANGE = st.floats(-100.0, 100.0)


def row(*values: float) -> np.ndarray:
    return np.array([values], dtype=np.float64)


def test_wear_is_paid_for_every_mwh_in_either_direction() -> None:
    # 5 USD/MWh: 0.2 MWh in or out cost 1 USD
    wear = degradation_usd(row(0.2, -0.2, 0.0), degradation_usd_per_mwh=5.0)
    np.testing.assert_allclose(wear, row(1.0, 1.0, 0.0), rtol=1e-12)


@given(change_mwh=CHANGE)
def test_wear_is_symmetric_and_never_negative(change_mwh: float) -> None:
    there, back = (degradation_usd(row(c), degradation_usd_per_mwh=5.0) for c in (change_mwh, -change_mwh))
    assert there[0, 0] == back[0, 0] >= 0.0


def test_a_surplus_is_worth_less_and_a_deficit_costs_more_than_what_is_stored() -> None:
    # +1 MWh yields 0.95 MWh; -1 MWh has to be bought back as 1 / 0.95 = 1.0526... MWh
    worth = terminal_energy_mwh(row(1.0, -1.0), eta_charge=0.95, eta_discharge=0.95)
    np.testing.assert_allclose(worth, row(0.95, -1.0 / 0.95), rtol=1e-12)


@given(change_mwh=CHANGE, eta_charge=st.floats(0.5, 1.0), eta_discharge=st.floats(0.5, 1.0))
def test_a_change_and_its_reversal_are_never_worth_more_than_nothing(
    change_mwh: float, eta_charge: float, eta_discharge: float
) -> None:
    settings = {"eta_charge": eta_charge, "eta_discharge": eta_discharge}
    both = terminal_energy_mwh(row(change_mwh), **settings) + terminal_energy_mwh(row(-change_mwh), **settings)
    assert both[0, 0] <= 1e-12


@given(change_mwh=CHANGE)
def test_without_losses_energy_is_worth_itself(change_mwh: float) -> None:
    assert terminal_energy_mwh(row(change_mwh), eta_charge=1.0, eta_discharge=1.0)[0, 0] == change_mwh
