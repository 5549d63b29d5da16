"""A bank with its table, as a plant would hold it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import pytest

from heron.core.table import TableBuilder
from powergrid.plant.bank import ArrayBank
from powergrid.plant.device import Device

MakeBank: TypeAlias = Callable[..., ArrayBank]


def new_bank(devices: Sequence[Device] | Device, n_env: int = 1) -> ArrayBank:
    """Bank of devices named d0, d1, … in a table of its own."""
    members = [devices] if isinstance(devices, Device) else list(devices)
    builder = TableBuilder(n_env)
    bank = ArrayBank(type(members[0]), [f"d{i}" for i in range(len(members))], members)
    bank.declare(builder)
    bank.connect(builder.build())
    return bank


@pytest.fixture(scope="session")
def make_bank() -> MakeBank:
    return new_bank
