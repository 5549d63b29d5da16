"""How rewards become value targets; the same for both routes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """What counts as return, and how it is estimated.

    Parameters
    ----------
    gamma, lambda_
        Discount and trace decay per step. [1]
    reward_scale
        The learner sees rewards divided by this. [USD]
    reward_limit
        Where the scaled reward is cut for the learner, on both sides. [1]
    value_after_limit
        Whether the time limit only interrupts a task that goes on, so that the value of the last state counts. False
        where the episode's end is part of the task, as with stored energy that is settled in money.
    """

    gamma: float
    lambda_: float
    reward_scale: float
    reward_limit: float
    value_after_limit: bool = False
