from __future__ import annotations

import hashlib
from importlib import resources

import numpy as np
import pytest

from powergrid.plant.series_file import fingerprint
from powergrid_datasets.embedded import PARAMETERS_FILE, YEAR_FILE, caiso_like
from powergrid_datasets.measures import Years
from powergrid_datasets.synthetic import load_parameters, synthetic_year
from powergrid_datasets.synthetic.dynamics import Dynamics, regressors
from powergrid_datasets.synthetic.generator import N_HOUR
from powergrid_datasets.synthetic.marginal import KNOTS, Marginal
from powergrid_datasets.synthetic.normals import standard_normals
from powergrid_datasets.synthetic.parameters import COLUMNS, parse_parameters
from powergrid_datasets.synthetic.season import Season, months_around, sun_elevation_rad


@pytest.fixture(scope="module")
def year() -> Years:
    return Years(caiso_like())


# --- the year as it is shipped -------------------------------------------------------------------------------------


def test_the_shipped_year_comes_out_of_the_generator_again() -> None:
    np.testing.assert_allclose(synthetic_year().values, caiso_like().values, rtol=0.0, atol=1e-12)


def test_the_year_says_that_it_is_synthetic() -> None:
    assert caiso_like().synthetic
    assert caiso_like().source.startswith("synthetic, seed ")


def test_the_source_note_holds_the_checksums_of_what_is_shipped() -> None:
    folder = resources.files("powergrid_datasets").joinpath("data")
    note = folder.joinpath("SOURCE.md").read_text("utf-8")
    parameters = hashlib.sha256(folder.joinpath(PARAMETERS_FILE).read_bytes()).hexdigest()
    assert f"`{PARAMETERS_FILE}` file sha256 {parameters}" in note
    assert f"`{YEAR_FILE}` content sha256 {fingerprint(caiso_like())}" in note


def test_the_year_has_the_agreed_columns_and_length() -> None:
    assert caiso_like().columns == COLUMNS
    assert caiso_like().n_step == 365 * 24


def test_more_than_sixty_days_are_for_testing() -> None:
    # Week numbers 3, 7, …, 51 of 52 whole weeks: 13 weeks of 7 days.
    assert len(caiso_like().day_starts("test")) == 91
    assert len(caiso_like().day_starts("train")) == 365 - 91


def test_shapes_stay_within_their_limits(year: Years) -> None:
    shapes = np.stack([year.column(name) for name in COLUMNS if not name.startswith("price")])
    assert shapes.min() >= 0.0
    assert shapes[:4].max() <= 1.05
    assert shapes[4:].max() <= 1.0


def test_the_sun_yields_nothing_at_night(year: Years) -> None:
    for hub in ("solar/NP15", "solar/SP15"):
        assert year.column(hub)[(year.hour < 4) | (year.hour >= 20)].max() == 0.0
        assert year.column(hub)[(year.month == 12) & (year.hour == 6)].max() == 0.0


@pytest.mark.parametrize(("column", "load_factor"), [("BANC", 0.42), ("PGE", 0.57), ("SDGE", 0.54), ("SCE", 0.52)])
def test_load_factors_are_those_of_the_sizing(year: Years, column: str, load_factor: float) -> None:
    assert year.column(f"load/{column}").mean() == pytest.approx(load_factor, abs=0.02)


def test_prices_have_the_quartiles_of_the_sizing(year: Years) -> None:
    assert np.percentile(year.price, [25, 50, 75]) == pytest.approx([25.6, 41.4, 57.7], abs=4.0)


def test_prices_are_negative_on_sunny_spring_days(year: Years) -> None:
    negative = year.price < 0.0
    assert negative.mean() == pytest.approx(0.095, abs=0.02)
    assert year.column("solar/SP15")[negative].mean() > 2.0 * year.column("solar/SP15").mean()
    by_month = [negative[year.month == month].mean() for month in range(1, 13)]
    assert np.argmax(by_month) + 1 in (4, 5)


def test_prices_spike_on_a_few_days(year: Years) -> None:
    spiked = (year.days(year.price) > 300.0).any(axis=1).sum()
    assert 2 <= spiked <= 8


def test_load_peaks_on_summer_afternoons(year: Years) -> None:
    for name in COLUMNS[:4]:
        highest = np.argsort(year.column(name))[-50:]
        assert np.isin(year.month[highest], (6, 7, 8, 9)).mean() > 0.9
        assert ((year.hour[highest] >= 11) & (year.hour[highest] <= 21)).mean() > 0.9


def test_people_use_less_at_weekends(year: Years) -> None:
    first_sunday = np.arange(N_HOUR) // 24 % 7
    weekend = np.isin(first_sunday, (0, 6))
    for name in (*COLUMNS[:4], "price/LMP"):
        assert year.column(name)[weekend].mean() < year.column(name)[~weekend].mean()


def test_the_sun_stands_where_the_almanac_says() -> None:
    # Solar noon at the solstices at 35.5° north: 90 - 35.5 + 23.45 = 77.95° and 90 - 35.5 - 23.45 = 31.05°.
    noons = np.array([171.5, 354.5])  # 21 June and 21 December
    np.testing.assert_allclose(np.rad2deg(sun_elevation_rad(noons)), [77.95, 31.05], atol=0.05)


# --- the generator -------------------------------------------------------------------------------------------------


def test_another_seed_gives_another_year_of_the_same_kind() -> None:
    one, other = synthetic_year(1), synthetic_year(2)
    assert fingerprint(one) != fingerprint(other)
    assert one.column("load/SCE").mean() == pytest.approx(other.column("load/SCE").mean(), abs=0.05)


