"""Pages of the site that follow from what is there: chapters from folders, the reference from the packages.

mkdocs calls the ``on_...`` functions. A chapter is a folder below ``docs`` whose pages enter the navigation by
themselves; the reference has one page for each sub-package, which documents its public modules.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = {
    "tutorials": "Tutorials",
    "environments": "Environments",
    "rl": "Training and judging",
    "datasets": "Data sets",
    "networks": "Networks",
    "physics": "Physics",
    "heron": "HERON",
    "plugins": "Plug-ins",
    "adr": "Decisions",
}
PACKAGES = ("heron", "powergrid", "powergrid_devices", "powergrid_datasets", "powergrid_rl")
FETCHED = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//[^>]*>""")
Chapter: TypeAlias = dict[str, list[str]]


def chapters() -> dict[str, str]:
    """Title of each folder below ``docs`` that holds pages, those not listed above behind the others."""
    found = {path.parent.name for path in (ROOT / "docs").glob("*/*.md")}
    listed = {folder: title for folder, title in CHAPTERS.items() if folder in found}
    return listed | {folder: folder.capitalize() for folder in sorted(found - CHAPTERS.keys())}


def chapter_pages(folder: str) -> list[str]:
    """Pages of a chapter below ``docs``, its index first."""
    docs = ROOT / "docs"
    pages = sorted((docs / folder).rglob("*.md"), key=lambda path: (path.parent, path.name != "index.md", path.name))
    return [page.relative_to(docs).as_posix() for page in pages]


def source_folder(package: str) -> Path:
    """Folder that holds the modules of a package."""
    (folder,) = ROOT.glob(f"packages/*/src/{package}")
    return folder


def is_documented(path: Path) -> bool:
    """Whether a module defines something public."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = [node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, definitions)]
    return any(not name.startswith("_") for name in names)


def documented_modules(entry: Path) -> list[Path]:
    """Public modules of a sub-package, those of its own sub-packages behind them, or the module itself."""
    if entry.is_dir() and not (entry / "__init__.py").exists():
        return []  # data that lies beside the code
    modules = entry.rglob("*.py") if entry.is_dir() else [entry] * (entry.suffix == ".py")
    public = (path for path in modules if not path.stem.startswith("_") and is_documented(path))
    return sorted(public, key=lambda path: (len(path.parts), path))


def dotted(path: Path) -> str:
    """Import name of a module or package."""
    return ".".join(path.with_suffix("").parts[path.parts.index("src") + 1 :])


def reference_page(title: str, modules: list[Path]) -> str:
    """Markdown of one page of the reference."""
    return "\n\n".join([f"# {title}", *(f"::: {dotted(module)}" for module in modules)]) + "\n"


def reference_pages(package: str) -> Iterator[tuple[str, str]]:
    """Name and text of each page of a package: one for each sub-package, one for each module beside them."""
    source = source_folder(package)
    for entry in sorted(source.iterdir()):
        modules = documented_modules(entry)
        if modules and not entry.name.startswith("_"):
            yield f"reference/{package}/{entry.stem}.md", reference_page(dotted(entry), modules)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the chapters and the reference behind the navigation that ``mkdocs.yml`` names."""
    below: list[Chapter] = [{title: chapter_pages(folder)} for folder, title in chapters().items()]
    reference: list[Chapter] = [{package: [name for name, _ in reference_pages(package)]} for package in PACKAGES]
    config.nav = [*(config.nav or []), *below, {"Reference": [part for part in reference if any(part.values())]}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the texts of the reference, which lie in no folder."""
    for package in PACKAGES:
        for name, text in reference_pages(package):
            files.append(File.generated(config, name, content=text))
    return files


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001 - mkdocs passes it by name
    """Refuse a page that fetches something from elsewhere, since the site is read offline too."""
    fetched = FETCHED.findall(output)
    if fetched:
        raise PluginError(
            f"{page.file.src_uri} fetches {fetched[0]} when it is read; keep the file below docs/ instead"
        )
    return output
