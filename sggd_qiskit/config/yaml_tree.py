"""YAML text as plain data, with the place of every key; only YAML's core types, so that nothing is ever executed."""

from __future__ import annotations

from collections.abc import Iterator

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sggd_qiskit.config.errors import ConfigError, KeyPath
from sggd_qiskit.config.yaml_scalars import SCALARS, read_scalar
from sggd_qiskit.config.yaml_text import Place, compose, refusal

MAX_NODES = 100_000
MAX_DEPTH = 64

_TAG = "tag:yaml.org,2002:"


def parse(text: str, place: Place, root: KeyPath = ()) -> tuple[object, dict[KeyPath, str]]:
    """Read a YAML document.

    Args:
        text: the document.
        place: what a line is called in messages.
        root: the key path at which the document is going to stand.

    Returns:
        The data as dicts, lists, strings, numbers, booleans and None, no two of them the same object, and the place of
        every key and list item below ``root``. A text without content is None.

    Raises:
        ConfigError: the text is not a YAML document of core types, or is absurdly large.
    """
    tree = _Tree(place)
    return tree.value(compose(text, place, root), root), tree.places


class _Tree:
    """One pass over the nodes of a document, that expands aliases and merge keys."""

    def __init__(self, place: Place):
        self.places: dict[KeyPath, str] = {}
        self._place = place
        self._nodes = 0

    def value(self, node: Node | None, path: KeyPath) -> object:
        """The plain data of a node that stands at ``path``."""
        if node is None:
            return None
        self._count(node, path, len(path))
        if isinstance(node, MappingNode) and node.tag == _TAG + "map":
            pairs = self._pairs(node, path, len(path))
            return {key: self._entry(*pair, (*path, key)) for key, pair in pairs.items()}
        if isinstance(node, SequenceNode) and node.tag == _TAG + "seq":
            return [self._entry(item, item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        raise self._unknown_tag(node, path)

    def _entry(self, marked: Node, value: Node, path: KeyPath) -> object:
        self.places[path] = self._place_of(marked)
        return self.value(value, path)

    def _pairs(self, node: MappingNode, path: KeyPath, depth: int) -> dict[str, tuple[Node, Node]]:
        """Key and value by name; a mapping's own keys go before merged ones, and earlier merges before later ones."""
        own: dict[str, tuple[Node, Node]] = {}
        merged: dict[str, tuple[Node, Node]] = {}
        for key_node, value_node in node.value:
            self._count(key_node, path, depth)
            if key_node.tag == _TAG + "merge":
                for source in self._merge_sources(value_node, path):
                    for key, pair in self._pairs(source, path, depth + 1).items():
                        merged.setdefault(key, pair)
                continue
            key = self._key(key_node, path)
            if key in own:
                first, second = self._place_of(own[key][0]), self._place_of(key_node)
                raise refusal((*path, key), second, f"key {key!r} was given before, at {first}", "remove one of them")
            own[key] = (key_node, value_node)
        return merged | own

    def _merge_sources(self, node: Node, path: KeyPath) -> Iterator[MappingNode]:
        for source in node.value if isinstance(node, SequenceNode) else [node]:
            self._count(source, path, len(path))
            if not isinstance(source, MappingNode) or source.tag != _TAG + "map":
                raise refusal(path, self._place_of(node), "'<<' merges what is no plain mapping", "merge mappings only")
            yield source

    def _key(self, node: Node, path: KeyPath) -> str:
        if not isinstance(node, ScalarNode):
            raise refusal(path, self._place_of(node), "found a key that is a list or a mapping, wanted a string")
        key = self._scalar(node, path)
        if not isinstance(key, str):
            raise refusal(path, self._place_of(node), f"key {node.value or 'null'} is not a string", "quote it")
        return key

    def _scalar(self, node: ScalarNode, path: KeyPath) -> object:
        kind = str(node.tag).removeprefix(_TAG)
        if kind == "timestamp":
            raise refusal(
                path, self._place_of(node), "found a date, which no key takes", "quote it to make it a string"
            )
        if kind not in SCALARS:
            raise self._unknown_tag(node, path)
        try:
            return read_scalar(kind, node.value)
        except (ValueError, KeyError):
            raise refusal(path, self._place_of(node), f"found something that is no {kind}", "correct it") from None

    def _count(self, node: Node, path: KeyPath, depth: int) -> None:
        self._nodes += 1
        if depth > MAX_DEPTH:
            problem = f"nested more than {MAX_DEPTH} deep, or an alias is part of itself"
            raise refusal(path[:3], self._place_of(node), problem, "flatten it")
        if self._nodes > MAX_NODES:
            problem = f"more than {MAX_NODES} values, aliases included"
            raise refusal(path[:3], self._place_of(node), problem, "shorten it")

    def _unknown_tag(self, node: Node, path: KeyPath) -> ConfigError:
        advice = "take the tag away; a configuration holds plain YAML only"
        return refusal(path, self._place_of(node), f"found the tag {node.tag}", advice)

    def _place_of(self, node: Node) -> str:
        return self._place(node.start_mark.line + 1)
