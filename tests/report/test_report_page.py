"""The page holds what is known of runs and sweeps, shows damaged ones too, and takes no name for HTML."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from training_runs import after, small

from sggd_qiskit import Dataset, load_results, load_sweep, run_experiment
from sggd_qiskit.report.page import write_report
from sggd_qiskit.report.reading import find_all
from sggd_qiskit.run.errors import RecordError

VOID = {"meta", "link"}
EVIL = "<script>alert(1)</script>"


class Document(HTMLParser):
    """The elements of a page, and their text."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.texts.setdefault(tag, []).append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        for tag in self._open:
            self.texts[tag][-1] += data

    def values(self, name: str) -> list[str | None]:
        return [value for key, value in self.attributes if key == name]


def read(file: Path) -> Document:
    return Document(file.read_text(encoding="utf-8"))


def page(*folders: Path, output: Path) -> Document:
    return read(write_report(folders, output, overwrite=True).path)


@pytest.fixture
def output(tmp_path) -> Path:
    return tmp_path / "page.html"


def test_a_run_has_its_summary_figures_tables_configuration_and_versions(run, run_page):
    found, results = read(run_page), load_results(run)
    captions = ["Cost", "Penalty beside the data term", "Accuracy", "Norm of the gradient", "Outputs", "Landscape"]
    assert found.texts["figcaption"] == [*captions, "Shots", "Time of the steps"]
    assert found.tags.count("svg") == 8
    facts = dict(zip(found.texts["dt"], found.texts["dd"], strict=True))
    assert facts["state"] == "complete"
    assert facts["steps"] == "7 of 7"
    last = results.steps.iloc[-1]
    assert float(facts["cost"].partition(" ± ")[0]) == pytest.approx(last.cost, abs=last.cost_stderr / 5)
    assert facts["qiskit"] == results.manifest["packages"]["qiskit"]
    (text,) = found.texts["pre"]
    assert "kind: collective_su2" not in text
    assert "group: collective_su2" in text
    confusion, jobs = found.texts["tbody"]
    assert len(results.jobs) == jobs.count("step-")
    test = results.predictions[results.predictions["split"] == "test"]
    right = int(((test["label"] == -1) & (test["predicted_label"] == -1)).sum())
    assert confusion.startswith(f"-1{right}")


def test_a_sweep_has_its_table_by_axes_and_every_run_a_click_away(sweep, sweep_page):
    found, results = read(sweep_page), load_sweep(sweep)
    means = results.statistics("test_accuracy")["mean"]
    statistics, runs = found.texts["tbody"][:2]
    for mean in means:
        assert f"{100 * mean:.0f}" in statistics
    links = [value for value in found.values("href") if value.startswith("#run-")]
    anchors = [value for value in found.values("id") if value.startswith("run-")]
    assert len(anchors) == len(results.runs) == 4
    assert set(links) == {f"#{anchor}" for anchor in anchors}
    for name in results.runs["run"]:
        assert name in runs
        assert name in found.texts["h2"]
    assert "4 complete" in found.texts["main"][0]


def test_runs_and_sweeps_together_each_once(run, sweep):
    found = find_all([sweep, run, run, sweep.parent, run.parent])
    assert [group.folder.name for group in found] == ["trial", run.parent.name]
    assert [len(group.runs) for group in found] == [4, 1]
    assert [group.axes for group in found] == [("case", "seed"), ()]


