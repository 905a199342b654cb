"""Losses, guidances and penalty families that are chosen by a name."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar, Literal

import jsonschema
import pytest

from sggd_qiskit.config import registry as registry_module
from sggd_qiskit.config.block import Block, Positive
from sggd_qiskit.config.cost import CostConfig
from sggd_qiskit.config.errors import ConfigError, misfit
from sggd_qiskit.config.identity import canonical, config_hash, json_schema, to_yaml
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.config.registry import GUIDANCES, LOSSES, PENALTY_FAMILIES, Registry, register
from sggd_qiskit.cost.penalty.echo import Echo


class Margins(Block):
    """A loss with options."""

    kind: Literal["margins"] = "margins"
    margins: tuple[Positive, ...] = (1.0,)

    def model_post_init(self, _context) -> None:
        if len(self.margins) > 2:
            raise misfit("margins.2", "found a third margin; take it out")


class Shrinking(Block):
    """A guidance without options, that needs no group."""

    kind: Literal["shrinking"] = "shrinking"
    needs_group: ClassVar[bool] = False


class OtherMargins(Block):
    kind: Literal["margins"] = "margins"


class Family(Echo):
    """Circuits, which later tests of the process may come to compare."""


class HeldMargins(Block):
    kind: Literal["held"] = "held"


@pytest.fixture(autouse=True)
def registered():
    """Names stay known in a process, so that registering anew is no error either."""
    register("loss", "margins", Margins)
    register("guidance", "shrinking", Shrinking)
    register("penalty_family", "my_family", Family)


class TestChoosing:
    @pytest.mark.parametrize("value", ["margins", "{kind: margins}", "{kind: margins, margins: [1]}"])
    def test_by_name_or_mapping(self, load, value):
        assert load(f"cost.loss={value}").cost.loss == Margins()

    def test_options_are_strict_and_lists_become_tuples(self, load):
        assert load("cost.loss={kind: margins, margins: [1, 2]}").cost.loss.margins == (1.0, 2.0)

    def test_an_instance_from_python(self):
        assert CostConfig(loss=Margins(margins=(3,))).loss.margins == (3.0,)
        assert CostConfig(guidance="none", loss={"kind": "margins", "margins": (3,)}).loss.margins == (3.0,)
        with pytest.raises(ValueError, match="squared_error"):
            CostConfig(loss=HeldMargins())

    def test_the_built_in_ones(self, load):
        assert load().cost.loss.kind == "squared_error"
        assert load().cost.guidance.kind == "penalty"
        for guidance in ("none", "penalty", "twirled", "enhanced", "symmetrised_ansatz"):
            assert load(f"cost.guidance={guidance}").cost.guidance.kind == guidance
        for loss in ("squared_error", "cross_entropy", "hinge"):
            assert load(f"cost.loss={loss}").cost.loss.kind == loss

    @pytest.mark.parametrize("family", ["swap_test", "my_family", "exact"])
    def test_the_circuits_of_the_penalty(self, load, family):
        assert load(f"cost.estimator={family}").cost.estimator == family

    @pytest.mark.parametrize(
        ("override", "key", "said"),
        [
            ("cost.loss=margin", "cost.loss", ["'margin'", "did you mean 'margins'"]),
            ("cost.loss=3", "cost.loss", ["found 3", "'hinge'"]),
            ("cost.loss={kind: margin}", "cost.loss.kind", ["'margin'", "did you mean 'margins'"]),
            ("cost.loss={margins: [1]}", "cost.loss.kind", ["missing", "'margins'"]),
            (
                "cost.loss={kind: margins, margins: [1, a]}",
                "cost.loss.margins.1",
                ["'a'", "a number", "greater than 0"],
            ),
            ("cost.loss={kind: margins, margins: ['1']}", "cost.loss.margins.0", ["without quotes"]),
            ("cost.loss={kind: margins, margns: 1}", "cost.loss.margns", ["did you mean 'margins'"]),
            ("cost.loss={kind: margins, temperature: 1}", "cost.loss.temperature", ["'margins'", "'cross_entropy'"]),
            ("cost.loss={kind: margins, margins: [1, 2, 3]}", "cost.loss.margins.2", ["third", "take it out"]),
            ("cost.guidance=shrinkin", "cost.guidance", ["did you mean 'shrinking'"]),
            ("cost.guidance=twirl", "cost.guidance", ["did you mean 'twirled'"]),
            ("cost.estimator=my_famly", "cost.estimator", ["'my_famly'", "did you mean 'my_family'"]),
            ("cost.estimator=local_states", "cost.estimator", ["norm"]),
            ("cost.estimator=3", "cost.estimator", ["found 3", "'echo'"]),
        ],
    )
    def test_faults_are_at_their_keys(self, complaints, override, key, said):
        (line,) = complaints(override)
        assert line.startswith(f"{key}: ")
        for part in said:
            assert part in line

    def test_faults_of_options_are_told_together(self, complaints):
        lines = complaints("cost.loss={kind: margins, margins: [-1, a], zzz: 1}", "data.train=0")
        keys = {line.split(":")[0] for line in lines}
        assert keys == {"cost.loss.margins.0", "cost.loss.margins.1", "cost.loss.zzz", "data.train"}

    def test_only_guidances_that_need_a_group_ask_for_one(self, load, complaints):
        assert load("symmetry=null", "cost.guidance=shrinking").symmetry is None
        for guidance in ("penalty", "twirled", "enhanced", "symmetrised_ansatz"):
            (line,) = complaints("symmetry=null", f"cost.guidance={guidance}")
            assert line.startswith("cost.guidance: ")


class TestIdentity:
    def test_options_count(self, load):
        plain, first, second = (
            load(f"cost.loss={loss}")
            for loss in ("squared_error", "{kind: margins, margins: [1]}", "{kind: margins, margins: [2]}")
        )
        assert len({config_hash(config) for config in (plain, first, second)}) == 3
        assert canonical(second)["cost"]["loss"] == {"kind": "margins", "margins": [2]}
        assert canonical(plain)["cost"]["loss"] == "squared_error"

    def test_written_out_it_loads_as_an_equal_one(self, load, write):
        config = load("cost.loss={kind: margins, margins: [2]}", "cost.guidance=shrinking")
        assert load_config(write(to_yaml(config), "again.yaml")) == config

    def test_the_json_schema_has_every_name(self, load):
        schema = json_schema()
        for loss in ("margins", {"kind": "margins", "margins": [1]}, "hinge"):
            data = {**load().model_dump(mode="json"), "cost": {"loss": loss}}
            jsonschema.validate(data, schema)
        for loss in ("nothing", {"kind": "margins", "margins": ["a"]}):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate({**load().model_dump(mode="json"), "cost": {"loss": loss}}, schema)


class TestRegistering:
    @pytest.mark.parametrize(
        ("what", "name", "thing", "error", "said"),
        [
            ("loss", "margins", OtherMargins, ValueError, "choose another name"),
            ("loss", "hinge", Margins, TypeError, "hinge"),
            ("penalty_family", "echo", Family, ValueError, "built in"),
            ("loss", "my-margins", Margins, ValueError, "identifier"),
            ("loss", "nameless", Family, TypeError, "kind"),
            ("loss", "other", Margins, TypeError, "kind"),
            ("penalty_family", "number", 3, TypeError, "found 3"),
            ("losses", "margins", Margins, ValueError, "penalty_family"),
        ],
    )
    def test_refuses(self, what, name, thing, error, said):
        with pytest.raises(error, match=said):
            register(what, name, thing)

    def test_names_and_things(self):
        assert LOSSES.names()[:3] == ("squared_error", "cross_entropy", "hinge")
        assert GUIDANCES.get("shrinking") is Shrinking
        assert "my_family" in PENALTY_FAMILIES
        with pytest.raises(ConfigError, match="swap_test"):
            PENALTY_FAMILIES.get("nothing")


class TestEntryPoints:
    @staticmethod
    def registry(monkeypatch, **values: str) -> Registry:
        found = [EntryPoint(name.rstrip("_"), value, "group") for name, value in values.items()]
        monkeypatch.setattr(registry_module, "entry_points", lambda *, group: found)
        return Registry("loss", "group", {"built": "builtins:int"}, blocks=True)

    def test_are_found_and_imported_late(self, monkeypatch):
        losses = self.registry(monkeypatch, held=f"{__name__}:HeldMargins", broken="no.such.module:Thing")
        assert losses.names() == ("built", "held", "broken")
        monkeypatch.setitem(sys.modules, __name__, sys.modules[HeldMargins.__module__])
        assert losses.get("held") is HeldMargins
        with pytest.raises(ConfigError, match=r"no\.such\.module"):
            losses.get("broken")

    def test_may_not_claim_a_name_that_is_known(self, monkeypatch):
        with pytest.raises(ConfigError, match="rename"):
            self.registry(monkeypatch, built="a:B").names()
        with pytest.raises(ConfigError, match="rename"):
            self.registry(monkeypatch, twice="a:B", twice_="a:C").names()


def test_reading_a_configuration_needs_no_qiskit():
    file = Path(__file__).parents[2] / "configs" / "plane.yaml"
    code = (
        f"import sys, sggd_qiskit; sggd_qiskit.load_config({str(file)!r});"
        "sys.exit(any(name.split('.')[0] in {'qiskit', 'pandas', 'scipy'} for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
