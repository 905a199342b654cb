"""Data enhancement: the group's images of the training points among these, labelled χ(s) y."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.guidance.guidance import Guidance

if TYPE_CHECKING:
    from sggd_qiskit.problem import Problem


class Enhanced(Guidance):
    """More data instead of another cost, the usual alternative."""

    kind: Literal["enhanced"] = "enhanced"
    needs_group: ClassVar[bool] = True

    def guide(self, problem: Problem) -> Problem:
        """The problem with the images in its training set.

        Raises:
            ConfigError: if it is not known how the group acts on the features.
        """
        from sggd_qiskit.data.enhance import with_images, with_images_of_states

        train, equivariance = problem.dataset.train, problem.equivariance
        if train.circuits:
            images = with_images_of_states(train, problem.require_group())
            return replace(problem, dataset=replace(problem.dataset, train=images))
        if (
            equivariance is None
            or equivariance.shifts is None
            or equivariance.actions is None
            or not equivariance.holds
        ):
            raise ConfigError.at(
                "cost.guidance",
                "found data enhancement, but how the group acts on the features is not known; choose another guidance, and "
                "turn data.enhance off",
            )
        images = with_images(train, equivariance.actions, equivariance.shifts, problem.require_group().signs)
        return replace(problem, dataset=replace(problem.dataset, train=images))
