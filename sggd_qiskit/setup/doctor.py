"""What is installed, which credentials are found, which backends answer, and what is wrong."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import version

from sggd_qiskit.setup.findings import Findings
from sggd_qiskit.setup.packages import PACKAGE, Package, packages


def examine(*, offline: bool, tell: Callable[[str], None] = lambda _: None) -> Findings:
    """Look at everything.

    Args:
        offline: whether to leave IBM's service alone.
        tell: told what is being done now.
    """
    findings = Findings()
    tell("looking at packages")
    look_at_packages(findings, packages())
    try:
        from sggd_qiskit.setup.answers import look_at_backends, look_at_credentials
    except ImportError as error:
        findings.wrong.append(f"a package can't be imported ({error}): pip install --force-reinstall {PACKAGE}")
        return findings
    look_at_backends(findings, tell, ask=look_at_credentials(findings) and not offline)
    return findings


def look_at_packages(findings: Findings, found: list[Package]) -> None:
    """Tell which packages there are, and which are missing or of another version than is wanted."""
    section = "Packages"
    findings.tell(section, PACKAGE, f"{version(PACKAGE)}, Python {platform.python_version()}")
    required = [package for package in found if not package.extra]
    findings.tell(
        section, "requires", ", ".join(f"{package.name} {package.found or 'missing'}" for package in required)
    )
    for package in found:
        if not package.fits and (package.found is not None or not package.extra):
            findings.wrong.append(
                f"found {package.name} {package.found or 'missing'}, wanted {package.wanted}: "
                f"pip install '{package.name}{package.wanted}'"
            )
    for extra in dict.fromkeys(package.extra for package in found if package.extra):
        parts = [package for package in found if package.extra == extra]
        missing = [package.name for package in parts if package.found is None]
        installed = ", ".join(f"{package.name} {package.found}" for package in parts)
        install = f"without {', '.join(missing)}; to install: pip install '{PACKAGE}[{extra}]'"
        findings.tell("Extras", extra, install if missing else installed)
