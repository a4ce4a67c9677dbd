"""How near samples come to real images, by one ruler for all models."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from keras_genzoo.data import Batches
from keras_genzoo.metrics import checks, streams
from keras_genzoo.metrics.density_coverage import density_coverage
from keras_genzoo.metrics.features.digits_fashion import embedded_extractor
from keras_genzoo.metrics.features.extractors import FeatureExtractor
from keras_genzoo.metrics.frechet import FeatureStatistics, frechet_distance_from_statistics
from keras_genzoo.metrics.image_hash import ImageHash
from keras_genzoo.metrics.inception_score import ProbabilityStatistics
from keras_genzoo.metrics.kernel import kernel_distance
from keras_genzoo.metrics.precision_recall import precision_recall
from keras_genzoo.metrics.score import Score
from keras_genzoo.support.abilities import Samples, num_classes_of
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.names import known

# As their papers have them; each score's protocol repeats its own.
SUBSETS = 100
SPLITS = 10
NEIGHBORS = {"precision": 3, "recall": 3, "density": 5, "coverage": 5}

METRICS = (
    "frechet_distance",
    "kernel_distance",
    "inception_score",
    "precision",
    "recall",
    "density",
    "coverage",
)


class SampleQuality:
    """Scores of samples against real images, each with the protocol that it was measured by.

    The real images are looked at once, and `measure` may be called as often as one likes. Every
    image is used, whatever batches it comes in, and the size of the batches changes no score.

    | metric | | better | needs |
    |---|---|---|---|
    | `frechet_distance` | FID, where features are Inception's; arXiv:1706.08500 | less | 2 images |
    | `kernel_distance` | KID; arXiv:1801.01401 | less | `subset_size` |
    | `inception_score` | arXiv:1606.03498; looks at no real image | more | 10 |
    | `precision`, `recall` | 3 neighbours; arXiv:1904.06991 | more | 4 |
    | `density`, `coverage` | 5 neighbours; arXiv:2002.09797 | more | 6 real |

    The Fréchet distance and the Inception score need memory for statistics alone, however many
    images come. The others keep the features, float32 (n, d), of both sides. Rows of one split of
    the Inception score are not consecutive but interleaved, see `ProbabilityStatistics`.

    The scores of two models compare where counts, seed, data, extractor and the rest agree, and
    refuse it where they do not; a hash of the real images, whatever their order, tells sets of one
    name apart. Images are uint8 in 0..255 on both sides, of one shape, stored in
    one way: compressed fakes against lossless real images score the compression.

    ```python
    quality = zoo.metrics.SampleQuality(zoo.data.load("digits", "test"))
    scores = quality.measure(model, samples=1000, seed=0)
    print(scores["frechet_distance"])
    ```

    Args:
        real: Images to compare with: `zoo.data.load(...)`, of which all are taken as they are
            stored, neither shuffled, augmented nor dropped; an array uint8 (n, height, width,
            channels); or batches of such arrays, with or without labels. By the labels of
            `zoo.data.load(..., labels=True)` a conditional model is asked for classes in the same
            shares; else it draws them, each as likely.
        extractor: What looks at the images: an `InceptionGraph`, a `KerasExtractor`, or None for
            the embedded one, which is for grey images such as digits.
        metrics: Which of the table's.
        data: What the real images are called in protocols; by default, what `load` calls them.
        split: Which part of that data they are; likewise.
        seed: From which the kernel distance draws its subsets.
        subset_size: Images in each of the kernel distance's 100 subsets.

    Attributes:
        count: How many real images there were.
        image_shape: (height, width, channels) of them.

    Raises:
        ValueError: An unknown metric, too few real images, images of another dtype
            or shape, an extractor without classes for the Inception score.
    """

    def __init__(
        self,
        real: Any,
        extractor: FeatureExtractor | None = None,
        metrics: Iterable[str] = ("frechet_distance", "precision", "recall", "density", "coverage"),
        data: str | None = None,
        split: str | None = None,
        seed: int = 0,
        *,
        subset_size: int = 1000,
    ):
        self.metrics = _known(metrics)
        self.data, self.split = _names_of(real, data, split)
        self.seed = whole_number("seed", seed, least=0)
        self.subset_size = whole_number("subset_size", subset_size, least=2)
        self.extractor = embedded_extractor() if extractor is None else extractor
        if "inception_score" in self.metrics:
            self.extractor.check_has_classes()
        if isinstance(real, Samples):
            raise ValueError(f"Expected real images; got the model {type(real).__name__}.")
        self.labels = real.y if isinstance(real, Batches) else None
        self._real = self._seen(streams.examples_in(real), None, "real images")
        self.count, self.image_shape = self._real.statistics.count, self._real.image_shape
        self._enough(self.count, "real images")

    def measure(
        self,
        model_or_images: Any,
        samples: int = 10_000,
        seed: int = 0,
        truncation: float | None = None,
    ) -> dict[str, Score]:
        """The scores of a model's samples, or of images.

        Args:
            model_or_images: A model with `sample(n, seed=...)`; or images that are there already,
                as an array or batches of arrays, of which all are used.
            samples: How many a model draws, a thousand at a time: see `samples_of`.
            seed: From which a model draws. None in the protocol of images that are there.
            truncation: Handed on to `sample` where it is not None. Of images that are there, what
                they were drawn with.

        Returns:
            A `Score` for each of `metrics`, in that order.

        Raises:
            ValueError: Too few samples for a metric (told before a model draws them), images of
                another dtype or of another shape than the real ones, none at all; features that
                are NaN or infinite.
        """
        if isinstance(model_or_images, Samples):
            self._enough(whole_number("samples", samples), "samples")
            labels, drawn = None, {}
            if num_classes_of(model_or_images) is not None:
                drawn["labels"] = "each class as likely"
                if self.labels is not None:
                    drawn["labels"] = "as of the real images"
                    labels = streams.labels_like(self.labels, samples, seed)
            batches = streams.samples_of(model_or_images, samples, seed, truncation, labels)
            drawn_by: int | None = seed
        else:
            batches, drawn_by, drawn = streams.examples_in(model_or_images), None, {}
        fake = self._seen(batches, self.image_shape, "samples")
        self._enough(fake.statistics.count, "samples")
        protocol = {
            "data": self.data,
            "split": self.split,
            "real": self.count,
            "real_hash": str(self._real.hash),
            "fake": fake.statistics.count,
            "extractor": self.extractor.name,
            "extractor_sha256": self.extractor.sha256,
            "resize": self.extractor.resize,
            "seed": drawn_by,
            "truncation": truncation,
            **drawn,
        }
        found = dict(self._scores(fake, protocol))
        return {metric: found[metric] for metric in self.metrics}

    def _seen(self, batches, image_shape, what) -> "_Seen":
        seen = _Seen(self.metrics)
        for images in streams.rebatched(batches, self.extractor.batch_size, image_shape, what):
            if not seen.image_shape:
                self.extractor.check_shape(images.shape[1:])
            seen.add(images, *self.extractor.extract(images))
        return seen

    def _enough(self, count, what):
        for metric in self.metrics:
            least = {
                "frechet_distance": 2,
                "kernel_distance": self.subset_size,
                "inception_score": SPLITS if what == "samples" else 1,
                "precision": NEIGHBORS["precision"] + 1,
                "recall": NEIGHBORS["recall"] + 1,
            }.get(metric, 1 if what == "samples" else NEIGHBORS["coverage"] + 1)
            checks.enough(count, what, metric, least)

    def _scores(self, fake: "_Seen", protocol: dict) -> Iterator[tuple[str, Score]]:
        """All that are asked for; those that come in pairs, in pairs."""
        real = self._real

        def score(metric, value, entries=None, error=None):
            return metric, Score(metric, value, {**protocol, **(entries or {})}, error)

        if "frechet_distance" in self.metrics:
            one, two = real.statistics, fake.statistics
            statistics = one.mean, one.covariance, two.mean, two.covariance
            yield score("frechet_distance", frechet_distance_from_statistics(*statistics))
        if "kernel_distance" in self.metrics:
            drawn: dict = {"subsets": SUBSETS, "subset_size": self.subset_size}
            mean, std = kernel_distance(real.features, fake.features, **drawn, seed=self.seed)
            drawn |= {"subset_seed": self.seed, "error": "std over subsets"}
            yield score("kernel_distance", mean, drawn, std)
        if "inception_score" in self.metrics:
            mean, std = fake.probabilities.score()
            splits: dict = {"splits": SPLITS, "rows": "interleaved", "error": "std over splits"}
            yield score("inception_score", mean, splits, std)
        for pair, function in (
            (("precision", "recall"), precision_recall),
            (("density", "coverage"), density_coverage),
        ):
            if not set(pair).isdisjoint(self.metrics):
                k = NEIGHBORS[pair[0]]
                found = function(real.features, fake.features, k=k)
                for metric, value in zip(pair, found, strict=True):
                    yield score(metric, value, {"neighbors": k})


class _Seen:
    """What is kept of one side's images."""

    def __init__(self, metrics):
        self.statistics = FeatureStatistics()
        self.probabilities = ProbabilityStatistics(SPLITS) if "inception_score" in metrics else None
        self.image_shape = None
        self.hash = ImageHash()
        # These two need no feature again once they are in the statistics.
        self._kept = None if set(metrics) <= {"frechet_distance", "inception_score"} else []

    def add(self, images, features, probabilities) -> None:
        self.image_shape = images.shape[1:]
        self.hash.add(images)
        self.statistics.update(features)
        if self.probabilities is not None:
            self.probabilities.update(probabilities)
        if self._kept is not None:
            self._kept.append(features)

    @property
    def features(self) -> np.ndarray:
        """float32 (n, d)."""
        if len(self._kept) > 1:
            self._kept = [np.concatenate(self._kept)]
        return self._kept[0]


def _known(metrics) -> tuple[str, ...]:
    metrics = (metrics,) if isinstance(metrics, str) else tuple(dict.fromkeys(metrics))
    if not metrics:
        raise ValueError(f"Expected metrics, some of {', '.join(METRICS)}; got none.")
    for name in metrics:
        known("the name of a metric", name, METRICS)
    return metrics


def _names_of(real, data, split) -> tuple[str | None, str | None]:
    if isinstance(real, Batches) and real.name:
        # Of `load`: "digits/test".
        known_data, _, known_split = real.name.rpartition("/")
        data, split = data or known_data or None, split or known_split
    return data, split
