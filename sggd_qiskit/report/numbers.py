"""Numbers as a reader wants them."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import Any, TypeGuard

import pandas as pd

NOTHING = "–"


def is_number(value: Any) -> TypeGuard[float]:
    """Whether there is a number to show."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def plain(value: Any, digits: int = 4) -> str:
    """A number with so many digits that mean something; a dash where there is none."""
    if not is_number(value):
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:.{digits}g}".replace("-", "−")


def with_error(value: Any, stderr: Any, *, percent: bool = False) -> str:
    """A number and its standard error, both to the error's second digit.

    Args:
        value: the number.
        stderr: its standard error; None or 0 without one.
        percent: whether both are shares.
    """
    factor, unit = (100, " %") if percent else (1, "")
    if not is_number(value):
        return NOTHING
    if not is_number(stderr) or stderr <= 0:
        return (f"{factor * value:.1f}" if percent else plain(float(value))) + unit
    places = min(max(0, 1 - floor(log10(factor * stderr))), 1 if percent else 8)
    return f"{factor * value:.{places}f} ± {factor * stderr:.{places}f}".replace("-", "−") + unit


def seconds(value: Any) -> str:
    """A time in seconds, minutes or hours."""
    if not is_number(value):
        return NOTHING
    if value < 120:
        return f"{value:.3g} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"


def moment(value: Any) -> str:
    """A time of the clock, in UTC."""
    if value is None or pd.isna(value):
        return NOTHING
    try:
        return pd.Timestamp(value).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, TypeError):
        return str(value)


def last(frame: pd.DataFrame, column: str) -> Any:
    """The last value of a column that there is; None without any."""
    values = frame[column].dropna().tolist() if column in frame else []
    return values[-1] if values else None
