"""What is chosen by name: built in, from other packages' entry points, or registered by the user."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, get_args

from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.config.block import Block
from sggd_qiskit.config.errors import ConfigError

What = Literal["loss", "guidance", "penalty_family", "logger"]


class Registry:
    """Things of one sort by their names; each is imported when it is first asked for.

    Attributes:
        what: the sort, as messages call it.
    """

    def __init__(self, what: str, group: str, built_in: Mapping[str, str], *, blocks: bool):
        """Make a registry.

        Args:
            what: the sort, as messages call it.
            group: of the entry points of other packages.
            built_in: "module:name" by name.
            blocks: whether the things are blocks of the configuration, whose ``kind`` is the name.
        """
        self.what = what
        self._group, self._built_in, self._blocks = group, dict(built_in), blocks
        self._registered: dict[str, Any] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._built_in or name in self._registered or name in self._entry_points

    def names(self) -> tuple[str, ...]:
        """All names that are known, the built-in ones first.

        Raises:
            ConfigError: two packages claim the same name.
        """
        return tuple(dict.fromkeys((*self._built_in, *self._entry_points, *self._registered)))

    def get(self, name: str) -> Any:
        """The thing of that name.

        Raises:
            ConfigError: there is none, or it can't be imported.
        """
        if name in self._registered:
            return self._registered[name]
        if name in self._built_in:
            module, _, attribute = self._built_in[name].partition(":")
            return getattr(import_module(module), attribute)
        if name not in self._entry_points:
            raise ConfigError.at("", f"there is no {self.what} {name!r}; wanted one of {', '.join(self.names())}")
        entry = self._entry_points[name]
        try:
            thing = entry.load()
            self._check(name, thing)
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            problem = f"the {self.what} {name!r} can't be used: {entry.value} {_origin(entry)}: {error}"
            raise ConfigError.at("", f"{problem}; mend or uninstall that package") from error
        self._registered[name] = thing
        return thing

    def register(self, name: str, thing: Any) -> None:
        """Make a thing known. The same one may be registered again, as when the cell of a notebook is run again.

        Raises:
            TypeError: it is none of this sort.
            ValueError: the name is no identifier, built in, or that of another thing.
        """
        self._check(name, thing)
        if name in self._built_in:
            raise ValueError(f"found the {self.what} {name!r}, which is built in; choose another name")
        known = self.get(name) if name in self else thing
        if _home(known) != _home(thing):
            raise ValueError(f"found a second {self.what} {name!r}, beside {_home(known)}; choose another name")
        self._registered[name] = thing

    @cached_property
    def _entry_points(self) -> dict[str, EntryPoint]:
        found: dict[str, EntryPoint] = {}
        for entry in entry_points(group=self._group):
            if entry.name in self._built_in or found.setdefault(entry.name, entry).value != entry.value:
                problem = f"the {self.what} {entry.name!r} of {entry.value} {_origin(entry)} is known already"
                raise ConfigError.at("", f"{problem}; rename it there, or uninstall one of the packages")
        return found

    def _check(self, name: str, thing: Any) -> None:
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(
                f"found the name {name!r}, wanted an identifier such as 'my_{self.what.replace(' ', '_')}'"
            )
        if not callable(thing):
            raise TypeError(f"found {thing!r} for the {self.what} {name!r}, wanted a class")
        if not self._blocks:
            return
        kind = None
        if isinstance(thing, type) and issubclass(thing, Block):
            thing.model_rebuild()  # resolves annotations that were not known when the class was made
            kind = thing.model_fields.get("kind")
        if kind is None or get_args(kind.annotation) != (name,) or kind.default != name:
            field = f'"kind: Literal[{name!r}] = {name!r}"'
            raise TypeError(f"found {_home(thing)} for the {self.what} {name!r}, wanted a Block with a field {field}")


def _home(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}" if hasattr(thing, "__qualname__") else repr(thing)


def _origin(entry: EntryPoint) -> str:
    return f"of the package {entry.dist.name}" if entry.dist else "of an unknown package"


LOSSES = Registry(
    "loss",
    "sggd_qiskit.losses",
    {
        "squared_error": "sggd_qiskit.losses.squared_error:SquaredError",
        "cross_entropy": "sggd_qiskit.losses.cross_entropy:CrossEntropy",
        "hinge": "sggd_qiskit.losses.hinge:Hinge",
    },
    blocks=True,
)
GUIDANCES = Registry(
    "guidance",
    "sggd_qiskit.guidances",
    {
        "none": "sggd_qiskit.guidance.none:Unguided",
        "penalty": "sggd_qiskit.guidance.penalty:Penalty",
        "twirled": "sggd_qiskit.guidance.twirled:Twirled",
        "enhanced": "sggd_qiskit.guidance.enhanced:Enhanced",
        "symmetrised_ansatz": "sggd_qiskit.guidance.symmetrised:SymmetrisedAnsatz",
    },
    blocks=True,
)
PENALTY_FAMILIES = Registry(
    "penalty family",
    "sggd_qiskit.penalty_families",
    {
        "echo": "sggd_qiskit.cost.penalty.echo:Echo",
        "bell_pair": "sggd_qiskit.cost.penalty.bell_pair:BellPair",
        "hadamard_test": "sggd_qiskit.cost.penalty.hadamard:HadamardTest",
        "destructive_swap_test": "sggd_qiskit.cost.penalty.swap:DestructiveSwapTest",
        "swap_test": "sggd_qiskit.cost.penalty.swap:SwapTest",
    },
    blocks=False,
)
LOGGERS = Registry(
    "logger",
    "sggd_qiskit.loggers",
    {
        "mlflow": "sggd_qiskit.loggers.mlflow:MlflowLogger",
        "tensorboard": "sggd_qiskit.loggers.tensorboard:TensorboardLogger",
    },
    blocks=True,
)

_REGISTRIES: dict[str, Registry] = {
    "loss": LOSSES,
    "guidance": GUIDANCES,
    "penalty_family": PENALTY_FAMILIES,
    "logger": LOGGERS,
}


def register(what: What, name: str, thing: Any) -> None:
    """Make a loss, a guidance, a family of penalty circuits or a logger known by a name, which configurations can then use.

    It is known in this process; a package makes it known everywhere by an entry point of the group ``sggd_qiskit.losses``,
    ``sggd_qiskit.guidances``, ``sggd_qiskit.penalty_families`` or ``sggd_qiskit.loggers``.

    Args:
        what: ``loss``, ``guidance``, ``penalty_family`` or ``logger``.
        name: an identifier that is not taken.
        thing: the class. That of a loss, guidance or logger is a `Block` with a field ``kind: Literal["name"] = "name"``;
            its other fields are its options in the configuration.

    Raises:
        TypeError: the class is none of that sort.
        ValueError: ``what`` is none of these, or the name is no identifier, built in, or that of another class.
    """
    require_type("what", what, str, f"one of {', '.join(_REGISTRIES)}")
    if what not in _REGISTRIES:
        raise ValueError(f"found {what!r}, wanted one of {', '.join(_REGISTRIES)}")
    _REGISTRIES[what].register(name, thing)
