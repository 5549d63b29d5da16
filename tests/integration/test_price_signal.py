"""A price instead of setpoints, with the shipped kinds."""

from __future__ import annotations

import numpy as np
import pytest

from heron.protocols.vertical import PriceSignalProtocol
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.networks.ieee13 import IEEE13Bus
from powergrid.setups.loader import load_setup


@pytest.fixture(scope="module")
def priced() -> NetworkedGridEnv:
    """The single microgrid, directed by a price between 0 and 100 USD/MWh."""
    (microgrid,) = load_setup("ieee13_single")["microgrid_configs"]
    net = IEEE13Bus("MG1", load_scale=0.15, capacitor_scale=0.15, regulator_taps={"reg1": 0})
    config = {"name": "MG1", "load_area": "BANC", "devices": microgrid["devices"]}
    agent = PowerGridAgent(net=net, grid_config=config, protocol=PriceSignalProtocol(-20.0, 100.0))
    return NetworkedGridEnv.from_agents(net, [agent], {"dataset": "caiso_like"}, n_env=3)


def announce(env: NetworkedGridEnv, *price: float) -> dict[str, np.ndarray]:
    env.core.reset(seeds=range(len(price)))
    for _ in range(13):
        env.core.step({"MG1": ((np.array(price) - 40.0) / 60.0)[:, np.newaxis]})
    return dict(zip(env.plant.fleet.names, env.plant.fleet.power_mw(), strict=True))


def test_doubling_the_price_changes_the_setpoints_of_what_responds(priced) -> None:
    # marginal cost 34 + 80 P: 0 MW at 24, 0.175 MW at 48, 0.3 MW (its rating) at 96
    power = announce(priced, 24.0, 48.0, 96.0)
    np.testing.assert_allclose(power["MG1.gen1"], [0.0, 0.175, 0.3], atol=1e-12)
    assert power["MG1.ess1"].tolist()[1] == 0.0  # between its thresholds of 25 and 60
    soc = priced.core.table["ess1.storage.soc"]
    assert soc[0] == pytest.approx(0.9)  # charged below
    assert soc[2] == pytest.approx(0.1)  # discharged above


def test_sun_and_wind_stand_still_below_zero(priced) -> None:
    power = announce(priced, -10.0, 0.0, 10.0)
    for device in ("MG1.pv1", "MG1.wind1"):
        assert power[device][0] == 0.0
        assert (power[device][1:] > 0.0).all()
