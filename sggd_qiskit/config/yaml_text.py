"""YAML text as a tree of nodes that know their lines; nothing is constructed from them here."""

from __future__ import annotations

from collections.abc import Callable

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node
from ruamel.yaml.reader import ReaderError

from sggd_qiskit.config.errors import ConfigError, Fault, KeyPath

Place = Callable[[int], str]
"""The name of a line, counted from 1."""


def compose(text: str, place: Place, root: KeyPath) -> Node | None:
    """The root node of the single document of a text, None if it has no content.

    Raises:
        ConfigError: the text is not YAML, or holds more than one document.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # YAML lets an anchor be redefined
    try:
        documents = list(yaml.compose_all(text))
    except RecursionError:
        raise refusal(root, place(1), "nested too deeply", "flatten it") from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise refusal(root, place(line), f"character #x{error.character:04x} is not allowed in YAML") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise refusal(root, f"{place(mark.line + 1)}, column {mark.column + 1}", f"not YAML: {problem}") from None
    except (YAMLError, ValueError, ArithmeticError, LookupError, TypeError, AssertionError) as error:
        # The parser's own mishaps, as with escapes beyond Unicode, know no line.
        raise refusal(root, place(1), f"not YAML, from here on or further down: {error}") from None
    if len(documents) > 1:
        line = documents[1].start_mark.line + 1
        raise refusal(root, place(line), "a second document begins", "keep one document, without '---' between parts")
    return documents[0] if documents else None


def refusal(path: KeyPath, place: str, problem: str, advice: str = "correct it") -> ConfigError:
    """The error for a ``problem`` at a ``place``, in one line."""
    return ConfigError(Fault(path, " ".join(f"{place}: {problem}; {advice}".split())))
