"""Characters χ(s) = ±1 of a group: how labels change sign under its elements, y(s·x) = χ(s) y(x)."""

from __future__ import annotations

from collections.abc import Sequence

from sggd_qiskit.symmetry.closure import finder_of
from sggd_qiskit.symmetry.element import Element, SymmetryError


class CharacterError(SymmetryError):
    """Signs of generators that are no character of their group."""


def character_of(elements: Sequence[Element], generators: Sequence[Element], signs: Sequence[int]) -> tuple[int, ...]:
    """χ(s) of each element, from those of the generators: every product of a generator and an element is looked at.

    Args:
        elements: all of the group, the identity first.
        generators: what spans it.
        signs: χ of each generator, 1 or -1.

    Raises:
        CharacterError: if there is not one sign for each generator, or a relation among the generators is broken.
    """
    named = ", ".join(generator.label for generator in generators)
    if len(signs) != len(generators) or any(sign not in (1, -1) for sign in signs):
        raise CharacterError(f"found {list(signs)}; wanted 1 or -1 for each of {len(generators)} generators: {named}")
    finder = finder_of(elements, elements[0].num_qubits)
    for element in elements:
        finder.add(element)
    found: dict[int, tuple[int, tuple[int, ...]]] = {0: (1, ())}
    reached = [0]
    for earlier in reached:
        sign, word = found[earlier]
        for g, generator in enumerate(generators):
            number = finder.index(generator.times(elements[earlier]))
            if number is None:
                raise CharacterError(f"the generator {generator.label} leads out of the group; wanted generators of it")
            here = (sign * signs[g], (g, *word))
            if number not in found:
                found[number] = here
                reached.append(number)
            elif found[number][0] != here[0]:
                raise CharacterError(_broken(generators, signs, here, found[number]))
    return tuple(found[number][0] for number in range(len(elements)))


def _broken(
    generators: Sequence[Element],
    signs: Sequence[int],
    here: tuple[int, tuple[int, ...]],
    there: tuple[int, tuple[int, ...]],
) -> str:
    """The sentence about two products that are the same element, but not of the same sign."""
    left, right = ("·".join(f"[{generators[g].label}]" for g in word) or "the identity" for _, word in (here, there))
    return (
        f"found {list(signs)}, which breaks the relation {left} = {right} (up to a phase): the signs give {here[0]:+d} on "
        f"the left and {there[0]:+d} on the right; wanted signs that agree, so change that of a generator that stands an odd "
        "number of times in it"
    )
