"""Ready configurations with their data, and the way to load them."""

from powergrid.setups.defaults import with_default_microgrids as with_default_microgrids
from powergrid.setups.loader import get_available_setups as get_available_setups
from powergrid.setups.loader import load_dataset as load_dataset
from powergrid.setups.loader import load_setup as load_setup
from powergrid.setups.loader import setup_description as setup_description
