"""YAML text as plain data; only YAML's core types, so that nothing is ever executed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from sggd_qiskit.config.errors import ConfigError, Fault, KeyPath
from sggd_qiskit.config.plain import MAX_DEPTH, plain, require_storable

MAX_NODES = 50_000

_TAG = "tag:yaml.org,2002:"
_STRING, _MERGE = _TAG + "str", _TAG + "merge"

Place = Callable[[int], str]
"""The name of a line, counted from 1."""


def parse(text: str, place: Place, root: KeyPath = ()) -> tuple[object, Node | None]:
    """Read a YAML document.

    Args:
        text: the document.
        place: what a line is called in messages.
        root: the key path at which the document is going to stand.

    Returns:
        The data as dicts, lists, strings, numbers, booleans and None, no two of them the same object, and the nodes that
        know their lines. A text without content is None.

    Raises:
        ConfigError: the text is not a YAML document of core types, or is absurdly large.
    """
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # YAML lets an anchor be redefined
    check = _Check(yaml.constructor, place, root)
    try:
        check.events(text)
        documents = list(yaml.compose_all(text))
        if len(documents) > 1:
            raise check.refusal(documents[1], "a second document begins; keep one, without '---' between parts")
        if not documents:
            return None, None
        check.size(documents[0])
        return plain(yaml.constructor.construct_document(documents[0]), root), documents[0]
    except ConfigError:
        raise
    except ReaderError as error:
        where = place(text.count("\n", 0, error.position) + 1)
        problem = f"character #x{error.character:04x} is not allowed in YAML; remove it"
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{place(mark.line + 1)}, column {mark.column + 1}"
        problem = f"not YAML: {error.context or ''} {error.problem or ''}; correct it"
    except (YAMLError, ValueError, ArithmeticError, LookupError, TypeError, AssertionError, RecursionError) as error:
        # The parser's own mishaps, as with escapes beyond Unicode, know no line.
        where, problem = place(1), f"not YAML, from here on or further down: {error}; correct it"
    raise ConfigError(Fault(root, " ".join(f"{where}: {problem}".split())))


def line_of(node: Node, path: KeyPath) -> int | None:
    """The line of the last key of a path that the document has, counted from 1; None if it has none of them."""
    line = None
    for part in map(str, path):
        if isinstance(node, MappingNode):
            # A mapping's own keys come after those that are merged into it.
            pairs = [pair for pair in node.value if pair[0].value == part]
        else:
            pairs = [(item, item) for index, item in enumerate(node.value) if str(index) == part]
        if not pairs or isinstance(node, ScalarNode):
            break
        key, node = pairs[-1]
        line = key.start_mark.line + 1
    return line


class _Check:
    """Refuses what is no plain YAML, by its line and without repeating it, before anything is made of it."""

    def __init__(self, constructor: Any, place: Place, root: KeyPath):
        self._constructor, self._place, self._root = constructor, place, root
        self._sizes: dict[int, int] = {}

    def events(self, text: str) -> None:
        """Refuse a text that is too large or nested too deeply; this stops early, and is no recursion, as composing is.

        Raises:
            ConfigError: it is so.
        """
        depth = 0
        for number, event in enumerate(YAML(typ="safe", pure=True).parse(text)):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise self.refusal(event, f"nested more than {MAX_DEPTH} deep; flatten it")
            if number > MAX_NODES:
                raise self.refusal(event, f"more than {MAX_NODES} values; shorten it")

    def size(self, node: Node) -> int:
        """Number of values, with all aliases and merges expanded.

        Raises:
            ConfigError: there are too many, or among them is a repeated key, a tag, or a scalar of no core type.
        """
        if id(node) not in self._sizes:
            self._sizes[id(node)] = MAX_NODES  # for aliases to what they are part of
            self._sizes[id(node)] = 1 + sum(map(self.size, self._children(node)))
        if self._sizes[id(node)] >= MAX_NODES:
            problem = f"more than {MAX_NODES} values, aliases included, or an alias that is part of itself; shorten it"
            raise self.refusal(node, problem)
        return self._sizes[id(node)]

    def refusal(self, marked: Any, problem: str) -> ConfigError:
        """The error for a problem at a node or event."""
        return ConfigError(Fault(self._root, f"{self._place(marked.start_mark.line + 1)}: {problem}"))

    def _children(self, node: Node) -> list[Node]:
        if isinstance(node, ScalarNode):
            self._check_scalar(node)
            return []
        if node.tag not in {_TAG + "map", _TAG + "seq"}:
            raise self.refusal(node, f"found the tag {node.tag}; take the tag away")
        if not isinstance(node, MappingNode):
            return list(node.value)
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if key.tag == _MERGE:
                continue
            if key.tag != _STRING:
                raise self.refusal(key, "found a key that is not a string; quote it")
            if key.value in lines:
                before = self._place(lines[key.value])
                raise self.refusal(key, f"key {key.value!r} was given before, at {before}; remove one of them")
            lines[key.value] = key.start_mark.line + 1
        return [child for key, value in node.value for child in ((value,) if key.tag == _MERGE else (key, value))]

    def _check_scalar(self, node: ScalarNode) -> None:
        if node.tag in {_TAG + "value", _MERGE}:
            node.tag = _STRING  # what the parser calls the plain strings '=' and '<<'
        try:
            require_storable(self._constructor.construct_object(node))
        except YAMLError:
            raise self.refusal(node, f"found the tag {node.tag}; take the tag away") from None
        except (ValueError, LookupError, TypeError):
            kind = str(node.tag).removeprefix(_TAG).replace("timestamp", "date")
            raise self.refusal(
                node, f"found what is no {kind}, or one that no key takes; quote it as a string"
            ) from None
