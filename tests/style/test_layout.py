"""The layout that tools take for granted."""

from __future__ import annotations

import ast
from pathlib import Path


def source_folders(repository: Path) -> list[Path]:
    return sorted({path.parent for path in repository.glob("packages/*/src/**/*.py")})


def test_every_folder_with_modules_is_a_package(repository: Path) -> None:
    # import-linter and the reference pass a folder without __init__.py over in silence
    bare = [str(path.relative_to(repository)) for path in source_folders(repository) if not is_package(path)]
    assert not bare, f"folders with modules and no __init__.py: {bare}"


def is_package(folder: Path) -> bool:
    return (folder / "__init__.py").exists()


def test_every_distribution_ships_the_licence_of_the_repository(repository: Path) -> None:
    licence = (repository / "LICENSE").read_text(encoding="utf-8")
    for package in sorted(repository.glob("packages/*/pyproject.toml")):
        assert (package.parent / "LICENSE").read_text(encoding="utf-8") == licence, package.parent.name


def test_every_distribution_says_that_it_is_typed(repository: Path) -> None:
    for top in sorted(repository.glob("packages/*/src/*/__init__.py")):
        assert (top.parent / "py.typed").exists(), top.parent.name


def test_a_sub_package_re_exports_and_holds_nothing_else(repository: Path) -> None:
    inits = [path for path in repository.glob("packages/*/src/*/**/__init__.py") if path.parent.parent.name != "src"]
    assert inits
    more = [str(path.relative_to(repository)) for path in inits if not only_re_exports(path)]
    assert not more, f"more than a docstring and `from x import y as y` in: {more}"


def only_re_exports(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    statements = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    return all(isinstance(node, ast.ImportFrom) and renames_nothing(node) for node in statements)


def renames_nothing(node: ast.ImportFrom) -> bool:
    return all(alias.asname == alias.name for alias in node.names)
