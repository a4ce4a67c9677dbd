"""Whether samples of a conditional model are of the classes that were asked for."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.metrics import streams
from keras_genzoo.metrics.features.digits_fashion import embedded_extractor
from keras_genzoo.metrics.features.extractors import FeatureExtractor
from keras_genzoo.metrics.score import Score
from keras_genzoo.support.abilities import SamplesOfClasses, num_classes_of
from keras_genzoo.support.checks import whole_number

# Below this share of real images read right, a classifier's word on samples is worth little.
LEAST_REAL_ACCURACY = 0.8
REAL_EXAMPLES = 2000


def class_accuracy(
    model: SamplesOfClasses,
    real: ArrayLike,
    real_labels: ArrayLike,
    *,
    classifier: FeatureExtractor | Callable | None = None,
    samples: int = 2000,
    seed: int = 0,
    protocol: dict | None = None,
) -> Score:
    """The share of samples that a classifier reads as the class that they were asked to be.

    Each class is asked for equally often. The classifier is tried on real images first, the first
    2,000 of those given: how many it reads right stands in the protocol.

    Args:
        model: A conditional model.
        real: Real images uint8 (n, height, width, channels), or vectors.
        real_labels: Their classes (n,), in the numbers that the model takes.
        classifier: A function of examples to classes (n,), or to their probabilities or scores
            (n, classes); or a `FeatureExtractor` that has classes. None for the embedded network,
            which knows digits and clothes. Of a network with more classes than the model has, as
            the embedded one, those in a row count that fit the real images best.
        samples: How many the model draws.
        seed: From which it draws.
        protocol: More entries for the score's protocol, such as data and split.

    Returns:
        Score "class_accuracy" in [0, 1], with its binomial standard error.

    Raises:
        ValueError: A model that is not conditional; labels that do not fit; a classifier that
            reads fewer than 80 % of the real examples right, such as the embedded one of images
            that are neither digits nor clothes.
    """
    num_classes = num_classes_of(model)
    if num_classes is None:
        raise ValueError(
            f"Expected a conditional model, which samples of classes; {type(model).__name__} is "
            "none."
        )
    whole_number("samples", samples)
    classifier = embedded_extractor() if classifier is None else classifier
    known = known_by(classifier)
    real, real_labels = np.asarray(real), np.asarray(real_labels)
    if real_labels.shape != (len(real),) or real_labels.dtype.kind not in "iu":
        raise ValueError(
            f"Expected real_labels, a class for each of {len(real)} examples; got "
            f"{real_labels.dtype} {real_labels.shape}."
        )
    real, real_labels = real[:REAL_EXAMPLES], real_labels[:REAL_EXAMPLES]
    outputs = _outputs(classifier, real)
    read = {first: _read(outputs, first, num_classes) for first in _firsts(outputs, num_classes)}
    right = {first: float(np.mean(labels == real_labels)) for first, labels in read.items()}
    first = max(right, key=lambda first: right[first])
    if right[first] < LEAST_REAL_ACCURACY:
        raise ValueError(
            f"Expected a classifier of these {num_classes} classes; {known['classifier']} reads "
            f"{right[first]:.1%} of {len(real)} real examples right. Give classifier=..., a "
            "function of examples to classes."
        )
    labels = np.arange(samples) % num_classes
    drawn = streams.samples_of(model, samples, seed, labels=labels)
    found = [_read(_outputs(classifier, x), first, num_classes) for x in drawn]
    accuracy = float(np.mean(np.concatenate(found) == labels))
    return Score(
        "class_accuracy",
        accuracy,
        {
            **(protocol or {}),
            **known,
            "real": len(real),
            "real_accuracy": round(right[first], 4),
            "classes": num_classes,
            "labels": "each class equally often",
            "fake": samples,
            "seed": seed,
        },
        error=float(np.sqrt(accuracy * (1.0 - accuracy) / samples)),
    )


def known_by(classifier: FeatureExtractor | Callable) -> dict[str, str]:
    """The entries of a protocol that tell classifiers apart; of functions, that is their name."""
    if isinstance(classifier, FeatureExtractor):
        return {"classifier": classifier.name, "extractor_sha256": classifier.sha256}
    return {"classifier": getattr(classifier, "__name__", type(classifier).__name__)}


def _outputs(classifier, x) -> np.ndarray:
    """Classes (n,), or probabilities (n, classes), of examples."""
    if isinstance(classifier, FeatureExtractor):
        return classifier.probabilities(x)
    outputs = np.asarray(classifier(x))
    if outputs.ndim not in (1, 2) or len(outputs) != len(x):
        raise ValueError(
            f"Expected a classifier that gives classes ({len(x)},) or their probabilities "
            f"({len(x)}, classes); got {outputs.shape}."
        )
    return outputs


def _firsts(outputs, num_classes) -> range:
    """Where the model's classes may begin among the classifier's."""
    spare = 0 if outputs.ndim == 1 else outputs.shape[1] - num_classes
    if spare < 0:
        raise ValueError(
            f"Expected a classifier of {num_classes} classes or more; it has {outputs.shape[1]}."
        )
    return range(spare + 1)


def _read(outputs, first, num_classes) -> np.ndarray:
    if outputs.ndim == 1:
        return outputs
    return outputs[:, first : first + num_classes].argmax(axis=1)
