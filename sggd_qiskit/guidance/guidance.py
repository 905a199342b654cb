"""What a guidance is: a change of the problem, of its data, network, observables or cost."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from sggd_qiskit.config.block import Block

if TYPE_CHECKING:
    from sggd_qiskit.problem import Problem


class Guidance(Block, ABC):
    """A way in which the symmetry enters; its fields are its options in the configuration.

    Attributes:
        kind: its name in the configuration.
        needs_group: whether it makes no sense without a symmetry block.
    """

    kind: str
    needs_group: ClassVar[bool] = False

    @abstractmethod
    def guide(self, problem: Problem) -> Problem:
        """The problem with the symmetry in it, by ``dataclasses.replace``: of data, network, twirl or terms.

        Raises:
            ConfigError: if the problem is not one that can be guided so.
        """
