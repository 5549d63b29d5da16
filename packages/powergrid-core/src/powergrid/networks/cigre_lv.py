"""The CIGRE low-voltage benchmark as pandapower builds it, with the names of this project."""

from __future__ import annotations

from functools import lru_cache

import pandapower.networks
from pandapower.auxiliary import pandapowerNet

from powergrid.networks.feeder_options import FeederOptions
from powergrid.networks.net_copy import copy_tables
from powergrid.networks.start_values import set_start_values

_NAMED_TABLES = ("bus", "line", "trafo", "load", "switch")


def CIGRELV(  # noqa: N802 - named as the other builders
    name: str = "CIGRELV", *, load_scale: float = 1.0, slack_vm_pu: float = 1.0
) -> pandapowerNet:
    """CIGRE European low-voltage benchmark: three feeders of 0.4 kV behind 20 kV, 44 buses, 0.687 MW + 0.284 Mvar.

    Parameters
    ----------
    name
        Name of the net and zone of its buses, ``"CIGRELV Bus R1"``; every element's name begins with it.
    load_scale
        Factor on all loads. [1]
    slack_vm_pu
        Voltage of the 20 kV bus 0. [pu]

    Returns
    -------
    pandapowerNet
        50 Hz. Line ratings are pandapower's placeholder of 1 kA; transformers turn the angle by 30 degrees. Buses 0,
        R0, I0 and C0 are joined by closed switches.

    Raises
    ------
    NetworkError
        An option is out of range.

    Source
    ------
    CIGRE Task Force C6.04.02, *Benchmark systems for network integration of renewable and distributed energy
    resources*, brochure 575, 2014, in the form of ``pandapower.networks.create_cigre_network_lv``.
    """
    options = FeederOptions(name=name, load_scale=load_scale, slack_vm_pu=slack_vm_pu)
    net = copy_tables(_benchmark_net())
    net.name = options.name
    for table in _NAMED_TABLES:
        net[table]["name"] = options.name + " " + net[table]["name"].astype(str)
    net.switch["name"] = net.switch["name"].str.replace(f"{name} ", f"{name} Switch ", n=1, regex=False)
    net.ext_grid["name"] = f"{options.name} Grid"
    net.ext_grid["vm_pu"] = options.slack_vm_pu
    net.bus["zone"] = options.name
    net.load[["p_mw", "q_mvar"]] *= options.load_scale
    set_start_values(net)
    return net


@lru_cache(maxsize=1)
def _benchmark_net() -> pandapowerNet:
    # pandapower takes 0.3 s to make it.
    return copy_tables(pandapower.networks.create_cigre_network_lv())
