"""What the classifier and the regressor share: arguments, fit, outputs and plots.

A fit is `run_experiment`, outputs are `predict`'s; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from qiskit.primitives import BaseEstimatorV2
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.learn.arguments import model_block, part, symmetry_block
from sggd_qiskit.learn.callbacks import CallbackSupportMixin, Steps, bar
from sggd_qiskit.run.predict import predict
from sggd_qiskit.run.results import Results
from sggd_qiskit.run.run import RunResult, run_experiment

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from qiskit_machine_learning.neural_networks import EstimatorQNN

LARGEST_SEED = 2**31 - 1


class SGGDEstimator(CallbackSupportMixin, BaseEstimator):
    """A quantum neural network that is trained under the guidance of a symmetry.

    Names and mappings are those of a configuration: ``{"kind": "adam", "learning_rate": 0.1}``.

    Args:
        feature_map: the encoding: a name such as ``angle`` or ``zz_feature_map``, a mapping, a circuit whose parameters take
            the features in its own order, or a QNNCircuit, which has an ansatz, too.
        ansatz: the trained circuit: a name such as ``hardware_efficient``, a mapping or a circuit.
        observable: a Pauli sum as text or ``SparsePauliOp``, or one for each class in the order of the sorted labels; by
            default Z0, or for several classes Z_k for the k-th.
        qubits: n; by default those of the circuits, or one for each feature, and each class if there are more than two.
        symmetry: a group's name, generators (permutations, Pauli strings, circuits) or a `SymmetryGroup`; None for none.
        guidance: how the symmetry enters; by default ``penalty`` with a symmetry and ``none`` without.
        weight: λ of the penalty, a number or a schedule; of no effect without one.
        loss: what an output that misses its target costs.
        gradient: the gradient rule.
        optimizer: the update rule, or one of qiskit-machine-learning's optimizers that can be stepped.
        initial: where θ starts.
        steps: updates of θ.
        batch: data points drawn for each step; None for all.
        backend: the backend's name; or any Qiskit Estimator (V2), such as ``StatevectorEstimator()``.
        shots: for each expectation value; ``exact`` takes none.
        results: a folder to record the run in, and to resume it from by fitting again; None to keep it in memory.
        settings: further values of the configuration, such as ``["cost.norm=local_states", "training.stop.patience=20"]``.
        warm_start: start at θ of the last fit.
        random_state: a number, or what scikit-learn takes; a run is resumed by the same number only.
        verbose: show a bar.

    Attributes:
        theta_: the trained parameters, shape (parameter,), in the ansatz' own order, radians.
        penalty_: the penalty at ``theta_``; None if there is none in the cost.
        run_: what became of the run; ``run_.results`` are its tables.
        n_features_in_: number of features.
    """

    def __init__(
        self,
        feature_map: Any = "angle",
        ansatz: Any = "hardware_efficient",
        observable: Any = None,
        *,
        qubits: int | None = None,
        symmetry: Any = None,
        guidance: Any = None,
        weight: Any = 1.0,
        loss: Any = "squared_error",
        gradient: Any = "parameter_shift",
        optimizer: Any = "adam",
        initial: Any = "normal",
        steps: int = 100,
        batch: int | None = None,
        backend: str | BaseEstimatorV2 = "exact",
        shots: int = 4096,
        results: Any = None,
        settings: Sequence[str] = (),
        warm_start: bool = False,
        random_state: Any = None,
        verbose: bool = False,
    ):
        self.feature_map = feature_map
        self.ansatz = ansatz
        self.observable = observable
        self.qubits = qubits
        self.symmetry = symmetry
        self.guidance = guidance
        self.weight = weight
        self.loss = loss
        self.gradient = gradient
        self.optimizer = optimizer
        self.initial = initial
        self.steps = steps
        self.batch = batch
        self.backend = backend
        self.shots = shots
        self.results = results
        self.settings = settings
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    @classmethod
    def from_estimator_qnn(cls, qnn: EstimatorQNN, **arguments: Any) -> Self:
        """An estimator of the same network.

        Args:
            qnn: features are uploaded before the trained gates.
            arguments: the others; the EstimatorQNN's own primitive is not taken over.

        Raises:
            ValueError: if a feature is uploaded after a trained gate on the same qubit.
        """
        from sggd_qiskit.learn.estimator_qnn import parts_of

        return cls(*parts_of(qnn), **arguments)

    def to_estimator_qnn(self, **arguments: Any) -> tuple[EstimatorQNN, FloatArray]:
        """The trained network as qiskit-machine-learning has it, and its weights in the order of its parameters.

        Args:
            arguments: of the EstimatorQNN, such as ``estimator``; or ``like``, another one with the same parameters, in
                whose order the weights are to be.

        Raises:
            NotFittedError: before a fit.
            ValueError: if the outputs are averaged over a group, which no circuit with observables says.
        """
        from sggd_qiskit.learn.estimator_qnn import estimator_qnn

        check_is_fitted(self)
        made: tuple[EstimatorQNN, FloatArray] = estimator_qnn(self._trained, self.n_features_in_, **arguments)
        return made

    @property
    def history_(self) -> pd.DataFrame:
        """A row for each step: cost, its terms, their standard errors, gradient, θ, accuracies."""
        check_is_fitted(self)
        return self.run_.results.steps

    def plot_history(self, ax: Axes | None = None) -> Axes:
        """Draw the cost and its terms over the steps, and the accuracy where there is one."""
        from sggd_qiskit.learn.plots import plot_history

        return plot_history(self.history_, ax)

    def plot_decision_boundary(self, X: Any, y: Any = None, ax: Axes | None = None, **arguments: Any) -> Axes:
        """Draw what is predicted over the plane of two features, with data points.

        Args:
            X: shape (data, 2).
            y: their labels or values.
            ax: where to draw; a new figure by default.
            arguments: of scikit-learn's ``DecisionBoundaryDisplay.from_estimator``.
        """
        from sggd_qiskit.learn.plots import plot_decision_boundary

        return plot_decision_boundary(self, X, y, ax, **arguments)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_trained")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags

    def _configuration(self, classes: Sequence[Any]) -> ExperimentConfig:
        model = model_block(self.feature_map, self.ansatz, self.observable, self.qubits, classes)
        wanted = len(classes) if len(classes) > 2 and self.observable is None else 1
        initial = part(self.initial)
        if self.warm_start and hasattr(self, "theta_"):
            initial = {"kind": "values", "values": self.theta_.tolist()}
        guidance = ("none" if self.symmetry is None else "penalty") if self.guidance is None else self.guidance
        execution: dict[str, Any] = {"shots": self.shots}
        if not isinstance(self.backend, BaseEstimatorV2):
            execution["backend"] = self.backend
        training = {
            "gradient": self.gradient,
            "optimizer": part(self.optimizer),
            "initial": initial,
            "steps": self.steps,
            "batch": self.batch,
            "seed": self._seed(),
        }
        return load_config(
            {
                "name": type(self).__name__.lower(),
                "model": {"qubits": max(self.n_features_in_, wanted), **model},
                "symmetry": symmetry_block(self.symmetry),
                "cost": {"guidance": guidance, "weight": self.weight, "loss": self.loss},
                "training": training,
                "execution": execution,
            },
            self.settings,
        )

    def _seed(self) -> int:
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(LARGEST_SEED))

    def _columns(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return [f"x{number + 1}" for number in range(self.n_features_in_)] if names is None else list(names)

    def _train(self, dataset: Dataset, data: dict[str, Any]) -> Self:
        config = self._configuration(dataset.classes)
        trained = _trained(config, dataset)
        steps = Steps(
            self,
            config.training.steps + 1,
            data,
            lambda row: {"_trained": trained(row, None), "theta_": np.array(row["theta"]), "penalty_": row["penalty"]},
        )
        with bar(config.training.steps, shown=bool(self.verbose)) as tell:

            def on_step(row: dict[str, Any]) -> None:
                tell(row)
                steps.end(row)
                if row["gradient"] is not None and not steps.stop:
                    steps.begin()

            primitive = self.backend if isinstance(self.backend, BaseEstimatorV2) else None
            run = run_experiment(
                config,
                self.results,
                dataset=dataset,
                estimator=primitive,
                on_start=lambda *_: steps.begin(),
                on_step=on_step,
                interrupted=lambda: steps.stop,
            )
        row = run.row or {}
        self._trained = trained(row, run)
        self.theta_, self.penalty_ = np.array(row["theta"]), row["penalty"]
        self.run_ = run
        steps.close(row)
        return self

    def _predicted(self, X: Any) -> pd.DataFrame:
        """What `predict` says of data points."""
        check_is_fitted(self)
        points = validate_data(self, X, reset=False, dtype=float)
        primitive = self.backend if isinstance(self.backend, BaseEstimatorV2) else None
        return predict(self._trained, points, estimator=primitive)

    def _outputs(self, X: Any) -> FloatArray:
        """Shape (data, output)."""
        frame = self._predicted(X).iloc[:, self.n_features_in_ : -1 : 2]
        return np.asarray(frame.to_numpy(dtype=float))


def _trained(config: ExperimentConfig, dataset: Dataset) -> Any:
    """What makes of a row, and the run if it is over, what `predict` takes; without tables, which are read when asked for."""
    plain = config.model_dump(mode="json")
    manifest: Mapping[str, Any] = {"classes": list(dataset.classes), "features": list(dataset.train.columns)}

    def results(row: dict[str, Any], run: RunResult | None) -> Results:
        empty, folder = pd.DataFrame(), None if run is None else run.folder
        complete = run is not None and run.reason is not None
        return Results(folder, empty, empty, None, plain, dict(manifest), complete, np.array(row["theta"]))

    return results
