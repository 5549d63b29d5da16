"""Schedules that know the future, to compare controllers with."""

from powergrid.optimization.storage_schedule import StorageLimits as StorageLimits
from powergrid.optimization.storage_schedule import storage_schedule as storage_schedule
