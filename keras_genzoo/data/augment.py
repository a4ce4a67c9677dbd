"""Random augmentation of image batches, keyed on (seed, step), by keras-cv.

It is part of the data: a generative model learns the changed images, its samples show them, and its
likelihood speaks of them. That is wanted of mirrored faces, seldom of cut-out squares. What a GAN's
discriminator alone shall see changed belongs into the training step: `layers.DiffAugment`.
"""

import inspect
import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias

import keras
import numpy as np

from keras_genzoo.data.tensorflow import import_tensorflow
from keras_genzoo.support.names import known

# Strengths that the field uses for 32 to 64 pixels; pass a keras-cv layer for others.
NAMES = {
    "flip": lambda layers: layers.RandomFlip("horizontal"),
    # Whole pixels, since bilinear interpolation would teach a model to blur.
    "translate": lambda layers: layers.RandomTranslation(1 / 8, 1 / 8, interpolation="nearest"),
    # Half the height and width, mid-grey.
    "cutout": lambda layers: layers.RandomCutout((0.5, 0.5), (0.5, 0.5), fill_value=128.0),
    # A saturation factor of 0.5 is keras-cv's identity.
    "color_jitter": lambda layers: layers.RandomColorJitter((0, 255), 0.2, 0.2, (0.3, 0.7), 0.05),
    "rand_augment": lambda layers: layers.RandAugment(
        (0, 255), augmentations_per_image=2, magnitude=0.3
    ),
}
NEEDS_COLOR = ("color_jitter", "rand_augment")

# What `Augmenter` takes: a name, a keras-cv layer or another callable, or several of these.
Augment: TypeAlias = str | Callable | Sequence[str | Callable]

# One thread at a time: keras-cv replaces functions of its own modules while it traces.
_LOCK = threading.Lock()


class Augmenter:
    """Applies augmentations to batches; the result is a pure function of (batch, seed, step).

    What an augmentation makes of images (n, height, width, channels) is clipped to 0..255, and
    rounded where they are integers.

    Args:
        augment: A name in `NAMES`, a keras-cv layer, a callable `images -> images`, a callable
            `(images, rng) -> images` which is given a NumPy generator keyed on (seed, step), or a
            list of these, applied in turn.
        example: The first batch, on which the augmentation is tried.

    Raises:
        ValueError: Unknown name, images that a name cannot work on, or a callable that changes the
            shape, rescales pixels, or gives two results for one (batch, seed, step); NaN or
            infinite values in any batch.
    """

    def __init__(self, augment: Augment, example: np.ndarray):
        parts = list(augment) if isinstance(augment, list | tuple) else [augment]
        self._functions = [_function(part, example) for part in parts]
        # Another step in between shows whether the first is remembered; copies, since a function
        # may write into its argument.
        first, _, again = (self(example.copy(), seed=0, step=step) for step in (0, 1, 0))
        if first.shape != example.shape:
            raise ValueError(
                f"Expected an augmentation that keeps the shape {example.shape} of a batch; got "
                f"{first.shape} from {augment!r}. Resize or crop to the same size within it."
            )
        if example.ndim == 4 and first.max() == 1 < example.max():
            raise ValueError(
                f"Expected an augmentation that keeps pixels in 0..255; got at most 1 from "
                f"{augment!r}. Leave rescaling to the model."
            )
        if not np.array_equal(first, again, equal_nan=first.dtype.kind == "f"):
            raise ValueError(
                f"Expected the same result for the same step, so that training resumes exactly; "
                f"got different results from {augment!r}. Write it as a function (images, rng) "
                "that draws all random numbers from rng, or use a keras-cv layer."
            )

    def __call__(self, x: np.ndarray, *, seed: int, step: int) -> np.ndarray:
        """Augment `x` (batch, ...) for global step `step`; dtype and shape stay as they are."""
        for number, function in enumerate(self._functions):
            # Three words behind the seed: never the stream of an epoch's order, which has one.
            key = np.random.SeedSequence([seed, step, number, 1])
            x = _like(x, np.asarray(function(x, key)))
        return x


def names_of(augment: Augment | None) -> str | list | None:
    """An augmentation as JSON, by which it is known again: its names."""
    if augment is None or isinstance(augment, str):
        return augment
    if isinstance(augment, list | tuple):
        return [names_of(one) for one in augment]
    return getattr(augment, "__qualname__", type(augment).__name__)


def _like(before: np.ndarray, x: np.ndarray) -> np.ndarray:
    """An augmentation's result in the dtype and range of what it was given."""
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        raise ValueError(
            f"Expected finite values of an augmentation; got {np.sum(~np.isfinite(x))} of {x.size} "
            "that are NaN or infinite. Look for divisions by zero in it."
        )
    dtype = before.dtype
    if dtype.kind in "ui" and x.dtype.kind == "f":
        x = np.rint(x)
    if x.dtype != np.uint8 and (x.ndim == 4 or dtype.kind in "ui"):
        limits = (0, 255) if x.ndim == 4 else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        x = np.clip(x, *limits)
    return x.astype(dtype, copy=False)


