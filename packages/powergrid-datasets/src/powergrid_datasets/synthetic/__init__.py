"""Generator of CAISO-like years: realistic numbers that nobody measured."""

from powergrid_datasets.synthetic.generator import synthetic_year as synthetic_year
from powergrid_datasets.synthetic.parameters import YearParameters as YearParameters
from powergrid_datasets.synthetic.parameters import load_parameters as load_parameters
