"""The ruler: real data near zero, noise far off, missing classes seen, protocols kept."""

import json

import keras
import numpy as np
import pytest

import keras_genzoo as zoo
from keras_genzoo.data import Batches
from keras_genzoo.metrics import (
    KerasExtractor,
    SampleQuality,
    density_coverage,
    embedded_extractor,
    frechet_distance,
    inception_score,
    kernel_distance,
    precision_recall,
)
from keras_genzoo.metrics.sample_quality import METRICS

LESS_IS_BETTER = {"frechet_distance", "kernel_distance"}


class Generator:
    """Draws from given images: what a model is to the ruler."""

    def __init__(self, images):
        self.images = images

    def sample(self, n, *, seed):
        return self.images[np.random.default_rng(seed).permutation(len(self.images))[:n]]


@pytest.fixture(scope="module")
def digits():
    """All of scikit-learn's digits at 28x28, in random order, and their labels."""
    parts = [zoo.data.load("digits", split, labels=True) for split in ("train", "test")]
    order = np.random.default_rng(0).permutation(1797)
    x, y = (np.concatenate([getattr(part, name) for part in parts])[order] for name in "xy")
    return x, y


@pytest.fixture(scope="module")
def quality(digits):
    return SampleQuality(
        digits[0][:400], metrics=METRICS, data="digits", split="first 400", subset_size=200
    )


@pytest.fixture(scope="module")
def real_half(quality, digits):
    return quality.measure(digits[0][400:800])


def test_scores_are_the_arithmetic_of_the_features(quality, real_half, digits):
    look = embedded_extractor()
    real, fake = look.features(digits[0][:400]), look.features(digits[0][400:800])
    got = {name: score.value for name, score in real_half.items()}
    assert list(got) == list(METRICS)
    assert got["frechet_distance"] == pytest.approx(frechet_distance(real, fake), rel=1e-6)
    kernel = kernel_distance(real, fake, subset_size=200)
    assert got["kernel_distance"] == pytest.approx(kernel.mean, rel=1e-5, abs=1e-9)
    assert real_half["kernel_distance"].error == pytest.approx(kernel.std, rel=1e-5)
    assert (got["precision"], got["recall"]) == precision_recall(real, fake)
    assert (got["density"], got["coverage"]) == density_coverage(real, fake)
    # Interleaved splits are consecutive ones of reordered rows.
    rows = np.concatenate([np.arange(i, 400, 10) for i in range(10)])
    score = inception_score(look.probabilities(digits[0][400:800])[rows])
    assert got["inception_score"] == pytest.approx(score.mean, rel=1e-6)
    assert real_half["inception_score"].error == pytest.approx(score.std, rel=1e-4)


def test_real_data_score_well_and_noise_does_not(quality, real_half, digits):
    rng = np.random.default_rng(1)
    noise = quality.measure(rng.integers(0, 256, (400, 28, 28, 1), dtype=np.uint8))
    value = {name: (real_half[name].value, noise[name].value) for name in METRICS}
    assert value["frechet_distance"][1] > 100 * value["frechet_distance"][0]
    assert abs(value["kernel_distance"][0]) < real_half["kernel_distance"].error
    assert value["kernel_distance"][1] > 100 * real_half["kernel_distance"].error
    assert value["inception_score"][0] > 6 and value["inception_score"][1] < 2
    for name in ("precision", "recall", "coverage"):
        assert value[name][0] > 0.85 and value[name][1] < 0.01
    assert value["density"][0] == pytest.approx(1, abs=0.15) and value["density"][1] < 0.01


def test_a_missing_class_is_seen(digits):
    """Beyond what halves of real data scatter, for each class, at equal counts."""
    x, y = digits
    metrics = ("frechet_distance", "recall", "coverage")
    floor, without = [], []
    for seed in range(2):
        order = np.random.default_rng(seed).permutation(len(x))
        real, rest = order[:800], order[800:]
        quality = SampleQuality(x[real], metrics=metrics, data="digits", split=f"{seed}")

        def values(chosen, quality=quality):
            return [score.value for score in quality.measure(x[chosen[:780]]).values()]

        floor.append(values(rest))
        without += [values(rest[y[rest] != label]) for label in range(seed, 10, 2)]
    floor, without = np.array(floor), np.array(without)
    assert without[:, 0].min() > 1.3 * floor[:, 0].max()
    assert without[:, 1].max() < floor[:, 1].min() - 0.02
    assert without[:, 2].max() < floor[:, 2].min() - 0.02


