import numpy as np
import pytest

import keras_genzoo as zoo
from keras_genzoo.metrics import class_accuracy, streams


class Painter:
    """Samples of class c are of grey value 100 c, but for a share of wrong ones."""

    num_classes = 2

    def __init__(self, wrong=0.0):
        self.wrong = wrong
        self.asked = []

    def sample(self, n, *, seed=None, labels=None):
        self.asked += list(labels)
        flips = np.arange(n) < self.wrong * n
        return images(np.asarray(labels) ^ flips)


def images(labels):
    grey = 100 * np.asarray(labels)[:, None, None, None]
    return np.broadcast_to(grey, (len(labels), 4, 4, 1)).astype("uint8")


def brightness(x):
    return (x.mean(axis=(1, 2, 3)) > 50).astype(int)


REAL_LABELS = np.arange(50) % 2
REAL = images(REAL_LABELS)


@pytest.mark.parametrize("wrong, accuracy", [(0.0, 1.0), (0.2, 0.8), (1.0, 0.0)])
def test_the_share_that_is_read_as_asked(wrong, accuracy):
    model = Painter(wrong)
    score = class_accuracy(model, REAL, REAL_LABELS, classifier=brightness, samples=100)
    assert score.value == pytest.approx(accuracy)
    assert np.bincount(model.asked).tolist() == [50, 50]
    assert score.error == pytest.approx(np.sqrt(accuracy * (1 - accuracy) / 100))
    assert score.protocol["real_accuracy"] == 1.0 and score.protocol["classifier"] == "brightness"


def test_of_a_network_with_more_classes_those_count_that_fit_the_real_ones():
    def network(x):  # five classes, of which the third is dark and the fourth bright
        return np.eye(5)[brightness(x) + 2]

    score = class_accuracy(Painter(0.1), REAL, REAL_LABELS, classifier=network, samples=100)
    assert score.value == pytest.approx(0.9)


def test_the_embedded_network_reads_digits_and_clothes_by_itself(monkeypatch):
    """Real digits as the samples: what it reads of them is what it reads of real ones."""
    test = zoo.data.load("digits", "test", labels=True)

    class Real:
        num_classes = 10

        def sample(self, n, *, seed=None, labels=None):
            by_class = [test.x[test.y == c] for c in range(10)]
            return np.stack([by_class[c][i % len(by_class[c])] for i, c in enumerate(labels)])

    score = class_accuracy(Real(), test.x, test.y, samples=200)
    assert score.value > 0.85 and score.protocol["classifier"] == "digits_fashion"
    assert len(score.protocol["extractor_sha256"]) == 64


BAD = {
    "Expected a conditional model": lambda: class_accuracy(
        zoo.DCGAN(image_shape=(8, 8, 1), width=2), REAL, REAL_LABELS, classifier=brightness
    ),
    "reads 0.0% of 50 real examples right": lambda: class_accuracy(
        Painter(), REAL, 1 - REAL_LABELS, classifier=brightness
    ),
    "Expected real_labels, a class for each of 50": lambda: class_accuracy(
        Painter(), REAL, REAL_LABELS[:3], classifier=brightness
    ),
    "Expected a classifier of 2 classes or more; it has 1": lambda: class_accuracy(
        Painter(), REAL, REAL_LABELS, classifier=lambda x: np.ones((len(x), 1))
    ),
    "Expected a classifier that gives classes": lambda: class_accuracy(
        Painter(), REAL, REAL_LABELS, classifier=lambda x: np.ones((3, 2))
    ),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_input(message):
    with pytest.raises(ValueError, match=message):
        BAD[message]()


def test_labels_in_the_shares_of_real_ones():
    real = np.array([0] * 6 + [1] * 3 + [2])
    drawn = streams.labels_like(real, 25, seed=0)
    assert len(drawn) == 25 and np.bincount(drawn[:20]).tolist() == [12, 6, 2]
    np.testing.assert_array_equal(drawn, streams.labels_like(real, 25, seed=0))
    assert not np.array_equal(drawn, streams.labels_like(real, 25, seed=1))
