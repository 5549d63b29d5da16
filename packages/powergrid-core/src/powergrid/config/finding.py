"""What is wrong with a configuration, each finding with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from heron.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong.

    Parameters
    ----------
    path
        Place in the configuration, such as ``microgrid_configs[0].devices[1].type``.
    message
        What is wrong, with the value.
    remedy
        What to write instead; empty when there is nothing to say.
    """

    path: str
    message: str
    remedy: str = ""

    def under(self, parent: str) -> Finding:
        """The same finding, seen from a place further up."""
        return replace(self, path=join(parent, self.path))

    def __str__(self) -> str:
        return f"{self.path or '(top level)'}: {self.message} {self.remedy}".rstrip()


class InvalidConfigError(ConfigError):
    """A configuration with everything that is wrong in it.

    Parameters
    ----------
    subject
        What was read or made, such as ``"configuration"`` or ``"EnvConfig"``.
    findings
        At least one.

    Attributes
    ----------
    findings : tuple of Finding
        In the order of the configuration.
    """

    def __init__(self, subject: str, findings: Iterable[Finding]) -> None:
        self.subject = subject
        self.findings = tuple(findings)
        count = "1 finding" if len(self.findings) == 1 else f"{len(self.findings)} findings"
        super().__init__("\n  - ".join([f"{subject} has {count}:", *map(str, self.findings)]))

    def __reduce__(self) -> tuple[type[InvalidConfigError], tuple[str, tuple[Finding, ...]]]:
        # an error that crosses processes is rebuilt from these, not from its text
        return type(self), (self.subject, self.findings)


def join(parent: str, child: str) -> str:
    """Path of a place below another one."""
    if not parent or not child or child.startswith("["):
        return parent + child
    return f"{parent}.{child}"
