"""Wires and cables of the IEEE test feeders and the currents they may carry.

Source
------
W. H. Kersting, *Radial distribution test feeders*, IEEE PES Winter Meeting 2001, pp. 908-912,
doi:10.1109/PESW.2001.916993: table 3 (overhead, ampacity at 50 °C), table 5 (concentric neutral cables) and table 6
(tape-shielded cables), both with the ampacity in a 4-inch duct.
"""

from __future__ import annotations

from powergrid.networks.line_configuration import Conductor

ACSR_556_500 = Conductor(name="556,500 26/7 ACSR", ampacity_ampere=730.0)
ACSR_4_0 = Conductor(name="4/0 6/1 ACSR", ampacity_ampere=340.0)
ACSR_1_0 = Conductor(name="1/0 ACSR", ampacity_ampere=230.0)
ACSR_2 = Conductor(name="#2 6/1 ACSR", ampacity_ampere=180.0)
ACSR_4 = Conductor(name="#4 6/1 ACSR", ampacity_ampere=140.0)
CONCENTRIC_250 = Conductor(name="250,000 AA, CN", ampacity_ampere=260.0)
TAPE_SHIELD_1_0 = Conductor(name="1/0 AA, TS", ampacity_ampere=165.0)
