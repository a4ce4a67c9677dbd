"""What SampleGrid writes for TensorBoard, read back from the event files."""

import io
import sys

import keras
import numpy as np
import pytest
from PIL import Image

import keras_genzoo as zoo
from keras_genzoo.callbacks import ResumeTraining, SampleGrid

IMAGES = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 1), "uint8")


def fit(folder, epochs, *callbacks, **kwargs):
    keras.utils.set_random_seed(0)
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=8)
    model.compile(jit_compile=False)
    grid = SampleGrid(folder, n=4, tensorboard=folder / "logs", **kwargs)
    model.fit(IMAGES, batch_size=8, epochs=epochs, verbose=0, callbacks=[*callbacks, grid])


def shown(folder):
    """The pictures of all event files in a folder, in their order: [(step, tag, pixels)]."""
    tf = pytest.importorskip("tensorflow")
    found = []
    for path in sorted(folder.glob("events.out.tfevents.*")):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                assert value.metadata.plugin_data.plugin_name == "images"
                width, height, *images = value.tensor.string_val
                with Image.open(io.BytesIO(images[0])) as image:
                    assert (int(width), int(height), len(images)) == (*image.size, 1)
                    found.append((event.step, value.tag, np.asarray(image)))
    return found


def test_the_pictures_are_those_of_the_files(tmp_path):
    fit(tmp_path, 4, every=2)
    events = shown(tmp_path / "logs")
    assert [(step, tag) for step, tag, _ in events] == [(2, "samples"), (4, "samples")]
    for step, _, pixels in events:
        with Image.open(tmp_path / "samples" / f"epoch_{step:04d}.png") as image:
            np.testing.assert_array_equal(pixels, np.asarray(image))


def test_a_resumed_run_goes_on_with_its_steps(tmp_path):
    for epochs in (2, 3):
        fit(tmp_path, epochs, ResumeTraining(tmp_path))
    assert [step for step, *_ in shown(tmp_path / "logs")] == [1, 2, 3]


def test_beside_keras_own_callback_which_records_some_steps_alone(tmp_path):
    fit(tmp_path, 2, keras.callbacks.TensorBoard(tmp_path / "logs", update_freq=3))
    assert [step for step, *_ in shown(tmp_path / "logs")] == [1, 2]
    assert list((tmp_path / "logs" / "train").iterdir())


@pytest.mark.parametrize("missing", ["tensorflow", "tensorboard"])
def test_what_is_not_installed_is_named_before_training(tmp_path, monkeypatch, missing):
    grid = SampleGrid(tmp_path, tensorboard=tmp_path / "logs")
    grid.set_model(zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=8))
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match="pip install tensorflow tensorboard"):
        grid.on_train_begin()


def test_a_folder_that_cannot_be_written_is_found_before_training(tmp_path):
    (tmp_path / "logs").write_text("a file")
    with pytest.raises(OSError, match="Expected a folder that can be written"):
        fit(tmp_path, 1)
