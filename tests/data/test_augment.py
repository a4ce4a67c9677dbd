import hashlib
import threading

import keras
import numpy as np
import pytest

from keras_genzoo.data import Batches, load

NAMES = ["flip", "translate", "cutout", "color_jitter", "rand_augment"]
CODE = """
import hashlib, sys
from keras_genzoo.data import load
for name in sys.argv[1:]:
    x = load("patches", augment=name, batch_size=8, seed=5, limit=80).batch_at(23)[0]
    print(hashlib.sha256(x.tobytes()).hexdigest())
"""


def patches(augment, **kwargs):
    return load("patches", augment=augment, batch_size=8, limit=80, **kwargs)


@pytest.fixture(scope="module")
def by_name():
    return {name: patches(name, seed=5) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_augmentation_changes_images(by_name, name):
    x = by_name[name].batch_at(3)[0]
    plain = patches(None, seed=5).batch_at(3)[0]
    assert x.dtype == np.uint8 and x.shape == plain.shape
    changed = np.any(x != plain, axis=(1, 2, 3))
    assert changed.sum() >= 2
    # The same images still, not others: most pixels of most images keep their neighbourhood.
    assert abs(float(x.mean()) - float(plain.mean())) < 60


@pytest.mark.parametrize("name", NAMES)
def test_augmentation_is_a_function_of_seed_and_step(by_name, name):
    batches = by_name[name]
    first = batches.batch_at(23)[0]
    batches.batch_at(0), batches.batch_at(7)
    np.testing.assert_array_equal(batches.batch_at(23)[0], first)
    # The same images in the same order, augmented by another step's key.
    augment = batches._augmenter
    again = [augment(batches.x[:8], seed=s, step=t) for s, t in ((5, 1), (5, 2), (6, 1))]
    assert not np.array_equal(again[0], again[1])
    assert not np.array_equal(again[0], again[2])


def test_augmentation_is_the_same_in_another_process(by_name, run_python):
    here = [hashlib.sha256(by_name[name].batch_at(23)[0].tobytes()).hexdigest() for name in NAMES]
    assert run_python(CODE, *NAMES)[-len(NAMES) :] == here


def test_augmentation_leaves_other_random_numbers_alone(by_name):
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    expected = tf.random.uniform((3,)).numpy(), np.random.rand(3)
    keras.utils.set_random_seed(1)
    by_name["rand_augment"].batch_at(0)
    np.testing.assert_array_equal(tf.random.uniform((3,)).numpy(), expected[0])
    np.testing.assert_array_equal(np.random.rand(3), expected[1])


def test_threads_do_not_mix_their_random_numbers(by_name):
    batches = by_name["rand_augment"]  # which draws often, and for long
    expected = [batches.batch_at(step)[0] for step in range(20)]
    wrong = []

    def read(steps):
        for step in list(steps) * 5:
            if not np.array_equal(batches.batch_at(step)[0], expected[step]):
                wrong.append(step)

    threads = [threading.Thread(target=read, args=(range(i, 20, 4),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_flip_mirrors_half_of_the_images(by_name):
    x = np.concatenate([by_name["flip"].batch_at(step)[0] for step in range(40)])
    plain = np.concatenate([patches(None, seed=5).batch_at(step)[0] for step in range(40)])
    same = np.all(x == plain, axis=(1, 2, 3))
    mirrored = np.all(x == plain[:, :, ::-1], axis=(1, 2, 3))
    assert np.all(same | mirrored)
    assert 0.4 < mirrored.mean() < 0.6


def test_cutout_is_a_mid_grey_half(by_name):
    x = by_name["cutout"].batch_at(0)[0]
    plain = patches(None, seed=5).batch_at(0)[0]
    changed = np.any(x != plain, axis=-1)
    assert np.all(x[changed] == 128)
    # A quarter of the image, less where the border cuts it.
    assert 0.05 < changed.mean() < 0.26


def test_mixed_precision_does_not_round_pixels(by_name):
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        x = patches("color_jitter", seed=5).batch_at(2)[0]
    finally:
        keras.config.set_dtype_policy(policy)
    np.testing.assert_array_equal(x, by_name["color_jitter"].batch_at(2)[0])


def test_last_batch_may_be_smaller():
    batches = load("patches", "test", augment="flip", batch_size=8, limit=20)
    assert [len(batches[i][0]) for i in range(3)] == [8, 8, 4]


def test_grey_images():
    batches = load("digits", augment=["flip", "translate", "cutout"], batch_size=8)
    assert batches.batch_at(0)[0].shape == (8, 28, 28, 1)
    for name in ("color_jitter", "rand_augment"):
        with pytest.raises(ValueError, match=f"3 channels for '{name}'; got 1"):
            load("digits", augment=name)


def test_list_is_applied_in_turn():
    batches = patches([lambda x: x // 2, lambda x: x + 1])
    plain = patches(None).batch_at(4)[0]
    np.testing.assert_array_equal(batches.batch_at(4)[0], plain // 2 + 1)


def test_keras_cv_layer_of_ones_own():
    import keras_cv

    layer = keras_cv.layers.RandomCutout(0.9, 0.9)
    first, second = patches(layer), patches(keras_cv.layers.RandomCutout(0.9, 0.9))
    expected = [first.batch_at(step)[0] for step in range(5)]
    np.testing.assert_array_equal([second.batch_at(step)[0] for step in range(5)], expected)
    assert not np.array_equal(expected[0], patches(None).batch_at(0)[0])


def test_function_with_generator():
    def noise(images, rng):
        return images + rng.normal(0, 30, images.shape)

    batches = patches(noise, seed=3)
    x, plain = batches.batch_at(2)[0], patches(None, seed=3).batch_at(2)[0]
    inside = (plain > 110) & (plain < 145)
    assert (x.astype(int) - plain)[inside].std() == pytest.approx(30, rel=0.1)
    np.testing.assert_array_equal(patches(noise, seed=3).batch_at(2)[0], x)
    assert not np.array_equal(patches(noise, seed=4)._augmenter(plain, seed=4, step=2), x)


def test_floats_are_rounded_and_clipped():
    x = patches(lambda x: 2.0 * x - 100.4).batch_at(0)[0]
    plain = patches(None).batch_at(0)[0]
    assert x.dtype == np.uint8
    np.testing.assert_array_equal(x, np.clip(2 * plain.astype(int) - 100, 0, 255))
    assert {0, 255} <= set(x.ravel())


def test_integers_are_clipped_not_wrapped():
    x = patches(lambda x: x.astype(int) * 2 - 100).batch_at(0)[0]
    plain = patches(None).batch_at(0)[0]
    np.testing.assert_array_equal(x, np.clip(2 * plain.astype(int) - 100, 0, 255))


def test_float_images_stay_in_0_to_255():
    images = np.random.default_rng(0).uniform(0, 255, (8, 4, 4, 1)).astype("float32")
    x = Batches(images, augment=lambda x: x * 1.5 - 60).batch_at(0)[0]
    assert x.dtype == np.float32 and x.min() == 0 and x.max() == 255
    assert len(np.unique(x)) > 30  # clipped, not rounded
    vectors = images.reshape(8, 16)
    x = Batches(vectors, augment=lambda x: x * 1.5 - 60, shuffle=False).batch_at(0)[0]
    np.testing.assert_array_equal(x, vectors * 1.5 - 60)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_every_batch_is_finite(dtype):
    def late(images, rng):
        images = images.astype("float32")
        images[0, 0, 0] = np.nan if rng.random() < 0.2 else 3
        return images

    batches = Batches(np.full((8, 4, 4, 1), 100, dtype), augment=late, batch_size=4, seed=1)
    with pytest.raises(ValueError, match="finite values of an augmentation; got 1 of 64"):
        for step in range(100):
            batches.batch_at(step)


@pytest.mark.parametrize("rescaled", [lambda x: x / 255, lambda x: x / 127.5 - 1])
def test_function_that_rescales_is_known_at_once(rescaled):
    with pytest.raises(ValueError, match=r"0\.\.255; got at most 1 .*rescaling to the model"):
        patches(rescaled)


def test_function_that_writes_into_its_argument():
    def darken(images):
        images //= 2
        return images

    batches, plain = patches(darken), patches(None)
    for _ in range(2):
        np.testing.assert_array_equal(batches.batch_at(1)[0], plain.batch_at(1)[0] // 2)
    np.testing.assert_array_equal(batches.x, plain.x)


def test_vectors_can_be_augmented_by_a_function():
    batches = Batches(np.ones((9, 2), np.float32), augment=lambda x, rng: x * rng.normal(), seed=1)
    assert batches.batch_at(0)[0].dtype == np.float32
    with pytest.raises(ValueError, match=r"uint8 images .* for 'flip'; got float32 \(9, 2\)"):
        Batches(np.ones((9, 2), np.float32), augment="flip")


def test_function_that_cannot_be_repeated():
    generator = np.random.default_rng(0)
    for augment in (
        lambda x: x + generator.integers(0, 9, x.shape).astype(np.uint8),
        keras.layers.RandomFlip(),
    ):
        with pytest.raises(ValueError, match="same result for the same step.*; got different.*rng"):
            patches(augment)


def test_function_that_changes_the_shape():
    with pytest.raises(ValueError, match=r"shape \(8, 32, 32, 3\).*; got \(8, 16, 32, 3\)"):
        patches(lambda x: x[:, ::2])


@pytest.mark.parametrize(
    "augment, message", [("blur", "name of an augmentation; got 'blur'.*flip"), (3, "got 3")]
)
def test_what_is_no_augmentation(augment, message):
    with pytest.raises(ValueError, match=message):
        patches(augment)


def test_nothing_heavy_is_imported_without_need(run_python):
    code = (
        "import sys, keras_genzoo.data as data; data.load('digits'); "
        "assert not {'keras_cv', 'tensorflow_datasets'} & set(sys.modules), sys.modules.keys()"
    )
    run_python(code)


def test_keras_reads_augmented_batches(by_name):
    inputs = keras.Input((32, 32, 3))
    identity = keras.Model(inputs, keras.layers.Rescaling(1.0)(inputs))
    for name in ("flip", "rand_augment"):
        batches = by_name[name]
        expected = np.concatenate([batches.batch_at(i)[0] for i in range(len(batches))])
        np.testing.assert_array_equal(identity.predict(batches, verbose=0), expected)
