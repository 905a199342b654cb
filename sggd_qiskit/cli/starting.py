"""``sggd init``: a configuration from a few questions, or from flags."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.prompt import Prompt
from rich.table import Table
from rich.text import Text

from sggd_qiskit.cli.terminal import noting
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.config.registry import GUIDANCES
from sggd_qiskit.problem import Problem, build_problem
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.files import require_free, write_text
from sggd_qiskit.setup.candidates import Candidate, by_action, candidates
from sggd_qiskit.setup.columns import Columns, find_columns, label_columns, read_any
from sggd_qiskit.setup.draft import EXAMPLES, Choice, completed, table_draft, written

_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Flags:
    """What the user has said; None is asked for, or left to the draft.

    Attributes:
        data: ``plane``, ``werner`` or a table.
        label: column of the classes.
        features: columns of the numbers.
        choice: symmetry, guidance, backend and steps.
        name: of the experiment.
        output: the file; named after the experiment if None.
        force: whether to replace it.
        asking: whether to ask for the others.
    """

    data: str | None
    label: str | None
    features: Sequence[str]
    choice: Choice
    name: str | None
    output: Path | None
    force: bool
    asking: bool


class _Questions:
    """Asks for what was not said, if there is somebody to ask; else what is proposed is taken."""

    def __init__(self, console: Console, *, asking: bool):
        self.console, self.asking = console, asking

    def ask(self, what: str, proposed: str, choices: Sequence[str] = (), check: Callable[[str], object] = str) -> str:
        """The answer, asked for again until it is one of the choices and passes the check.

        Args:
            what: the question.
            proposed: the answer that is taken for none.
            choices: the answers that there are, if they are few.
            check: raises a `ConfigError` on an answer that won't do.
        """
        while self.asking:
            answer = Prompt.ask(what, console=self.console, default=proposed, choices=list(choices) or None)
            try:
                check(answer)
            except (ConfigError, RecordError) as error:
                self.console.print(str(error), style="yellow", markup=False)
            else:
                return answer
        return proposed


def write_draft(flags: Flags) -> None:
    """Ask for what is not known, write the file, and say what is in it and what comes next.

    Raises:
        ConfigError: if what was said makes no experiment.
        RecordError: if the file exists or can't be written.
    """
    console = Console(highlight=False)
    if flags.output is not None:
        require_free(flags.output, overwrite=flags.force)
    questions = _Questions(console, asking=flags.asking)
    draft, columns, proposed = _drafted(questions, flags)
    known = candidates(build_problem({"name": proposed, **draft})) if columns is not None else []
    choice = _chosen(questions, flags.choice, draft, known)
    name = flags.name or questions.ask("Name of the experiment", proposed, check=lambda name: _free(name, flags))
    output = flags.output or Path(f"{name}.yaml")
    require_free(output, overwrite=flags.force)
    with noting(console):
        whole, problem = completed({"name": name, **draft}, choice, known)
    write_text(output, written(whole, output, known))
    _tell(console, output, problem, columns, [] if flags.asking else known)


def _free(name: str, flags: Flags) -> None:
    load_config({**EXAMPLES["plane"], "name": name})
    require_free(flags.output or Path(f"{name}.yaml"), overwrite=flags.force)


def _drafted(questions: _Questions, flags: Flags) -> tuple[dict[str, Any], Columns | None, str]:
    """Data and model, the columns of a table, and a name."""
    if flags.data is None and not questions.asking:
        wanted = f"--data {', --data '.join(EXAMPLES)}, or --data FILE with a CSV or parquet file of your own"
        raise ConfigError.at("data", f"nothing was said of it; wanted {wanted}")
    example, *_ = EXAMPLES
    data = flags.data or questions.ask(
        f"Data: {', '.join(EXAMPLES)}, or a CSV or parquet file of your own", example, check=_readable
    )
    if data in EXAMPLES:
        if flags.label is not None or flags.features:
            raise ConfigError.at("data", f"found {data} with --label or --feature, which are for a file of your own")
        return EXAMPLES[data], None, data
    path = Path(data)
    frame, settings = read_any(path)
    columns = _columns(questions, frame, flags)
    used = [*columns.features, columns.label, *([columns.split] if columns.split else [])]
    draft = table_draft(path, settings, columns, missing=bool(frame[used].isna().any(axis=None)))
    return draft, columns, _NAME.sub("-", path.name.split(".")[0]).strip("-._") or "experiment"


def _readable(data: str) -> None:
    if data not in EXAMPLES:
        read_any(Path(data))


def _columns(questions: _Questions, frame: pd.DataFrame, flags: Flags) -> Columns:
    label, features = flags.label, flags.features
    names = label_columns(frame)
    if label is None and names:
        label = questions.ask("Column of the labels", names[0], check=lambda name: find_columns(frame, name))
    proposed = find_columns(frame, label, features)
    if not features:
        some = ", ".join(proposed.features)
        answer = questions.ask(
            "Columns of the features", some, check=lambda names: find_columns(frame, label, _split(names))
        )
        return proposed if answer == some else find_columns(frame, label, _split(answer))
    return proposed


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",")]


def _chosen(questions: _Questions, said: Choice, draft: dict[str, Any], known: Sequence[Candidate]) -> Choice:
    usual = draft["symmetry"]["group"] if "symmetry" in draft else "none"
    names = [usual, *(one.name for one in known)] if usual == "none" else [usual, "none"]
    symmetry = said.symmetry
    if symmetry is None and len(names) > 1:
        if known and questions.asking:
            questions.console.print("Symmetries that the encoding has; take one if your labels have it, too:")
            _show(questions.console, known)
        symmetry = questions.ask("Symmetry", usual, names)
    guidance = said.guidance
    if guidance is None and (symmetry or usual) != "none":
        guidance = questions.ask("Guidance", "penalty", [name for name in GUIDANCES.names() if name != "none"])
    backend = said.backend or questions.ask(
        "Backend: exact, aer, fake_torino, ibm_torino or the like",
        "exact",
        check=lambda name: load_config({"name": "draft", **EXAMPLES["plane"], "execution": {"backend": name}}),
    )
    return Choice(symmetry, guidance, backend, said.steps)


def _rows(console: Console, rows: Iterable[tuple[str, str]]) -> None:
    """Two columns, of which the second is wrapped."""
    table = Table.grid(padding=(0, 2))
    for first, second in rows:
        table.add_row(Text(f"  {first}"), Text(second))
    console.print(table)


def _show(console: Console, known: Sequence[Candidate]) -> None:
    groups = [(", ".join(names), "\n".join(actions)) for actions, names in by_action(known).items()]
    _rows(console, groups)


def _tell(
    console: Console, output: Path, problem: Problem, columns: Columns | None, known: Sequence[Candidate]
) -> None:
    config, dataset = problem.config, problem.dataset
    sides = f"{len(dataset.train)} training and {len(dataset.test)} test points"
    console.print(f"Wrote {output}: {sides}, {config.model.qubits} qubits.", markup=False)
    rows = []
    if columns is not None:
        rows += [("label", f"{columns.label}: {', '.join(map(str, dataset.classes))}")]
        rows += [("features", ", ".join(columns.features))]
        for reason in dict.fromkeys(columns.left_out.values()):
            names = [name for name, its in columns.left_out.items() if its == reason]
            rows += [("left out", f"{', '.join(names)}: {reason}")]
    if config.symmetry is not None:
        rows += [("symmetry", f"{config.symmetry.group}, guidance {config.cost.guidance.kind}")]
    _rows(console, rows)
    if config.symmetry is None and known:
        console.print(
            "No symmetry is used. The encoding has these; if your labels have one of them, too, take it with "
            "--symmetry NAME --force:"
        )
        _show(console, known)
    console.print(f"Next: sggd plan {output}, then sggd run {output}", markup=False)