def test_neither_batches_nor_order_matter(quality, real_half, digits):
    fake = digits[0][400:800]
    for size in (1, 64):
        batches = (fake[i : i + size] for i in range(0, 400, size))
        assert quality.measure(batches) == real_half
    assert quality.measure(Batches(fake, batch_size=100)) == real_half
    shuffled = quality.measure(fake[np.random.default_rng(0).permutation(400)])
    for name in ("frechet_distance", "precision", "recall", "density", "coverage"):
        assert shuffled[name] - real_half[name] == pytest.approx(0, abs=1e-6)
    # These are over random parts.
    for name in ("kernel_distance", "inception_score"):
        assert abs(shuffled[name] - real_half[name]) < real_half[name].error


def test_neither_batches_nor_order_of_the_real_images_matter(quality, real_half, digits):
    real = digits[0][:400]
    arguments = {"metrics": METRICS, "subset_size": 200, "data": "digits", "split": "first 400"}
    parts = (real[i : i + 33] for i in range(0, 400, 33))
    assert SampleQuality(parts, **arguments).measure(digits[0][400:800]) == real_half
    again = SampleQuality(real[::-1], **arguments).measure(digits[0][400:800])
    assert again["frechet_distance"] - real_half["frechet_distance"] == pytest.approx(0, abs=1e-6)


def test_a_model_is_measured_by_its_samples(digits):
    quality = SampleQuality(digits[0][:500], metrics="frechet_distance", data="d", split="s")
    model = Generator(digits[0][500:])
    one, same = (quality.measure(model, samples=600, seed=3) for _ in range(2))
    assert one == same and list(one) == ["frechet_distance"]
    images = quality.measure(model.sample(600, seed=3))["frechet_distance"]
    assert images.value == one["frechet_distance"].value
    assert images.protocol["seed"] is None and one["frechet_distance"].protocol["seed"] == 3
    assert quality.measure(model, samples=600, seed=4)["frechet_distance"] != one


def test_a_model_of_the_zoo_is_measured(digits):
    model = zoo.DCGAN(image_shape=(28, 28, 1), width=4)
    quality = SampleQuality(zoo.data.load("digits", "test"))
    scores = quality.measure(model, samples=40)
    assert list(scores) == ["frechet_distance", "precision", "recall", "density", "coverage"]
    assert scores["frechet_distance"].value > 1 and scores["coverage"].value < 0.1
    protocol = scores["coverage"].protocol
    assert protocol == {
        "data": "digits",
        "split": "test",
        "real": 355,
        "real_hash": protocol["real_hash"],
        "fake": 40,
        "extractor": "digits_fashion",
        "extractor_sha256": embedded_extractor().sha256,
        "resize": "pillow_bicubic",
        "seed": 0,
        "truncation": None,
        "neighbors": 5,
    }


def test_every_score_has_its_protocol(real_half):
    more = {
        "frechet_distance": {},
        "kernel_distance": {
            "subsets": 100,
            "subset_size": 200,
            "subset_seed": 0,
            "error": "std over subsets",
        },
        "inception_score": {"splits": 10, "rows": "interleaved", "error": "std over splits"},
        "precision": {"neighbors": 3},
        "recall": {"neighbors": 3},
        "density": {"neighbors": 5},
        "coverage": {"neighbors": 5},
    }
    common = set(real_half["frechet_distance"].protocol)
    for name, score in real_half.items():
        assert score.metric == name
        rest = {k: v for k, v in score.protocol.items() if k not in common}
        assert rest == more[name]
        assert json.loads(score.to_json())["protocol"]["real"] == 400


def test_other_protocols_do_not_compare(quality, real_half, digits):
    fewer = quality.measure(digits[0][400:600])
    with pytest.raises(ValueError, match="differ in fake: 400 and 200"):
        assert real_half["recall"] < fewer["recall"]
    # Other images under the same name.
    other = SampleQuality(digits[0][1:401], metrics="recall", data="digits", split="first 400")
    with pytest.raises(ValueError, match="differ in real_hash"):
        assert real_half["recall"] < other.measure(digits[0][400:800])["recall"]


