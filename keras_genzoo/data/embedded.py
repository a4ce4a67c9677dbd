"""Real images that come with scikit-learn: no download."""

import numpy as np
from sklearn.datasets import load_digits, load_sample_images

PATCH_SIZE = 32
PATCH_STRIDE = 8
# Both photographs are 427 x 640. Columns left of this are for training, the others for testing.
PATCH_BORDER = 480


def digits(split: str) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's 1,797 handwritten digits, 8x8, from 0..16 to 0..255.

    Every fifth example of each class is for testing: 1,442 train and 355 test examples, each class
    in the same share.

    Returns:
        x uint8 (n, 8, 8, 1) and labels int32 (n,).
    """
    x, y = load_digits(return_X_y=True)
    x = np.rint(x * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8, 1)
    y = y.astype(np.int32)
    number_in_class = np.empty(len(y), int)
    for label in range(10):
        number_in_class[y == label] = np.arange(np.sum(y == label))
    chosen = (number_in_class % 5 == 4) == (split == "test")
    return x[chosen], y[chosen]


def patch_corners(split: str) -> np.ndarray:
    """Where the patches lie: int (n, 3), each row photograph, top, left.

    Patches overlap within a split. None of "train" shares a pixel with one of "test". Their order
    is random, but fixed, so that the first few are a fair sample.
    """
    left, right = (0, PATCH_BORDER) if split == "train" else (PATCH_BORDER, 640)
    tops = np.arange(0, 427 - PATCH_SIZE + 1, PATCH_STRIDE)
    lefts = np.arange(left, right - PATCH_SIZE + 1, PATCH_STRIDE)
    corners = np.stack(np.meshgrid([0, 1], tops, lefts, indexing="ij"), axis=-1).reshape(-1, 3)
    return np.random.default_rng(0).permutation(corners)


def patches(split: str) -> tuple[np.ndarray, np.ndarray]:
    """32x32 colour crops of scikit-learn's two photographs, on a grid of 8 pixels.

    5,700 train patches from the left three quarters of both, 1,700 test patches from the right
    quarter of both.

    Returns:
        x uint8 (n, 32, 32, 3) and labels int32 (n,): 0 for the temple, 1 for the flower.
    """
    photographs = np.stack(load_sample_images().images)
    windows = np.lib.stride_tricks.sliding_window_view(photographs, (PATCH_SIZE,) * 2, axis=(1, 2))
    photograph, top, left = patch_corners(split).T
    x = windows[photograph, top, left]  # (n, 3, 32, 32)
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)), photograph.astype(np.int32)
