"""YAML as people type it into the dashboard: read with the line of every key, and printed.

Anybody may send it, so it is held to what a study needs: plain values, no aliases (a few lines
of which can stand for billions), no tags, no keys given twice, and a limit on size and depth.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from trainer.recipe.space import SCIENTIFIC

MOST_CHARACTERS = 100_000  # 0.4 s to read
MOST_DEPTH = 24  # a recipe nests 6 deep
MOST_NODES = 50_000  # values of one document
PREFIX = "tag:yaml.org,2002:"
PLAIN = frozenset(PREFIX + kind for kind in ("null", "bool", "int", "float", "str"))
NESTED = frozenset((PREFIX + "seq", PREFIX + "map"))
FIRST = "-+.0123456789"  # characters that a number begins with
SHOWN = 40  # characters of a key in a message
LINE = 88  # characters that a section on one line has at most


class Unreadable(ValueError):
    """This is no YAML that a study can be written in; `line` counts from 1, None if not known."""

    def __init__(self, message: str, line: int | None) -> None:
        self.message = message
        self.line = line
        super().__init__(message)


@dataclass(frozen=True)
class Written:
    """A document and, for each of its dotted paths, the line of its key, counted from 1."""

    value: Any
    lines: dict[str, int] = field(default_factory=dict)

    def line(self, path: str) -> int | None:
        """Of the path, or of the section around it."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path.rpartition(".")[0]
        return None


class _Loader(yaml.CSafeLoader):
    """1e-4 is a number here, as everybody means it; a date is a text."""


class _Dumper(yaml.CSafeDumper):
    """Short sections on one line, as people write them: `model: {name: mlp, hidden: [64]}`."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent(self, data: Any) -> None:
        root = self.represent_data(data)
        if isinstance(root, CollectionNode):
            _arrange(root)
        self.serialize(root)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag in PLAIN]
    for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    PREFIX + "float", re.compile(f"^(?:{SCIENTIFIC.pattern})$"), list(FIRST)
)


def read(text: str) -> Written:
    """The document in the text. Raises Unreadable."""
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(f"is longer than {MOST_CHARACTERS} characters", None)
    try:
        _guard(text)
        node = yaml.compose(text, Loader=_Loader)
        lines: dict[str, int] = {}
        return Written(None if node is None else _plain(node, "", lines), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(_sentence(error), None if mark is None else mark.line + 1) from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise Unreadable("holds characters that are no text", None) from error


def printed(document: Any) -> str:
    """The document as YAML: short sections on one line, numbers that every reader knows."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=LINE))


def unprintable(document: Any) -> str | None:
    """Why a document of JSON cannot be written down; None where it can. Nothing recurs here."""
    count, level = 0, [document]
    for _ in range(MOST_DEPTH):
        if any(isinstance(each, str) and not _text(each) for each in level):
            return "holds characters that are no text"
        level = [inner for outer in level for inner in _inside(outer)]
        count += len(level)
        if count > MOST_NODES:
            return f"holds more than {MOST_NODES} values"
        if not level:
            return None
    return f"is nested more than {MOST_DEPTH} deep"


def _arrange(root: CollectionNode) -> None:
    """Sections of the root stand on lines of their own; what is inside them may be folded."""
    root.flow_style = False
    for section in _children(root):
        if isinstance(section, CollectionNode):
            inside = _children(section)
            section.flow_style = all(isinstance(each, ScalarNode) for each in inside)
            for each in inside:
                _fold(each)


def _children(node: CollectionNode) -> list[Node]:
    pairs = isinstance(node, MappingNode)
    return [value for _, value in node.value] if pairs else list(node.value)


def _fold(node: Node) -> int:
    """Puts what is short enough on one line; the length that it would have there."""
    if not isinstance(node, CollectionNode):
        return len(node.value) + 2
    keys = node.value if isinstance(node, MappingNode) else ()
    length = sum(len(key.value) + 2 for key, _ in keys) + sum(map(_fold, _children(node))) + 2
    node.flow_style = length < LINE - MOST_DEPTH
    return length


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _text(characters: str) -> bool:
    """JSON may hold half a surrogate pair, which nobody can write down."""
    try:
        characters.encode()
    except UnicodeEncodeError:
        return False
    return True


def _guard(text: str) -> None:
    """Raises Unreadable for what must not be composed; the events come one by one."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = None if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable("takes no anchors and aliases (& and *): write it out", line)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            raise Unreadable(f"is nested more than {MOST_DEPTH} deep", line)


def _plain(node: Node, path: str, lines: dict[str, int]) -> Any:
    if node.tag not in (PLAIN if isinstance(node, ScalarNode) else NESTED):
        raise Unreadable(f"takes no tag {node.tag[:SHOWN]!r}", node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        return _section(node, path, lines)
    if isinstance(node, SequenceNode):
        return [_item(each, f"{path}.{i}", lines) for i, each in enumerate(node.value)]
    try:
        value = SafeConstructor().construct_object(node)
    except ValueError as error:
        message = f"{node.value[:SHOWN]!r} cannot be read"
        raise Unreadable(message, node.start_mark.line + 1) from error
    finite = not isinstance(value, float) or math.isfinite(value)
    return value if finite else node.value  # JSON has no infinity; the study says what it wants


def _item(node: Node, path: str, lines: dict[str, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    return _plain(node, path, lines)


def _section(node: MappingNode, path: str, lines: dict[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode):
            raise Unreadable("the name of a setting is one word", line)
        name = key.value
        if name in found:
            raise Unreadable(f"{name[:SHOWN]!r} is given twice", line)
        inner = f"{path}.{name}" if path else name
        lines[inner] = line
        found[name] = _plain(value, inner, lines)
    return found


def _sentence(error: yaml.MarkedYAMLError) -> str:
    told = [part for part in (error.context, error.problem) if part]
    return f"is not YAML: {', '.join(told)}" if told else "is not YAML"
