"""The linear probe: what it reads out of codes, and what it says of how."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from zoo_cases import CASES, PIXELS

from keras_genzoo.metrics import linear_probe


def data(n, seed, classes=3):
    """Points around well separated centres, with their classes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=n)
    centers = 4.0 * np.eye(classes, 5)
    return centers[labels] + rng.normal(size=(n, 5)), labels


TRAIN, TRAIN_LABELS = data(200, 0)
TEST, TEST_LABELS = data(100, 1)


def identity(x):
    return x


def probe(extract=identity, train_labels=TRAIN_LABELS, **arguments):
    return linear_probe(extract, TRAIN, train_labels, TEST, TEST_LABELS, **arguments)


def test_informative_codes_beat_random_ones_and_shuffled_labels():
    rng = np.random.default_rng(0)
    informed = probe()
    assert informed.value > 0.9
    assert probe(lambda x: rng.normal(size=x.shape)).value < 0.6
    assert probe(train_labels=rng.permutation(TRAIN_LABELS)).value < 0.6
    # Half of what there is to know.
    assert 0.5 < probe(lambda x: x[:, :1]).value < informed.value


def test_accuracy_is_that_of_a_regression_on_features_standardized_by_training_alone():
    """Standardized by itself, a test set that lies elsewhere would come back to its place."""
    scale, shift = np.array([1.0, 100.0, 0.01, 1.0, 1.0]), np.array([0.0, 3.0, 5.0, -7.0, 0.0])
    far = TEST + [4.0, 0.0, 0.0, 0.0, 0.0]
    got = linear_probe(lambda x: x * scale + shift, TRAIN, TRAIN_LABELS, far, TEST_LABELS)
    mean, std = TRAIN.mean(axis=0), TRAIN.std(axis=0)
    regression = LogisticRegression(max_iter=1000).fit((TRAIN - mean) / std, TRAIN_LABELS)
    assert got.value == regression.score((far - mean) / std, TEST_LABELS) < 0.9


def test_score_says_how_it_came_about():
    score = probe(protocol={"data": "made up"})
    assert score.metric == "linear_probe_accuracy"
    assert score.error == pytest.approx(np.sqrt(score.value * (1 - score.value) / 100))
    assert "standardized on train" in score.protocol.pop("classifier")
    assert score.protocol == {
        "data": "made up",
        "features": "identity",
        "train_samples": 200,
        "test_samples": 100,
    }
    names = np.array(["ant", "bee", "cat"])
    named = linear_probe(identity, TRAIN, names[TRAIN_LABELS], TEST, names[TEST_LABELS])
    assert named.value == score.value


@pytest.mark.parametrize(
    "name, features, size",
    [
        ("vae", "encode", 4),
        ("nice", "encode", 64),
        ("dcgan", "discriminator", 4 * 4 * 8),
        ("wgan_gp", "critic", 4 * 4 * 8),
    ],
)
def test_models(name, features, size):
    model = CASES[name].build()
    labels = np.arange(60) % 2
    score = linear_probe(model, PIXELS[:40], labels[:40], PIXELS[40:], labels[40:])
    assert score.protocol["features"] == features
    codes = model.encode(PIXELS) if features == "encode" else model.features(PIXELS)
    assert codes.shape == (60, size)
    again = linear_probe(identity, codes[:40], labels[:40], codes[40:], labels[40:])
    assert score.value == again.value


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: probe(CASES["pixel_cnn"].build()), "PixelCNN has neither"),
        (lambda: probe(np.zeros((3, 2))), "ndarray has neither"),
        (lambda: probe(train_labels=TRAIN_LABELS[:9]), r"each of 200 examples.*\(9,\)"),
        (lambda: probe(train_labels=np.eye(3)[TRAIN_LABELS]), r"\(200, 3\)"),
        (lambda: probe(train_labels=TRAIN[:, 0]), "integers or names"),
        (lambda: probe(train_labels=np.zeros(200, int)), "two classes or more; all are 0"),
        (lambda: probe(lambda x: x * np.nan), "finite train features"),
        (lambda: probe(lambda x: x[:, None]), r"train features of shape \(n, d\).*\(200, 1, 5\)"),
        (lambda: probe(lambda x: x[:50]), "a row for each of 200"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
