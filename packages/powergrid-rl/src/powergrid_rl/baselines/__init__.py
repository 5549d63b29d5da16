"""Controllers that learn nothing."""

from powergrid_rl.baselines.action_layout import ActionLayout as ActionLayout
from powergrid_rl.baselines.nameplate import Nameplate as Nameplate
from powergrid_rl.baselines.nameplate import read_nameplate as read_nameplate
from powergrid_rl.baselines.ready_policies import do_nothing as do_nothing
from powergrid_rl.baselines.ready_policies import random_actions as random_actions
from powergrid_rl.baselines.ready_policies import rule_based as rule_based
from powergrid_rl.baselines.ready_policies import rule_based_forecast as rule_based_forecast
from powergrid_rl.baselines.rule_based import RuleBasedPolicy as RuleBasedPolicy
from powergrid_rl.baselines.rule_settings import RuleSettings as RuleSettings
