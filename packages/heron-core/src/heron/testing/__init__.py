"""The contract of a heron world as functions that anyone can run on a world of their own."""

from heron.testing.actions import check_bad_actions_are_refused as check_bad_actions_are_refused
from heron.testing.batches import check_batch_equals_single as check_batch_equals_single
from heron.testing.contract import CONTRACT as CONTRACT
from heron.testing.contract import applies as applies
from heron.testing.contract import check_contract as check_contract
from heron.testing.leaks import check_no_leak as check_no_leak
from heron.testing.modes import check_mode_equivalence as check_mode_equivalence
from heron.testing.pettingzoo import check_full_horizon_seed as check_full_horizon_seed
from heron.testing.protocols import check_protocol_elementwise as check_protocol_elementwise
from heron.testing.protocols import check_routing_equals_coordinate as check_routing_equals_coordinate
from heron.testing.ranges import check_observations_in_box as check_observations_in_box
from heron.testing.ranges import check_values_in_bounds as check_values_in_bounds
from heron.testing.recording import CoreFactory as CoreFactory
from heron.testing.repetition import check_deterministic as check_deterministic
from heron.testing.repetition import check_reset_restores_everything as check_reset_restores_everything
from heron.testing.repetition import check_restore_equals_never_stopped as check_restore_equals_never_stopped
from heron.testing.violation import ContractViolation as ContractViolation
