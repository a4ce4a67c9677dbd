"""One door to all data sets: `load`."""

import os
from pathlib import Path

from keras_genzoo.data import embedded, files, images, mixtures, tfds
from keras_genzoo.data.augment import Augment
from keras_genzoo.data.batches import Batches
from keras_genzoo.data.subsets import Subset, check_split
from keras_genzoo.support.checks import whole_number

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
    augment: Augment | None = None,
    data_dir: str | os.PathLike | None = None,
    limit: int | None = None,
    skip_broken: bool = False,
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
      y_train, x_test, y_test or train, test, valid or x, y or images, labels; .npy; or a folder
      of images, laid out as split/class/*.png, split/*.png, class/*.png or *.png, where class
      names in sorted order are the labels. Files without splits count as "train". A bare word is
      never a path: write "./mnist" for a folder of that name. Transparent pictures are laid on
      white.
    - any image data set of tensorflow-datasets: "mnist", "fashion_mnist", "cifar10", "celeb_a", ...
      It is downloaded on first use.

    A set of images whose values are 0 and 1 alone, or booleans, is black and white: they become 0
    and 255. What is loaded is what counts; all zeros stay as they are, and so do vectors.

    Args:
        name: See above.
        split: "train", "test", or what else the set has ("validation"), or a slice of it by number
            or percent: "train[:50000]", "train[:90%]" to train on and "train[90%:]" to hold out.
            Slices of files, folders and built-in sets are taken from one fixed random order, in
            which each stretch has every class in its share; what they hold keeps the source's
            order. Those of tensorflow-datasets are stretches of its records. Slices that end
            where others begin share no example.
        batch_size: Examples per batch.
        image_size: n or (height, width): resize, bicubic and antialiased. Images of other
            proportions are squashed, with a warning: crop them first to keep their proportions.
        labels: Batches are (x, y) with int32 labels instead of (x,).
        shuffle: A new order in each epoch, and full batches only; see `Batches`. None means: True
            for the split "train" and slices of it; pass False to evaluate on a held-out slice.
        seed: From which order and augmentation are drawn. The examples do not depend on it.
        augment: Random changes of training images: "flip", "translate", "cutout", "color_jitter",
            "rand_augment" (the last two need 3 channels), a keras-cv layer, a function
            `images -> images` or `(images, rng) -> images`, or a list of these, applied in turn.
            A pure function of (seed, step). Names need keras-cv and TensorFlow, with any backend.
            A model learns the changed images, and draws them: mirrored faces may be as good as the
            others, mirrored digits and cut-out squares are not. A likelihood and bits per
            dimension are then of them, too. To help a GAN's discriminator with few images, leave
            this out and give `compile` its `discriminator_augment`, which does not leak.
        data_dir: Where tensorflow-datasets keeps its files; None means its own default.
        limit: No more examples than this, the same ones each time, in the source's order: at even
            distances, and where the source has labels, equally many of each class as far as they
            go, whether or not `labels` asks for them. Only those picture files are read. Of
            tensorflow-datasets the first 100,000 records, or 20 times `limit`, are chosen from.
        skip_broken: Leave out picture files that cannot be read, with a warning that counts and
            names them; False makes them an error. They count for `limit`.

    Returns:
        Batches of uint8 images (batch, height, width, channels), grey ones with one channel, or of
        vectors (batch, features).

    Raises:
        FileNotFoundError: `name` is a path and nothing is there.
        ValueError: Unknown name, split or augmentation; files that are corrupt (the first ten
            pictures are named, with the reasons) or of another layout; `labels` or `image_size`
            for data that has none.
        ConnectionError: The set would have to be downloaded, and could not be.

    ```python
    train = zoo.data.load("digits", "train", batch_size=64)
    test = zoo.data.load("mnist", "test", labels=True)
    faces = zoo.data.load("~/faces", image_size=64, augment="flip")
    ```
    """
    if limit is not None:
        limit = whole_number("limit", limit)
    size = images.as_size(image_size)
    if name in BUILT_IN:
        subset = Subset.parse(split, limit)
        check_split(subset.split, ["train", "test"], repr(name))
        x, y = subset.take(*BUILT_IN[name](subset.split))
        size = size or images.as_size(DEFAULT_SIZE.get(name))
        if x.ndim == 4:
            (x,) = images.to_pixels([x], size, [repr(name)])
    elif is_path(name):
        path, subset = Path(name).expanduser(), Subset.parse(split, limit)
        x, y = files.read(path, subset, image_size=size, skip_broken=skip_broken)
    else:
        x, y = tfds.read(
            os.fspath(name),
            split,
            data_dir=data_dir,
            image_size=size,
            limit=limit,
            other_names=BUILT_IN,
        )
    if size is not None and x.ndim != 4:
        raise ValueError(f"Expected images; got vectors in {name!r}. Leave image_size out.")
    if labels and y is None:
        raise ValueError(
            f"Expected data with labels; {name!r} has no labels. Give a folder of pictures for "
            "each class, or idx or npz files with labels; a model without classes needs none."
        )
    return Batches(
        x,
        y if labels else None,
        batch_size=batch_size,
        shuffle=split.startswith("train") if shuffle is None else shuffle,
        seed=seed,
        augment=augment,
        name=f"{os.fspath(name)}/{split}",
    )


def is_path(name: str | os.PathLike) -> bool:
    """Whether `load` takes `name` for a file or folder, rather than for the name of a set."""
    if isinstance(name, os.PathLike) or name.startswith((".", "~", os.sep)):
        return True
    # "emnist/letters" is a data set, "runs/faces" may be a folder.
    return name.endswith((*files.ARRAY_SUFFIXES, "-ubyte")) or (
        os.sep in name and os.path.exists(name)
    )