def test_truncation_reaches_the_model_and_the_protocol(digits):
    class Truncated(Generator):
        def sample(self, n, *, seed, truncation=1.0):
            return (super().sample(n, seed=seed) * truncation).astype(np.uint8)

    quality = SampleQuality(digits[0][:300], metrics="frechet_distance", data="d", split="s")
    model = Truncated(digits[0][300:])
    full, half = (quality.measure(model, 300, truncation=t) for t in (None, 0.5))
    assert half["frechet_distance"].value > 2 * full["frechet_distance"].value
    with pytest.raises(ValueError, match="truncation: None and 0.5"):
        assert full["frechet_distance"] < half["frechet_distance"]


def test_statistics_alone_keep_no_features(digits):
    quality = SampleQuality(digits[0][:300], metrics=("frechet_distance", "inception_score"))
    assert quality._real._kept is None
    assert SampleQuality(digits[0][:300], metrics="recall")._real.features.shape == (300, 64)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"metrics": "fid"}, "got 'fid'. Known: frechet_distance, kernel"),
        ({"metrics": ("recal",)}, "name of a metric; got 'recal'. Did you mean 'recall'"),
        ({"metrics": ()}, "Expected metrics, some of frechet_distance"),
        (
            {"metrics": "kernel_distance"},
            "kernel_distance needs at least 1000 rows of real im.*300",
        ),
        ({"seed": -1}, "seed, an integer of at least 0"),
    ],
)
def test_what_is_wrong_with_the_arguments(digits, arguments, message):
    with pytest.raises(ValueError, match=message):
        SampleQuality(digits[0][:300], **arguments)


def test_what_is_wrong_with_the_real_images(digits):
    x = digits[0][:300]
    for wrong, message in (
        (x[:1], "frechet_distance needs at least 2 rows of real images; got 1"),
        (x[:5], "density needs at least 6 rows of real images; got 5"),
        (x / 255, "uint8 images in 0..255; got float64"),
        (x.repeat(3, -1), "1 channel, which digits_fashion takes"),
        (iter([]), "Expected real images; got none"),
        (Generator(x), "Expected real images; got the model Generator"),
    ):
        with pytest.raises(ValueError, match=message):
            SampleQuality(wrong)


def test_what_is_wrong_with_the_samples(digits):
    x = digits[0][:300]
    quality = SampleQuality(x, data="d", split="s")
    for wrong, message in (
        (x[:3], "precision needs at least 4 rows of samples; got 3"),
        (x[:, :20], r"samples of shape \(28, 28, 1\), as the others; got \(20, 28, 1\)"),
        ([x, x[..., 0]], r"got \(300, 28, 28\). Add the channel axis"),
        ((x / 255).astype("float32"), "got float32. Bring them to 0..255 by the fixed range"),
        (7, "Expected a model with sample"),
    ):
        with pytest.raises(ValueError, match=message):
            quality.measure(wrong)

    class Slow:
        def sample(self, n, *, seed):
            raise AssertionError("drawn before the count was looked at")

    with pytest.raises(ValueError, match="precision needs at least 4 rows of samples; got 3"):
        quality.measure(Slow(), samples=3)
    with pytest.raises(ValueError, match="samples, a positive integer; got 0"):
        quality.measure(Slow(), samples=0)


def test_a_network_that_gives_nan(digits):
    inputs = keras.layers.Input((28, 28, 1))
    pooled = keras.layers.GlobalAveragePooling2D()(inputs)
    broken = keras.Model(inputs, keras.layers.Dense(2, bias_initializer="zeros")(pooled))
    broken.layers[-1].set_weights([np.full((1, 2), np.nan), np.zeros(2)])
    with pytest.raises(ValueError, match="Expected finite features; 512 of 512 values are NaN"):
        SampleQuality(digits[0][:300], KerasExtractor(broken))
    with pytest.raises(ValueError, match="with class probabilities; .* has none"):
        SampleQuality(digits[0][:300], KerasExtractor(broken), metrics="inception_score")


def test_mnist_halves_and_a_missing_digit(shared_data):
    """On the test set that the scores are quoted on."""
    test = zoo.data.load(shared_data / "mnist", "test", labels=True)
    order = np.random.default_rng(0).permutation(10_000)
    x, y = test.x[order], test.y[order]
    metrics = ("frechet_distance", "coverage")
    quality = SampleQuality(x[:4000], metrics=metrics, data="mnist", split="test")
    half = quality.measure(x[4000:8000])
    rest, labels = x[4000:], y[4000:]
    missing = quality.measure(rest[labels != 1][:4000])
    assert missing["frechet_distance"].value > 5 * half["frechet_distance"].value
    assert missing["coverage"].value < half["coverage"].value - 0.05
