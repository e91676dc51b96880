"""The process made ahead of its job, when what is to happen to it goes wrong: tried in an interpreter without walls."""

import subprocess
import sys

from tests.sandbox.commands import PROJECT

LIVES = """
import os, signal
from scoring.sandbox.guest import zygote
spare = zygote._fork_ahead(None)
os.kill(spare.pid, signal.SIGSTOP)
spare._channel.close()
given = zygote._give(memoryview(b""), [], spare, None)
print(given != spare.pid, os.waitpid(given, 0)[0] == given)
"""
RAISES = """
import os
from scoring.sandbox.guest.spare import Spare
from scoring.sandbox.protocol import Job, Work
def begin(job, fds):
    raise ValueError
spare = Spare(lambda: None, begin, keep=())
spare.give(memoryview(Job(Work.GROUP, True, 0, 1, 0, 0, 0).to_bytes()), [])
print(os.waitstatus_to_exitcode(os.waitpid(spare.pid, 0)[1]))
"""


def said(script: str) -> str:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=30, check=True).stdout


def test_one_that_lives_but_cannot_be_given_its_job_is_ended_and_replaced() -> None:
    assert said(LIVES) == "True True\n"


def test_one_whose_job_raises_ends_there_and_then() -> None:
    assert said(RAISES) == "1\n"
