"""The command line as real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from command import ok

TINY = ["--image-size", "8", "--limit", "40", "--batch-size", "20", "--set", "width=2"]
ROOT = Path(__file__).parents[2]


def start(*arguments, **environment):
    """A real process, from a user's environment."""
    env = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.Popen(
        [sys.executable, "-m", "keras_genzoo.cli", *map(str, arguments)],
        env={**env, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, a shell has told them to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_a_process_keeps_the_terminal_clean():
    process = start("list")
    out, err = process.communicate()
    assert process.returncode == 0
    assert "dcgan" in out
    assert err == ""


def test_a_process_fails_with_one_line(tmp_path):
    process = start("sample", tmp_path)
    out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert err.startswith("Error: ") and err.count("\n") == 1


def test_an_import_that_fails_says_why(tmp_path):
    """What TensorFlow writes to stderr is held back, but not for good."""
    process = start("list", KERAS_BACKEND="no_such_backend")
    _, err = process.communicate()
    assert process.returncode == 1
    assert "no_such_backend" in err


def test_ctrl_c_is_status_130_and_the_same_command_resumes(tmp_path):
    command = ["train", "dcgan", *TINY, "--epochs", "100000", "--out", tmp_path]
    process = start(*command)
    try:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("checkpoints/epoch000002*")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert f"The same command goes on from the last checkpoint in {tmp_path}" in err
    done = max(int(path.name[5:11]) for path in (tmp_path / "checkpoints").iterdir())
    command[command.index("100000")] = str(done + 1)
    assert f"epoch {done + 1}" in ok(*command)
    config = json.loads((tmp_path / "preset" / "metadata.json").read_text())
    assert config["class_name"].endswith("DCGAN")
