from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from completist.engine.claimers import is_gone, this_process

HOST = socket.gethostname()


def test_a_process_that_works_is_not_gone() -> None:
    assert not is_gone(this_process())


def test_a_process_that_has_ended_is_gone() -> None:
    script = "from completist.engine.claimers import this_process; print(this_process())"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert is_gone(done.stdout.strip())


def test_a_reused_process_number_does_not_pass_for_its_predecessor() -> None:
    host, pid, started = this_process().rsplit(":", 2)
    assert is_gone(f"{host}:{pid}:{int(started or 0) + 1}") == bool(started)


def test_nobody_is_declared_dead_from_afar() -> None:
    assert not is_gone(f"elsewhere:{os.getpid()}:1")
    assert not is_gone("elsewhere:999999999:1")
    here = this_process().rsplit(":", 2)[0]
    for strange in (
        "",
        "somebody",
        "http-client-7",
        f"{HOST}:",
        f"{HOST}:999999999:1",
        f"{here}:abc:1",
        ":::",
    ):
        assert not is_gone(strange)


def test_a_container_of_the_same_name_has_processes_of_its_own() -> None:
    script = "from completist.engine.claimers import this_process; print(this_process(), flush=True); input()"
    apart = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    with subprocess.Popen(
        [*apart, sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as contained:
        assert contained.stdout is not None
        signature = contained.stdout.readline().strip()
        if not signature:
            pytest.skip("no process may be put apart here")
        assert signature.startswith(HOST)
        assert not is_gone(signature)
        contained.communicate("\n")
