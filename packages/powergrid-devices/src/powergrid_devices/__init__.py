"""PowerGrid devices plug-in package."""

from powergrid_devices.__about__ import __version__ as __version__
