"""The contestants as processes of their own, addressed one at a time.

Frameworks in one process would share thread pools and allocators; a process that waits for its
next line of input costs the others nothing.
"""

import functools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cases import Case

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Contestant:
    """A module of `benchmarks/contestants`, its options, and the label of each of its loops.

    `root` is the checkout that it is taken from, its keras_genzoo included.
    """

    name: str
    module: str
    loops: dict[str, str]
    options: dict = field(default_factory=dict)
    root: Path = ROOT


GENZOO = Contestant("genzoo", "genzoo", {"fit": "keras_genzoo"})
KERAS = Contestant("keras", "handwritten_keras", {"fit": "fit", "loop": "loop"})
KERAS_XLA = Contestant(
    "keras_xla", "handwritten_keras", {"fit": "fit, XLA", "loop": "loop, XLA"}, {"xla": True}
)
TORCH = Contestant("torch", "pytorch", {"loop": "PyTorch"})
TORCH_TUNED = Contestant("torch_tuned", "pytorch", {"loop": "PyTorch, tuned"}, {"tuned": True})
CONTESTANTS = (GENZOO, KERAS, KERAS_XLA, TORCH, TORCH_TUNED)


@functools.cache
def mkl_preload() -> str | None:
    """A library that makes MKL use the best instructions on processors that are not Intel's.

    MKL chooses by the vendor's name; these two functions are all that looks at it. None on Intel's
    processors, on other systems than Linux on x86-64, and without a C compiler.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if platform.system() != "Linux" or platform.machine() != "x86_64" or compiler is None:
        return None
    if "GenuineIntel" in Path("/proc/cpuinfo").read_text():
        return None
    # In a folder of this process's own: nobody else can put a library there.
    folder = Path(_scratch().name)
    source, library = folder / "mkl.c", folder / "mkl.so"
    source.write_text(
        "int mkl_serv_intel_cpu(void) { return 1; }\n"
        "int mkl_serv_intel_cpu_true(void) { return 1; }\n"
    )
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", source, "-o", library], check=True)
    return str(library)


@functools.cache
def _scratch() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="benchmarks-")


def environment(contestant: Contestant) -> dict[str, str]:
    """What a contestant's process starts with: defaults, but for the tuned one."""
    variables = {
        **os.environ,
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        # Before an installed package, which may be another checkout's.
        "PYTHONPATH": str(contestant.root),
    }
    if contestant.options.get("tuned"):
        # glibc keeps freed memory instead of handing it back and faulting it in again.
        variables |= {
            "MALLOC_TRIM_THRESHOLD_": str(2**34),
            "MALLOC_TOP_PAD_": str(2**26),
            "MALLOC_MMAP_THRESHOLD_": str(2**34),
        }
        if library := mkl_preload():
            variables["LD_PRELOAD"] = library
    return variables


class Worker:
    """One contestant in a process of its own, built and waiting."""

    def __init__(self, contestant: Contestant, case: Case):
        self.contestant, self.case = contestant, case
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.worker"),
                *(contestant.module, case.name, json.dumps(contestant.options)),
            ],
            cwd=contestant.root,
            env=environment(contestant),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        try:
            self.parameters = self._answer()["parameters"]
        except BaseException:
            self.close()
            raise

    def run(self, loop: str, steps: int) -> dict:
        """Trains for `steps` steps; see `worker.main` for what it answers."""
        print(json.dumps([loop, steps]), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            raise RuntimeError(
                f"{self.contestant.name} on {self.case.name} ended with code "
                f"{self._process.returncode}:\n{self._errors.read()[-4000:]}"
            )
        return json.loads(line)

    def close(self):
        # Not asked to finish: there is nothing to save, and frameworks take seconds to unload.
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        self._errors.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
