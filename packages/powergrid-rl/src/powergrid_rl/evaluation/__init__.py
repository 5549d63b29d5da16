"""Judging policies on held-out days."""

from powergrid_rl.evaluation.comparison import Comparison as Comparison
from powergrid_rl.evaluation.comparison import compare as compare
from powergrid_rl.evaluation.rollout import DayBatch as DayBatch
from powergrid_rl.evaluation.rollout import Rollout as Rollout
from powergrid_rl.evaluation.statistics import Estimate as Estimate
from powergrid_rl.evaluation.statistics import estimate as estimate
from powergrid_rl.evaluation.statistics import paired_difference as paired_difference
