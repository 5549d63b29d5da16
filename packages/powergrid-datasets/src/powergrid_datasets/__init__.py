"""PowerGrid datasets plug-in package."""

from powergrid_datasets.__about__ import __version__ as __version__
