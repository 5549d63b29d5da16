"""The project's own lint rules find what they are for, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import reduction_rule
import size_report
import unit_suffix_rule
from source_files import SourceFile


def module(text: str) -> SourceFile:
    return SourceFile(Path("packages/example/src/example/module.py"), text, ast.parse(text))


@pytest.mark.parametrize(
    "line",
    [
        "y = a @ v",
        "y @= v",
        "y = np.einsum('ij,jk->ik', a, v)",
        "y = a.dot(v)",
        "y = p_mw.sum(axis=0)",
        "y = np.sum(p_mw, axis=0)",
        "y = np.add.reduce(p_mw, axis=0)",
    ],
)
def test_a_reduction_that_depends_on_the_batch_is_found(line: str) -> None:
    found = list(reduction_rule.offences(module(line)))
    assert len(found) == 1
    assert "depends on the batch" in found[0]


@pytest.mark.parametrize(
    "line", ["y = p_mw + q_mvar", "n = mask.sum()", "y = np.logical_or.reduce(m, axis=0)", "@decorator\ndef f(): ..."]
)
def test_elementwise_work_is_left_alone(line: str) -> None:
    assert list(reduction_rule.offences(module(line))) == []


def test_a_reduction_is_waived_by_a_reason_and_not_by_the_bare_word() -> None:
    assert list(reduction_rule.offences(module("y = a @ v  # one batch: done when compiled"))) == []
    assert len(list(reduction_rule.offences(module("y = a @ v  # one batch:")))) == 1


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("capacity_kwh", "not in the table"), ("loading_pct", "not in the table"), ("rating_kva", "published tables")],
)
def test_a_unit_outside_the_table_is_found(name: str, complaint: str) -> None:
    (found,) = unit_suffix_rule.complaints(module(f"def f({name}): ..."))
    assert complaint in found


@pytest.mark.parametrize("name", ["capacity_mwh", "price_usd_per_mwh", "soc_min", "step_s", "angle_deg", "n_env"])
def test_a_unit_of_the_table_and_a_name_without_unit_pass(name: str) -> None:
    assert list(unit_suffix_rule.complaints(module(f"{name} = 1"))) == []


def test_a_keyword_of_a_foreign_call_is_not_ours_to_name() -> None:
    assert list(unit_suffix_rule.complaints(module("create_transformer(net, vk_percent=5.0)"))) == []


def test_length_of_a_function_leaves_its_docstring_out() -> None:
    # def + return = 2 lines; the docstring's 3 do not count
    tree = ast.parse('def f():\n    """One.\n\n    Two."""\n    return 1\n')
    (function,) = size_report.functions(tree)
    assert size_report.function_line_count(function) == 2


def test_a_long_module_is_reported_and_a_long_table_is_not() -> None:
    function = "def f():\n    return 1\n"
    table = "TABLE = [\n" + "    1,\n" * 600 + "]\n"
    assert [size.line_count for size in size_report.module_sizes([module(table + function)])] == [604]
    assert size_report.module_sizes([module(table)]) == []
