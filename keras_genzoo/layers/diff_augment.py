"""Augmentation inside a GAN's training step, which gradients pass through."""

from collections.abc import Callable, Sequence

from keras import ops
from keras.random import SeedGenerator

from keras_genzoo import backends
from keras_genzoo.support.names import known
from keras_genzoo.support.types import Tensor


class DiffAugment:
    """DiffAugment: images as a discriminator sees them, real and fake alike, in both phases.

    Changed data alone teach a generator to draw changed images. Here the generator's images are
    changed as well, and its gradient comes back through the change T, so that T(G(z)) learns to
    look like T(x) and G(z) like x.

    - "color", for three channels: brightness, x + b with b in [-0.5, 0.5); then saturation,
      m + s (x - m) around the mean m of each pixel's channels, s in [0, 2); then contrast, the
      same around the image's mean, with a factor in [0.5, 1.5). Nothing is clipped.
    - "translation": by whole pixels, up to an eighth of each side, either way.
    - "cutout": a rectangle of half of each side, around a point anywhere in the image; less of it
      where it reaches over an edge.

    They come in the order of the policy. Each example has draws of its own, all uniform.

    What moves in from outside and what is cut out is 0, which is grey in [-1, 1], as in the
    authors' code. So it is for images on black, too, as MNIST's are: the grey seam says how far an
    image was moved. On black a digit that was moved would look like one that stands there by
    itself, and the generator could learn to place it so.

    Sides are rounded half up, as the authors do since their code for BigGAN: 28 pixels move by up
    to 4.

    Args:
        policy: One or more of "color", "translation" and "cutout", separated by commas.
        image_shape: (height, width, channels).

    Raises:
        ValueError: A policy that is empty, repeats a name or has one that is unknown; "color" of
            images without three channels.

    Example:
        ```python
        augment = zoo.layers.DiffAugment("color,translation,cutout", (32, 32, 3))
        seed = keras.random.SeedGenerator(0)
        x = augment(keras.random.uniform((8, 32, 32, 3), -1.0, 1.0), seed)
        ```

    Reference: Zhao, Liu, Lin, Zhu and Han (2020), Differentiable Augmentation for Data-Efficient
    GAN Training, arXiv:2006.10738.
    """

    def __init__(self, policy: str, image_shape: Sequence[int]):
        if len(image_shape) != 3:
            raise ValueError(
                f"Expected image_shape, (height, width, channels); got {tuple(image_shape)}. "
                "Vectors cannot be augmented: leave the policy out."
            )
        self.policy, self.image_shape = policy, tuple(image_shape)
        self.names = _names(policy)
        if "color" in self.names and self.image_shape[2] != 3:
            others = [name for name in self.names if name != "color"] or ["translation", "cutout"]
            raise ValueError(
                f"Expected images with 3 channels for 'color'; got {self.image_shape[2]}. Take "
                f"'{','.join(others)}'."
            )

    def __call__(self, x: Tensor, seed: SeedGenerator) -> Tensor:
        """Images x in [-1, 1], float32 (batch, height, width, channels), augmented. Traceable."""
        if tuple(x.shape[1:]) != self.image_shape:
            raise ValueError(f"Expected images of {self.image_shape}; got {tuple(x.shape[1:])}.")
        parts = [AUGMENTATIONS[name] for name in self.names]
        u = backends.uniform((ops.shape(x)[0], sum(draws for _, draws in parts)), seed)
        first = 0
        for augmented, draws in parts:
            x = augmented(x, *(u[:, i] for i in range(first, first + draws)))
            first += draws
        return x


def _names(policy) -> list[str]:
    """The names in a policy, checked."""
    if not isinstance(policy, str) or not policy.strip():
        raise ValueError(
            f"Expected policy, some of {', '.join(AUGMENTATIONS)}, separated by commas; got "
            f"{policy!r}. Do {','.join(AUGMENTATIONS)!r}, or leave it out for no augmentation."
        )
    names = [name.strip() for name in policy.split(",")]
    for name in names:
        known("the name of a differentiable augmentation", name, AUGMENTATIONS)
    if len(set(names)) < len(names):
        once = ",".join(dict.fromkeys(names))
        raise ValueError(f"Expected each name once; got {policy!r}. Do {once!r}.")
    return names


# ---------------------------------------------------------------------- of u in [0, 1), (batch,)


def color(x: Tensor, brightness: Tensor, saturation: Tensor, contrast: Tensor) -> Tensor:
    """Images (batch, height, width, 3), brighter or darker, and with less or more of colors."""
    brightness, saturation, contrast = (
        ops.reshape(u, (-1, 1, 1, 1)) for u in (brightness, saturation, contrast)
    )
    x = x + (brightness - 0.5)
    grey = ops.mean(x, axis=3, keepdims=True)
    x = grey + 2.0 * saturation * (x - grey)
    mean = ops.mean(x, axis=(1, 2, 3), keepdims=True)
    return mean + (contrast + 0.5) * (x - mean)


def translation(x: Tensor, vertical: Tensor, horizontal: Tensor) -> Tensor:
    """Images moved by up to an eighth of each side."""
    x = _moved_down(x, vertical)
    # Whole rows are gathered, in which memory is contiguous: columns are turned into some.
    return ops.transpose(_moved_down(ops.transpose(x, (0, 2, 1, 3)), horizontal), (0, 2, 1, 3))


def cutout(x: Tensor, vertical: Tensor, horizontal: Tensor) -> Tensor:
    """Images of which a part is zero."""
    rows, columns = _cut(x.shape[1], vertical), _cut(x.shape[2], horizontal)
    return ops.where(ops.logical_and(rows[:, :, None, None], columns[:, None, :, None]), 0.0, x)


# By name, with how many draws they take.
AUGMENTATIONS: dict[str, tuple[Callable, int]] = {
    "color": (color, 3),
    "translation": (translation, 2),
    "cutout": (cutout, 2),
}


def _moved_down(x, u):
    """Each image's rows, moved by its own number of pixels; those that come in are zero."""
    height, width, channels = x.shape[1:]
    most = _share(height, 1 / 8)
    source = ops.arange(height) - _whole(u, 2 * most + 1)[:, None] + most  # (batch, height)
    inside = ops.logical_and(source >= 0, source < height)
    first = height * ops.arange(ops.shape(x)[0], dtype="int32")[:, None]
    rows = ops.reshape(x, (-1, width, channels))
    moved = ops.take(rows, first + ops.clip(source, 0, height - 1), axis=0)
    return ops.where(inside[:, :, None, None], moved, 0.0)


def _cut(side: int, u):
    """Which of a side's pixels are cut out, (batch, side): half of them, or less at an end."""
    size = _share(side, 1 / 2)
    # The middle of an even number of pixels may lie on the far edge of the last one.
    start = _whole(u, side + 1 - size % 2)[:, None] - size // 2
    pixels = ops.arange(side)
    return ops.logical_and(pixels >= start, pixels < start + size)


def _share(side: int, ratio: float) -> int:
    return int(side * ratio + 0.5)


def _whole(u, n: int):
    """Integers 0..n-1, int32, each as likely."""
    return ops.cast(ops.floor(u * n), "int32")
