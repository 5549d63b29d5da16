"""The IEEE 13-node test feeder as published: 4.16 kV, short, heavily loaded and unbalanced.

Source
------
IEEE PES Distribution System Analysis Subcommittee, Distribution Test Feeder Working Group, *IEEE 13 Node Test
Feeder* (https://cmte.ieee.org/pes-testfeeders/resources/), printed also in W. H. Kersting, *Radial distribution test
feeders*, IEEE PES Winter Meeting 2001, doi:10.1109/PESW.2001.916993. Regulator taps 10, 8, 11 are those of the
published solution. What is not from these documents is under `revisions`, `load_points` and the `model_` fields.
"""

from __future__ import annotations

from dataclasses import replace

from powergrid.networks.conductors import ACSR_1_0, ACSR_4_0, ACSR_556_500, CONCENTRIC_250, TAPE_SHIELD_1_0
from powergrid.networks.feeder_table import (
    Capacitor,
    DistributedLoad,
    FeederTable,
    FeederTransformer,
    LineSegment,
    LoadPoint,
    Regulator,
    Revision,
    SpotLoad,
    Switch,
)
from powergrid.networks.line_configuration import LineConfiguration, susceptance_us

_CONFIG_601 = LineConfiguration(
    name="601",
    phasing="BACN",
    conductor=ACSR_556_500,
    neutral="4/0 6/1 ACSR",
    spacing_id="500",
    z_ohm_per_mile=(
        (0.3465 + 1.0179j, 0.1560 + 0.5017j, 0.1580 + 0.4236j),
        (0.3375 + 1.0478j, 0.1535 + 0.3849j),
        (0.3414 + 1.0348j,),
    ),
    b_us_per_mile=((6.2998, -1.9958, -1.2595), (5.9597, -0.7417), (5.6386,)),
)
_CONFIG_602 = LineConfiguration(
    name="602",
    phasing="CABN",
    conductor=ACSR_4_0,
    neutral="4/0 6/1 ACSR",
    spacing_id="500",
    z_ohm_per_mile=(
        (0.7526 + 1.1814j, 0.1580 + 0.4236j, 0.1560 + 0.5017j),
        (0.7475 + 1.1983j, 0.1535 + 0.3849j),
        (0.7436 + 1.2112j,),
    ),
    b_us_per_mile=((5.6990, -1.0817, -1.6905), (5.1795, -0.6588), (5.4246,)),
)
_CONFIG_603 = LineConfiguration(
    name="603",
    phasing="CBN",
    conductor=ACSR_1_0,
    neutral="1/0 ACSR",
    spacing_id="505",
    z_ohm_per_mile=((1.3294 + 1.3471j, 0.2066 + 0.4591j), (1.3238 + 1.3569j,)),
    b_us_per_mile=((4.7097, -0.8999), (4.6658,)),
)
_CONFIG_604 = LineConfiguration(
    name="604",
    phasing="ACN",
    conductor=ACSR_1_0,
    neutral="1/0 ACSR",
    spacing_id="505",
    z_ohm_per_mile=((1.3238 + 1.3569j, 0.2066 + 0.4591j), (1.3294 + 1.3471j,)),
    b_us_per_mile=((4.6658, -0.8999), (4.7097,)),
)
_CONFIG_605 = LineConfiguration(
    name="605",
    phasing="CN",
    conductor=ACSR_1_0,
    neutral="1/0 ACSR",
    spacing_id="510",
    z_ohm_per_mile=((1.3292 + 1.3475j,),),
    b_us_per_mile=((4.5193,),),
)
_CONFIG_606 = LineConfiguration(
    name="606",
    phasing="ABCN",
    conductor=CONCENTRIC_250,
    neutral="",
    spacing_id="515",
    z_ohm_per_mile=(
        (0.7982 + 0.4463j, 0.3192 + 0.0328j, 0.2849 - 0.0143j),
        (0.7891 + 0.4041j, 0.3192 + 0.0328j),
        (0.7982 + 0.4463j,),
    ),
    b_us_per_mile=((96.8897, 0.0, 0.0), (96.8897, 0.0), (96.8897,)),
)
_CONFIG_607 = LineConfiguration(
    name="607",
    phasing="AN",
    conductor=TAPE_SHIELD_1_0,
    neutral="1/0 Cu",
    spacing_id="520",
    z_ohm_per_mile=((1.3425 + 0.5124j,),),
    b_us_per_mile=((88.9912,),),
)

# Computed by R. Dugan (EPRI) on 3 February 2016 from the cable's own data: 13 strands #14, insulation 0.22 in,
# relative permittivity 2.3, 6 in apart, 4 ft deep. The published capacitance is too low by a factor of 1.5.
_REVISED_606 = Revision(
    configuration=replace(
        _CONFIG_606,
        z_ohm_per_mile=(
            (0.791721 + 0.438352j, 0.318476 + 0.0276838j, 0.28345 - 0.0184204j),
            (0.781649 + 0.396697j, 0.318476 + 0.0276838j),
            (0.791721 + 0.438352j,),
        ),
        b_us_per_mile=((susceptance_us(383.948), 0.0, 0.0), (susceptance_us(383.948), 0.0), (susceptance_us(383.948),)),
    ),
    reason="cable constants corrected in the feeder model distributed with OpenDSS, 3 February 2016",
)

