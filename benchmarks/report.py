"""The machine, the versions, and Markdown."""

import datetime
import importlib.metadata
import math
import os
import platform
import statistics
import subprocess
from pathlib import Path

from benchmarks.processes import ROOT, mkl_preload
from keras_genzoo.support import machine

RESULTS = ROOT / "benchmarks" / "results.md"
TITLE = "# Results\n\nWritten by the scripts in this folder; see README.md.\n"


def conditions() -> str:
    """Where, with what, and when: a Markdown list."""
    packages = ("keras_genzoo", "keras", "tensorflow", "torch", "numpy")
    versions = [f"Python {platform.python_version()}", *map(_version, packages)]
    mkl = "overridden" if mkl_preload() else "left as it is"
    return "\n".join(
        (
            f"- Machine: {machine.processor()}, {machine.cores()} cores, "
            f"{_memory_gib():.0f} GiB; {platform.system()} {platform.release()}. No GPU is used.",
            f"- Versions: {', '.join(versions)}; commit {_commit()}.",
            f"- MKL's check for an Intel processor, for the tuned PyTorch: {mkl}.",
            f"- Date: {datetime.date.today().isoformat()}.",
        )
    )


def _version(package: str) -> str:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{package} from its source"


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _commit() -> str:
    def git(*arguments):
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", "keras_genzoo", "benchmarks/*.py")
        return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def processor_ticks() -> tuple[int, int] | None:
    """Ticks of all cores since the start that were (busy, there), or None off Linux."""
    try:
        ticks = [int(n) for n in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    except OSError:
        return None
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, sum(ticks)


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first two hold numbers."""
    rule = ["---"] * 2 + ["---:"] * (len(header) - 2)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, rule, *rows))


def number(value: float) -> str:
    """Three significant digits."""
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}" if value else "0"


def conclusion(what: str, ratios: list[float]) -> str:
    """One line about ratios of keras_genzoo to another: below 1 means it took less."""
    mean = statistics.geometric_mean(ratios)
    return (
        f"- {what}: {mean:.2f} of the other's in the geometric mean "
        f"(from {min(ratios):.2f} to {max(ratios):.2f}; below 1, keras_genzoo takes less)."
    )


def write_section(path: Path, title: str, body: str):
    """Puts the section `## title` into a file of results, in place of the one that was there."""
    text = path.read_text() if path.exists() else TITLE
    head, *sections = text.split("\n## ")
    kept = [s.rstrip("\n") for s in sections if s.split("\n", 1)[0] != title]
    kept.append(f"{title}\n\n{body}".rstrip("\n"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n## ".join([head.rstrip("\n"), *sorted(kept, reverse=True)]) + "\n")
