"""The file ``setup.yaml`` of a setup folder, read without letting anything in it disappear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from heron.errors import ConfigError

FILE_NAME = "setup.yaml"


class StrictLoader(yaml.SafeLoader):
    """YAML reader that refuses a key given twice, where the plain one keeps the last without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Mapping whose keys all differ."""
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise ConfigError(f"{key_node.start_mark.name}, line {line}: key {key!r} is given twice.")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_setup_file(folder: Path) -> dict[str, Any]:
    """Content of a folder's ``setup.yaml`` as plain values.

    Raises
    ------
    ConfigError
        The file is missing, is no YAML, gives a key twice, or holds no mapping.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise ConfigError(f"Setup folder {folder} has no {FILE_NAME}.", remedy=f"Write the configuration to {path}.")
    try:
        with path.open(encoding="utf-8") as stream:
            content = yaml.load(stream, Loader=StrictLoader)  # noqa: S506  a subclass of the safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as cause:
        raise ConfigError(f"Setup file {path} cannot be read: {cause}.") from cause
    if not isinstance(content, dict):
        raise ConfigError(f"Setup file {path} holds {type(content).__name__}, not a mapping of configuration keys.")
    return content
