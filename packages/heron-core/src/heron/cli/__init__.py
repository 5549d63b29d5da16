"""The ``heron`` program."""

from heron.cli.program import main as main
