"""Documented names for computing with devices."""
