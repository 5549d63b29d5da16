"""The gap between lockstep and real timing, and what it is due to."""

from powergrid_rl.gap.attribution import remainder as remainder
from powergrid_rl.gap.attribution import shapley_values as shapley_values
from powergrid_rl.gap.driver import Driver as Driver
from powergrid_rl.gap.episode import Episode as Episode
from powergrid_rl.gap.episode import Outcome as Outcome
from powergrid_rl.gap.findings import Finding as Finding
from powergrid_rl.gap.findings import GapFindings as GapFindings
from powergrid_rl.gap.plan import GapPlan as GapPlan
from powergrid_rl.gap.plan import plan_gap as plan_gap
from powergrid_rl.gap.policy_choice import PolicyChoice as PolicyChoice
from powergrid_rl.gap.policy_choice import choose_policy as choose_policy
from powergrid_rl.gap.scenario import Scenario as Scenario
from powergrid_rl.gap.study import run_study as run_study
