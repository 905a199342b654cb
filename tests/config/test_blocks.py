"""Keys whose rules span more than one value: observables, labels, data from Python, and what fits together."""

from __future__ import annotations

import pytest

TABLE = "{{kind: table, path: a.csv, features: [x, {feature}], label: y, labels: {labels}}}"


def table(labels: str = "null", feature: str = "z") -> str:
    return "data=" + TABLE.format(labels=labels, feature=feature)


class TestObservables:
    @pytest.mark.parametrize(
        "written",
        [
            "Z0",
            "0.5 Z0 + X1",
            "{Z0: 1}",
            "{Z0: 0.5, X0 X1: '1j'}",
            "{zz: 1}",
            "{'ZIII': '2', 'IZII': '- 3'}",
            "{Q0: 1}",
        ],
    )
    def test_one_for_all(self, load, written):
        assert load(f"model.observable={written}").model.observables is None

    @pytest.mark.parametrize(
        ("written", "classes"),
        [
            ("{cat: Z0, dog: Z1}", {"cat": "Z0", "dog": "Z1"}),
            ("{X: Z0, Z: X0}", {"X": "Z0", "Z": "X0"}),
            ("{cat: {Z0: 1, X0: 0.5}, dog: '0.5 Z1', owl: {Z1: '1j'}}", None),
        ],
    )
    def test_one_for_each_class(self, load, written, classes):
        model = load(table(), f"model.observable={written}").model
        assert model.observables == (classes or {"cat": {"Z0": 1.0, "X0": 0.5}, "dog": "0.5 Z1", "owl": {"Z1": "1j"}})

    def test_of_the_plane_are_for_its_labels(self, load, complaints):
        assert set(load("model.observable={'-1': Z0, '1': Z1}").model.observables) == {"-1", "1"}
        (line,) = complaints("model.observable={inside: Z0, outside: Z1}")
        assert line.startswith("model.observable: ")
        for part in ("'inside'", "'-1'", "'1'"):
            assert part in line

    @pytest.mark.parametrize(
        ("written", "key", "said"),
        [
            ("3", "model.observable", ["found 3", "a string", "a mapping"]),
            ("{Z0: [1], Z1: Z0}", "model.observable.Z0", ["found a list"]),
            ("{cat: 1, dog: Z1, owl: []}", "model.observable.owl", ["an empty list"]),
            ("{cat: {Z0: [1]}, dog: Z1}", "model.observable.cat.Z0", ["found a list", "a number"]),
            ("{cat: Z0}", "model.observable", ["found a mapping"]),
        ],
    )
    def test_faults_are_at_their_keys(self, complaints, written, key, said):
        (line,) = complaints(table(), f"model.observable={written}")
        assert line.startswith(f"{key}: ")
        for part in said:
            assert part in line


class TestLabels:
    @pytest.mark.parametrize(
        ("written", "labels"),
        [("[no, yes]", ("no", "yes")), ("[1, 2, 3]", (1, 2, 3)), ("[0.5, a]", (0.5, "a")), ("null", None)],
    )
    def test_may_be_strings_and_numbers(self, load, written, labels):
        found = load(table(written)).data.labels
        assert found == labels
        assert list(map(type, found or ())) == list(map(type, labels or ()))

    @pytest.mark.parametrize(
        ("written", "key", "said"),
        [
            ("[1]", "data.labels", "a list"),
            ("[a, b, a]", "data.labels.2", "'a'"),
            ("[1, 1.0]", "data.labels.1", "1.0"),
            ("[1, '1']", "data.labels.1", "'1'"),
            ("[true, false]", "data.labels.0", "true"),
        ],
    )
    def test_are_two_or_more_and_distinct(self, complaints, written, key, said):
        line = complaints(table(written))[0]
        assert line.startswith(f"{key}: ")
        assert said in line

    def test_features_are_not_called_like_outputs(self, load, complaints):
        classes = "model.observable={cat: Z0, dog: Z1}"
        assert load(table(feature="output_cat")).data.features[1] == "output_cat"
        (line,) = complaints(table(feature="output_cat"), classes)
        assert line.startswith("data.features.1: ")
        assert "rename" in line


class TestDataFromPython:
    def test_leave_their_digest(self, load):
        data = load(f"data={{kind: given, sha256: '{'0a' * 32}', train: 3, test: 2}}").data
        assert (data.sha256, data.train, data.test, data.seed) == ("0a" * 32, 3, 2, 0)

    def test_a_digest_has_64_hex_digits(self, complaints):
        (line,) = complaints("data={kind: given, sha256: abc, train: 3, test: 2}")
        assert line.startswith("data.sha256: ")

    def test_need_no_data_block(self, load):
        assert load("data=null", "model.encoding={kind: circuits}").data is None


class TestFitting:
    def test_enhancing_data_takes_a_symmetry_and_is_done_once(self, load, complaints):
        assert load("data.enhance=true").data.enhance
        for overrides in (["symmetry=null", "cost.guidance=none"], ["cost.guidance=enhanced"]):
            (line,) = complaints(*overrides, "data.enhance=true")
            assert line.startswith("data.enhance: ")

    def test_werner_states_take_their_own_encoding(self, complaints):
        (line,) = complaints("data={kind: werner}")
        assert line.startswith("model.encoding.kind: ")
        assert "bell_states" in line

    @pytest.mark.parametrize("override", ["cost.norm=local_states", "cost.estimator=local_states"])
    def test_local_states_go_together(self, load, complaints, override):
        (line,) = complaints(override)
        assert line.startswith("cost.estimator: ")
        assert load("cost.norm=local_states", "cost.estimator=exact").cost.norm == "local_states"

    @pytest.mark.parametrize("backend", ["fake_torino", "ibm_torino"])
    def test_a_reference_is_on_where_there_is_noise(self, load, backend):
        few = (f"execution.backend={backend}", "cost.estimator=echo")
        assert load(*few).reference.every == 10
        assert load(*few, "cost.reference=none").reference is None
        assert load(*few, "cost.reference={kind: identity, every: 3}").reference.every == 3
        assert load(*few, "cost.estimator=exact").reference is None
        assert load("execution.backend=aer", "cost.estimator=echo").reference is None
        assert load("execution.backend=aer", "cost.estimator=echo", "cost.reference=identity").reference.every == 10

    @pytest.mark.parametrize(
        ("overrides", "key", "words"),
        [
            (
                ("cost.norm=local_states", "cost.estimator=local_states"),
                "cost.reference",
                ["local_states", "needs none"],
            ),
            (("cost.estimator=exact",), "cost.reference", ["exact", "needs none"]),
            (("cost.estimator=echo", "cost.reference=swap"), "cost.reference", ["'swap'", "'identity'", "'none'"]),
            (("cost.estimator=echo", "cost.reference={kind: identity, every: 0}"), "cost.reference.every", ["found 0"]),
            (("cost.estimator=echo", "cost.reference={kind: twin}"), "cost.reference.kind", ["'twin'"]),
        ],
    )
    def test_a_reference_that_does_not_fit(self, complaints, overrides, key, words):
        (line,) = complaints("cost.reference=identity", *overrides)
        assert line.startswith(f"{key}: ")
        assert [word for word in words if word not in line] == []
