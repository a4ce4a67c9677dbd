import numpy as np
from sklearn.datasets import load_digits, load_sample_images

from keras_genzoo.data import embedded


def test_digits_are_scikit_learns_each_in_one_split():
    splits = [embedded.digits(split) for split in ("train", "test")]
    for (x, y), n in zip(splits, (1442, 355), strict=True):
        assert x.shape == (n, 8, 8, 1) and x.dtype == np.uint8
        assert y.shape == (n,) and y.dtype == np.int32
    original, labels = load_digits(return_X_y=True)
    ours = sorted(
        (tuple(np.rint(image.ravel() / 255 * 16).astype(int)), label)
        for x, y in splits
        for image, label in zip(x, y, strict=True)
    )
    assert ours == sorted(zip(map(tuple, original.astype(int)), labels, strict=True))
    assert splits[0][0].max() == 255


def test_digits_splits_share_no_image_and_have_the_same_classes():
    (train, train_labels), (test, test_labels) = map(embedded.digits, ("train", "test"))
    assert not {image.tobytes() for image in train} & {image.tobytes() for image in test}
    share = np.bincount(test_labels) / (np.bincount(test_labels) + np.bincount(train_labels))
    assert np.abs(share - 0.2).max() < 0.01


def test_patches_are_crops_of_the_photographs():
    photographs = load_sample_images().images
    for split, n in (("train", 5700), ("test", 1700)):
        x, labels = embedded.patches(split)
        corners = embedded.patch_corners(split)
        assert x.shape == (n, 32, 32, 3) and x.dtype == np.uint8
        assert corners.shape == (n, 3) and labels.dtype == np.int32
        for i in (0, 7, n // 2, n - 1):
            photograph, top, left = corners[i]
            expected = photographs[photograph][top : top + 32, left : left + 32]
            np.testing.assert_array_equal(x[i], expected)
            assert labels[i] == photograph


def test_patches_of_the_splits_share_no_pixel():
    covered = {}
    for split in ("train", "test"):
        covered[split] = np.zeros((2, 427, 640), bool)
        for photograph, top, left in embedded.patch_corners(split):
            covered[split][photograph, top : top + 32, left : left + 32] = True
        assert covered[split].any(axis=(1, 2)).all()
    assert not (covered["train"] & covered["test"]).any()
    assert (covered["train"] | covered["test"]).mean() > 0.95
