"""Balanced net of the IEEE 34-node test feeder."""

from __future__ import annotations

from collections.abc import Mapping

from pandapower.auxiliary import pandapowerNet

from powergrid.networks.feeder_net import build_feeder
from powergrid.networks.feeder_options import FeederOptions, LoadModelChoice
from powergrid.networks.ieee34_table import IEEE34
from powergrid.networks.positive_sequence import Variant


def IEEE34Bus(  # noqa: N802 - the name users know
    name: str = "IEEE34",
    *,
    load_scale: float = 1.0,
    capacitor_scale: float = 1.0,
    regulator_taps: Mapping[str, int] | None = None,
    variant: Variant = "drop_preserving",
    load_model: LoadModelChoice = "constant_power",
    slack_vm_pu: float = 1.05,
) -> pandapowerNet:
    """IEEE 34-node feeder as a balanced net: 24.9 kV, 1.769 MW + 1.044 Mvar, 36 buses, two regulators.

    Parameters
    ----------
    name
        Name of the net and zone of its buses, ``"IEEE34 Bus 850"``.
    load_scale, capacitor_scale
        Factors on all loads and on all capacitors. [1]
    regulator_taps
        ``{"reg1": position, "reg2": position}``; one left out stands at the position nearest to the mean of its
        published ones, +7 (12, 5, 5) and +12 (13, 11, 12). [1]
    variant
        How laterals of one phase are represented: ``"drop_preserving"`` keeps their voltage drop and losses,
        ``"sequence"`` takes positive-sequence constants as they are.
    load_model
        ``"constant_power"``, or ``"zip"`` for the published constant currents and impedances.
    slack_vm_pu
        Voltage of the head, bus 800. [pu]

    Returns
    -------
    pandapowerNet
        Converges with plain ``pandapower.runpp(net)``, though not from a flat start.

    Raises
    ------
    NetworkError
        An option is out of range or misspelt.

    Source
    ------
    `powergrid.networks.ieee34_table`; derivation in docs/networks/ieee-feeders.md.
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
    return build_feeder(IEEE34, options)
