"""Judging policies on held-out days."""

from powergrid_rl.evaluation.comparison import Comparison as Comparison
from powergrid_rl.evaluation.constant_search import best_constant_action as best_constant_action
from powergrid_rl.evaluation.contest import ContestOptions as ContestOptions
from powergrid_rl.evaluation.contest import compare as compare
from powergrid_rl.evaluation.foresight_bound import ForesightBound as ForesightBound
from powergrid_rl.evaluation.foresight_bound import foresight_bound as foresight_bound
from powergrid_rl.evaluation.rollout import DayBatch as DayBatch
from powergrid_rl.evaluation.rollout import Rollout as Rollout
from powergrid_rl.evaluation.statistics import Estimate as Estimate
from powergrid_rl.evaluation.statistics import estimate as estimate
from powergrid_rl.evaluation.statistics import paired_difference as paired_difference
