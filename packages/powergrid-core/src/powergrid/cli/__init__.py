"""The ``powergrid`` program."""

from powergrid.cli.program import app as app
from powergrid.cli.program import main as main
