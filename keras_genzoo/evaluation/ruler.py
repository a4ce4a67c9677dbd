"""One ruler for all families: likelihood, samples, representation and cost, on the same data."""

import functools
from collections.abc import Callable, Iterable

import numpy as np

from keras_genzoo import data as zoo_data
from keras_genzoo.data.subsets import training_split
from keras_genzoo.engine import GenerativeModel
from keras_genzoo.evaluation import likelihoods
from keras_genzoo.evaluation.measured import Inapplicable, Measured
from keras_genzoo.metrics import cost, sample_quality, streams
from keras_genzoo.metrics.class_accuracy import class_accuracy, known_by
from keras_genzoo.metrics.features.extractors import FeatureExtractor
from keras_genzoo.metrics.representation import linear_probe
from keras_genzoo.support.abilities import Encodes, HasFeatures, num_classes_of
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.names import known
from keras_genzoo.support.types import FilePath

# What is measured together, in this order.
STAGES = {
    "likelihood": ("log_likelihood", "bits_per_dim"),
    "samples": sample_quality.METRICS,
    "classes": ("class_accuracy",),
    "representation": ("linear_probe_accuracy",),
    "cost": ("parameters", "training_examples_per_second", "seconds_per_sample"),
}
METRICS = tuple(metric for metrics in STAGES.values() for metric in metrics)

# Labelled examples that the linear probe learns from: thousands of features of each fit in memory.
PROBE_EXAMPLES = 5000
PIXELS = ("256", "binary")


