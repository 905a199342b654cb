"""From a job file to its runs, and what is said of a bad one."""

from __future__ import annotations

import pytest
from sweeps import job_file, small_sweep

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.sweep.expand import load_sweep_job


def complaint(folder, text, *overrides):
    """The message about a job file with these lines after the first two."""
    with pytest.raises(ConfigError) as caught:
        load_sweep_job(job_file(folder, text), overrides)
    return str(caught.value)


def test_cases_grid_zip_and_seeds_are_combined(tmp_path):
    sweep = small_sweep(
        tmp_path,
        "cases:\n  plain: {cost.guidance: none}\n  guided: {}\n"
        "grid:\n  training.optimizer.learning_rate: [0.1, 0.2]\n"
        "  symmetry.generators: [[{permutation: [1, 0]}]]\n  symmetry.group: [null]\n"
        "zip: {data.train: [5, 6, 7], training.steps: [1, 2, 3]}\nseeds: [4, 9]\n",
    )
    assert sweep.axes[:2] == ("case", "training.optimizer.learning_rate")
    assert sweep.axes[-3:] == ("data.train", "training.steps", "seed")
    assert len(sweep.runs) == len({run.name for run in sweep.runs}) == 2 * 2 * 3 * 2
    for run in sweep.runs:
        config, axes = run.config, run.axes
        assert config.training.optimizer.learning_rate == axes["training.optimizer.learning_rate"]
        assert config.training.seed == config.data.seed == axes["seed"]
        assert config.data.train - 4 == config.training.steps == axes["training.steps"]
        assert (config.cost.guidance.kind == "none") == (axes["case"] == "plain")
        assert axes["symmetry.generators"] == '[{"permutation": [1, 0]}]'
    assert [run.axes["seed"] for run in sweep.runs[:4]] == [4, 9, 4, 9]


def test_a_run_is_the_one_that_overrides_make(tmp_path):
    (run,) = small_sweep(tmp_path, "grid: {cost.weight: [2.5]}\n", "training.steps=2").runs
    by_hand = load_config(tmp_path / "base.yaml", ["training.steps=2", "cost.weight=2.5"])
    assert run.config == by_hand


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("grid:\n  cost.wieght: [1, 2]\n", 4, ["cost.wieght", "did you mean 'weight'"]),
        ("grid:\n  cost.weight:\n    - 1\n    - many\n", 6, ["cost.weight", "'many'", "a number"]),
        ("cases:\n  a: {cost.guidance: none}\n  b: {cost.guidance: nonne}\n", 5, ["cost.guidance", "'none'"]),
        ("zip:\n  cost.weight: [1, 2]\n  data.trian: [3, 4]\n", 5, ["data.trian", "'train'"]),
        ("grid:\n  cost.weight: []\n", 4, ["grid.cost.weight", "empty list", "at least one"]),
        ("grid: {}\n", 3, ["grid", "empty mapping", "at least one"]),
        ("seeds: 0\n", 3, ["seeds", "found 0", "at least 1"]),
        ("gird: {cost.weight: [1]}\n", 3, ["gird", "did you mean 'grid'"]),
        ("zip:\n  cost.weight: [1, 2]\n  data.train: [3]\n", 3, ["zip", "2 for cost.weight", "1 for data.train"]),
        ("cases:\n  a: {cost.weight: 2}\ngrid:\n  cost: [{weight: 1}]\n", 4, ["cost.weight", "grid sets cost", "keep one"]),
        ("grid:\n  training.seed: [1]\nseeds: 2\n", 4, ["training.seed", "seeds sets", "keep one"]),
        ("grid:\n  training.steps: [1]\n", 4, ["training.steps", "--set sets training.steps"]),
        ("grid:\n  cost.weight: [1, 2, 1.0]\n", 4, ["cost.weight.2", "the same run", "take one of them away"]),
        ("seeds:\n  - 3\n  - 3\n", 5, ["seeds.1", "the same run"]),
        ("grid:\n  cost..weight: [1]\n", 4, ["no key and value"]),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_and_what_to_do(tmp_path, text, line, words):
    overrides = ("training.steps=3",) if "--set" in str(words) else ()
    told = complaint(tmp_path, text, *overrides)
    assert told.startswith(f"{tmp_path / 'job.yaml'}:{line}: "), told
    assert [word for word in words if word not in told] == [], told
    assert told.count("\n") == 0


def test_nothing_varied_too_much_varied_and_no_base(tmp_path):
    assert "add cases, grid, zip or seeds" in complaint(tmp_path, "")
    assert "at most 10,000" in complaint(tmp_path, "grid: {cost.weight: [1, 2]}\nseeds: 6000\n")
    file = job_file(tmp_path, "seeds: 2\n")
    (tmp_path / "base.yaml").unlink()
    with pytest.raises(ConfigError) as caught:
        load_sweep_job(file)
    assert str(caught.value).startswith(f"{file}:2: base: there is no file")


def test_a_fault_of_the_base_is_told_once_with_its_own_line(tmp_path):
    file = job_file(tmp_path, "seeds: 5\n")
    base = tmp_path / "base.yaml"
    text = base.read_text(encoding="utf-8")
    base.write_text(text.replace("  train:", "  trian:"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_sweep_job(file)
    (told,) = (line for line in str(caught.value).splitlines() if "'trian'" in line)
    line = text.splitlines().index("  train: 7") + 1
    assert told.startswith(f"{base}:{line}: data.trian")
