import contextlib
import socket
import time

import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_genzoo.data import load
from keras_genzoo.data import tfds as tfds_reader

RNG = np.random.default_rng(0)


def as_builder(name, features, examples, supervised_keys=None):
    """A tensorflow-datasets builder of `examples`, {split: [dict]}, which needs no network."""

    def info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(features),
            supervised_keys=supervised_keys,
        )

    def split_generators(self, manager):
        return {split: list(enumerate(rows)) for split, rows in examples.items()}

    members = dict(
        VERSION=tfds.core.Version("1.0.0"),
        _info=info,
        _split_generators=split_generators,
        _generate_examples=lambda self: None,
        __module__=__name__,
        name=name,
    )
    return type(name, (tfds.core.GeneratorBasedBuilder,), members)


IMAGES = RNG.integers(0, 256, (9, 6, 5, 3), np.uint8)
as_builder(
    "genzoo_even",
    {
        "picture": tfds.features.Image(shape=(6, 5, 3), encoding_format="png"),
        "kind": tfds.features.ClassLabel(num_classes=4),
        "note": tfds.features.Text(),
    },
    {
        split: [dict(picture=IMAGES[i], kind=i % 4, note="n") for i in numbers]
        for split, numbers in (("train", range(6)), ("validation", range(6, 9)))
    },
    ("picture", "kind"),
)
as_builder(
    "genzoo_uneven",
    {"image": tfds.features.Image(shape=(None, None, 3), encoding_format="png")},
    {"train": [dict(image=np.full((4 + i, 5, 3), 9 * i, np.uint8)) for i in range(3)]},
)
BINARY = RNG.integers(0, 2, (5, 8, 8, 1), np.uint8)
as_builder(
    "genzoo_binary",
    {"image": tfds.features.Image(shape=(8, 8, 1), encoding_format="png")},
    {"train": [dict(image=image) for image in BINARY]},
)
as_builder("genzoo_text", {"note": tfds.features.Text()}, {"train": [dict(note="n")]})


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A folder with the four data sets above, prepared."""
    tfds.disable_progress_bar()
    folder = tmp_path_factory.mktemp("tfds")
    for name in ("genzoo_even", "genzoo_uneven", "genzoo_binary", "genzoo_text"):
        tfds.builder(name, data_dir=folder).download_and_prepare()
    return folder


def by_content(x):
    return sorted(image.tobytes() for image in x)


def test_images_and_labels_by_supervised_keys(data_dir):
    train = load("genzoo_even", labels=True, data_dir=data_dir)
    test = load("genzoo_even", "valid", data_dir=data_dir)
    assert train.x.dtype == np.uint8 and train.y.dtype == np.int32
    assert by_content(train.x) == by_content(IMAGES[:6])
    assert by_content(test.x) == by_content(IMAGES[6:])
    assert train.shuffle and not test.shuffle
    for image, label in zip(train.x, train.y, strict=True):
        number = next(i for i in range(6) if np.array_equal(IMAGES[i], image))
        assert label == number % 4
    again = load("genzoo_even", labels=True, data_dir=data_dir)
    np.testing.assert_array_equal(again.x, train.x)


def test_limit_size_and_slices(data_dir):
    x = load("genzoo_even", data_dir=data_dir).x
    few = load("genzoo_even", data_dir=data_dir, limit=4, labels=True)
    np.testing.assert_array_equal(np.sort(few.y), range(4))  # of six, two have a namesake
    positions = [next(i for i in range(6) if np.array_equal(x[i], image)) for image in few.x]
    assert positions == sorted(positions)
    part = load("genzoo_even", "train[2:5]", data_dir=data_dir)
    np.testing.assert_array_equal(part.x, x[2:5])
    assert part.shuffle
    with pytest.warns(UserWarning, match="6 of 6 images: 'genzoo_even' is 6x5.*8x8"):
        assert load("genzoo_even", data_dir=data_dir, image_size=8).x.shape == (6, 8, 8, 3)


def test_limit_looks_at_so_many_records_only(data_dir, monkeypatch):
    monkeypatch.setattr(tfds_reader, "LOOKED_AT", 3)
    monkeypatch.setattr(tfds_reader, "LOOKED_AT_EACH", 1)
    whole = load("genzoo_even", data_dir=data_dir).x
    few = load("genzoo_even", data_dir=data_dir, limit=2).x
    assert len(few) == 2 and set(by_content(few)) < set(by_content(whole[:3]))
    x = load("genzoo_binary", data_dir=data_dir, limit=3).x  # it has no labels
    np.testing.assert_array_equal(x, load("genzoo_binary", data_dir=data_dir).x[:3])


def test_images_of_0_and_1_become_0_and_255(data_dir):
    x = load("genzoo_binary", data_dir=data_dir).x
    assert by_content(x) == by_content(255 * BINARY)
    assert len(np.unique(load("genzoo_binary", data_dir=data_dir, image_size=4).x)) > 10


def test_images_of_different_sizes(data_dir):
    with pytest.raises(ValueError, match="differ in size.*image_size"):
        load("genzoo_uneven", data_dir=data_dir)
    with pytest.warns(UserWarning, match="3 of 3 images"):
        x = load("genzoo_uneven", data_dir=data_dir, image_size=(3, 2)).x
    assert x.shape == (3, 3, 2, 3)
    assert sorted(x[:, 0, 0, 0]) == [0, 9, 18]
    with pytest.raises(ValueError, match="no labels"):
        load("genzoo_binary", data_dir=data_dir, labels=True)


@pytest.mark.parametrize(
    "name, split, message",
    [
        ("genzoo_even", "test", "split of 'genzoo_even': train, validation; got 'test'"),
        ("genzoo_even", "train[3:3]", "no data"),
        ("genzoo_evne", "train", "Did you mean 'genzoo_even'"),
        ("genzoo_even:9.9.9", "train", "cannot load 'genzoo_even:9.9.9'.*only: 1.0.0"),
        ("genzoo_even/big", "train", "cannot load 'genzoo_even/big'"),
        ("genzoo_text", "train", "no 8-bit images.*Its features: note"),
    ],
)
def test_bad_names(data_dir, name, split, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        load(name, split, data_dir=data_dir)


def test_no_network(tmp_path, monkeypatch):
    def unreachable(host, *args, **kwargs):
        raise socket.gaierror(-2, f"Name or service not known: {host}")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    start = time.monotonic()
    with pytest.raises(ConnectionError, match="no network.*data_dir.*digits"):
        load("cifar10", data_dir=tmp_path)
    assert time.monotonic() - start < 10  # tensorflow-datasets alone would try for minutes


def test_failed_download(tmp_path, monkeypatch):
    import requests

    def fail(self, **kwargs):
        raise requests.exceptions.ConnectionError("refused")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"https": "http://proxy"})
    with pytest.raises(ConnectionError, match="could not be downloaded: refused.*data_dir"):
        load("cifar10", data_dir=tmp_path)


def test_real_mnist(shared_data, tmp_path):
    config = tfds.download.DownloadConfig(
        manual_dir=shared_data / "mnist",
        extract_dir=tmp_path / "scratch",
        try_download_gcs=False,
        max_examples_per_split=100,
    )
    tfds.disable_progress_bar()
    with contextlib.chdir(tmp_path):
        builder = tfds.builder("mnist", data_dir=tmp_path)
        builder.download_and_prepare(download_dir=tmp_path / "scratch", download_config=config)
    batches = load("mnist", "test", labels=True, data_dir=tmp_path)
    assert batches.x.shape == (100, 28, 28, 1) and batches.x.dtype == np.uint8
    # The same digits as in the original files, with the same labels.
    original = load(shared_data / "mnist", "test", labels=True)
    labels = {x.tobytes(): y for x, y in zip(original.x, original.y, strict=True)}
    assert [labels[x.tobytes()] for x in batches.x] == list(batches.y)
