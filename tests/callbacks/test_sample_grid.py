import keras
import numpy as np
import pytest
from PIL import Image

import keras_genzoo as zoo
from keras_genzoo.callbacks import sample_grid
from keras_genzoo.callbacks.sample_grid import SampleGrid
from keras_genzoo.engine import DataSpec, GenerativeModel
from keras_genzoo.plotting import picture
from keras_genzoo.plotting.grids import evenly


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (16, 8, 8, 1), "uint8")


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=8)
    model.compile()
    return model


def fit(model, images, callback, epochs, **kwargs):
    model.fit(images, batch_size=8, epochs=epochs, verbose=0, callbacks=[callback], **kwargs)


def names(folder):
    return sorted(path.name for path in (folder / "samples").iterdir())


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def film(folder):
    """(duration in ms, pixels) of each frame."""
    with Image.open(folder / "samples.gif") as image:
        frames = []
        for i in range(image.n_frames):
            image.seek(i)
            frames.append((image.info["duration"], np.asarray(image.convert("L"))))
    return frames


def test_a_picture_after_each_epoch_and_a_film(model, images, tmp_path):
    fit(model, images, SampleGrid(tmp_path, n=4), epochs=3)
    assert names(tmp_path) == ["epoch_0001.png", "epoch_0002.png", "epoch_0003.png"]
    last = np.asarray(picture(model.sample(4, seed=0)))
    np.testing.assert_array_equal(pixels(tmp_path / "samples" / "epoch_0003.png"), last)
    frames = film(tmp_path)
    assert len(frames) == 3
    assert frames[-1][0] > 5 * frames[0][0]
    np.testing.assert_array_equal(frames[-1][1], last)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["samples", "samples.gif"]


def test_noise_is_fixed(images, tmp_path, model):
    # No step is taken in between: the pictures are equal.
    callback = SampleGrid(tmp_path, n=4, seed=3)
    callback.set_model(model)
    callback.on_train_begin()
    callback.on_epoch_end(0)
    callback.on_epoch_end(1)
    first, second = (pixels(tmp_path / "samples" / name) for name in names(tmp_path))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, np.asarray(picture(model.sample(4, seed=3))))


def test_every_so_many_epochs(model, images, tmp_path):
    fit(model, images, SampleGrid(tmp_path, n=4, every=2), epochs=5)
    assert names(tmp_path) == ["epoch_0002.png", "epoch_0004.png"]


def test_training_is_not_disturbed(images, tmp_path):
    results = []
    for callbacks in ([], [SampleGrid(tmp_path, n=4)]):
        keras.utils.set_random_seed(0)
        model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=8)
        model.compile()
        model.fit(images, batch_size=8, epochs=2, verbose=0, callbacks=callbacks)
        results.append(model.get_weights())
    for with_none, with_grid in zip(*results, strict=True):
        np.testing.assert_array_equal(with_none, with_grid)


def test_film_of_a_resumed_run_is_whole(model, images, tmp_path):
    fit(model, images, SampleGrid(tmp_path, n=4), epochs=2)
    fit(model, images, SampleGrid(tmp_path, n=4), epochs=4, initial_epoch=2)
    assert len(film(tmp_path)) == 4


def test_film_leaves_out_a_longer_run_before(model, images, tmp_path):
    fit(model, images, SampleGrid(tmp_path, n=4), epochs=4)
    fit(model, images, SampleGrid(tmp_path, n=4), epochs=2)
    assert len(film(tmp_path)) == 2


def test_film_leaves_out_pictures_of_another_size_and_other_files(model, images, tmp_path):
    fit(model, images, SampleGrid(tmp_path, n=4), epochs=1)
    (tmp_path / "samples" / "epoch_best.png").write_bytes(b"not a picture")
    fit(model, images, SampleGrid(tmp_path, n=9), epochs=3, initial_epoch=1)
    assert len(film(tmp_path)) == 2


def test_epochs_are_sorted_by_number(tmp_path):
    (tmp_path / "samples").mkdir()
    callback = SampleGrid(tmp_path)
    callback.last_epoch = None
    for epoch in (10001, 2, 9999):
        (tmp_path / "samples" / f"epoch_{epoch:04d}.png").touch()
    found = [path.stem for path in callback._pictures()]
    assert found == ["epoch_0002", "epoch_9999", "epoch_10001"]


def test_a_long_film_is_thinned_evenly(model, images, tmp_path, monkeypatch):
    items = list(range(1000))
    thinned = evenly(items, 100)
    assert len(thinned) == 100 and thinned[0] == 0 and thinned[-1] == 999
    assert set(np.diff(thinned)) == {10, 11}
    assert evenly(items[:100], 100) == items[:100]
    monkeypatch.setattr(sample_grid, "MOST_FRAMES", 3)
    fit(model, images, SampleGrid(tmp_path, n=4), epochs=5)
    assert len(film(tmp_path)) == 3


def test_vectors_become_a_scatter(tmp_path):
    model = zoo.NICE(num_features=2, hidden_units=8, hidden_layers=1)
    model.compile()
    x = np.random.default_rng(0).normal(size=(16, 2)).astype("float32")
    fit(model, x, SampleGrid(tmp_path, n=50), epochs=1)
    assert pixels(tmp_path / "samples" / "epoch_0001.png").shape == (400, 400)


def test_a_folder_that_cannot_be_written_is_found_before_training(model, images, tmp_path):
    (tmp_path / "file").write_text("")
    before = model.get_weights()
    with pytest.raises(OSError, match="Expected a folder that can be written"):
        fit(model, images, SampleGrid(tmp_path / "file" / "run"), epochs=1)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("arguments", [{"n": 0}, {"n": 2.5}, {"every": 0}, {"every": True}])
def test_arguments_are_checked(tmp_path, arguments):
    with pytest.raises(ValueError, match=f"Expected {next(iter(arguments))}, a positive integer"):
        SampleGrid(tmp_path, **arguments)


def test_no_film_without_pictures(model, images, tmp_path):
    fit(model, images, SampleGrid(tmp_path, every=5), epochs=2)
    assert [path.name for path in tmp_path.iterdir()] == ["samples"]


def test_a_model_without_samples_is_refused_when_training_begins(tmp_path):
    grid = zoo.callbacks.SampleGrid(tmp_path)
    grid.set_model(GenerativeModel(DataSpec((3,))))
    with pytest.raises(ValueError, match=r"can sample; GenerativeModel has no generate\(...\)"):
        grid.on_train_begin()


@pytest.mark.parametrize(
    "classes, n, shown, columns",
    [
        (3, None, [0, 1, 2], 21),  # of 64, whole rows
        (3, 2, [0, 1, 2], 1),
        (100, 32, [round(i * 99 / 15) for i in range(16)], 2),
    ],
)
def test_a_row_for_each_class(tmp_path, classes, n, shown, columns):
    model = zoo.CGAN(image_shape=(8, 8, 1), num_classes=classes, latent_dim=8)
    callback = SampleGrid(tmp_path, n=n, seed=3)
    callback.set_model(model)
    callback.on_train_begin()
    callback.on_epoch_end(0)
    labels = np.repeat(shown, columns)
    expected = picture(model.sample(len(labels), labels=labels, seed=3), labels)
    np.testing.assert_array_equal(
        pixels(tmp_path / "samples" / "epoch_0001.png"), np.asarray(expected.convert("L"))
    )
