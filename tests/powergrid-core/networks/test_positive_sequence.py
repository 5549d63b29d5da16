from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powergrid.networks.ieee13_table import IEEE13
from powergrid.networks.ieee34_table import IEEE34
from powergrid.networks.line_configuration import LineConfiguration
from powergrid.networks.positive_sequence import balanced_line, positive_sequence

MILE_FT = 5280.0


def test_positive_sequence_is_self_minus_mutual() -> None:
    # means: diagonal (1 + 2 + 6) / 3 = 3, off-diagonal (0.5 + 1 + 1.5) / 3 = 1
    matrix = np.array([[1.0, 0.5, 1.0], [0.5, 2.0, 1.5], [1.0, 1.5, 6.0]])
    assert positive_sequence(matrix) == pytest.approx(2.0)


def test_a_single_phase_has_no_mutual_part() -> None:
    assert positive_sequence(np.array([[1.3425 + 0.5124j]])) == 1.3425 + 0.5124j


def test_a_mile_of_601_by_hand() -> None:
    # r: (0.3465 + 0.3375 + 0.3414) / 3 - (0.1560 + 0.1580 + 0.1535) / 3 = 0.34180 - 0.15583 = 0.18597 ohm
    # x: (1.0179 + 1.0478 + 1.0348) / 3 - (0.5017 + 0.4236 + 0.3849) / 3 = 1.03350 - 0.43673 = 0.59677 ohm
    # b: (6.2998 + 5.9597 + 5.6386) / 3 + (1.9958 + 1.2595 + 0.7417) / 3 = 7.29837 uS, over 2 pi 60: 19.3595 nF
    line = balanced_line(IEEE13.as_published().configuration("601"), MILE_FT, variant="sequence")
    assert line.length_km == pytest.approx(1.609344)
    assert line.r_ohm_per_km * line.length_km == pytest.approx(0.18597, abs=5e-6)
    assert line.x_ohm_per_km * line.length_km == pytest.approx(0.59677, abs=5e-6)
    assert line.c_nf_per_km * line.length_km == pytest.approx(19.3595, abs=5e-5)


def test_a_three_phase_line_is_the_same_in_both_variants() -> None:
    configuration = IEEE34.configuration("301")
    assert balanced_line(configuration, 1.0, variant="sequence") == balanced_line(
        configuration, 1.0, variant="drop_preserving"
    )


@pytest.mark.parametrize(("name", "n_phases"), [("603", 2), ("605", 1)])
def test_drop_preserving_scales_impedance_up_and_capacitance_down(name: str, n_phases: int) -> None:
    plain = balanced_line(IEEE13.configuration(name), 300.0, variant="sequence")
    preserving = balanced_line(IEEE13.configuration(name), 300.0, variant="drop_preserving")
    assert preserving.r_ohm_per_km == pytest.approx(plain.r_ohm_per_km * 3 / n_phases)
    assert preserving.x_ohm_per_km == pytest.approx(plain.x_ohm_per_km * 3 / n_phases)
    assert preserving.c_nf_per_km == pytest.approx(plain.c_nf_per_km * n_phases / 3)


@pytest.mark.parametrize(
    ("name", "max_i_ka"),
    [
        ("601", 0.730),  # three phases of 730 A
        ("603", 0.230 * 2 / 3),
        ("605", 0.230 / 3),
        ("606", 0.260),
        ("607", 0.165 / 3),
    ],
)
def test_a_lateral_may_carry_its_share_of_the_ampacity(name: str, max_i_ka: float) -> None:
    assert balanced_line(IEEE13.configuration(name), 1.0, variant="sequence").max_i_ka == pytest.approx(max_i_ka)


@given(
    st.sampled_from(["601", "603", "605", "607"]),
    st.complex_numbers(min_magnitude=0.001, max_magnitude=0.5, allow_nan=False, allow_infinity=False),
)
def test_drop_losses_and_loading_are_those_of_the_real_lateral(name: str, s_mva: complex) -> None:
    """Laterals of equal phases: what n real conductors do, the balanced line does with a third of the power each."""
    transposed = transposed_configuration(IEEE13.configuration(name))
    n, line = transposed.n_phases, balanced_line(transposed, MILE_FT, variant="drop_preserving")
    z_ohm = complex(line.r_ohm_per_km, line.x_ohm_per_km) * line.length_km
    v_kv = 4.16 / math.sqrt(3.0)
    real_i_ka, balanced_i_ka = (s_mva / n / v_kv).conjugate(), (s_mva / 3 / v_kv).conjugate()
    real_z_ohm = positive_sequence(transposed.z_matrix_ohm_per_mile)
    assert balanced_i_ka * z_ohm == pytest.approx(real_i_ka * real_z_ohm)
    assert 3 * abs(balanced_i_ka) ** 2 * z_ohm.real == pytest.approx(n * abs(real_i_ka) ** 2 * real_z_ohm.real)
    real_loading = abs(real_i_ka) / (transposed.conductor.ampacity_ampere * 1e-3)
    assert abs(balanced_i_ka) / line.max_i_ka == pytest.approx(real_loading)


def transposed_configuration(configuration: LineConfiguration) -> LineConfiguration:
    own = configuration.z_ohm_per_mile[0][0]
    n = configuration.n_phases
    return replace(configuration, z_ohm_per_mile=tuple((own,) + (0.3 * own,) * (n - 1 - i) for i in range(n)))
