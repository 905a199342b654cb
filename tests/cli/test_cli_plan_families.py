"""The ways to measure the penalty side by side, and inputs that only they refuse."""

from __future__ import annotations

import pytest
from problems import CONFIGS
from typer.testing import CliRunner

from sggd_qiskit.cli.app import app

FAMILIES = ["echo", "bell_pair", "hadamard_test", "destructive_swap_test", "swap_test"]


def plan(name, *overrides, device=None):
    arguments = ["plan", str(CONFIGS / f"{name}.yaml"), *(a for o in overrides for a in ("--set", o))]
    return CliRunner().invoke(app, [*arguments, *(["--device", device] if device else [])])


def rows(output):
    return {cells[0]: cells[1:] for line in output.splitlines() if (cells := line.split())}


def test_all_families_are_shown_and_one_is_recommended():
    result = plan("werner")
    assert result.exit_code == 0
    table = rows(result.output)
    assert [name for name in table if name in FAMILIES] == FAMILIES
    assert [int(table[name][0]) for name in FAMILIES] == [2, 4, 3, 4, 5]  # qubits
    shots = {name: int(table[name][-1].replace(",", "")) for name in FAMILIES}
    assert min(shots["swap_test"], shots["destructive_swap_test"]) > 5 * max(shots["echo"], shots["bell_pair"])
    assert "Recommended: " in result.output


def test_a_device_that_is_too_small_is_told():
    result = plan("plane", "model.ansatz.layers=1", device="fake_manila")
    assert result.exit_code == 0
    assert "transpiled to fake_manila" in result.output
    table = rows(result.output)
    assert table["bell_pair"][1:3] == ["too", "large"]
    assert int(table["echo"][2]) > 0
    assert "Recommended: echo" in result.output


def test_the_local_states_norm_has_a_family_of_its_own():
    result = plan("werner", "cost.norm=local_states", "cost.estimator=local_states")
    assert result.exit_code == 0
    assert "local_states" in rows(result.output)
    assert "swap_test" not in rows(result.output)


@pytest.mark.parametrize(
    ("overrides", "device", "words"),
    [
        ((), "fake_trino", "did you mean fake_torino"),
        (("cost.norm=local_states",), None, "cost.estimator: found 'echo' with norm 'local_states'"),
        (("cost.group_samples=9", "cost.estimator=exact"), None, "cost.group_samples"),
        (("cost.states=2",), None, "at least 8"),
        (("training.initial={kind: uniform, low: 3, high: 1}",), None, "not above low"),
        (("model.qubits=25", "execution.backend=aer", "symmetry=null", "cost.guidance=none"), None, "found 25"),
        (
            ("model.qubits=12", "cost.estimator=exact", "execution.backend=aer", "symmetry.group=parity"),
            None,
            "cost.estimator",
        ),
    ],
)
def test_what_can_not_be_measured_is_refused(overrides, device, words):
    name = "plane" if any("qubits=" in o for o in overrides) else "werner"
    result = plan(name, *overrides, device=device)
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("feature", ["output", "split"])
def test_features_that_would_hide_results_are_refused(tmp_path, feature):
    (tmp_path / "points.csv").write_text(f"{feature},b,y\n0.1,0.2,1\n0.3,0.4,-1\n")
    result = plan("plane", f"data={{kind: table, path: {tmp_path / 'points.csv'}, features: [{feature}, b], label: y}}")
    assert result.exit_code == 2
    assert "predictions.parquet" in result.output


def offered(output):
    """Prices and the changes that they are for, in the order of a plan's cheaper variants."""
    found: list[tuple[int, list[str]]] = []
    lines = [line for line in output.split("Cheaper, in QPU seconds")[1].splitlines()[1:] if line.startswith(" ")]
    assert all(len(line) <= 80 for line in lines)
    for line in lines:
        head = line[:10].strip().replace(",", "")
        if head.isdigit():
            found.append((int(head), []))
        if "--set '" in line:
            found[-1][1].append(line.split("--set '")[1].rstrip("'"))
    return found


def test_a_plan_offers_cheaper_variants_at_their_prices():
    few = ("model.ansatz.layers=1", "training.steps=20", "data.test=100", "execution.options={resilience_level: 0}")
    few += ("execution.shots_for=value",)
    plain = plan("plane", *few, device="fake_manila").stdout
    assert "recommended" in plain
    variants = offered(plain)
    prices = [price for price, _ in variants]
    assert prices == [prices[0], *sorted(prices[1:])]
    assert prices[0] == min(prices)
    assert {changes[0].split("=")[0] for _, changes in variants} >= {
        "execution.shots_for",
        "execution.shots",
        "execution.rep_delay",
        "training.gradient",
        "training.batch",
    }
    for price, changes in variants:
        (total,) = [
            r for r in plan("plane", *few, *changes, device="fake_manila").stdout.splitlines() if "in total (" in r
        ]
        assert int(total.split()[-1].replace(",", "")) == pytest.approx(
            price, rel=0.1 if "rep_delay" in changes[0] else 0.01
        )
    best = plan("plane", *few, *variants[0][1], device="fake_manila").stdout
    assert "recommended" not in best.split("Cheaper, in QPU seconds")[-1]


def test_a_plan_with_a_delay_that_the_device_does_not_take_is_refused():
    result = plan("plane", "model.qubits=2", "execution.rep_delay=100", device="fake_miami")
    assert result.exit_code == 2
    assert "execution.rep_delay" in result.output
    assert "1000 to 4000" in result.output


def test_copies_side_by_side_are_recommended_where_the_device_has_room():
    few = (
        "model.ansatz.layers=1",
        "training.steps=5",
        "data.train=20",
        "data.test=20",
        "execution.backend=fake_algiers",
    )
    best, *others = offered(plan("plane", *few).stdout)
    (copies,) = [int(change.split("=")[1]) for change in best[1] if change.startswith("execution.patches=")]
    assert copies > 1
    assert "execution.options={resilience_level: 0}" in best[1]
    assert not any("training.gradient" in change for change in best[1])  # most of a step's time is the job's
    assert any("training.gradient" in change for _, changes in others for change in changes)
    again = plan("plane", *few, *best[1]).stdout
    (total,) = [line for line in again.splitlines() if "in total (" in line]
    assert int(total.split()[-1].replace(",", "")) == pytest.approx(best[0], rel=0.05)
    assert "recommended" not in again.split("Cheaper, in QPU seconds")[-1]
    without = plan("plane", *few, "execution.options={resilience_level: 2}").stdout
    assert "execution.patches" not in without.split("Cheaper, in QPU seconds")[-1]
