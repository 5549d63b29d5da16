"""What PowerGrid promises as functions that anyone can run on kinds, solvers and environments of their own."""

from powergrid.testing.device_kind import check_device_kind as check_device_kind
from powergrid.testing.energy import check_energy_is_balanced as check_energy_is_balanced
from powergrid.testing.energy import check_energy_is_paid_once as check_energy_is_paid_once
from powergrid.testing.export import check_export_is_reproduced as check_export_is_reproduced
from powergrid.testing.power_flow import check_solver as check_solver
