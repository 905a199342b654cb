"""The packages that this one requires, and which of them are installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

PACKAGE = "sggd-qiskit"
_FOR_DEVELOPERS = {"bench", "dev", "test"}


@dataclass(frozen=True)
class Package:
    """A required package.

    Attributes:
        name: on PyPI.
        wanted: versions, such as ``>=2.0``.
        found: the version that is installed; None if none is.
        extra: of this package's that requires it; "" if it is required in any case.
    """

    name: str
    wanted: str
    found: str | None
    extra: str = ""

    @property
    def fits(self) -> bool:
        """Whether it is installed, in a version that is wanted."""
        requirement = Requirement(f"{self.name}{self.wanted}")
        return self.found is not None and requirement.specifier.contains(self.found, prereleases=True)


def packages(required: Sequence[str] | None = None) -> list[Package]:
    """What this package requires, and what its extras for users require.

    Args:
        required: the requirements; those of the installed distribution if None.
    """
    found = []
    for text in (requires(PACKAGE) or []) if required is None else required:
        requirement = Requirement(text)
        extras = [name for name in _extras(text) if name not in _FOR_DEVELOPERS]
        if requirement.marker is None or extras or requirement.marker.evaluate({"extra": ""}):
            extra = extras[0] if extras else ""
            found.append(Package(requirement.name, str(requirement.specifier), _version(requirement.name), extra))
    return sorted(found, key=lambda package: (package.extra, package.name))


def _extras(text: str) -> list[str]:
    """The extras that a requirement's marker names."""
    words = text.partition(";")[2].replace('"', "'").split("'")
    return [word for before, word in zip(words[::2], words[1::2], strict=False) if "extra" in before]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
