"""What all tests run under: quiet backends, one worker for a file or a case, costs by case."""

import os
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

# Read when a backend is loaded.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "PYTEST_XDIST_WORKER" in os.environ:
    # Workers share the cores: threads of their own would wait for each other.
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, "1")
if os.environ.get("KERAS_BACKEND") == "jax" and "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    # A model that is built a second time is not compiled again, not in a process of a test's own
    # either. A folder for each worker: JAX does not write its files whole.
    cache = tempfile.TemporaryDirectory(prefix="jax_cache_")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = cache.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"

REAL_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data sets beside the repository."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"needs the real data sets in {REAL_DATA}")
    return REAL_DATA


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Gives a file to one worker, whose tests share fixtures; of the contract's, a case.

    By the tests' names, since pytest 9.2 does without the attribute that `--dist loadgroup` of
    pytest-xdist 3.8 writes groups to.
    """
    from xdist.scheduler import LoadScopeScheduling

    class OneWorkerForAFileOrCase(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            path, _, test = nodeid.partition("::")
            # The case is the last of a test's parameters.
            case = test.rstrip("]").replace("[", "-").rpartition("-")[2]
            return f"{path}::{case}" if path.endswith("test_contract.py") else path

    return OneWorkerForAFileOrCase(config, log)


def pytest_collection_modifyitems(items):
    for item in items:
        item.user_properties.append(("case", _case(item)))


def _case(item) -> str | None:
    """The name of the model in small that a test is about."""
    from zoo_cases import ALL

    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    for name, case in ALL.items():
        if any(value is case or (isinstance(value, str) and value == name) for value in given):
            return name
    name = item.path.stem.removeprefix("test_")
    return name if name in ALL else None


seconds = defaultdict(float)


def pytest_runtest_logreport(report):
    seconds[dict(report.user_properties).get("case")] += report.duration


def pytest_terminal_summary(terminalreporter):
    """What each further model costs: its tests' seconds, set-up and all, on however many cores."""
    if not seconds:
        return
    terminalreporter.section("seconds of each case")
    for name, spent in sorted(seconds.items(), key=lambda row: -row[1]):
        what = f"case {name}" if name else "all else"
        terminalreporter.write_line(f"{what} {spent:.1f} s")
