"""Training of policies, and trained policies."""

from powergrid_rl.training.budget import Budget as Budget
from powergrid_rl.training.display import ConsoleDisplay as ConsoleDisplay
from powergrid_rl.training.display import SilentDisplay as SilentDisplay
from powergrid_rl.training.environment import EnvironmentFactory as EnvironmentFactory
from powergrid_rl.training.errors import CheckpointError as CheckpointError
from powergrid_rl.training.errors import MissingExtraError as MissingExtraError
from powergrid_rl.training.errors import RunFolderError as RunFolderError
from powergrid_rl.training.learned_policy import LearnedPolicy as LearnedPolicy
from powergrid_rl.training.policy_file import load_policy as load_policy
from powergrid_rl.training.run_loop import TrainingResult as TrainingResult
from powergrid_rl.training.settings import Algorithm as Algorithm
from powergrid_rl.training.settings import Route as Route
from powergrid_rl.training.settings import TrainingSettings as TrainingSettings
from powergrid_rl.training.teams import Sharing as Sharing
from powergrid_rl.training.trainer import resume as resume
from powergrid_rl.training.trainer import train as train
