"""Learning rates given as an expression in `epoch`, evaluated without `eval`."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min, "max": max, "abs": abs, "float": float, "int": int,
    **{name: getattr(math, name) for name in ("cos", "sin", "exp", "log", "sqrt", "floor", "ceil")},
}  # fmt: skip
CONSTANTS = {"pi": math.pi, "e": math.e}
SAME = 1e-6  # relative


class ScheduleError(ValueError):
    """An expression that is not arithmetic in `epoch`."""


def rates(expression: str, lr: float, epochs: int) -> list[float]:
    """The learning rate of each epoch, counted from 0.

    The expression may name `epoch`, `epochs` and `lr`. Where it does not name `lr` and its largest
    value is not `lr`, it is a factor of `lr`: that is how case files are written in both ways.
    """
    tree = _parsed(expression)
    found = [
        float(_value(tree, {"epoch": epoch, "epochs": epochs, "lr": lr})) for epoch in range(epochs)
    ]
    absolute = any(isinstance(node, ast.Name) and node.id == "lr" for node in ast.walk(tree))
    if absolute or math.isclose(max(found), lr, rel_tol=SAME):
        return found
    return [lr * factor for factor in found]


def _parsed(expression: str) -> ast.expr:
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except SyntaxError as error:
        raise ScheduleError(f"lr_schedule {expression!r} is no expression: {error.msg}") from error


def _value(node: ast.expr, names: Mapping[str, float]) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() as number):
            return number
        case ast.Name(id=name) if name in names or name in CONSTANTS:
            return names.get(name, CONSTANTS.get(name))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(left, names), _value(right, names))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(operand, names))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _value(body if _value(test, names) else orelse, names)
        case ast.BoolOp(op=op, values=values):
            found = [bool(_value(value, names)) for value in values]
            return all(found) if isinstance(op, ast.And) else any(found)
        case ast.Compare():
            return _compared(node, names)
        case ast.Call(keywords=[]):
            return _called(node, names)
    raise ScheduleError(
        f"lr_schedule has {ast.unparse(node)!r}: it may use numbers, epoch, epochs, lr, + - * / "
        f"// % **, comparisons, `a if b else c` and {', '.join(FUNCTIONS)}"
    )


def _compared(node: ast.Compare, names: Mapping[str, float]) -> bool:
    values = [_value(each, names) for each in (node.left, *node.comparators)]
    pairs = zip(node.ops, values, values[1:], strict=False)
    if unknown := [op for op in node.ops if type(op) not in OPERATORS]:
        raise ScheduleError(f"lr_schedule compares by {type(unknown[0]).__name__}")
    return all(OPERATORS[type(op)](left, right) for op, left, right in pairs)


def _called(node: ast.Call, names: Mapping[str, float]) -> Any:
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name not in FUNCTIONS:
        raise ScheduleError(f"lr_schedule calls {ast.unparse(function)!r}; {', '.join(FUNCTIONS)}")
    return FUNCTIONS[name](*(_value(each, names) for each in node.args))
