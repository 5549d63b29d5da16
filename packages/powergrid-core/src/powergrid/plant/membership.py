"""Membership: which rows of an array belong to which area."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heron.types import IndexArray


class Membership:
    """Rows of nodes or branches, grouped by area; a row may belong to one area, to several or to none.

    Parameters
    ----------
    members
        Rows of each area, in the order in which they are added up.

    Attributes
    ----------
    rows, area : (n_member,)
        Each row that is a member, and the area it is a member of.
    """

    def __init__(self, members: Sequence[IndexArray]) -> None:
        self.rows: IndexArray = np.concatenate([np.zeros(0, dtype=np.intp), *members]).astype(np.intp)
        self.area: IndexArray = np.repeat(np.arange(len(members)), [len(rows) for rows in members])

    def of(self, area: int) -> IndexArray:
        """Rows of one area."""
        rows: IndexArray = self.rows[self.area == area]
        return rows
