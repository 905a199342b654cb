"""QPU seconds as forecast and as the stand-in for IBM's service bills them, on 50 random steps on Heron and Nighthawk devices.

    python benchmarks/forecast.py

The forecast comes from the transpiled circuits, the bill from the circuits that the client has made of them and sends.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from ibm_runs import serving
from workloads import DEVICES, forecast_and_billed, random_workloads

from sggd_qiskit.config.execution import ServiceConfig
from sggd_qiskit.execute.ibm.service import Service


def main() -> None:
    """Print a line for each workload, and the extremes."""
    errors = []
    with serving(devices=DEVICES):
        service = Service(ServiceConfig())
        service.connect()
        for _, config in random_workloads(50, seed=1):
            execution = config.execution
            forecast, billed = forecast_and_billed(config, service.backend(execution.backend))
            errors.append(forecast / billed - 1)
            print(
                f"{execution.backend:14} {config.cost.estimator:22} {execution.options} "
                f"delay {execution.rep_delay} forecast {forecast:.2f} billed {billed:.2f} ({100 * errors[-1]:+.2f} %)"
            )
    print(f"{len(errors)} workloads: from {100 * min(errors):+.2f} % to {100 * max(errors):+.2f} % of the bill")


if __name__ == "__main__":
    main()
