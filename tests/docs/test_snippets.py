"""Every Python block of the README and the documentation runs as it stands.

The blocks of one page run one after the other in a fresh interpreter and an empty folder, as a reader would type them.
A block is left out by a comment on the line above it, ``<!-- no test: reason -->``, or when its title is "signature".
A block below ``<!-- prints -->`` holds lines that the page's programs must have printed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from code_blocks import announced_output, code_blocks, python_program

REPOSITORY = Path(__file__).resolve().parents[2]
TIME_LIMIT_S = 600
RUN_PAGE = "import sys; exec(compile(sys.stdin.read(), sys.argv[1], 'exec'), {'__name__': '__main__'})"


def pages() -> list[Path]:
    """Markdown pages whose readers may copy from them."""
    found = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("packages/*/README.md"), *REPOSITORY.glob("docs/**/*.md")]
    return sorted(path for path in found if python_program(path.read_text(encoding="utf-8")).strip())


def run_page(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the Python blocks of a page in a folder; a traceback names the page and its lines."""
    program = python_program(page.read_text(encoding="utf-8"))
    command = [sys.executable, "-c", RUN_PAGE, str(page)]
    return subprocess.run(
        command, input=program, cwd=folder, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
    )


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_the_python_blocks_of_a_page_run_as_written(page: Path, tmp_path: Path) -> None:
    outcome = run_page(page, tmp_path)
    assert outcome.returncode == 0, outcome.stderr[-4000:]
    printed = [line.strip() for line in outcome.stdout.splitlines()]
    missing = [line for line in announced_output(page.read_text(encoding="utf-8")) if line not in printed]
    assert not missing, f"the page says that this is printed, but it was not: {missing}\n{outcome.stdout[-2000:]}"


def test_the_readme_has_blocks_to_run() -> None:
    assert REPOSITORY / "README.md" in pages()


def test_a_failing_block_is_reported_with_the_line_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Title\n\n```python\nx = 1\n```\n\ntext\n\n```python\nx / 0\n```\n", encoding="utf-8")
    outcome = run_page(page, tmp_path)
    # title 1, fence 3, x = 1 on 4, fences 5 and 9, the division on 10
    assert outcome.returncode != 0
    assert f'File "{page}", line 10' in outcome.stderr


def test_only_a_reason_leaves_a_block_out() -> None:
    text = "<!-- no test: needs a cluster -->\n```python\n1 / 0\n```\n<!-- no test: -->\n```python\n2\n```\n"
    assert python_program(text).split() == ["2"]
    assert [block.skip_reason for block in code_blocks(text)] == ["needs a cluster", ""]


def test_a_signature_is_left_out_and_another_title_is_not() -> None:
    text = '```python title="signature"\ndef f() -> int\n```\n```python title="plugin.py"\n2\n```\n'
    assert python_program(text).split() == ["2"]


def test_an_indented_block_is_shifted_to_the_left() -> None:
    assert (
        python_program("1. item\n\n    ```python\n    if True:\n        y = 2\n    ```\n")
        == "\n\n\nif True:\n    y = 2\n"
    )


def test_announced_output_is_taken_from_the_marked_block_only() -> None:
    text = "```text\nfree text\n```\n<!-- prints -->\n```text\nsoc 0.3\n\n```\n"
    assert announced_output(text) == ["soc 0.3"]
