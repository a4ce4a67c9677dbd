"""The installed package: pretrained models travel in the wheel, and work offline."""

import os
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

from keras_genzoo.saving.preset import FILES

# Of a preset, and of all of them.
MOST_BYTES, MOST_BYTES_TOGETHER = 5_000_000, 60_000_000
ROOT = Path(__file__).parent.parent
PROGRAM = """
import keras_genzoo as zoo
print("FROM", zoo.__file__)
images = zoo.from_preset("dcgan_digits").sample(16, seed=0)
print("SAMPLES", images.shape, images.dtype, int(images.std()) > 50)
print("FEATURES", zoo.metrics.embedded_extractor().features(images).shape)
"""


def test_a_wheel_has_the_presets(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
        assert "keras_genzoo/py.typed" in archive.namelist()  # type checkers read our hints
        assert not [name for name in archive.namelist() if name.startswith(("tests", "examples"))]
        presets = [one for one in archive.infolist() if "/savedmodels/" in one.filename]
    # SavedModels stay in the checkout; whoever wants one exports it.
    assert {Path(one.filename).name for one in presets} == set(FILES)
    sizes = Counter()
    for one in presets:
        sizes[Path(one.filename).parent.name] += one.file_size
    assert {name for name in sizes if sizes[name] > MOST_BYTES} == set()
    assert sizes.total() <= MOST_BYTES_TOGETHER
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"FROM {installed}" in done.stdout
    assert "SAMPLES (16, 28, 28, 1) uint8 True" in done.stdout
    assert "FEATURES (16, 64)" in done.stdout