class Ruler:
    """A data set and a protocol, by which models of every family are measured alike.

    ```python
    ruler = zoo.evaluation.Ruler("digits", metrics=["frechet_distance", "precision", "recall"])
    for score in ruler.measure(zoo.from_preset("dcgan_digits")).scores.values():
        print(score)
    ```

    What does not apply to a model or to the data (a linear probe where there are no labels, say)
    or cannot be measured (one where all labels are the same) is left out, with the reason in
    `Measured.absent`, unless it was asked for by name: then it is an error.

    Args:
        data: As `zoo.data.load` takes it. The linear probe learns from the first 5,000 examples of
            its split "train".
        split: What likelihoods are of, and samples are held against. Of a slice "train[90%:]" the
            rest, "train[:90%]", is what models and the linear probe learn from.
        image_size, data_dir, limit, skip_broken: As `zoo.data.load` takes them; `limit` goes for
            both splits.
        metrics: Some of `METRICS`; None for all of them.
        samples: How many are drawn for the quality of samples.
        likelihood: "exact", "elbo", "iwae" or "ais"; None for the first of exact, iwae, elbo, ais
            that a model has.
        likelihood_options: Of that method, such as {"k": 5000}; see `model.log_likelihood`.
            Those of `likelihoods.METHODS` unless given here.
        examples: Likelihoods are the mean over the first so many examples of the split, or all
            there are; 32 at most for "ais", unless this says otherwise.
        extractor: What looks at samples, see `metrics.SampleQuality`; None for the embedded one, of
            grey images.
        classifier: What reads the classes of a conditional model's samples, see
            `metrics.class_accuracy`; None for the embedded one, of digits and clothes.
        pixels: "256": as they are. "binary": each pixel of the data is black or white, drawn once
            with probability pixel / 255 by seed 0, and so are samples before they are held
            against them.
        seed: Of samples, dequantization and estimators.

    Raises:
        ValueError: Unknown data, metric or method (the nearest are named); numbers out of range.
    """

    def __init__(
        self,
        data: str = "digits",
        *,
        split: str = "test",
        image_size: int | tuple[int, int] | None = None,
        data_dir: FilePath | None = None,
        limit: int | None = None,
        skip_broken: bool = False,
        metrics: Iterable[str] | None = None,
        samples: int = 1000,
        likelihood: str | None = None,
        likelihood_options: dict | None = None,
        examples: int | None = None,
        extractor: FeatureExtractor | None = None,
        classifier: FeatureExtractor | Callable | None = None,
        pixels: str = "256",
        seed: int = 0,
    ):
        self.data, self.split = str(data), split
        self.metrics = METRICS if metrics is None else tuple(metrics)
        self.chosen = metrics is not None
        for metric in self.metrics:
            known("the name of a metric", metric, METRICS)
        known("pixels", pixels, PIXELS)
        if likelihood is not None:
            known("a likelihood method", likelihood, likelihoods.METHODS)
        elif likelihood_options:
            raise ValueError("Expected a likelihood method for likelihood_options; got none.")
        self.num_samples = whole_number("samples", samples)
        self.num_examples = examples and whole_number("examples", examples, least=2)
        self.seed = whole_number("seed", seed, least=0)
        self.pixels, self.extractor, self.classifier = pixels, extractor, classifier
        self.likelihood, self.likelihood_options = likelihood, likelihood_options or {}
        self._load = {"image_size": image_size, "data_dir": data_dir, "limit": limit}
        if skip_broken:
            self._load["skip_broken"] = True
        self.test, self.test_labels = self._read(split)

    # ------------------------------------------------------------------ data

    @property
    def is_image(self) -> bool:
        return self.test.ndim == 4

    @functools.cached_property
    def _train(self):
        return self._read(self.train_split)

    @property
    def train_split(self) -> str:
        """What models are trained on: "train", or what is left of it where `split` is a slice."""
        return training_split(self.split)

    @property
    def train(self) -> np.ndarray:
        """The examples that models are trained on."""
        return self._train[0]

    @property
    def train_labels(self) -> np.ndarray | None:
        """Their labels, None where there are none."""
        return self._train[1]

    def _read(self, split):
        try:
            found = zoo_data.load(self.data, split, labels=True, **self._load)
        except ValueError:
            # No labels, or no data: then this raises it again.
            found = zoo_data.load(self.data, split, **self._load)
        x = found.x
        if self.pixels == "binary":
            if x.ndim != 4:
                raise ValueError(f"Binary pixels need images; {self.data!r} holds vectors.")
            x = binarized(x)
        return x, found.y

    def describe(self) -> dict:
        """What all figures have in common, as JSON values."""
        return {
            "data": self.data,
            "split": self.split,
            "examples": len(self.test),
            "example": list(self.test.shape[1:]),
            "pixels": self.pixels if self.is_image else None,
            "seed": self.seed,
        }

    def check(self, model: GenerativeModel) -> None:
        """Raises ValueError where the data are not what the model models."""
        if tuple(model.spec.shape) != self.test.shape[1:]:
            hint = " Load the data with that image_size." if self.is_image else ""
            raise ValueError(
                f"Expected a model of examples {self.test.shape[1:]}, as {self.data} has them; "
                f"{type(model).__name__} models {tuple(model.spec.shape)}.{hint}"
            )

    # ------------------------------------------------------------------ measuring

    def stages(self) -> dict[str, list[str]]:
        """The chosen metrics, by what is measured together."""
        chosen = {
            stage: [metric for metric in metrics if metric in self.metrics]
            for stage, metrics in STAGES.items()
        }
        return {stage: metrics for stage, metrics in chosen.items() if metrics}

    def request(self, stage: str) -> dict:
        """All that the scores of a stage depend on beside the model, as JSON values."""
        request = {**self.describe(), "metrics": self.stages()[stage], **self._load}
        request["data_dir"] = None  # the same data elsewhere
        if stage == "samples":
            request["samples"] = self.num_samples
            request["extractor"] = self.extractor and [self.extractor.name, self.extractor.sha256]
        if stage == "classes":
            request["samples"] = self.num_samples
            request["classifier"] = self.classifier and known_by(self.classifier)
        if stage == "likelihood":
            request["method"] = [self.likelihood, self.likelihood_options, self.num_examples]
            request["methods"] = likelihoods.METHODS
        return request

    def measure(
        self,
        model: GenerativeModel,
        stages: Iterable[str] | None = None,
        *,
        samples: np.ndarray | None = None,
        say: Callable[[str], None] = lambda text: None,
    ) -> Measured:
        """The scores of a model.

        Args:
            model: Any of the zoo, of the data's shape.
            stages: Names of `STAGES`; None for all that the metrics are in.
            samples: Those of `draw`, where they are there already.
            say: Told what is being measured.

        Raises:
            ValueError: Data of another shape than the model's; a metric that was asked for by name
                and does not apply, or cannot be measured.
        """
        self.check(model)
        measure = {
            "likelihood": lambda: self._likelihood(model),
            "samples": lambda: self._samples(model, samples),
            "classes": lambda: self._classes(model),
            "representation": lambda: self._representation(model),
            "cost": lambda: self._cost(model),
        }
        measured = Measured()
        for stage in self.stages() if stages is None else stages:
            metrics = self.stages()[stage]
            say(", ".join(metrics))
            try:
                scores = measure[stage]()
            except ValueError as why:  # Inapplicable, or labels of a single class, say.
                if not self.chosen:
                    measured.absent.update(dict.fromkeys(metrics, str(why)))
                elif isinstance(why, Inapplicable):
                    raise ValueError(f"{type(model).__name__} has no {metrics[0]}: {why}") from None
                else:
                    raise
            else:
                measured.scores.update({metric: scores[metric] for metric in metrics})
        return measured

    def draw(self, model: GenerativeModel) -> np.ndarray:
        """The samples whose quality is measured."""
        labels = None
        if num_classes_of(model) is not None and self.test_labels is not None:
            labels = streams.labels_like(self.test_labels, self.num_samples, self.seed)
        drawn = streams.samples_of(model, self.num_samples, self.seed, labels=labels)
        x = np.concatenate(list(drawn))
        return binarized(x) if self.pixels == "binary" else x

    def _likelihood(self, model):
        return likelihoods.scores(
            model,
            self.test,
            self._labels_for(model, self.test_labels),
            method=self.likelihood,
            options=self.likelihood_options,
            num_examples=self.num_examples,
            seed=self.seed,
            protocol=self._protocol(),
        )

    @functools.cached_property
    def quality(self) -> sample_quality.SampleQuality:
        """Of the samples of any model."""
        metrics = tuple(self.stages()["samples"])
        # Of halves: subsets that held everything would all be the same.
        fewest = min(self.num_samples, len(self.test))
        return sample_quality.SampleQuality(
            self.test,
            self.extractor,
            metrics,
            data=self.data,
            split=self.split,
            seed=self.seed,
            subset_size=min(1000, max(2, fewest // 2)),
        )

    def _samples(self, model, samples):
        if not self.is_image:
            raise Inapplicable("these metrics are of images")
        try:
            quality = self.quality
        except ValueError as error:  # colour images, too few of them
            raise Inapplicable(str(error)) from None
        samples = self.draw(model) if samples is None else samples
        scores = quality.measure(samples)
        more = {"pixels": self.pixels, "seed": self.seed}
        return {metric: score.with_protocol(**more) for metric, score in scores.items()}

    def _classes(self, model):
        if num_classes_of(model) is None:
            raise Inapplicable("it is not conditional")
        labels = self._labels_for(model, self.test_labels)
        score = class_accuracy(
            model,
            self.test,
            labels,
            classifier=self.classifier,
            samples=self.num_samples,
            seed=self.seed,
            protocol=self._protocol(),
        )
        return {score.metric: score}

    def _labels_for(self, model, labels):
        """The labels that a model has to be told; None for one that is not conditional."""
        if num_classes_of(model) is None:
            return None
        if labels is None:
            raise Inapplicable(f"it is conditional, and {self.data} has no labels")
        return labels

    def _representation(self, model):
        if num_classes_of(model) is not None:
            raise Inapplicable("what represents an example was told its label")
        if not isinstance(model, Encodes | HasFeatures):
            raise Inapplicable(f"{type(model).__name__} has no codes and no discriminator")
        train, labels = self._train
        if labels is None or self.test_labels is None:
            raise Inapplicable(f"{self.data} has no labels")
        protocol = self._protocol()
        train, labels = train[:PROBE_EXAMPLES], labels[:PROBE_EXAMPLES]
        score = linear_probe(model, train, labels, self.test, self.test_labels, protocol=protocol)
        # What a model offers as its representation is what is compared, not how.
        features = "codes, or a discriminator's last hidden layer"
        return {score.metric: score.with_protocol(features=features)}

    def _cost(self, model):
        measures = {
            "parameters": lambda: cost.parameters(model),
            "training_examples_per_second": lambda: cost.training_speed(
                model, self.test, self._labels_for(model, self.test_labels)
            ),
            "seconds_per_sample": lambda: cost.sampling_time(model, seed=self.seed),
        }
        return {metric: measures[metric]() for metric in self.stages()["cost"]}

    def _protocol(self) -> dict:
        pixels = {"pixels": self.pixels} if self.is_image else {}
        return {"data": self.data, "split": self.split, **pixels}


def binarized(images: np.ndarray) -> np.ndarray:
    """Each pixel 255 with probability pixel / 255, else 0; the same each time. Black and white
    stay as they are.
    """
    u = np.random.default_rng(0).random(images.shape, "float32")
    return np.where(u * 255 < images, 255, 0).astype("uint8")
