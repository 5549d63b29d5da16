from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from powergrid.errors import NetworkError
from powergrid.networks.conductors import ACSR_1_0
from powergrid.networks.ieee13_table import IEEE13
from powergrid.networks.ieee34_table import IEEE34
from powergrid.networks.line_configuration import LineConfiguration, susceptance_us

_KFT_PER_MILE = 5.28
_DOCUMENT_OMEGA = 377.0  # the documents' susceptances were made with 377 rad/s, so C = B / 377


def two_phase(**changes: object) -> LineConfiguration:
    values: dict[str, object] = {
        "name": "x",
        "phasing": "CBN",
        "conductor": ACSR_1_0,
        "neutral": "1/0 ACSR",
        "spacing_id": "505",
        "z_ohm_per_mile": ((1.0 + 2.0j, 0.5j), (3.0 + 4.0j,)),
        "b_us_per_mile": ((5.0, -1.0), (6.0,)),
    }
    return LineConfiguration(**(values | changes))  # type: ignore[arg-type]


def test_the_published_triangle_becomes_a_symmetric_matrix() -> None:
    np.testing.assert_array_equal(two_phase().z_matrix_ohm_per_mile, [[1.0 + 2.0j, 0.5j], [0.5j, 3.0 + 4.0j]])
    np.testing.assert_array_equal(two_phase().b_matrix_us_per_mile, [[5.0, -1.0], [-1.0, 6.0]])


def test_phases_are_alphabetical_and_leave_out_the_neutral() -> None:
    assert two_phase().phases == "BC"
    assert two_phase().n_phases == 2


def test_a_triangle_that_does_not_fit_the_phases_is_refused() -> None:
    with pytest.raises(NetworkError, match=r"phases BC, so its matrices need rows of \[2, 1\] numbers, not \[1\]"):
        two_phase(b_us_per_mile=((5.0,),))


def test_susceptance_of_one_nanofarad() -> None:
    # 2 pi 60 Hz * 1e-9 F = 3.769911e-7 S
    assert susceptance_us(1.0) == pytest.approx(0.3769911, abs=1e-7)


def linecodes(path: Path) -> dict[str, dict[str, np.ndarray]]:
    """Lower triangles per kft of an OpenDSS line code file, as full matrices."""
    codes: dict[str, dict[str, np.ndarray]] = {}
    name = ""
    for line in path.read_text().splitlines():
        if new := re.match(r"new linecode\.(\S+)", line, flags=re.IGNORECASE):
            name = new[1]
            codes[name] = {}
        elif entry := re.match(r"~\s*([rxc])matrix\s*=\s*[\[(](.*?)[\])]", line, flags=re.IGNORECASE):
            rows = [[float(number) for number in row.split()] for row in entry[2].split("|")]
            matrix = np.zeros((len(rows), len(rows)))
            for i, row in enumerate(rows):
                matrix[i, : i + 1] = row
                matrix[: i + 1, i] = row
            codes[name][entry[1].lower()] = matrix
    return codes


@pytest.mark.parametrize("configuration", [*IEEE13.configurations, *IEEE34.configurations], ids=lambda c: c.name)
def test_published_matrices_are_those_of_the_distributed_line_codes(
    configuration: LineConfiguration, shared_data: Path
) -> None:
    code = linecodes(shared_data / "feeders" / "IEEELineCodes.DSS")[configuration.name]
    z_ohm_per_mile = (code["r"] + 1j * code["x"]) * _KFT_PER_MILE
    b_us_per_mile = code["c"] * _KFT_PER_MILE * _DOCUMENT_OMEGA * 1e-3
    np.testing.assert_allclose(configuration.z_matrix_ohm_per_mile, z_ohm_per_mile, atol=6e-6)
    np.testing.assert_allclose(configuration.b_matrix_us_per_mile, b_us_per_mile, atol=1e-4)