def test_the_same_seed_gives_the_same_year() -> None:
    assert fingerprint(synthetic_year(7)) == fingerprint(synthetic_year(7))


def test_normal_numbers_come_from_the_raw_bits_alone() -> None:
    # First three numbers of PCG64(0): (bits >> 11 + 1/2) / 2**53 are 0.636962, 0.269787, 0.040974.
    np.testing.assert_allclose(standard_normals(0, 3), [0.35034, -0.61346, -1.73950], atol=2e-5)


def test_normal_numbers_are_normal() -> None:
    normals = standard_normals(3, 100_000)
    # Standard error of the mean 0.003, of the variance 0.0045; four of each.
    assert abs(normals.mean()) < 0.0127
    assert abs(normals.var() - 1.0) < 0.018


def test_the_middle_of_a_month_is_that_month_alone() -> None:
    before, after, weight = months_around(np.array([15.5, 0.0]))
    assert (after[0], weight[0]) == (1, 0.0)
    assert before[0] == 0
    # New year lies 15.5 days after the middle of December and as many before that of January.
    assert (before[1], after[1], weight[1]) == (11, 0, 0.5)


def test_weekdays_of_2023_are_right() -> None:
    season = Season.of_hours(np.datetime64("2023-01-01", "D"), 8 * 24)
    # 1 January 2023 was a Sunday.
    assert season.day_type[::24].tolist() == [2, 0, 0, 0, 0, 0, 1, 2]
    assert season.hour[:25].tolist() == [*range(24), 0]


def flat_marginal(quantiles: list[float], *, tail: float = 1.0) -> Marginal:
    return Marginal(quantiles=np.tile(quantiles, (12, 24, 1, 1)), tail=np.full((2, 1), tail))


def test_a_score_of_zero_is_the_median() -> None:
    season = Season.of_hours(np.datetime64("2023-01-01", "D"), 3)
    marginal = flat_marginal([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    # Knots at 0, 0.7 and 1.4: halfway between the last two lies 4.5. Beyond 2.2 the line goes on by 1 in 0.8.
    scores = np.array([[0.0], [1.05], [3.0]])
    np.testing.assert_allclose(marginal.values(scores, season), [[3.0], [4.5], [7.0]], rtol=1e-12)


def test_a_heavy_tail_reaches_further() -> None:
    season = Season.of_hours(np.datetime64("2023-01-01", "D"), 1)
    heavy = flat_marginal([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], tail=2.0)
    assert heavy.values(np.array([[3.0]]), season)[0, 0] == pytest.approx(8.0, rel=1e-12)


def test_scores_and_values_are_inverse() -> None:
    season = Season.of_hours(np.datetime64("2023-05-01", "D"), 200)
    marginal = flat_marginal([-3.0, 0.0, 2.0, 3.0, 4.0, 8.0, 30.0], tail=1.7)
    scores = np.linspace(-4.0, 4.0, 200)[:, None]
    np.testing.assert_allclose(marginal.scores(marginal.values(scores, season), season), scores, atol=1e-9)


def test_a_still_series_keeps_its_score() -> None:
    dynamics = Dynamics(coefficients=np.zeros((24, 1, 6)), innovation=np.ones((24, 1, 1)), volatility=np.zeros(1))
    hour = np.arange(48) % 24
    active = (hour < 12)[:, None]
    scores = dynamics.run(standard_normals(1, 48)[:, None], np.zeros((2, 1)), hour=hour, active=active)
    assert set(scores[12:24, 0]) == {scores[11, 0]}
    assert scores[24, 0] != scores[11, 0]


def test_the_recursion_sees_what_the_fit_saw() -> None:
    # One series, every block with weight 0.1: the score without news must be 0.1 times the sum of its regressors.
    dynamics = Dynamics(coefficients=np.full((24, 1, 6), 0.1), innovation=np.ones((24, 1, 1)), volatility=np.zeros(1))
    normals = standard_normals(5, 24 * 20)[:, None]
    scores = dynamics.run(normals, np.zeros((20, 1)), hour=np.arange(480) % 24, active=np.ones((480, 1), bool))
    expected = 0.1 * regressors(scores)[168:].sum(axis=1) + normals[168:, 0]
    inside = np.abs(expected) < 4.5
    np.testing.assert_allclose(scores[168:, 0][inside], expected[inside], atol=1e-9)


def test_wild_days_leave_the_spread_of_innovations_alone() -> None:
    dynamics = Dynamics(
        coefficients=np.zeros((24, 1, 6)), innovation=np.full((24, 1, 1), 0.5), volatility=np.full(1, 0.5)
    )
    n_day = 5_000
    scores = dynamics.run(
        standard_normals(1, n_day * 24)[:, None],
        standard_normals(2, n_day)[:, None],
        hour=np.arange(n_day * 24) % 24,
        active=np.ones((n_day * 24, 1), bool),
    )
    assert scores.std() == pytest.approx(0.5, rel=0.05)
    # A log-normal size of spread 0.5 makes the kurtosis 3 exp(4 * 0.25) = 8.2.
    assert (scores**4).mean() / scores.var() ** 2 == pytest.approx(8.2, rel=0.3)


def test_shipped_parameters_have_a_knot_at_the_median() -> None:
    assert load_parameters().marginal.quantiles.shape == (12, 24, 9, KNOTS.size)


def test_parameters_of_other_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="Not a caiso-like-parameters-1 file"):
        parse_parameters('{"format": "caiso-like-parameters-1", "columns": ["load/X"]}')
