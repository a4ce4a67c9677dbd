"""Modes that a model has found of data whose modes are known, as scores with their protocol."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.data import mixtures
from keras_genzoo.data.stacked import NUM_DIGITS, NUM_MODES
from keras_genzoo.metrics import streams
from keras_genzoo.metrics.features.digits_fashion import embedded_extractor
from keras_genzoo.metrics.features.extractors import FeatureExtractor
from keras_genzoo.metrics.modes import labelled_modes, mode_coverage
from keras_genzoo.metrics.score import Score
from keras_genzoo.support.abilities import Samples
from keras_genzoo.support.names import known

MIXTURES = {
    "ring": (mixtures.ring_centers, mixtures.RING_STD),
    "grid": (mixtures.grid_centers, mixtures.GRID_STD),
}
THRESHOLD_SIGMAS = 3.0
MIN_COUNT = 1


def mode_coverage_of(
    model_or_points: Samples | ArrayLike, data: str, samples: int = 2500, seed: int = 0
) -> dict[str, Score]:
    """Modes of the ring of 8 or the grid of 25 Gaussians that samples hit, see `mode_coverage`.

    Args:
        model_or_points: A model with `sample(n, seed=...)`, or points (n, 2), of which all are
            used.
        data: "ring" or "grid", what the model was trained on.
        samples: How many a model draws: modes found depend on it.
        seed: From which it draws. None in the protocol of points.

    Returns:
        `modes`, how many have a sample within 3 standard deviations, and `good_share`, the share of
        samples that lie so near to a centre.

    Raises:
        ValueError: Another data set; points of another shape, NaN or infinite ones.
    """
    known("data whose modes are known", data, MIXTURES)
    if isinstance(model_or_points, Samples):
        points = np.concatenate(list(streams.samples_of(model_or_points, samples, seed)))
        drawn_by: int | None = seed
    else:
        points, drawn_by = np.asarray(model_or_points), None
    centers, std = MIXTURES[data]
    found = mode_coverage(points, centers(), std, THRESHOLD_SIGMAS, MIN_COUNT)
    protocol = {
        "data": data,
        "modes": len(found.counts),
        "std": std,
        "threshold_sigmas": THRESHOLD_SIGMAS,
        "min_count": MIN_COUNT,
        "fake": len(points),
        "seed": drawn_by,
    }
    return {
        "modes": Score("modes", found.modes, protocol),
        "good_share": Score("good_share", found.good_share, protocol),
    }


def stacked_modes(
    model_or_images: Any,
    samples: int = 26_000,
    seed: int = 0,
    extractor: FeatureExtractor | None = None,
) -> dict[str, Score]:
    """Modes among the 1000 of stacked digits that samples show, see `labelled_modes`.

    Each channel is given the digit that a classifier finds likeliest; its mistakes put real images
    in wrong modes, too: score as many real ones beside. arXiv:1611.02163, arXiv:1705.07761.

    Args:
        model_or_images: A model with `sample(n, seed=...)`; or images uint8 (n, height, width, 3),
            or batches of them, of which all are used.
        samples: How many a model draws. Both scores depend on it.
        seed: From which it draws. None in the protocol of images.
        extractor: A classifier of grey images whose first ten classes are the digits; None for the
            embedded one.

    Returns:
        `modes`, how many are seen, and `kl_nats`, KL(modes || uniform).

    Raises:
        ValueError: Images of another dtype or shape, a classifier without ten classes.
    """
    extractor = embedded_extractor() if extractor is None else extractor
    extractor.check_has_classes()
    if (extractor.num_classes or 0) < NUM_DIGITS:
        raise ValueError(
            f"Expected a classifier of {NUM_DIGITS} digits; {extractor.name} has "
            f"{extractor.num_classes} classes."
        )
    if isinstance(model_or_images, Samples):
        batches = streams.samples_of(model_or_images, samples, seed)
        drawn_by: int | None = seed
    else:
        batches, drawn_by = streams.examples_in(model_or_images), None
    parts = []
    for images in streams.rebatched(batches, extractor.batch_size, None, "stacked digits"):
        if images.shape[-1] != 3:
            raise ValueError(f"Expected digits in three channels; got images {images.shape[1:]}.")
        channels = np.moveaxis(images, -1, 0)[..., None]  # (3, n, height, width, 1)
        digits = [extractor.probabilities(one)[:, :NUM_DIGITS].argmax(axis=1) for one in channels]
        parts.append(np.array([100, 10, 1]) @ digits)
    labels = np.concatenate(parts)
    found = labelled_modes(labels, NUM_MODES, MIN_COUNT)
    protocol = {
        "data": "stacked digits",
        "modes": NUM_MODES,
        "min_count": MIN_COUNT,
        "fake": len(labels),
        "extractor": extractor.name,
        "extractor_sha256": extractor.sha256,
        "resize": extractor.resize,
        "seed": drawn_by,
    }
    return {
        "modes": Score("modes", found.modes, protocol),
        "kl_nats": Score("kl_nats", found.kl_nats, protocol),
    }
