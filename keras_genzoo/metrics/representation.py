"""How much of the labels a model's representation knows, without having seen any."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.metrics import checks
from keras_genzoo.metrics.score import Score
from keras_genzoo.support.abilities import Encodes, HasFeatures, Samples

C = 1.0
MAX_ITER = 1000


def linear_probe(
    model: Encodes | HasFeatures | Callable,
    train: ArrayLike,
    train_labels: ArrayLike,
    test: ArrayLike,
    test_labels: ArrayLike,
    *,
    protocol: dict | None = None,
) -> Score:
    """Test accuracy of logistic regression on a model's features: what a linear classifier, which
    is all that sees labels, reads out of them.

    The features are standardized with the training set's mean and deviation; the regression is
    scikit-learn's, multinomial with an L2 penalty (C = 1), solved by L-BFGS from zero: nothing is
    random.

    Args:
        model: A model that has `encode(x)`, or else `features(x)` (a GAN's discriminator or
            critic); or a function of examples to features (n, d).
        train: Examples that the classifier learns from, (n, *shape).
        train_labels: Their classes, (n,): integers or names, two or more.
        test: Examples that it is scored on, (m, *shape).
        test_labels: Their classes, (m,); one that training lacks counts as an error.
        protocol: More entries for the score's protocol, such as data and split.

    Returns:
        Score "linear_probe_accuracy" in [0, 1], with its binomial standard error. Its protocol
        says which kind of features, and how they were classified.

    Raises:
        ValueError: A model without features; labels that do not fit the examples; features that
            are not finite numbers (n, d).

    Reference: Alain and Bengio (2016), Understanding intermediate layers using linear classifier
    probes, arXiv:1610.01644.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    name, extract = _extractor(model)
    train_labels = _labels("train", train, train_labels)
    test_labels = _labels("test", test, test_labels)
    if len(np.unique(train_labels)) < 2:
        raise ValueError(
            f"Expected train_labels of two classes or more; all are {train_labels[0].item()!r}."
        )
    x_train = _features("train", train, extract)
    x_test = _features("test", test, extract)

    classifier = LogisticRegression(C=C, max_iter=MAX_ITER)
    probe = make_pipeline(StandardScaler(), classifier).fit(x_train, train_labels)
    accuracy = float(np.mean(probe.predict(x_test) == test_labels))
    return Score(
        "linear_probe_accuracy",
        accuracy,
        {
            **(protocol or {}),
            "features": name,
            "classifier": f"logistic regression, L2, C={C:g}, L-BFGS, standardized on train",
            "train_samples": len(x_train),
            "test_samples": len(x_test),
        },
        error=float(np.sqrt(accuracy * (1.0 - accuracy) / len(x_test))),
    )


def _extractor(model):
    """The name of a model's representation, and the function that gives it."""
    if isinstance(model, Encodes):
        return "encode", model.encode
    if isinstance(model, HasFeatures):
        return model.judge_role, model.features
    if isinstance(model, Samples) or not callable(model):
        raise ValueError(
            "Expected a model with encode(x), or a GAN with features(x), or a function of "
            f"examples to features (n, d); {type(model).__name__} has neither. A model without a "
            "representation can be probed at a layer of yours: pass a function."
        )
    return getattr(model, "__name__", type(model).__name__), model


def _features(what: str, x, extract) -> np.ndarray:
    rows = checks.features(extract(x), f"{what} features", "linear_probe")
    if len(rows) != len(x):
        raise ValueError(
            f"Expected {what} features with a row for each of {len(x)} examples; got {rows.shape}."
        )
    return rows


def _labels(what: str, x, labels) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != (len(x),) or labels.dtype.kind not in "iubUS":
        raise ValueError(
            f"Expected {what}_labels, a class for each of {len(x)} examples, integers or names "
            f"({len(x)},); got {labels.dtype} {labels.shape}."
        )
    return labels
