"""Balanced pandapower nets made from published feeder tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandapower as pp
from pandapower.auxiliary import pandapowerNet

from powergrid.conventions import shunt_to_pandapower
from powergrid.networks.balanced_loads import bus_loads, joined_powers, zip_percent
from powergrid.networks.feeder_options import MAX_TAP, FeederOptions, LoadModelChoice
from powergrid.networks.feeder_table import FeederTable, Regulator
from powergrid.networks.feeder_topology import model_lines, nominal_voltages
from powergrid.networks.line_configuration import FREQUENCY_HZ
from powergrid.networks.net_copy import copy_tables
from powergrid.networks.positive_sequence import Variant, balanced_line
from powergrid.networks.start_values import set_start_values

TAP_STEP_PERCENT = 0.625
"""One step of a 32-step regulator with a range of ±10 %. [%]"""

_TEMPLATE = "Feeder"
_NAMED_TABLES = ("bus", "ext_grid", "line", "switch", "trafo", "load", "shunt")


def build_feeder(table: FeederTable, options: FeederOptions) -> pandapowerNet:
    """Balanced positive-sequence net of a published feeder, ready for ``pandapower.runpp(net)``.

    Parameters
    ----------
    table
        The feeder; ``IEEE13.as_published()`` leaves out the revisions.
    options
        Name, scales, taps and variant.

    Returns
    -------
    pandapowerNet
        60 Hz, base 1 MVA, the head as external grid. Buses are ``"<name> Bus <node>"`` in zone ``<name>``; lines,
        loads, transformers, regulators, capacitors and switches are named in the same way. One load per loaded node.

    Raises
    ------
    NetworkError
        The table is inconsistent, or an option does not fit it.
    """
    taps = tuple(options.tap_positions(table).items())
    net = copy_tables(_tapped_net(table, options.variant, options.load_model, taps, options.slack_vm_pu))
    _rename(net, options.name)
    net.load["p_mw"] *= options.load_scale
    net.load["q_mvar"] *= options.load_scale
    net.shunt["q_mvar"] *= options.capacitor_scale
    return net


@lru_cache(maxsize=32)
def _tapped_net(
    table: FeederTable,
    variant: Variant,
    load_model: LoadModelChoice,
    taps: tuple[tuple[str, int], ...],
    slack_vm_pu: float,
) -> pandapowerNet:
    """A feeder under no name and without scales, with what its start values depend on."""
    net = copy_tables(_published_net(table, variant, load_model))
    net.ext_grid["vm_pu"] = slack_vm_pu
    _set_taps(net, table, dict(taps))
    set_start_values(net)
    return copy_tables(net)


@lru_cache(maxsize=32)
def _published_net(table: FeederTable, variant: Variant, load_model: LoadModelChoice) -> pandapowerNet:
    # Making the tables takes pandapower 60 ms, a copy 3 ms; a copy of them, as its columns lie in blocks.
    options = FeederOptions(name=_TEMPLATE, variant=variant, load_model=load_model)
    net = pp.create_empty_network(f_hz=FREQUENCY_HZ, sn_mva=1.0)
    bus = _add_buses(net, table, options)
    pp.create_ext_grid(net, bus[table.head_bus], name=f"{options.name} Grid")
    _add_lines(net, bus, table, options)
    _add_switches(net, bus, table, options)
    _add_transformers(net, bus, table, options)
    _add_regulators(net, bus, table, options)
    _add_loads(net, bus, table, options)
    _add_capacitors(net, bus, table, options)
    return copy_tables(net)


def _rename(net: pandapowerNet, name: str) -> None:
    net.name = name
    net.bus["zone"] = name
    for table in _NAMED_TABLES:
        names = [name + element.removeprefix(_TEMPLATE) for element in net[table]["name"].tolist()]
        net[table]["name"] = np.array(names, dtype=object)


def _set_taps(net: pandapowerNet, table: FeederTable, taps: Mapping[str, int]) -> None:
    positions = net.trafo["tap_pos"].tolist()
    positions[len(table.transformers) :] = [taps[regulator.name] for regulator in table.regulators]
    net.trafo["tap_pos"] = np.array(positions, dtype=net.trafo["tap_pos"].dtype)


def _add_buses(net: pandapowerNet, table: FeederTable, options: FeederOptions) -> dict[str, int]:
    kv = nominal_voltages(table)
    names = [f"{options.name} Bus {node}" for node in kv]
    index = pp.create_buses(net, len(kv), vn_kv=list(kv.values()), name=names, zone=options.name)
    return {node: int(i) for node, i in zip(kv, index, strict=True)}


def _add_lines(net: pandapowerNet, bus: Mapping[str, int], table: FeederTable, options: FeederOptions) -> None:
    lines = model_lines(table)
    balanced = [balanced_line(line.configuration, line.length_ft, variant=options.variant) for line in lines]
    pp.create_lines_from_parameters(
        net,
        [bus[line.from_bus] for line in lines],
        [bus[line.to_bus] for line in lines],
        length_km=[line.length_km for line in balanced],
        r_ohm_per_km=[line.r_ohm_per_km for line in balanced],
        x_ohm_per_km=[line.x_ohm_per_km for line in balanced],
        c_nf_per_km=[line.c_nf_per_km for line in balanced],
        max_i_ka=[line.max_i_ka for line in balanced],
        name=[f"{options.name} Line {line.name}" for line in lines],
    )


def _add_switches(net: pandapowerNet, bus: Mapping[str, int], table: FeederTable, options: FeederOptions) -> None:
    for switch in table.switches:
        name = f"{options.name} Switch {switch.from_bus}{switch.to_bus}"
        pp.create_switch(net, bus[switch.from_bus], bus[switch.to_bus], et="b", closed=True, name=name)


def _add_transformers(net: pandapowerNet, bus: Mapping[str, int], table: FeederTable, options: FeederOptions) -> None:
    for transformer in table.transformers:
        pp.create_transformer_from_parameters(
            net,
            bus[transformer.hv_bus],
            bus[transformer.lv_bus],
            sn_mva=transformer.rating_kva * 1e-3,
            vn_hv_kv=transformer.hv_kv,
            vn_lv_kv=transformer.lv_kv,
            vkr_percent=transformer.r_percent,
            vk_percent=math.hypot(transformer.r_percent, transformer.x_percent),
            pfe_kw=0.0,
            i0_percent=0.0,
            name=f"{options.name} Transformer {transformer.name}",
        )


def _add_regulators(net: pandapowerNet, bus: Mapping[str, int], table: FeederTable, options: FeederOptions) -> None:
    for regulator in table.regulators:
        kv = float(net.bus.vn_kv.at[bus[regulator.from_bus]])
        rating_mva = _regulator_rating_mva(regulator, kv)
        # Same ohms on the rating of the current transformer, so that the loading means something.
        on_rating = rating_mva / (regulator.model_rating_kva * 1e-3)
        pp.create_transformer_from_parameters(
            net,
            bus[regulator.from_bus],
            bus[regulator.load_bus],
            sn_mva=rating_mva,
            vn_hv_kv=kv,
            vn_lv_kv=kv,
            vkr_percent=regulator.model_r_percent * on_rating,
            vk_percent=math.hypot(regulator.model_r_percent, regulator.model_x_percent) * on_rating,
            pfe_kw=0.0,
            i0_percent=0.0,
            tap_side="lv",
            tap_neutral=0,
            tap_min=-MAX_TAP,
            tap_max=MAX_TAP,
            tap_step_percent=TAP_STEP_PERCENT,
            tap_pos=0,
            tap_changer_type="Ratio",
            name=f"{options.name} Regulator {regulator.name.removeprefix('reg')}",
        )


def _regulator_rating_mva(regulator: Regulator, kv: float) -> float:
    return math.sqrt(3.0) * kv * regulator.ct_rating_ampere * 1e-3


def _add_loads(net: pandapowerNet, bus: Mapping[str, int], table: FeederTable, options: FeederOptions) -> None:
    loads = bus_loads(table)
    # The published tables count consumption positive, as pandapower does.
    s_mva = [sum(powers.values(), 0j) * 1e-3 for powers in loads.values()]
    index = pp.create_loads(
        net,
        [bus[node] for node in loads],
        p_mw=[s.real for s in s_mva],
        q_mvar=[s.imag for s in s_mva],
        name=[f"{options.name} Load {node}" for node in loads],
    )
    if options.load_model == "zip":
        for i, node in zip(index, loads, strict=True):
            for column, percent in zip_percent(joined_powers(loads, node, table)).items():
                net.load.loc[i, column] = percent


def _add_capacitors(net: pandapowerNet, bus: Mapping[str, int], table: FeederTable, options: FeederOptions) -> None:
    for capacitor in table.capacitors:
        q_mvar = sum(capacitor.q_kvar) * 1e-3
        name = f"{options.name} Capacitor {capacitor.bus}"
        pp.create_shunt(net, bus[capacitor.bus], q_mvar=shunt_to_pandapower(q_mvar), name=name)
