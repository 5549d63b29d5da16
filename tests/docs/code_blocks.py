"""Code blocks of Markdown pages."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>\w*)(?P<options>[^`]*)$")
NO_TEST = re.compile(r"^\s*<!-- no test: (?P<reason>.+) -->\s*$")
PRINTS = re.compile(r"^\s*<!-- prints -->\s*$")


@dataclass(frozen=True)
class CodeBlock:
    """One fenced block and what the comment above it says."""

    language: str
    first_line: int
    lines: tuple[str, ...]
    skip_reason: str
    is_output: bool


def code_blocks(text: str) -> Iterator[CodeBlock]:
    """Fenced blocks of a page in their order; ``first_line`` counts from 1 and is the one below the fence."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        opening = FENCE.match(lines[number])
        if opening is None:
            number += 1
            continue
        end = closing_fence(lines, number + 1, opening["ticks"])
        yield code_block(lines, number, end, opening)
        number = end + 1


def closing_fence(lines: list[str], start: int, ticks: str) -> int:
    """Index of the line that closes a block."""
    for number in range(start, len(lines)):
        if lines[number].strip() == ticks:
            return number
    raise ValueError(f"the code block that opens on line {start} is never closed")


def code_block(lines: list[str], start: int, end: int, opening: re.Match[str]) -> CodeBlock:
    """Block between two fences, indentation of a list or admonition removed."""
    above = lines[start - 1] if start else ""
    body = textwrap.dedent("\n".join(lines[start + 1 : end])).splitlines()
    reason = skip_reason(above, opening["options"])
    return CodeBlock(opening["language"], start + 2, tuple(body), reason, bool(PRINTS.match(above)))


def skip_reason(line_above: str, options: str) -> str:
    """Why a block is no program: a comment says so, or its title calls it a signature."""
    comment = NO_TEST.match(line_above)
    if comment:
        return comment["reason"]
    return "a signature is no program" if 'title="signature"' in options else ""


def python_program(text: str) -> str:
    """All Python blocks of a page as one program in which every line keeps the number it has on the page."""
    program = [""] * (len(text.splitlines()) + 1)
    for block in code_blocks(text):
        if block.language in ("python", "py") and not block.skip_reason:
            program[block.first_line - 1 : block.first_line - 1 + len(block.lines)] = block.lines
    return "\n".join(program).rstrip() + "\n"


def announced_output(text: str) -> list[str]:
    """Lines that a page says its programs print."""
    return [line.strip() for block in code_blocks(text) if block.is_output for line in block.lines if line.strip()]
