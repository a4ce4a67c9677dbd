"""What turns images into the features that metrics compare."""

import hashlib
from collections.abc import Iterator

import keras
import numpy as np

from keras_genzoo.data.images import resize


class FeatureExtractor:
    """A network that images are looked at through, with all that a protocol has to say of it.

    A subclass sets the attributes and defines `extract`.

    Attributes:
        name: What to call it in a protocol.
        sha256: Of its weights or its graph file, so that two scores of one name are of one network.
        resize: How images come to the network's size: "none", "pillow_bicubic" (antialiased, by
            Pillow, in uint8), or "tensorflow1_bilinear" (not antialiased, pixel 0 at the corner).
        feature_dim: Features of an image, d.
        num_classes: Classes of `probabilities`, None where it has none.
        batch_size: Images looked at together.
    """

    name: str
    sha256: str
    resize: str
    feature_dim: int
    num_classes: int | None
    batch_size = 256

    def extract(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Features (n, d) and probabilities (n, classes) or None, of `checked` images, n small."""
        raise NotImplementedError

    def check_shape(self, shape: tuple[int, int, int]) -> None:
        """Raises ValueError where images (height, width, channels) are not for this network."""

    def features(self, images: np.ndarray) -> np.ndarray:
        """Features float32 (n, d) of images uint8 (n, height, width, channels) in 0..255.

        Raises:
            ValueError: Images of another dtype or shape, or none.
        """
        return np.concatenate([features for features, _ in self._parts(images)])

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """p(class | image), float32 (n, classes), rows that sum to 1.

        Raises:
            ValueError: As `features`; or the network has no classes.
        """
        self.check_has_classes()
        return np.concatenate([probabilities for _, probabilities in self._parts(images)])

    def check_has_classes(self) -> None:
        """Raises ValueError where there are no probabilities."""
        if self.num_classes is None:
            raise ValueError(
                f"Expected an extractor with class probabilities; {self.name} has none. Name the "
                "layer that puts them out: KerasExtractor(model, layer, classes_layer=...)."
            )

    def _parts(self, images) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
        images = checked(images)
        self.check_shape(images.shape[1:])
        for i in range(0, len(images), self.batch_size):
            yield self.extract(images[i : i + self.batch_size])


class KerasExtractor(FeatureExtractor):
    """Features of any Keras model, on any backend.

    The model takes pixels in 0..255 as float32: one that expects another range gets a
    `keras.layers.Rescaling` in front. Its layers run as in inference.

    ```python
    layer = "global_average_pooling2d"
    extractor = zoo.metrics.KerasExtractor(classifier, layer, classes_layer="softmax")
    features = extractor.features(images)
    ```

    Args:
        model: Takes one batch of images (n, height, width, channels).
        layer: Name of the layer whose output (n, d) is the features; None for the model's output.
        classes_layer: Name of the layer whose output is class probabilities, None for none.
        name: What a protocol calls it; by default the model's name and the layer's.
        resize: "none", which makes images of another size an error, or "pillow_bicubic".

    Raises:
        ValueError: An unknown layer, or resize; outputs or inputs of other ranks.
    """

    def __init__(
        self,
        model: keras.Model,
        layer: str | None = None,
        *,
        classes_layer: str | None = None,
        name: str | None = None,
        resize: str = "none",
    ):
        if resize not in ("none", "pillow_bicubic"):
            raise ValueError(f'Expected resize "none" or "pillow_bicubic"; got {resize!r}.')
        self.name = name or (model.name if layer is None else f"{model.name}/{layer}")
        self.resize = resize
        inputs = getattr(model, "inputs", None) or []
        if len(inputs) != 1 or len(inputs[0].shape) != 4 or None in inputs[0].shape[1:]:
            raise ValueError(
                "Expected a model of images (batch, height, width, channels) of one known size; "
                f"{model.name} takes {[tuple(x.shape) for x in inputs]}."
            )
        self.image_shape = tuple(inputs[0].shape[1:])
        outputs = [_output(model, layer)]
        if classes_layer is not None:
            outputs.append(_output(model, classes_layer))
        self.feature_dim = outputs[0].shape[-1]
        self.num_classes = None if classes_layer is None else outputs[1].shape[-1]
        self._model = keras.Model(inputs[0], outputs)
        self.sha256 = _sha256_of(self._model)

    def check_shape(self, shape: tuple[int, int, int]) -> None:
        height, width, channels = self.image_shape
        if shape[2] != channels:
            hint = ""
            if channels == 1 and shape[2] == 3:
                hint = (
                    " For colour images give extractor=InceptionGraph(...) or a KerasExtractor of "
                    "a colour network."
                )
            raise ValueError(
                f"Expected images with {channels} channel{'s' * (channels > 1)}, which "
                f"{self.name} takes; got shape {shape}.{hint}"
            )
        if shape[:2] != (height, width) and self.resize == "none":
            raise ValueError(
                f"Expected images of {height}x{width}, which {self.name} takes; got "
                f'{shape[0]}x{shape[1]}. Pass resize="pillow_bicubic" to have them resized.'
            )

    def extract(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        n = len(images)
        images = resize(images, self.image_shape[:2])
        # Batches of one size: each other one would be compiled anew.
        padded = np.zeros((self.batch_size, *self.image_shape), np.float32)
        padded[:n] = images
        features, *probabilities = keras.tree.flatten(self._model.predict_on_batch(padded))
        return features[:n], probabilities[0][:n] if probabilities else None


def checked(images) -> np.ndarray:
    """`images`, if they are uint8 (n, height, width, channels), n >= 1, 1 or 3 channels.

    Raises:
        ValueError: They are not; float images among them, whose range cannot be known.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        hint = ""
        if images.dtype.kind == "f":
            hint = (
                " Bring them to 0..255 by the fixed range of the network that made them, never by "
                "their own minimum and maximum: np.rint(np.clip(x, 0, 255)).astype(np.uint8), "
                "where x = 255 * images from [0, 1] or (images + 1) * 127.5 from [-1, 1]."
            )
        elif images.dtype.kind in "iu":
            hint = " Of pixels in 0..255, images.astype(np.uint8)."
        raise ValueError(f"Expected uint8 images in 0..255; got {images.dtype}.{hint}")
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or 0 in images.shape[1:]:
        hint = " Add the channel axis: images[..., None]." if images.ndim == 3 else ""
        raise ValueError(
            "Expected images (n, height, width, channels) with 1 or 3 channels; got "
            f"{images.shape}.{hint}"
        )
    if len(images) == 0:
        raise ValueError(f"Expected at least one image; got shape {images.shape}.")
    return images


def _output(model, layer):
    if layer is None:
        outputs = model.outputs
        what = f"the model {model.name}"
    else:
        names = [one.name for one in model.layers]
        if layer not in names:
            raise ValueError(
                f"Expected a layer of {model.name}: {', '.join(names)}; got {layer!r}."
            )
        outputs = keras.tree.flatten(model.get_layer(layer).output)
        what = f"the layer {layer!r}"
    if len(outputs) != 1 or len(outputs[0].shape) != 2 or outputs[0].shape[1] is None:
        raise ValueError(
            f"Expected one output (batch, features); {what} has "
            f"{[tuple(x.shape) for x in outputs]}. Name a layer after the pooling or flattening."
        )
    return outputs[0]


def _sha256_of(model) -> str:
    """Of the architecture's weights in their order: shapes and float32 values."""
    digest = hashlib.sha256()
    for value in model.get_weights():
        digest.update(repr(value.shape).encode())
        digest.update(np.ascontiguousarray(value, "<f4").tobytes())
    return digest.hexdigest()
