"""The importer against tables made from the same files by other hands, and the synthetic year against the real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from powergrid_datasets.embedded import caiso_like
from powergrid_datasets.market import ImportResult
from powergrid_datasets.measures import compare
from powergrid_datasets.synthetic.fit import fit_parameters
from powergrid_datasets.synthetic.parameters import load_parameters

TIDY = {
    "load/BANC": "load_mw/BANC",
    "load/PGE": "load_mw/PGE-TAC",
    "load/SDGE": "load_mw/SDGE-TAC",
    "load/SCE": "load_mw/SCE-TAC",
    "solar/NP15": "solar_mw/NP15",
    "solar/SP15": "solar_mw/SP15",
    "wind/NP15": "wind_mw/NP15",
    "wind/SP15": "wind_mw/SP15",
    "price/LMP": "price_usd_per_mwh/0096WD_7_N001/LMP",
}


@pytest.fixture(scope="module")
def tidy(shared_data: Path) -> pd.DataFrame:
    return pd.read_csv(shared_data / "iso" / "tidy" / "caiso_2023_2024_hourly.csv.gz", index_col="timestamp_utc")


def test_two_years_are_there(caiso_records: ImportResult) -> None:
    assert caiso_records.table.n_step == 17_544
    assert str(caiso_records.table.start) == "2023-01-01T08:00:00"


@pytest.mark.parametrize("column", TIDY)
def test_every_value_agrees_with_the_tidy_table(caiso_records: ImportResult, tidy: pd.DataFrame, column: str) -> None:
    assert caiso_records.shapes is not None
    given = tidy[TIDY[column]].to_numpy()
    there = ~np.isnan(given)
    found = caiso_records.table.column(column)
    if column.startswith("price/"):
        # The tidy table is rounded to 0.001 USD/MWh.
        np.testing.assert_allclose(found[there], given[there], atol=5.1e-4)
        return
    maximum = caiso_records.shapes.maxima_mw[column]
    assert maximum == pytest.approx(np.nanmax(given[:8_760]), abs=1e-3)
    low, high = (-np.inf, 1.05) if column.startswith("load/") else (0.0, 1.0)
    # Rounded to 0.001 MW; the smallest maximum is 1097 MW.
    np.testing.assert_allclose(found[there], np.clip(given[there] / maximum, low, high), atol=1e-6)


def test_gaps_are_those_of_the_tidy_table(caiso_records: ImportResult, tidy: pd.DataFrame) -> None:
    for column, name in TIDY.items():
        n_missing = sum(gap.n_hour for gap in caiso_records.gaps if gap.column == column)
        assert n_missing == tidy[name].isna().sum(), column


def test_a_gap_is_filled_with_the_mean_of_its_neighbours(caiso_records: ImportResult) -> None:
    # The hour of 31 August 2024, 17:00 UTC is missing in the load report; it is row 14 601.
    row = int((np.datetime64("2024-08-31T17:00") - caiso_records.table.start) / np.timedelta64(1, "h"))
    load = caiso_records.table.column("load/BANC")
    assert load[row] == pytest.approx((load[row - 1] + load[row + 1]) / 2.0, rel=1e-12)


def test_shapes_are_proportional_to_the_upstream_data_set(caiso_records: ImportResult, shared_data: Path) -> None:
    upstream = pd.read_csv(shared_data / "upstream" / "powergrid_data_2023_2024_main.csv.gz")
    for column in ("load/BANC", "load/PGE", "solar/NP15", "wind/SP15"):
        # That set divides by the maximum of both years, ours by that of 2023 with a ceiling.
        name = "load/PGE-TAC" if column == "load/PGE" else column
        theirs, ours = upstream[name].to_numpy(), caiso_records.table.column(column)
        scale = ours[:8_760].max() / theirs[:8_760].max()
        below = ours < 1.0
        np.testing.assert_allclose(ours[below], theirs[below] * scale, atol=2e-6)
    np.testing.assert_allclose(
        caiso_records.table.column("price"), upstream["price/0096WD_7_N001"].to_numpy(), rtol=5e-6, atol=1e-3
    )


def test_the_embedded_year_is_as_near_to_the_real_ones_as_it_claims(caiso_records: ImportResult) -> None:
    far = [
        f"{measure.name}: {one:.3f} instead of {two:.3f}, tolerance {measure.tolerance}"
        for measure, one, two in compare(caiso_like(), caiso_records.table)
        if abs(one - two) > measure.tolerance
    ]
    assert not far, "\n".join(far)


def test_no_day_of_the_embedded_year_is_a_day_of_the_real_ones(caiso_records: ImportResult) -> None:
    made, real = (
        table.column("price")[: table.n_step // 24 * 24].reshape(-1, 24)
        for table in (caiso_like(), caiso_records.table)
    )
    nearest = np.array([np.abs(real - day).max(axis=1).min() for day in made])
    assert nearest.min() > 1.0  # USD/MWh in the hour that differs most


def test_the_shipped_parameters_are_a_fit_to_these_records(caiso_records: ImportResult) -> None:
    fitted, shipped = fit_parameters(caiso_records.table), load_parameters()
    # Shipped numbers are rounded to four decimals; eigenvectors and least squares add a little on other machines.
    np.testing.assert_allclose(fitted.marginal.quantiles, shipped.marginal.quantiles, atol=6e-5)
    np.testing.assert_allclose(fitted.day_effect, shipped.day_effect, atol=6e-5)
    np.testing.assert_allclose(fitted.dynamics.coefficients, shipped.dynamics.coefficients, atol=1e-3)
    np.testing.assert_allclose(fitted.dynamics.innovation, shipped.dynamics.innovation, atol=1e-3)


def test_fitting_to_the_synthetic_year_gives_a_similar_generator() -> None:
    refitted = fit_parameters(caiso_like())
    shipped = load_parameters()
    medians = [parameters.marginal.quantiles[..., 3] for parameters in (refitted, shipped)]
    # One year of 44 days' weight per cell: loads within a few hundredths of the distribution it was drawn from.
    assert np.abs(medians[0] - medians[1])[..., :4].mean() < 0.03
