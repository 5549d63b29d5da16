"""Reports of the California Independent System Operator, as its OASIS site delivers them."""

from powergrid_datasets.caiso.reader import CaisoReader as CaisoReader
