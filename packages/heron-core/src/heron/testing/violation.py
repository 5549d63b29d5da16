"""What a failed contract check raises."""

from __future__ import annotations


class ContractViolation(AssertionError):  # noqa: N818 - named for what it reports, as AssertionError is
    """A world does not keep one of heron's promises; the text says which number, where and when."""
