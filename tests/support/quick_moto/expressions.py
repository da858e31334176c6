"""Expressions of updates and conditions: each is read once, and gone through quickly."""

from collections import deque
from collections.abc import Callable, Iterator
from functools import cache, lru_cache, wraps
from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.parsing import ast_nodes, expressions
from moto.dynamodb.parsing.validators import ActionCountValidator

from tests.support.quick_moto.changes import Change

_MOST_KEPT = 1000
# moto has no types for these.
_nodes: Any = ast_nodes
Node, Expression = _nodes.Node, _nodes.Expression
DepthFirstTraverser, Function = _nodes.DepthFirstTraverser, _nodes.UpdateExpressionFunction
UpdateExpressionParser: Any = vars(expressions)["UpdateExpressionParser"]
# `isinstance` takes long for classes that are abstract, and these are all.
_is_kind: Callable[[Any, Any], bool] = cache(issubclass)


def changes() -> Iterator[Change]:
    """Return what makes expressions fast."""
    # Nobody changes what was read: a validator changes its own copy.
    read = lru_cache(_MOST_KEPT)(UpdateExpressionParser.make)
    yield Change(UpdateExpressionParser, "make", staticmethod(read))
    yield Change(Node, "__deepcopy__", _copy_of_node)
    yield Change(Node, "find_clauses", _find_clauses)
    yield Change(DepthFirstTraverser, "traverse_node_recursively", _traverse)
    counts = ActionCountValidator
    yield Change(counts, "verify_action_counts", _at_the_top(counts.verify_action_counts))
    parser = ConditionExpressionParser
    yield Change(parser, "_lex_condition_expression", _split_once(parser._lex_condition_expression))
    yield Change(parser, "parse", _parsed_once(parser.parse))


def _copy_of_node(node: Any, _memo: dict[int, Any]) -> Any:
    copied = object.__new__(type(node))
    vars(copied).update(vars(node))
    if node.children is not None:
        copied.children = [
            _copy_of_node(child, _memo) if _is_kind(type(child), Node) else child
            for child in node.children
        ]
        for child in copied.children:
            if _is_kind(type(child), Node):
                child.parent = copied
    return copied


def _find_clauses(node: Any, kinds: list[type]) -> list[Any]:
    found: list[Any] = []
    for child in node.children or ():
        kind = type(child)
        if kind in kinds:
            found.append(child)
        elif _is_kind(kind, Expression) or _is_kind(kind, Function):
            found += _find_clauses(child, kinds)
    return found


def _traverse(traverser: Any, node: Any, child_id: int = -1) -> Any:
    if not _is_kind(type(node), Node):
        return node
    wanted = vars(traverser).get("_wanted")
    if wanted is None:
        wanted = traverser._wanted = traverser.nodes_to_be_processed()
    parent = node.parent
    looks_before = type(traverser).pre_processing_of_child is not _LOOKS_AT_NOTHING
    for number, child in enumerate(node.children or ()):
        if looks_before:
            traverser.pre_processing_of_child(node, number)
        if _is_kind(type(child), Node):
            _traverse(traverser, child, number)
    if not _is_kind(type(node), wanted):
        return node
    processed = traverser.process(node)
    processed.parent = parent
    if parent:
        parent.children[child_id] = processed
    return processed


def _at_the_top(verify: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Count the clauses of an expression, and not again those of each part of it."""

    @wraps(verify)
    def verified(validator: Any, node: Any) -> Any:
        return node if node.parent else verify(validator, node)

    return verified


_LOOKS_AT_NOTHING = DepthFirstTraverser.pre_processing_of_child


def _split_once(split: Callable[[Any], Any]) -> Callable[[Any], Any]:
    kept: dict[str, tuple[Any, ...]] = {}

    @wraps(split)
    def nodes_of(parser: Any) -> Any:
        expression = parser.condition_expression
        if expression not in kept:
            kept[expression] = tuple(split(parser))
        return deque(kept[expression])

    return nodes_of


def _parsed_once(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Parse what one call asks for only once: its condition is looked at up to four times."""
    kept: dict[str, Any] = {}

    @wraps(parse)
    def condition_of(parser: Any) -> Any:
        given = (
            parser.condition_expression,
            parser.expression_attribute_names,
            parser.expression_attribute_values,
        )
        key = repr(given)
        if key not in kept:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            kept[key] = (
                parse(parser),
                tuple(parser.expr_attr_names_found),
                tuple(parser.expr_attr_values_found),
            )
        condition, names, values = kept[key]
        parser.expr_attr_names_found = list(names)
        parser.expr_attr_values_found = list(values)
        return condition

    return condition_of
