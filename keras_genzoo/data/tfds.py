"""Image data sets from tensorflow-datasets, read into memory."""

import itertools
import os
import re
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterable

import numpy as np

from keras_genzoo.data import images
from keras_genzoo.data.subsets import check_split, spread
from keras_genzoo.data.tensorflow import import_tensorflow
from keras_genzoo.support.names import hint

# With a limit, so many records are chosen from, or so many for each that is wanted.
LOOKED_AT, LOOKED_AT_EACH = 100_000, 20


def read(
    name: str,
    split: str,
    *,
    data_dir: str | os.PathLike | None = None,
    image_size: tuple[int, int] | None = None,
    limit: int | None = None,
    other_names: Iterable[str] = (),
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read the images and labels of one split, in the order of the records.

    Args:
        name: As tensorflow-datasets spells it, with an optional config and version: "mnist",
            "emnist/letters", "cifar10:3.0.2".
        split: One of the set's splits, or a slice of one, such as "train[:50000]".
        data_dir: Where the records are, or are to be prepared; None means the default.
        image_size: (height, width) to resize to while reading.
        limit: No more examples than this, evenly of all classes; see `_records`.
        other_names: More names to suggest for an unknown one.

    Returns:
        x, uint8 (n, h, w, c), and int32 labels (n,) or None.

    Raises:
        ValueError: Unknown name or split, no images in the set, or sizes that differ with
            `image_size` None.
        ConnectionError: The set is not prepared, and could not be downloaded.
    """
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise ImportError(
            f"{name!r} is not built in, and other names need tensorflow-datasets: "
            "pip install tensorflow tensorflow-datasets importlib_resources"
        ) from error
    import_tensorflow()
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except (ValueError, AssertionError) as error:
        names = [*other_names, *tfds.list_builders(with_community_datasets=False)]
        base = re.split("[/:]", name)[0]
        if base in names:  # then its config or version is unknown
            raise ValueError(
                f"Expected a config and version of {base!r}; tensorflow-datasets cannot load "
                f"{name!r}: {error}"
            ) from error
        here = f" Write './{name}' to read what has that name here." if os.path.exists(name) else ""
        raise ValueError(
            f"Expected the name of a data set, or a path; got {name!r}, which is no set.{here} "
            f"{hint(base, names)}"
        ) from None
    if not builder.is_prepared():
        _download(builder, name)
    base, bracket, part = split.partition("[")
    split = check_split(base, builder.info.splits, repr(name)) + bracket + part
    image_key, label_key = _keys(builder.info, name, tfds.features)

    records = _records(builder, split, image_key, label_key, limit)
    one_size = None not in builder.info.features[image_key].shape
    sizes, y = set(), []

    def parts():
        for batch in tfds.as_numpy(records.batch(256 if one_size else 1)):
            sizes.add(batch[image_key].shape[1:])
            if image_size is None and len(sizes) > 1:
                raise ValueError(
                    f"Expected images of one size; those of {name!r} differ in size: "
                    f"{' and '.join(map(str, sizes))}. Pass image_size to resize them all."
                )
            if label_key:
                y.append(batch[label_key])
            yield batch[image_key]

    x = np.concatenate(images.to_pixels(parts(), image_size, itertools.repeat(repr(name))))
    return x, np.concatenate(y).astype(np.int32) if label_key else None


def _records(builder, split: str, image_key: str, label_key: str | None, limit: int | None):
    """A `tf.data.Dataset` of images and labels: of all records, or of `limit`, evenly chosen.

    Labels are read first, without the images; of the images the chosen ones alone are decoded.
    Records were mixed when the set was prepared, so that a bounded number of them is a fair sample.
    """
    import tensorflow as tf
    import tensorflow_datasets as tfds

    def read(*keys, **decoders):
        return builder.as_dataset(
            split=split,
            shuffle_files=False,
            read_config=tfds.ReadConfig(try_autocache=False),
            decoders=tfds.decode.PartialDecoding(dict.fromkeys(keys, True), decoders=decoders),
        )

    keys = [key for key in (image_key, label_key) if key]
    n = builder.info.splits[split].num_examples
    if limit is None or limit >= n:
        return read(*keys)
    n = min(n, max(LOOKED_AT, LOOKED_AT_EACH * limit))
    labels = None
    if label_key:
        batches = tfds.as_numpy(read(label_key).take(n).batch(1024))
        labels = np.concatenate([batch[label_key] for batch in batches])
    is_chosen = np.zeros(n, bool)
    is_chosen[spread(n, labels, limit)] = True
    is_chosen = tf.constant(is_chosen)
    decode = builder.info.features[image_key].decode_example
    return (
        read(*keys, **{image_key: tfds.decode.SkipDecoding()})
        .take(n)
        .enumerate()
        .filter(lambda i, record: is_chosen[i])
        .map(lambda i, record: {**record, image_key: decode(record[image_key])})
    )


def _download(builder, name: str) -> None:
    import requests
    from tensorflow_datasets.core.download.util import DownloadError

    advice = (
        f"Prepare it where there is a network, tfds.load({name!r}, data_dir=...), and pass that "
        'folder as data_dir; or load "digits" or "patches", which need no download.'
    )
    # tensorflow-datasets tries for minutes before it gives up. Behind a proxy names do not resolve.
    if builder.url_infos and not urllib.request.getproxies():
        try:
            socket.getaddrinfo(urllib.parse.urlparse(next(iter(builder.url_infos))).hostname, None)
        except OSError as error:
            raise ConnectionError(
                f"{name!r} is not prepared in {builder.data_dir}, and there is no network to "
                f"download it. {advice}"
            ) from error
    try:
        builder.download_and_prepare()
    except (requests.RequestException, DownloadError) as error:
        raise ConnectionError(f"{name!r} could not be downloaded: {error}. {advice}") from error


def _keys(info, name: str, features) -> tuple[str, str | None]:
    """The names of the image and the label feature; the latter may be None."""
    pair: tuple = info.supervised_keys or ()
    pair = pair if len(pair) == 2 and all(isinstance(key, str) for key in pair) else ("image", "")
    known = info.features if isinstance(info.features, features.FeaturesDict) else {}
    image = next(
        (
            key
            for key in (pair[0], "image")
            if key in known and isinstance(known[key], features.Image)
        ),
        None,
    )
    if image is None or known[image].np_dtype != np.uint8:
        raise ValueError(
            f"Expected 8-bit images under 'image'; {name!r} has no 8-bit images. Its features: "
            f"{', '.join(known)}. Load it by tensorflow-datasets, and pass the array to fit."
        )
    label = pair[1] or "label"
    if label not in known or not isinstance(known[label], features.ClassLabel):
        label = None
    return image, label
