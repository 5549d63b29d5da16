"""Schedules that know the future, to compare controllers with."""

from powergrid.optimization.loss_limit import LossIncentive as LossIncentive
from powergrid.optimization.loss_limit import branches_behind as branches_behind
from powergrid.optimization.loss_limit import loss_limit_mw as loss_limit_mw
from powergrid.optimization.storage_schedule import StorageLimits as StorageLimits
from powergrid.optimization.storage_schedule import schedule_cost_usd as schedule_cost_usd
from powergrid.optimization.storage_schedule import storage_schedule as storage_schedule
from powergrid.optimization.unit_dispatch import UnitLimits as UnitLimits
from powergrid.optimization.unit_dispatch import cheapest_power_mw as cheapest_power_mw
