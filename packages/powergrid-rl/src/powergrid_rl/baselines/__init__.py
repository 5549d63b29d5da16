"""Controllers that learn nothing, and the bound."""

from powergrid_rl.baselines.action_layout import ActionLayout as ActionLayout
from powergrid_rl.baselines.foresight import foresight_bound_usd as foresight_bound_usd
from powergrid_rl.baselines.nameplate import Nameplate as Nameplate
from powergrid_rl.baselines.nameplate import read_nameplate as read_nameplate
from powergrid_rl.baselines.rule_based import RuleBasedPolicy as RuleBasedPolicy
from powergrid_rl.baselines.rule_based import RuleSettings as RuleSettings
from powergrid_rl.baselines.search import best_constant_action as best_constant_action
