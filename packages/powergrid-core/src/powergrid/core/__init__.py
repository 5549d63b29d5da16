"""State of power-system agents."""
