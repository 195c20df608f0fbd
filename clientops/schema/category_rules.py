"""The little language of categories: comparisons over the columns of the client list.

    vip = "abc == 'A' and xyz == 'X'"
    waking = "not (last_touch >= '2026-01-01') and revenue > 5000"

A comparison holds a column against a number, a quoted text, a day ('2026-10-31') or another column
of its kind; `and`, `or`, `not` and parentheses join them. Nothing else is understood, so a rule can
do nothing but compare. It is Python's grammar, read and never run.
"""

import ast
import functools
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from clientops.errors import ClientOpsError

# The columns that rules are about: those of the client list but for the categories themselves.
COLUMNS = (
    "client_id:id * client_name:name manager_id:id client_group:name region:name phone:text "
    "email:text tags:text abc:word xyz:word stage:word first_on:date last_on:date purchases:count "
    "revenue:money revenue_ever:money margin_rate:share last_touch:date open:money overdue:money "
    "nps_score:number plan_gap:money expected_12:money"
)
_UNITS = dict(each.split(":") for each in COLUMNS.replace("*", "").split())
_KINDS = {"id": "text", "name": "text", "text": "text", "word": "text", "date": "day"}
_COMPARES: dict[type, Callable] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
# A text stands alone, without a prefix; there are no comments.
_TOKEN = r"""(?:[A-Za-z_]\w*\b(?!['"])|(?:'[^'\\\n]*'|"[^"\\\n]*")(?!\s*['"])|[0-9.]+|[-=!<>()])"""
LONGEST, DEEPEST = 20_000, 50  # characters, and levels: more would exhaust whoever reads it

Rule = Callable[[pd.DataFrame], np.ndarray]  # of which rows it holds


def check(rules: dict[str, str]) -> None:
    """Raise ValueError naming the first of some rules that is none, and why."""
    for name, rule in rules.items():
        try:
            read(rule)
        except ValueError as error:
            reason, place = error.args[0], f"categories {name}"
            raise ValueError(
                ClientOpsError("{place}: {reason}", place=place, reason=reason)
            ) from error


def read(text: str) -> Rule:
    """The rule as a function of a frame. Raises ValueError with what is not understood."""
    if len(text) > LONGEST:
        raise ValueError(ClientOpsError("longer than {number} characters", number=LONGEST))
    if not re.fullmatch(rf"(?:{_TOKEN}|\s)*", text):
        raise ValueError(ClientOpsError("{rule} holds more than columns, numbers, texts and "
                                        "comparisons", rule=_short(text)))  # fmt: skip
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(ClientOpsError("{rule} is not a comparison", rule=_short(text))) from error
    return _condition(tree)


def _short(text: str) -> str:
    return repr(text if len(text) < 80 else f"{text[:79]}…")


def _condition(node: ast.expr, depth: int = 0) -> Rule:
    if depth > DEEPEST:
        raise ValueError(ClientOpsError("deeper than {number} levels", number=DEEPEST))
    match node:
        case ast.BoolOp():
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            parts = [_condition(each, depth + 1) for each in node.values]
            return lambda frame: functools.reduce(join, [part(frame) for part in parts])
        case ast.UnaryOp(op=ast.Not()):
            inner = _condition(node.operand, depth + 1)
            return lambda frame: ~inner(frame)
        case ast.Compare(ops=[op], comparators=[right]) if type(op) in _COMPARES:
            return _comparison(node.left, _COMPARES[type(op)], right)
    raise ValueError(ClientOpsError("{rule} is not a comparison of a column with a value",
                                    rule=_short(ast.unparse(node))))  # fmt: skip


def _comparison(left: ast.expr, compare: Callable, right: ast.expr) -> Rule:
    sides = (left, right)
    kinds = [_kind(each) for each in sides]
    if not any(isinstance(each, ast.Name) for each in sides):
        raise ValueError(ClientOpsError("{left!r} and {right!r}: no column",
                                        left=ast.unparse(left),
                                        right=ast.unparse(right)))  # fmt: skip
    if "day" in kinds:  # a quoted text beside it is a day
        kinds = ["day" if isinstance(each, ast.Constant) and kind == "text" else kind
                 for each, kind in zip(sides, kinds, strict=True)]  # fmt: skip
    if kinds[0] != kinds[1]:
        raise ValueError(ClientOpsError(
            "{left} is a {kind}, {right} a {other}", left=ast.unparse(left),
            kind=ClientOpsError(kinds[0]), right=ast.unparse(right), other=ClientOpsError(kinds[1]),
        ))  # fmt: skip
    values = [_value(each, kinds[0]) for each in sides]

    def holds(frame: pd.DataFrame) -> np.ndarray:
        first, second = (frame[each.id] if isinstance(each, ast.Name) else value
                         for each, value in zip(sides, values, strict=True))  # fmt: skip
        known = np.ones(len(frame), dtype=bool)
        for each in (first, second):
            known &= np.asarray(pd.notna(each), dtype=bool)
        result = np.zeros(len(frame), dtype=bool)  # an empty value makes it false
        a, b = (np.asarray(s[known]) if isinstance(s, pd.Series) else s for s in (first, second))
        result[known] = compare(a, b)
        return result

    return holds


def _kind(node: ast.expr) -> str:
    match node:
        case ast.Name() if node.id in _UNITS:
            return _KINDS.get(_UNITS[node.id], "number")
        case ast.Name():
            raise ValueError(ClientOpsError("no column {name!r}; there are {there}", name=node.id,
                                            there=", ".join(_UNITS)))  # fmt: skip
        case ast.Constant(value=str()):
            return "text"
        case ast.Constant(value=value) | ast.UnaryOp(ast.USub(), ast.Constant(value=value)):
            if type(value) in (int, float):
                return "number"
    raise ValueError(ClientOpsError("{rule} is neither a column nor a number nor a quoted text",
                                    rule=_short(ast.unparse(node))))  # fmt: skip


def _value(node: ast.expr, kind: str) -> Any:
    if isinstance(node, ast.Name):
        return None
    value = ast.literal_eval(node)
    if kind != "day":
        return value
    try:
        return np.datetime64(pd.to_datetime(value, format="%Y-%m-%d"), "us")
    except ValueError as error:
        raise ValueError(
            ClientOpsError("{value!r} is not a day like '2026-10-31'", value=value)
        ) from error
