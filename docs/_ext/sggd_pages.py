"""What the pages read off the package: the keys of the configuration, and the commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer import Context
from typer.cli import get_docs_for_click
from typer.main import get_command

from sggd_qiskit.cli.app import app
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.faults import wanted
from sggd_qiskit.config.outline import Outline, Schema, kinds_of


class Markdown(SphinxDirective):
    """A part of a page that is made, not written."""

    made: ClassVar[Any]

    def run(self) -> list[nodes.Node]:
        """Its nodes."""
        return self.parse_text_to_nodes("\n".join(type(self).made()), allow_section_headings=True)


def configuration() -> Iterator[str]:
    """Every key of the YAML files, a table for each block."""
    outline = Outline(ExperimentConfig, {})
    top = ExperimentConfig.model_json_schema()
    yield from _table(outline, {name: s for name, s in top["properties"].items() if not _blocks(outline, s)}, top)
    shown: dict[str, str] = {}
    for name, schema in top["properties"].items():
        if blocks := _blocks(outline, schema):
            yield f"\n## {name}\n\n{_plain(schema.get('description', ''))}\n"
            for block in blocks:
                yield from _block(outline, block, (name,), "###", shown)


def _block(outline: Outline, block: Schema, path: tuple[str, ...], level: str, shown: dict[str, str]) -> Iterator[str]:
    """A block's own keys, then the blocks in it, unless they were shown elsewhere."""
    kinds = ", ".join(kinds_of(block))
    if (first := shown.setdefault(block["title"], ".".join(path))) != ".".join(path):
        yield f"\n`{'.'.join(path)}` of kind `{kinds}` has the keys of `{first}`.\n"
        return
    if kinds:
        yield f"\n{level} {'.'.join(path)}: {kinds}\n"
    elif len(path) > 1:
        yield f"\n{level} {'.'.join(path)}\n"
    if "description" in block:
        yield f"{_plain(block['description'])}\n"
    rows = {name: schema for name, schema in block["properties"].items() if name != "kind"}
    if rows:
        yield from _table(outline, rows, block)
    for name, schema in rows.items():
        for inner in _blocks(outline, schema):
            yield from _block(outline, inner, (*path, name), "####" if level == "###" else level, shown)


def _table(outline: Outline, rows: dict[str, Schema], block: Schema) -> Iterator[str]:
    yield "| key | what | values | default or example |"
    yield "|---|---|---|---|"
    for name, schema in rows.items():
        values = wanted(outline, schema)
        if unit := _unit(outline, schema):
            values += f", in {unit}"
        cells = (f"`{name}`", _plain(_about(outline, schema)), values, _default(name, schema, block))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _default(name: str, schema: Schema, block: Schema) -> str:
    """The default, or else an example; a key without either says so."""
    if schema.get("default") is not None:
        return f"`{_flow(schema['default'])}`"
    example = f"such as `{_flow(schema['examples'][0])}`" if "examples" in schema else ""
    if name in block.get("required", ()):
        return ", ".join(filter(None, ["**required**", example]))
    return ", ".join(filter(None, ["not set", example]))


def _flow(value: object) -> str:
    """As it may stand in YAML."""
    return json.dumps(value, ensure_ascii=False).replace('"', "") if value != "" else '""'


def _about(outline: Outline, schema: Schema) -> str:
    choices = [choice for choice in outline.choices(schema) if "description" in choice]
    return str(schema.get("description") or (choices[0]["description"] if choices else ""))


def _unit(outline: Outline, schema: Schema) -> str:
    units = [choice["unit"] for choice in (schema, *outline.choices(schema)) if "unit" in choice]
    return str(units[0]) if units else ""


def _blocks(outline: Outline, schema: Schema) -> list[Schema]:
    return [choice for choice in outline.choices(schema) if "properties" in choice]


def _plain(text: str) -> str:
    return " ".join(text.split())


def commands() -> Iterator[str]:
    """Every command with its arguments and options, as ``--help`` tells them."""
    command = get_command(app)
    for below in command.commands.values():
        below.help = below.help.partition("\f")[0]  # as --help does
    yield get_docs_for_click(obj=command, ctx=Context(command), name="sggd").partition("\n")[2]


def setup(sphinx: Sphinx) -> dict[str, bool]:
    """Make the directives known."""
    for name, made in {"configuration-keys": configuration, "commands": commands}.items():
        sphinx.add_directive(name, type(name, (Markdown,), {"made": staticmethod(made)}))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
