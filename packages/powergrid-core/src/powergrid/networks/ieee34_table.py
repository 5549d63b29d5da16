"""The IEEE 34-node test feeder as published: 24.9 kV, long, lightly loaded, held up by two regulators.

The feeder lies in Arizona. Nothing is revised; rounding apart, the reference model has the same numbers. Segment
858-864 and its load are on phase A, configuration 302, as in the corrected documents; older copies have phase B and
configuration 303, whose matrices are the same.

Source
------
IEEE PES Distribution System Analysis Subcommittee, Distribution Test Feeder Working Group, *IEEE 34 Node Test
Feeder* (https://cmte.ieee.org/pes-testfeeders/resources/). Regulator taps 12, 5, 5 and 13, 11, 12 are those of the
published solution; the `model_` fields are not published.
"""

from __future__ import annotations

from powergrid.networks.conductors import ACSR_1_0, ACSR_2, ACSR_4
from powergrid.networks.feeder_table import (
    Capacitor,
    DistributedLoad,
    FeederTable,
    FeederTransformer,
    LineSegment,
    Regulator,
    SpotLoad,
)
from powergrid.networks.line_configuration import LineConfiguration

_CONFIG_300 = LineConfiguration(
    name="300",
    phasing="BACN",
    conductor=ACSR_1_0,
    neutral="1/0 ACSR",
    spacing_id="500",
    z_ohm_per_mile=(
        (1.3368 + 1.3343j, 0.2101 + 0.5779j, 0.2130 + 0.5015j),
        (1.3238 + 1.3569j, 0.2066 + 0.4591j),
        (1.3294 + 1.3471j,),
    ),
    b_us_per_mile=((5.3350, -1.5313, -0.9943), (5.0979, -0.6212), (4.8880,)),
)
_CONFIG_301 = LineConfiguration(
    name="301",
    phasing="BACN",
    conductor=ACSR_2,
    neutral="#2 6/1 ACSR",
    spacing_id="500",
    z_ohm_per_mile=(
        (1.9300 + 1.4115j, 0.2327 + 0.6442j, 0.2359 + 0.5691j),
        (1.9157 + 1.4281j, 0.2288 + 0.5238j),
        (1.9219 + 1.4209j,),
    ),
    b_us_per_mile=((5.1207, -1.4364, -0.9402), (4.9055, -0.5951), (4.7154,)),
)
_CONFIG_302 = LineConfiguration(
    name="302",
    phasing="AN",
    conductor=ACSR_4,
    neutral="#4 6/1 ACSR",
    spacing_id="510",
    z_ohm_per_mile=((2.7995 + 1.4855j,),),
    b_us_per_mile=((4.2251,),),
)
_CONFIG_303 = LineConfiguration(
    name="303",
    phasing="BN",
    conductor=ACSR_4,
    neutral="#4 6/1 ACSR",
    spacing_id="510",
    z_ohm_per_mile=((2.7995 + 1.4855j,),),
    b_us_per_mile=((4.2251,),),
)
_CONFIG_304 = LineConfiguration(
    name="304",
    phasing="BN",
    conductor=ACSR_2,
    neutral="#2 6/1 ACSR",
    spacing_id="510",
    z_ohm_per_mile=((1.9217 + 1.4212j,),),
    b_us_per_mile=((4.3637,),),
)

