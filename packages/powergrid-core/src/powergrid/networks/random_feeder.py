"""Radial feeders of any size, drawn at random: nets to measure solvers on."""

from __future__ import annotations

import math

import numpy as np
import pandapower as pp
from numpy.typing import NDArray
from pandapower.auxiliary import pandapowerNet

from heron.types import FloatArray, IndexArray
from powergrid.errors import NetworkError
from powergrid.networks.start_values import set_start_values

VOLTAGE_KV = 12.47
LARGEST_DROP_PU = 0.06
_R_OHM_PER_KM, _X_OHM_PER_KM, _MAX_I_KA = (0.19, 0.37, 0.87), (0.32, 0.37, 0.40), (0.53, 0.32, 0.21)
_TURN_BACK = 0.3
_POWER_FACTOR = (0.90, 0.99)


def random_radial_feeder(name: str, *, n_bus: int, seed: int = 0) -> pandapowerNet:
    """Radial 12.47 kV feeder with a load at every bus but its head, the same for the same seed.

    A bus hangs on the one before it or, for three in ten, on any before it. Lines of 50 to 300 m are of one of three
    overhead conductors. Loads differ among each other, with power factors of 0.90 to 0.99; all are scaled so that the
    lowest voltage is 6 % below the head's, to first order.

    Parameters
    ----------
    name
        Name of the net and zone of its buses, ``"<name> Bus 7"``.
    n_bus
        Number of buses.
    seed
        Of everything drawn.

    Returns
    -------
    pandapowerNet
        60 Hz, base 1 MVA, ready for ``pandapower.runpp(net)``.

    Raises
    ------
    NetworkError
        There are fewer than two buses.

    Source
    ------
    Overhead conductors 336 ACSR, 4/0 ACSR and 1/0 ACSR to the nearest hundredth, positive sequence, as in W. H.
    Kersting, *Distribution System Modeling and Analysis*. The shape is nobody's feeder.
    """
    if n_bus < 2:
        raise NetworkError(f"A feeder of {n_bus} buses was asked for.", remedy="Give n_bus of 2 at least.")
    rng = np.random.default_rng(seed)
    before = np.arange(n_bus - 1)
    parent = np.where(rng.random(n_bus - 1) < _TURN_BACK, rng.integers(0, before + 1), before)
    conductor = rng.integers(0, len(_MAX_I_KA), n_bus - 1)
    length_km = rng.uniform(0.05, 0.3, n_bus - 1)
    r_ohm, x_ohm = (np.take(per_km, conductor) * length_km for per_km in (_R_OHM_PER_KM, _X_OHM_PER_KM))
    p_mw = rng.gamma(2.0, 1.0, n_bus - 1)
    q_mvar = p_mw * np.tan(np.arccos(rng.uniform(*_POWER_FACTOR, n_bus - 1)))
    scale = LARGEST_DROP_PU / float(linear_drop_pu(parent, r_ohm + 1j * x_ohm, p_mw + 1j * q_mvar).max())
    net = pp.create_empty_network(name=name, f_hz=60.0, sn_mva=1.0)
    names = [f"{name} Bus {bus}" for bus in range(n_bus)]
    pp.create_buses(net, n_bus, vn_kv=VOLTAGE_KV, name=names, zone=name)
    pp.create_ext_grid(net, 0, vm_pu=1.0, name=f"{name} Grid")
    pp.create_lines_from_parameters(
        net,
        parent,
        before + 1,
        length_km=length_km,
        r_ohm_per_km=np.take(_R_OHM_PER_KM, conductor),
        x_ohm_per_km=np.take(_X_OHM_PER_KM, conductor),
        c_nf_per_km=0.0,
        max_i_ka=np.take(_MAX_I_KA, conductor),
        name=[f"{name} Line {bus}" for bus in range(1, n_bus)],
    )
    loads = [f"{name} Load {bus}" for bus in range(1, n_bus)]
    pp.create_loads(net, before + 1, p_mw=p_mw * scale, q_mvar=q_mvar * scale, name=loads)
    set_start_values(net)
    return net


def linear_drop_pu(parent: IndexArray, z_ohm: NDArray[np.complex128], drawn_mva: NDArray[np.complex128]) -> FloatArray:
    """Voltage drop from the head to every other bus, to first order.

    Parameters
    ----------
    parent : (n_bus - 1,)
        Bus that buses 1, 2, … hang on; it comes before them.
    z_ohm : (n_bus - 1,)
        Impedance of the lines to them. [ohm]
    drawn_mva : (n_bus - 1,)
        Power that they draw. [MVA]

    Returns
    -------
    (n_bus - 1,)
        Sum over the way of (R P + X Q) / V². [pu of 12.47 kV]
    """
    through = np.concatenate([[0.0], drawn_mva])
    for bus in range(len(parent), 0, -1):
        through[parent[bus - 1]] += through[bus]
    drop_pu = np.zeros(len(parent) + 1)
    own = (z_ohm.real * through[1:].real + z_ohm.imag * through[1:].imag) / math.pow(VOLTAGE_KV, 2)
    for bus in range(1, len(parent) + 1):
        drop_pu[bus] = drop_pu[parent[bus - 1]] + own[bus - 1]
    return drop_pu[1:]
