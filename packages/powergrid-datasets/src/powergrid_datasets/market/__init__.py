"""What every operator's importer shares: from raw records to a table on disk."""

from powergrid_datasets.market.gaps import Gap as Gap
from powergrid_datasets.market.gaps import fill_gaps as fill_gaps
from powergrid_datasets.market.importing import ImportResult as ImportResult
from powergrid_datasets.market.importing import import_market as import_market
from powergrid_datasets.market.records import MarketReader as MarketReader
from powergrid_datasets.market.records import MarketRecords as MarketRecords
from powergrid_datasets.market.shapes import Shapes as Shapes
from powergrid_datasets.market.shapes import to_shapes as to_shapes
