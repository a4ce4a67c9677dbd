"""One door to all data sets: `load`."""

import os
from pathlib import Path

from keras_genzoo.data import embedded, files, images, mixtures, tfds
from keras_genzoo.data.batches import Batches
from keras_genzoo.data.names import check_split

BUILT_IN = {
    "digits": embedded.digits,
    "patches": embedded.patches,
    "ring": mixtures.ring,
    "grid": mixtures.grid,
    "moons": mixtures.moons,
}
DEFAULT_SIZE = {"digits": 28}


def load(
    name: str | os.PathLike,
    split: str = "train",
    *,
    batch_size: int = 64,
    image_size: int | tuple[int, int] | None = None,
    labels: bool = False,
    shuffle: bool | None = None,
    seed: int = 0,
    augment=None,
    data_dir: str | os.PathLike | None = None,
    limit: int | None = None,
) -> Batches:
    """Load a data set into memory, as batches of uint8 images or float32 vectors.

    `name` is one of:

    - "digits": scikit-learn's 1,797 real handwritten digits, 1,442 train and 355 test, 8x8x1,
      enlarged to 28x28 unless `image_size` says otherwise (8 gives the originals).
    - "patches": 32x32x3 crops of scikit-learn's two photographs, 5,700 train and 1,700 test,
      which share no pixel.
    - "ring", "grid", "moons": 8 and 25 Gaussians and two half circles in the plane, 50,000 train
      and 10,000 test, float32 (n, 2), labelled by mode.
    - a path: a folder with MNIST's four idx files; one idx file, gzipped or not; .npz with x_train,
      y_train, x_test, y_test or train, test, valid or x, y; .npy; or a folder of images, laid out
      as split/class/*.png, split/*.png, class/*.png or *.png, where class names in sorted order
      are the labels. Files without splits count as "train". A bare word is never a path: write
      "./mnist" for a folder of that name.
    - any image data set of tensorflow-datasets: "mnist", "fashion_mnist", "cifar10", "celeb_a", ...
      It is downloaded on first use.

    Args:
        name: see above.
        split: "train", "test", or what else the set has ("validation"); for tensorflow-datasets
            also slices such as "train[:50000]".
        batch_size: examples per batch.
        image_size: n or (height, width): resize, bicubic and antialiased. The aspect ratio is not
            kept.
        labels: batches are (x, y) with int32 labels instead of (x,).
        shuffle: a new order in each epoch, and full batches only; see `Batches`. None means: True
            for the split "train" and slices of it.
        seed: from which order and augmentation are drawn. The examples do not depend on it.
        augment: random changes of training images: "flip", "translate", "cutout", "color_jitter",
            "rand_augment" (the last two need 3 channels), a keras-cv layer, a function
            `images -> images` or `(images, rng) -> images`, or a list of these, applied in turn.
            A pure function of (seed, step). Names need keras-cv and TensorFlow, with any backend.
        data_dir: where tensorflow-datasets keeps its files; None means its own default.
        limit: the first so many examples only. In a folder with classes those come class by class.

    Returns:
        Batches of uint8 images (batch, height, width, channels), grey ones with one channel, or of
        vectors (batch, features).

    Raises:
        FileNotFoundError: `name` is a path and nothing is there.
        ValueError: unknown name, split or augmentation; files that are corrupt or of another
            layout; `labels` or `image_size` for data that has none.
        ConnectionError: the set would have to be downloaded, and could not be.

    Example:
        train = load("digits", "train", batch_size=64)
        test = load("mnist", "test", labels=True)
        faces = load("~/faces", image_size=64, augment="flip")
    """
    if limit is not None and limit < 1:
        raise ValueError(f"Expected limit >= 1, got {limit}.")
    size = images.as_size(image_size)
    if name in BUILT_IN:
        check_split(split, ["train", "test"], repr(name))
        x, y = BUILT_IN[name](split)
        size = size or images.as_size(DEFAULT_SIZE.get(name))
    elif _is_path(name):
        x, y = files.read(Path(name).expanduser(), split, image_size=size, limit=limit)
    else:
        x, y = tfds.read(
            name, split, data_dir=data_dir, image_size=size, limit=limit, other_names=BUILT_IN
        )
    x = x[:limit]
    if size is not None:
        if x.ndim != 4:
            raise ValueError(f"{name!r} holds vectors, not images: leave image_size out.")
        x = images.resize(x, size)
    if labels and y is None:
        raise ValueError(f"{name!r} has no labels: leave labels out.")
    return Batches(
        x,
        y[:limit] if labels else None,
        batch_size=batch_size,
        shuffle=split.startswith("train") if shuffle is None else shuffle,
        seed=seed,
        augment=augment,
        name=f"{os.fspath(name)}/{split}",
    )


def _is_path(name: str | os.PathLike) -> bool:
    if isinstance(name, os.PathLike) or name.startswith((".", "~", os.sep)):
        return True
    # "emnist/letters" is a data set, "runs/faces" may be a folder.
    return name.endswith((*files.ARRAY_SUFFIXES, "-ubyte")) or (
        os.sep in name and os.path.exists(name)
    )