IEEE34 = FeederTable(
    title="IEEE 34-node test feeder",
    source="IEEE PES Distribution Test Feeder Working Group, IEEE 34 Node Test Feeder",
    head_bus="800",
    head_kv=24.9,
    head_vm_pu=1.05,
    configurations=(_CONFIG_300, _CONFIG_301, _CONFIG_302, _CONFIG_303, _CONFIG_304),
    segments=(
        LineSegment(from_bus="800", to_bus="802", length_ft=2580.0, configuration="300"),
        LineSegment(from_bus="802", to_bus="806", length_ft=1730.0, configuration="300"),
        LineSegment(from_bus="806", to_bus="808", length_ft=32230.0, configuration="300"),
        LineSegment(from_bus="808", to_bus="810", length_ft=5804.0, configuration="303"),
        LineSegment(from_bus="808", to_bus="812", length_ft=37500.0, configuration="300"),
        LineSegment(from_bus="812", to_bus="814", length_ft=29730.0, configuration="300"),
        LineSegment(from_bus="814", to_bus="850", length_ft=10.0, configuration="301"),
        LineSegment(from_bus="816", to_bus="818", length_ft=1710.0, configuration="302"),
        LineSegment(from_bus="816", to_bus="824", length_ft=10210.0, configuration="301"),
        LineSegment(from_bus="818", to_bus="820", length_ft=48150.0, configuration="302"),
        LineSegment(from_bus="820", to_bus="822", length_ft=13740.0, configuration="302"),
        LineSegment(from_bus="824", to_bus="826", length_ft=3030.0, configuration="303"),
        LineSegment(from_bus="824", to_bus="828", length_ft=840.0, configuration="301"),
        LineSegment(from_bus="828", to_bus="830", length_ft=20440.0, configuration="301"),
        LineSegment(from_bus="830", to_bus="854", length_ft=520.0, configuration="301"),
        LineSegment(from_bus="832", to_bus="858", length_ft=4900.0, configuration="301"),
        LineSegment(from_bus="834", to_bus="860", length_ft=2020.0, configuration="301"),
        LineSegment(from_bus="834", to_bus="842", length_ft=280.0, configuration="301"),
        LineSegment(from_bus="836", to_bus="840", length_ft=860.0, configuration="301"),
        LineSegment(from_bus="836", to_bus="862", length_ft=280.0, configuration="301"),
        LineSegment(from_bus="842", to_bus="844", length_ft=1350.0, configuration="301"),
        LineSegment(from_bus="844", to_bus="846", length_ft=3640.0, configuration="301"),
        LineSegment(from_bus="846", to_bus="848", length_ft=530.0, configuration="301"),
        LineSegment(from_bus="850", to_bus="816", length_ft=310.0, configuration="301"),
        LineSegment(from_bus="852", to_bus="832", length_ft=10.0, configuration="301"),
        LineSegment(from_bus="854", to_bus="856", length_ft=23330.0, configuration="303"),
        LineSegment(from_bus="854", to_bus="852", length_ft=36830.0, configuration="301"),
        LineSegment(from_bus="858", to_bus="864", length_ft=1620.0, configuration="302"),
        LineSegment(from_bus="858", to_bus="834", length_ft=5830.0, configuration="301"),
        LineSegment(from_bus="860", to_bus="836", length_ft=2680.0, configuration="301"),
        LineSegment(from_bus="862", to_bus="838", length_ft=4860.0, configuration="304"),
        LineSegment(from_bus="888", to_bus="890", length_ft=10560.0, configuration="300"),
    ),
    substation=FeederTransformer(
        name="Substation",
        hv_bus="",
        lv_bus="800",
        rating_kva=2500.0,
        hv_kv=69.0,
        lv_kv=24.9,
        r_percent=1.0,
        x_percent=8.0,
    ),
    transformers=(
        FeederTransformer(
            name="XFM1",
            hv_bus="832",
            lv_bus="888",
            rating_kva=500.0,
            hv_kv=24.9,
            lv_kv=4.16,
            r_percent=1.9,
            x_percent=4.08,
        ),
    ),
    regulators=(
        Regulator(
            name="reg1",
            from_bus="814",
            load_bus="814r",
            to_bus="850",
            bandwidth_volt=2.0,
            pt_ratio=120.0,
            ct_rating_ampere=100.0,
            r_setting_volt=(2.7, 2.7, 2.7),
            x_setting_volt=(1.6, 1.6, 1.6),
            level_volt=(122.0, 122.0, 122.0),
            published_taps=(12, 5, 5),
            model_r_percent=0.4,
            model_x_percent=1.0,
            model_rating_kva=60000.0,
        ),
        Regulator(
            name="reg2",
            from_bus="852",
            load_bus="852r",
            to_bus="832",
            bandwidth_volt=2.0,
            pt_ratio=120.0,
            ct_rating_ampere=100.0,
            r_setting_volt=(2.5, 2.5, 2.5),
            x_setting_volt=(1.5, 1.5, 1.5),
            level_volt=(124.0, 124.0, 124.0),
            published_taps=(13, 11, 12),
            model_r_percent=0.4,
            model_x_percent=1.0,
            model_rating_kva=60000.0,
        ),
    ),
    capacitors=(
        Capacitor(bus="844", q_kvar=(100.0, 100.0, 100.0)),
        Capacitor(bus="848", q_kvar=(150.0, 150.0, 150.0)),
    ),
    spot_loads=(
        SpotLoad(bus="860", code="Y-PQ", s_kva=(20 + 16j, 20 + 16j, 20 + 16j)),
        SpotLoad(bus="840", code="Y-I", s_kva=(9 + 7j, 9 + 7j, 9 + 7j)),
        SpotLoad(bus="844", code="Y-Z", s_kva=(135 + 105j, 135 + 105j, 135 + 105j)),
        SpotLoad(bus="848", code="D-PQ", s_kva=(20 + 16j, 20 + 16j, 20 + 16j)),
        SpotLoad(bus="890", code="D-I", s_kva=(150 + 75j, 150 + 75j, 150 + 75j)),
        SpotLoad(bus="830", code="D-Z", s_kva=(10 + 5j, 10 + 5j, 25 + 10j)),
    ),
    distributed_loads=(
        DistributedLoad(from_bus="802", to_bus="806", code="Y-PQ", s_kva=(0j, 30 + 15j, 25 + 14j)),
        DistributedLoad(from_bus="808", to_bus="810", code="Y-I", s_kva=(0j, 16 + 8j, 0j)),
        DistributedLoad(from_bus="818", to_bus="820", code="Y-Z", s_kva=(34 + 17j, 0j, 0j)),
        DistributedLoad(from_bus="820", to_bus="822", code="Y-PQ", s_kva=(135 + 70j, 0j, 0j)),
        DistributedLoad(from_bus="816", to_bus="824", code="D-I", s_kva=(0j, 5 + 2j, 0j)),
        DistributedLoad(from_bus="824", to_bus="826", code="Y-I", s_kva=(0j, 40 + 20j, 0j)),
        DistributedLoad(from_bus="824", to_bus="828", code="Y-PQ", s_kva=(0j, 0j, 4 + 2j)),
        DistributedLoad(from_bus="828", to_bus="830", code="Y-PQ", s_kva=(7 + 3j, 0j, 0j)),
        DistributedLoad(from_bus="854", to_bus="856", code="Y-PQ", s_kva=(0j, 4 + 2j, 0j)),
        DistributedLoad(from_bus="832", to_bus="858", code="D-Z", s_kva=(7 + 3j, 2 + 1j, 6 + 3j)),
        DistributedLoad(from_bus="858", to_bus="864", code="Y-PQ", s_kva=(2 + 1j, 0j, 0j)),
        DistributedLoad(from_bus="858", to_bus="834", code="D-PQ", s_kva=(4 + 2j, 15 + 8j, 13 + 7j)),
        DistributedLoad(from_bus="834", to_bus="860", code="D-Z", s_kva=(16 + 8j, 20 + 10j, 110 + 55j)),
        DistributedLoad(from_bus="860", to_bus="836", code="D-PQ", s_kva=(30 + 15j, 10 + 6j, 42 + 22j)),
        DistributedLoad(from_bus="836", to_bus="840", code="D-I", s_kva=(18 + 9j, 22 + 11j, 0j)),
        DistributedLoad(from_bus="862", to_bus="838", code="Y-PQ", s_kva=(0j, 28 + 14j, 0j)),
        DistributedLoad(from_bus="842", to_bus="844", code="Y-PQ", s_kva=(9 + 5j, 0j, 0j)),
        DistributedLoad(from_bus="844", to_bus="846", code="Y-PQ", s_kva=(0j, 25 + 12j, 20 + 11j)),
        DistributedLoad(from_bus="846", to_bus="848", code="Y-PQ", s_kva=(0j, 23 + 11j, 0j)),
    ),
)
"""The IEEE 34-node test feeder."""
