"""Progress: scikit-learn's own callbacks where it has them (1.9 and later), and a plain bar."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

__all__ = ["CallbackSupportMixin", "Steps", "bar", "with_callbacks"]

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """There are no callbacks."""

    def with_callbacks(method: Any) -> Any:
        """There are no callbacks."""
        return method


class Steps:
    """Tells scikit-learn's callbacks of each step, and keeps whether one of them asks to stop.

    Args:
        estimator: that is fitted.
        count: of the steps, the last evaluation included.
        data: X, y and metadata as the callbacks take them.
        fitted: the attributes of an estimator that had stopped at a recorded row.
    """

    def __init__(
        self, estimator: Any, count: int, data: dict[str, Any], fitted: Callable[[dict[str, Any]], dict[str, Any]]
    ):
        self.stop = False
        self._estimator, self._data, self._fitted = estimator, data, fitted
        start = getattr(estimator, "_init_callback_context", None)
        self._root = None if start is None else start(max_subtasks=count)
        self._step: Any = None
        if self._root is not None:
            self._root.call_on_fit_task_begin(estimator=estimator, **data)

    def begin(self) -> None:
        """A step begins."""
        if self._root is not None:
            self._step = self._root.subcontext(task_name="step")
            self._step.call_on_fit_task_begin(estimator=self._estimator, **self._data)

    def end(self, row: dict[str, Any]) -> None:
        """A step is recorded."""
        if self._step is None:
            return
        self.stop |= self._step.call_on_fit_task_end(
            estimator=self._estimator, **self._data, reconstruction_attributes=lambda: self._fitted(row)
        )

    def close(self, row: dict[str, Any]) -> None:
        """The training is over."""
        if self._root is not None:
            self._root.call_on_fit_task_end(
                estimator=self._estimator, **self._data, reconstruction_attributes=lambda: self._fitted(row)
            )


def bar(steps: int, *, shown: bool) -> AbstractContextManager[Callable[[dict[str, Any]], None]]:
    """What is told of each row and shows it as a bar, if it is to be shown."""
    return _bar(steps) if shown else _nothing()


@contextmanager
def _nothing() -> Any:
    yield lambda _: None


@contextmanager
def _bar(steps: int) -> Any:
    from rich.progress import Progress

    with Progress() as progress:
        task = progress.add_task("training", total=steps)

        def tell(row: dict[str, Any]) -> None:
            progress.update(task, completed=row["step"], description=f"cost {row['cost']:.4f}")

        yield tell
