"""What was found when everything was looked at."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        lines: by section, each a name and what there is to say of it.
        wrong: what has to be mended, with the remedy.
    """

    lines: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def tell(self, section: str, name: str, said: str) -> None:
        """Add a line.

        Args:
            section: where.
            name: of what.
            said: of it.
        """
        self.lines.setdefault(section, []).append((name, said))
