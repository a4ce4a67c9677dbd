"""PixelCNN never looks ahead, its masses sum to one, its samples follow them."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

import keras_genzoo as zoo


def pixel_cnn(seed=0, scale=2.0, **arguments):
    """A small model with weights large enough for dependencies to show."""
    keras.utils.set_random_seed(seed)
    model = zoo.PixelCNN(**{"num_blocks": 1, "width": 6, "levels": 3} | arguments)
    for v in model.trainable_variables:
        v.assign(ops.convert_to_numpy(v.value) * scale)
    return model


def logits(model, values):
    flat = ops.convert_to_numpy(model.logits(ops.convert_to_tensor(values.astype("float32"))))
    return flat.reshape(len(values), -1, model.levels)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_logits_do_not_move_when_later_pixels_change(channels):
    model = pixel_cnn(image_shape=(4, 4, channels), width=24)
    size = 16 * channels
    rng = np.random.default_rng(0)
    values = rng.integers(0, 3, (1, size))
    before = logits(model, values.reshape(1, 4, 4, channels))[0]
    moved = np.zeros((size, size), bool)  # [i, j]: does logit j move when pixel i changes?
    for i in range(size):
        other = values.copy()
        other[0, i] = (other[0, i] + 1) % 3
        after = logits(model, other.reshape(1, 4, 4, channels))[0]
        moved[i] = np.abs(after - before).max(-1) > 1e-6
    assert not np.tril(moved).any()  # neither its own logits nor any before it
    in_row = [i for i in range(size - 1) if (i + 1) // channels % 4]
    assert np.mean([moved[i, i + 1] for i in in_row]) > 0.9  # but the next one is told


@pytest.mark.parametrize(
    "shape, levels", [((2, 2, 1), 3), ((2, 2, 1), 2), ((1, 2, 2), 3), ((3, 1, 2), 2)]
)
def test_masses_sum_to_one(shape, levels):
    model = pixel_cnn(image_shape=shape, levels=levels)
    pixels = np.rint(np.arange(levels) * 255 / (levels - 1)).astype("uint8")
    images = np.array(list(itertools.product(pixels, repeat=int(np.prod(shape)))))
    nats = model.log_likelihood(images.reshape(-1, *shape))
    assert np.exp(nats.astype("float64")).sum() == pytest.approx(1.0, abs=1e-5)
    assert nats.std() > 0.01  # not all equal


def test_samples_follow_the_masses():
    model = pixel_cnn(image_shape=(2, 2, 1), levels=2)
    images = np.array(list(itertools.product([0, 255], repeat=4))).astype("uint8")
    masses = np.exp(model.log_likelihood(images.reshape(-1, 2, 2, 1)).astype("float64"))
    samples = model.sample(20_000, seed=0, batch_size=20_000).reshape(-1, 4) // 255
    counts = np.bincount(samples @ [8, 4, 2, 1], minlength=16)
    assert stats.chisquare(counts, 20_000 * masses / masses.sum()).pvalue > 1e-3


def test_256_levels_are_the_pixels_as_they_are():
    model = zoo.PixelCNN(image_shape=(4, 4, 1), num_blocks=1, width=4)
    x = np.arange(256, dtype="uint8").reshape(16, 4, 4, 1)
    np.testing.assert_array_equal(ops.convert_to_numpy(model.scale.numbers(x)), x)
    for v in model.trainable_variables:
        v.assign(np.zeros(v.shape, "float32"))
    np.testing.assert_allclose(model.bits_per_dim(x), 8.0, rtol=1e-5)


@pytest.mark.parametrize("levels", [2, 3, 4, 16, 255])
def test_a_samples_pixels_stand_for_its_values(levels):
    model = zoo.PixelCNN(image_shape=(4, 4, 1), num_blocks=1, width=4, levels=levels)
    samples = model.sample(40, seed=0)
    values = ops.convert_to_numpy(model.scale.numbers(samples))
    np.testing.assert_array_equal(np.rint(values * (255 / (levels - 1))), samples)
    assert len(np.unique(samples)) > levels * 0.8


def test_samples_are_those_of_the_traceable_whole(monkeypatch):
    """However few pixels a call draws; `generate` is what is exported."""
    model = pixel_cnn(image_shape=(4, 4, 2), width=8)
    u = ops.convert_to_tensor(next(model.inputs_in_batches(5, 3, 5))["u"])
    want = ops.convert_to_numpy(ops.stop_gradient(model.generate(u)))
    np.testing.assert_array_equal(model.sample(5, seed=3), want)
    monkeypatch.setattr("keras_genzoo.models.autoregressive.autoregressive.SECONDS_PER_CALL", 0.0)
    np.testing.assert_array_equal(model.sample(5, seed=3, batch_size=2), want)


def test_sampling_that_takes_long_shows_progress_and_can_be_interrupted(monkeypatch, capsys):
    model = pixel_cnn(image_shape=(4, 4, 1))
    model.sample(3, seed=0)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr("keras_genzoo.models.autoregressive.autoregressive.SECONDS_PER_CALL", 0.0)
    monkeypatch.setattr("keras_genzoo.engine.progress.LONG", 0.0)
    model.sample(3, seed=0, verbose=0)
    assert capsys.readouterr().out == ""
    model.sample(3, seed=0)
    assert "48/48" in capsys.readouterr().out  # pixels
    # Python has its turn between pixels.
    monkeypatch.setattr("keras.utils.Progbar.update", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        model.sample(3, seed=0, verbose=1)


@pytest.mark.parametrize("verbose", [0, 1])
def test_a_grid_of_costly_samples_is_small_and_as_silent_as_fit(verbose, tmp_path):
    model, asked = pixel_cnn(image_shape=(4, 4, 1)), []

    def watched(n, **arguments):
        asked.append((n, arguments["verbose"]))
        return np.zeros((n, 4, 4, 1), "uint8")

    object.__setattr__(model, "sample", watched)
    for n in (None, 5):
        grid = zoo.callbacks.SampleGrid(tmp_path, n=n)
        grid.set_model(model)
        grid.set_params({"verbose": verbose})
        grid.on_train_begin()
        grid.on_epoch_end(0)
    shown = "auto" if verbose else 0
    assert asked == [(16, shown), (5, shown)]


def test_bad_arguments():
    for levels in (1, 257):
        with pytest.raises(ValueError, match=r"levels in 2\.\.256"):
            zoo.PixelCNN(levels=levels)
    with pytest.raises(ValueError, match="a feature for each channel"):
        zoo.PixelCNN(image_shape=(8, 8, 3), width=2)


def test_it_learns():
    keras.utils.set_random_seed(0)
    train = zoo.data.load("digits", image_size=8, batch_size=32)
    model = zoo.PixelCNN(image_shape=(8, 8, 1), levels=2, num_blocks=2, width=16)
    model.compile()
    model.fit(train, epochs=4, verbose=0)
    test = zoo.data.load("digits", split="test", image_size=8)
    assert model.bits_per_dim(test.x).mean() < 0.75  # 1 bit is a fair coin