def _function(augment, example: np.ndarray) -> Callable:
    """`augment` as a function (batch, np.random.SeedSequence) -> batch."""
    if isinstance(augment, str):
        known("the name of an augmentation", augment, NAMES)
        if example.dtype != np.uint8 or example.ndim != 4:
            raise ValueError(
                f"Expected uint8 images (n, height, width, channels) for {augment!r}; got "
                f"{example.dtype} {example.shape}. Write a function (images, rng) for others."
            )
        if augment in NEEDS_COLOR and example.shape[-1] != 3:
            raise ValueError(
                f"Expected images with 3 channels for {augment!r}; got {example.shape[-1]}. Take "
                "'flip', 'translate' or 'cutout'."
            )
        return _keyed_layer(NAMES[augment](_keras_cv().layers), example)
    if not callable(augment):
        raise ValueError(f"Expected an augmentation's name or a callable; got {augment!r}.")
    if isinstance(augment, keras.layers.Layer):
        if any(hasattr(part, "_random_generator") for part in augment._flatten_layers()):
            return _keyed_layer(augment, example)
        return lambda x, key: keras.ops.convert_to_numpy(augment(x))
    if _takes_rng(augment):
        return lambda x, key: augment(x, rng=np.random.default_rng(key))
    return lambda x, key: augment(x)


def _takes_rng(function: Callable) -> bool:
    try:
        return "rng" in inspect.signature(function).parameters
    except ValueError:  # some functions written in C have no signature
        return False


def _keras_cv():
    try:
        import keras_cv
    except ImportError as error:
        raise ImportError(
            "Augmentation by name needs keras-cv 0.9 and TensorFlow, with any Keras backend: "
            "pip install keras-cv tensorflow"
        ) from error
    return keras_cv


def _keyed_layer(layer: keras.layers.Layer, example: np.ndarray) -> Callable:
    """A keras-cv layer as a function of (images, key): every random number drawn from the key.

    keras-cv draws from generators that remember what they gave before, and from TensorFlow's global
    generator, which no `seed` argument reaches. Here all layers share one counter-based generator,
    whose state is set from the key before each batch. The function is compiled to a TensorFlow
    graph, on the CPU, whatever the Keras backend.
    """
    keras_cv = _keras_cv()
    tf = import_tensorflow()
    with _LOCK, tf.device("CPU:0"):
        generator = tf.random.Generator.from_state([0, 0, 0], alg="philox")
        parts = list(layer._flatten_layers())
        for part in parts:
            _draw_from(generator, part, keras_cv.core, tf)
        # Builds the layer; some backends call it once more for that, and draw once too often.
        layer(tf.cast(example[:1], tf.float32))
        per_image = any(isinstance(p, keras_cv.layers.BaseImageAugmentationLayer) for p in parts)

        @tf.function(
            input_signature=[
                tf.TensorSpec((None, *example.shape[1:]), tf.float32),
                tf.TensorSpec((3,), tf.int64),
            ]
        )
        def augment(images, state):
            with tf.device("CPU:0"):
                generator.reset(state)
                if per_image:  # in turn, since images share the generator
                    return tf.map_fn(layer, images, parallel_iterations=1)
                return layer(images)

        augment.get_concrete_function()

    def keyed(x, key):
        state = key.generate_state(3, np.uint64).view(np.int64)
        with _LOCK:  # threads share the generator
            return augment(x.astype(np.float32), state).numpy()

    return keyed


def _draw_from(generator, layer: keras.layers.Layer, core, tf) -> None:
    """Make one keras-cv layer draw all its random numbers from `generator`, in float32."""

    class Uniform(core.UniformFactorSampler):
        def __call__(self, shape=(), dtype="float32"):
            return generator.uniform(shape, self.lower, self.upper, dtype)

    class Normal(core.NormalFactorSampler):
        def __call__(self, shape=(), dtype="float32"):
            factor = generator.normal(shape, self.mean, self.stddev, dtype)
            return tf.clip_by_value(factor, self.min_value, self.max_value)

    if hasattr(layer, "_random_generator"):
        layer._random_generator = generator
    layer.dtype_policy = "float32"  # else a global mixed_float16 would round pixels
    for name, value in list(vars(layer).items()):
        if isinstance(value, core.UniformFactorSampler):
            setattr(layer, name, Uniform(value.lower, value.upper))
        elif isinstance(value, core.NormalFactorSampler):
            limits = (value.min_value, value.max_value)
            setattr(layer, name, Normal(value.mean, value.stddev, *limits))