def test_names_and_messages_are_text_and_nothing_else(sweep_page, output, tmp_path):
    rng = np.random.default_rng(1)
    features = pd.DataFrame(rng.uniform(-1, 1, size=(20, 2)), columns=[EVIL, '"><img src=x onerror=1>'])
    labels = np.where(features[EVIL] > 0, "<b>yes</b>", f"$no {EVIL}")
    overrides = ("data=null", "symmetry=null", "cost.guidance=none", "execution.backend=exact")
    dataset = Dataset.from_arrays(features, labels)
    folder = run_experiment(small("plane", *overrides), tmp_path / "results", dataset=dataset).folder
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["packages"] = {EVIL: EVIL}
    hostile = folder.rename(folder.with_name("<i>&amp;run"))
    (hostile / "ledger.sqlite").write_text(EVIL, encoding="utf-8")
    (hostile / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    own = (EVIL, "<b>yes</b>", "<i>&amp;run", features.columns[1])
    axes = ("<b onclick=alert(1)>plain</b>", 'guided " $x$')
    for found, names in ((page(hostile, output=output), own), (read(sweep_page), axes)):
        assert found.tags.count("script") == 1
        assert not {"b", "i", "img"} & set(found.tags)
        assert not [key for key, _ in found.attributes if key.startswith("on")]
        assert [name for name in names if name not in found.texts["body"][0]] == []
        assert any(name in names for name in found.texts["text"])


def test_nothing_is_asked_of_a_network(sweep_page):
    found = read(sweep_page)
    assert all(value.startswith(("#", "data:,")) for value in found.values("href"))
    assert found.values("src") == []
    assert "url(" not in "".join(found.texts["style"])
    (policy,) = [value for value in found.values("content") if "default-src" in value]
    assert policy.startswith("default-src 'none'")


def test_an_unfinished_run_shows_what_there_is(output, tmp_path):
    folder = run_experiment(small("plane"), tmp_path, interrupted=after(3)).folder
    found = page(folder, output=output)
    facts = dict(zip(found.texts["dt"], found.texts["dd"], strict=True))
    assert facts["state"] == "unfinished"
    assert facts["steps"] == f"{len(load_results(folder).steps)} of 7"
    assert "Cost" in found.texts["figcaption"]
    assert "Decision map" not in found.texts["figcaption"]


DAMAGES = {
    "ledger.sqlite": ("Cost", "Outputs"),
    "config.yaml": ("Cost",),
    "manifest.json": ("Cost",),
    "predictions.parquet": ("Cost", "Landscape"),
}


@pytest.mark.parametrize("file", DAMAGES)
def test_a_damaged_run_shows_what_is_left_and_what_is_wrong(run, output, tmp_path, file):
    folder = shutil.copytree(run, tmp_path / "results" / run.name)
    (folder / file).write_bytes(b"\x00{[: no such thing")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    written = write_report([folder], output)
    found = read(output)
    if written.wrong or file in {"ledger.sqlite", "predictions.parquet"}:  # the ledger knows what is in the others
        assert any(file in line for line in written.wrong)
        assert file in found.texts["ul"][0]
    assert set(DAMAGES[file]) <= set(found.texts["figcaption"])
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_in_a_sweep_damaged_and_missing_runs_are_shown_beside_the_others(sweep, output, tmp_path):
    folder = shutil.copytree(sweep, tmp_path / "results" / sweep.name)
    first, second, *_ = load_sweep(folder).runs["run"]
    (folder / first / "ledger.sqlite").write_text("no ledger", encoding="utf-8")
    shutil.rmtree(folder / second)
    found = page(folder, output=output)
    assert "1 damaged, 1 not begun, 2 complete" in found.texts["main"][0]
    assert any(first in text and "ledger.sqlite" in text for text in found.texts["section"])
    assert found.texts["h2"].count(second) == 0
    shutil.rmtree(folder / first)
    (folder / "sweep.json").write_text("{", encoding="utf-8")
    (group,) = find_all([folder])
    assert ("sweep.json" in group.wrong[0], len(group.runs)) == (True, 2)


@pytest.fixture
def ruin(tmp_path) -> Path:
    """What is left of a run, of which nothing can be read."""
    folder = tmp_path / "results" / "ruin"
    folder.mkdir(parents=True)
    (folder / "steps.parquet").write_text("no table", encoding="utf-8")
    return folder


def test_a_file_is_replaced_only_if_that_is_said(ruin, output):
    output.write_text("mine", encoding="utf-8")
    with pytest.raises(RecordError, match=r"page.html.*--force"):
        write_report([ruin], output)
    assert output.read_text(encoding="utf-8") == "mine"
    written = write_report([ruin], output, overwrite=True)
    assert output.stat().st_size == written.bytes
    assert "steps.parquet" in read(output).texts["ul"][0]


@pytest.mark.parametrize(
    ("path", "target", "told"),
    [
        ("nowhere", "page.html", "nowhere.*no such folder"),
        (".", "page.html", "neither a run"),
        ("results", "no/page.html", "--output"),
    ],
)
def test_what_can_not_be_read_or_written_is_told(ruin, tmp_path, path, target, told):
    with pytest.raises(RecordError, match=told):
        write_report([tmp_path / path], tmp_path / target)
    assert not (tmp_path / target).exists()


def test_the_page_is_named_after_the_run(ruin, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert write_report([ruin]).path == Path("ruin.html")
    assert write_report([ruin, ruin]).path == Path("report.html")


def test_a_hundred_long_runs_take_less_than_three_megabytes(output, tmp_path):
    config = small(
        "plane", "data.train=100", "training.steps=300", "training.accuracy_every=10", "execution.backend=exact"
    )
    folder = run_experiment(config, tmp_path / "results").folder
    for number in range(3):
        shutil.copytree(folder, folder.with_name(f"copy-{number}"))
    size = write_report([folder.parent], output).bytes
    text = output.read_text(encoding="utf-8")
    own = text[text.index('<section class="run" id="run-4"') :].encode()  # and the end of the page
    assert size + 97 * len(own) < 3e6


def test_what_makes_no_sense_is_told_beside_the_rest(run, output, tmp_path):
    folder = shutil.copytree(run, tmp_path / "results" / run.name)
    (folder / "ledger.sqlite").unlink()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "packages": 3, "features": 4}), encoding="utf-8")
    found = page(folder, output=output)
    assert "the manifest can't be shown" in found.texts["ul"][0]
    assert "the figures can't be shown" in found.texts["ul"][0]
    assert "group: collective_su2" in found.texts["pre"][0]
