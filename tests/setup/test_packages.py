from __future__ import annotations

from importlib.metadata import version

from sggd_qiskit.setup.doctor import look_at_packages
from sggd_qiskit.setup.findings import Findings
from sggd_qiskit.setup.packages import packages

REQUIRED = (
    "numpy>=2.0",
    "rich>=9999",
    "no-such-package>=1",
    'tomli>=1; python_version < "3.0"',
    'distributed>=2025.1; extra == "dask"',
    "absent-a>=1; extra == 'logs'",
    "pandas>=1 ; extra == 'logs'",
    "absent-b>=1; extra == 'dev'",
)


def test_what_is_missing_or_of_another_version_is_told_with_its_remedy():
    found = {package.name: package for package in packages(REQUIRED)}
    assert set(found) == {"numpy", "rich", "no-such-package", "distributed", "absent-a", "pandas"}
    assert {name for name, package in found.items() if not package.fits} == {"rich", "no-such-package", "absent-a"}
    findings = Findings()
    look_at_packages(findings, list(found.values()))
    wrong = "\n".join(findings.wrong)
    assert len(findings.wrong) == 2
    assert f"found rich {version('rich')}, wanted >=9999: pip install 'rich>=9999'" in wrong
    assert "pip install 'no-such-package>=1'" in wrong
    extras = dict(findings.lines["Extras"])
    assert "pip install 'sggd-qiskit[logs]'" in extras["logs"]
    assert "absent-a" in extras["logs"]
    assert "pip" not in extras["dask"]


def test_this_installation_is_whole():
    assert all(package.fits for package in packages() if not package.extra)
    assert {"numpy", "qiskit", "typer"} <= {package.name for package in packages()}
