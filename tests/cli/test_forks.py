"""What a process computes goes on while it starts programs as another user."""

import asyncio
import sys

_COMPUTES_AND_FORKS = """
import cli.main
import os, subprocess, threading
import numpy as np

ended = threading.Event()
matrix = np.diag(np.linspace(0.1, 0.9, 32)) + np.diag(np.full(31, 0.3), 1) + np.diag(np.full(31, 0.3), -1)

def compute():
    while not ended.is_set():
        np.linalg.eigh(matrix)

computing = threading.Thread(target=compute, daemon=True)
computing.start()
for _ in range(100):
    subprocess.run(["true"], user=os.getuid(), check=True)
ended.set()
computing.join(15)
os._exit(computing.is_alive())
"""


async def test_numpy_does_not_wait_for_threads_that_a_fork_ended() -> None:
    made = await asyncio.create_subprocess_exec(sys.executable, "-c", _COMPUTES_AND_FORKS)
    assert await asyncio.wait_for(made.wait(), 60) == 0