# The reference model states no capacitance for its overhead lines and gets the default of its engine, positive
# sequence 3.4 and zero sequence 1.6 nF for each mile: 2.8 on the diagonal, -0.6 beside it. We follow, so that results
# compare to the last digit; the published values would move no voltage by more than 3e-6 pu.
_B_SELF_US, _B_MUTUAL_US = susceptance_us(2.8), susceptance_us(-0.6)


def _with_default_capacitance(configuration: LineConfiguration) -> Revision:
    n = configuration.n_phases
    rows = tuple((_B_SELF_US,) + (_B_MUTUAL_US,) * (n - 1 - i) for i in range(n))
    return Revision(
        configuration=replace(configuration, b_us_per_mile=rows),
        reason="capacitance of overhead lines as in the reference model, which leaves it at its engine's default",
    )


IEEE13 = FeederTable(
    title="IEEE 13-node test feeder",
    source=(
        "IEEE PES Distribution Test Feeder Working Group, IEEE 13 Node Test Feeder; "
        "W. H. Kersting, Radial distribution test feeders, doi:10.1109/PESW.2001.916993"
    ),
    head_bus="650",
    head_kv=4.16,
    head_vm_pu=1.0,
    configurations=(_CONFIG_601, _CONFIG_602, _CONFIG_603, _CONFIG_604, _CONFIG_605, _CONFIG_606, _CONFIG_607),
    segments=(
        LineSegment(from_bus="632", to_bus="645", length_ft=500.0, configuration="603"),
        LineSegment(from_bus="632", to_bus="633", length_ft=500.0, configuration="602"),
        LineSegment(from_bus="645", to_bus="646", length_ft=300.0, configuration="603"),
        LineSegment(from_bus="650", to_bus="632", length_ft=2000.0, configuration="601"),
        LineSegment(from_bus="684", to_bus="652", length_ft=800.0, configuration="607"),
        LineSegment(from_bus="632", to_bus="671", length_ft=2000.0, configuration="601"),
        LineSegment(from_bus="671", to_bus="684", length_ft=300.0, configuration="604"),
        LineSegment(from_bus="671", to_bus="680", length_ft=1000.0, configuration="601"),
        LineSegment(from_bus="684", to_bus="611", length_ft=300.0, configuration="605"),
        LineSegment(from_bus="692", to_bus="675", length_ft=500.0, configuration="606"),
    ),
    switches=(Switch(from_bus="671", to_bus="692"),),
    substation=FeederTransformer(
        name="Substation",
        hv_bus="",
        lv_bus="650",
        rating_kva=5000.0,
        hv_kv=115.0,
        lv_kv=4.16,
        r_percent=1.0,
        x_percent=8.0,
    ),
    transformers=(
        FeederTransformer(
            name="XFM1",
            hv_bus="633",
            lv_bus="634",
            rating_kva=500.0,
            hv_kv=4.16,
            lv_kv=0.48,
            r_percent=1.1,
            x_percent=2.0,
        ),
    ),
    regulators=(
        Regulator(
            name="reg1",
            from_bus="650",
            load_bus="rg60",
            to_bus="632",
            bandwidth_volt=2.0,
            pt_ratio=20.0,
            ct_rating_ampere=700.0,
            r_setting_volt=(3.0, 3.0, 3.0),
            x_setting_volt=(9.0, 9.0, 9.0),
            level_volt=(122.0, 122.0, 122.0),
            published_taps=(10, 8, 11),
            model_r_percent=0.01,
            model_x_percent=0.01,
            model_rating_kva=4998.0,
        ),
    ),
    capacitors=(
        Capacitor(bus="675", q_kvar=(200.0, 200.0, 200.0)),
        Capacitor(bus="611", q_kvar=(0.0, 0.0, 100.0)),
    ),
    spot_loads=(
        SpotLoad(bus="634", code="Y-PQ", s_kva=(160 + 110j, 120 + 90j, 120 + 90j)),
        SpotLoad(bus="645", code="Y-PQ", s_kva=(0j, 170 + 125j, 0j)),
        SpotLoad(bus="646", code="D-Z", s_kva=(0j, 230 + 132j, 0j)),
        SpotLoad(bus="652", code="Y-Z", s_kva=(128 + 86j, 0j, 0j)),
        SpotLoad(bus="671", code="D-PQ", s_kva=(385 + 220j, 385 + 220j, 385 + 220j)),
        SpotLoad(bus="675", code="Y-PQ", s_kva=(485 + 190j, 68 + 60j, 290 + 212j)),
        SpotLoad(bus="692", code="D-I", s_kva=(0j, 0j, 170 + 151j)),
        SpotLoad(bus="611", code="Y-I", s_kva=(0j, 0j, 170 + 80j)),
    ),
    distributed_loads=(
        DistributedLoad(from_bus="632", to_bus="671", code="Y-PQ", s_kva=(17 + 10j, 66 + 38j, 117 + 68j)),
    ),
    # Not published: the reference model lumps the distributed load at one third of the segment.
    load_points=(LoadPoint(from_bus="632", to_bus="671", bus="670", distance_ft=667.0),),
    revisions=(
        _REVISED_606,
        *(
            _with_default_capacitance(configuration)
            for configuration in (_CONFIG_601, _CONFIG_602, _CONFIG_603, _CONFIG_604, _CONFIG_605)
        ),
    ),
)
"""The IEEE 13-node test feeder."""
