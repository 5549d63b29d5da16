"""Equations of devices: pure functions of arrays."""
