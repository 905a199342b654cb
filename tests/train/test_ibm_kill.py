"""A run on a device that is killed outright, again and again, submits every unit of work once."""

from __future__ import annotations

import random
import time

from command_line import PAUSE, call
from ibm_runs import assert_paid_once, assert_same_result, command, forked, jobs, plane, serving, undisturbed

KILLS = 10
SECONDS_PER_JOB = 0.3
OVERRIDES = ("training.steps=10",)


def test_a_run_that_is_killed_often_is_the_same_and_pays_once(tmp_path):
    moments = random.Random(5)
    config = plane(*OVERRIDES)
    with serving(seconds_per_job=SECONDS_PER_JOB) as stand_in:
        for kill in range(KILLS):
            known = len(stand_in.jobs)
            with forked(config, tmp_path / "parts") as process:
                if kill % 2:
                    wait_for(process, lambda known=known: submitting(stand_in, known))
                    time.sleep(moments.uniform(0, 0.1))  # before or after the service has taken the job
                else:
                    wait_for(process, lambda known=known: len(stand_in.jobs) > known)
                    time.sleep(moments.uniform(0, 1.5 * SECONDS_PER_JOB))
                assert process.is_alive()
                process.kill()
        last = call(*command(tmp_path / "parts", *OVERRIDES))
        assert (last.returncode, last.stderr) == (0, "")
        (folder,) = (tmp_path / "parts").iterdir()
        assert_paid_once(stand_in, folder)
        assert len(stand_in.jobs) == len(jobs(folder)) == 11
    assert_same_result(folder, undisturbed(config, tmp_path / "whole"))


def submitting(stand_in, known):
    """Whether the backend's status was asked for after the last job, as the client does just before it submits."""
    last = max((job.created.timestamp() for job in stand_in.jobs.values()), default=0.0)
    return len(stand_in.jobs) > known or any(
        request.path.endswith("/status") and request.time > last for request in stand_in.requests[-3:]
    )


def wait_for(process, condition):
    while not condition() and process.is_alive():
        time.sleep(PAUSE)
