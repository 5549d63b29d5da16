"""Balanced net of the IEEE 13-node test feeder."""

from __future__ import annotations

from collections.abc import Mapping

from pandapower.auxiliary import pandapowerNet

from powergrid.networks.feeder_net import build_feeder
from powergrid.networks.feeder_options import FeederOptions, LoadModelChoice
from powergrid.networks.ieee13_table import IEEE13
from powergrid.networks.positive_sequence import Variant


def IEEE13Bus(  # noqa: N802 - the name users know
    name: str = "IEEE13",
    *,
    load_scale: float = 1.0,
    capacitor_scale: float = 1.0,
    regulator_taps: Mapping[str, int] | None = None,
    variant: Variant = "drop_preserving",
    load_model: LoadModelChoice = "constant_power",
    slack_vm_pu: float = 1.0,
) -> pandapowerNet:
    """IEEE 13-node feeder as a balanced net: 4.16 kV, 3.466 MW + 2.102 Mvar, 15 buses, one regulator.

    Parameters
    ----------
    name
        Name of the net and zone of its buses, ``"MG1"`` gives ``"MG1 Bus 633"``.
    load_scale, capacitor_scale
        Factors on all loads and on all capacitors. [1]
    regulator_taps
        ``{"reg1": position}``; without it +10, the position nearest to the mean of the published 10, 8, 11. [1]
    variant
        How laterals of one or two phases are represented: ``"drop_preserving"`` keeps their voltage drop and losses,
        ``"sequence"`` takes positive-sequence constants as they are.
    load_model
        ``"constant_power"``, or ``"zip"`` for the published constant currents and impedances.
    slack_vm_pu
        Voltage of the head, bus 650. [pu]

    Returns
    -------
    pandapowerNet
        Converges with plain ``pandapower.runpp(net)``. Buses 671 and 692 are joined by a closed switch.

    Raises
    ------
    NetworkError
        An option is out of range or misspelt.

    Source
    ------
    `powergrid.networks.ieee13_table`; derivation in docs/networks/ieee-feeders.md.
    """
    options = FeederOptions(
        name=name,
        load_scale=load_scale,
        capacitor_scale=capacitor_scale,
        regulator_taps=regulator_taps or {},
        variant=variant,
        load_model=load_model,
        slack_vm_pu=slack_vm_pu,
    )
    return build_feeder(IEEE13, options)
