"""What a SavedModel offers: the same as the model, to those who have TensorFlow alone."""

import os

import keras
import numpy as np
import pytest
from keras import ops
from reader import read

import keras_genzoo as zoo
from keras_genzoo.saving import Signature

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="compares with samples of this process, which another backend draws differently",
)


@pytest.fixture(scope="module")
def exported(trained, tmp_path_factory):
    return trained.export(tmp_path_factory.mktemp("exported") / "dcgan", verbose=False)


@pytest.fixture(scope="module")
def found(exported, tmp_path_factory):
    return read(exported, tmp_path_factory.mktemp("found") / "found.npz")


def test_layout(exported):
    assert exported.name == "1" and (exported / "saved_model.pb").is_file()
    assert [path.name for path in exported.parent.iterdir()] == ["1"]
    umask = os.umask(0)
    os.umask(umask)
    # A server may run as another user.
    assert exported.stat().st_mode & 0o777 == 0o777 & ~umask


def test_signatures(found):
    assert list(found["signatures"]) == ["decode", "sample", "serving_default"]
    assert list(found["inputs"]) == ["n", "seed"]


def test_same_images_as_the_model_bit_for_bit(trained, found):
    assert found["sample"].dtype == np.uint8
    np.testing.assert_array_equal(found["sample"], trained.sample(5, seed=7))
    np.testing.assert_array_equal(found["serving_default"], found["sample"])
    np.testing.assert_array_equal(found["more"], trained.sample(9, seed=7))
    assert (found["other_seed"] != found["sample"]).any()


def test_scalars_may_come_as_lists(found):
    np.testing.assert_array_equal(found["lists"], found["sample"])


def test_decode_takes_any_batch(trained, found):
    z = np.linspace(-1, 1, 24, dtype="float32").reshape(3, 8)
    np.testing.assert_array_equal(found["decode_3"], trained.decode(z))
    np.testing.assert_array_equal(found["decode_1"], trained.decode(z[:1]))


def test_only_the_generator_is_stored(trained, found, exported):
    sizes = sorted(int(np.prod(v.shape)) for v in trained.generator.weights)
    assert list(found["variables"]) == sizes
    # On disk too: four bytes a number.
    data = exported / "variables" / "variables.data-00000-of-00001"
    assert sum(sizes) * 4 <= data.stat().st_size < sum(sizes) * 4 + 1000 + 40 * len(sizes)


def test_vectors_and_other_outputs(tmp_path, capsys):
    import tensorflow as tf

    model = zoo.NICE(num_features=2, hidden_units=8, hidden_layers=1)
    path = model.export(tmp_path)
    out = capsys.readouterr().out
    assert f"SavedModel: {path}" in out
    assert "  sample(n int32(), seed int64()) -> x float32(batch, 2)" in out
    call = tf.saved_model.load(str(path)).signatures
    samples = call["sample"](n=tf.constant(3), seed=tf.constant(0, tf.int64))["x"].numpy()
    np.testing.assert_allclose(samples, model.sample(3, seed=0), rtol=1e-5, atol=1e-6)
    z = call["encode"](x=tf.constant(samples))["z"].numpy()
    np.testing.assert_allclose(z, model.encode(samples), rtol=1e-5, atol=1e-5)


def test_what_one_function_gives_the_next_takes_by_name(tmp_path):
    import tensorflow as tf

    n, seed = tf.constant(3), tf.constant(7, tf.int64)
    for model in (
        zoo.VAE(image_shape=(4, 4, 1), latent_dim=2, hidden_units=(4,)),
        zoo.NICE(num_features=2, hidden_units=8, hidden_layers=1),
    ):
        path = model.export(tmp_path / type(model).__name__, verbose=False)
        call = tf.saved_model.load(str(path)).signatures
        data = call["sample"](n=n, seed=seed)
        again = call["decode"](**call["encode"](**data))
        assert data.keys() == again.keys() == {model.spec.name}
        assert call["log_likelihood"](**data, seed=seed)["log_likelihood"].shape == (3,)


def test_signatures_that_name_their_outputs(trained, tmp_path, monkeypatch):
    import tensorflow as tf

    def statistics(z):
        return {"mean": ops.mean(z), "largest": ops.max(z)}

    z = {"z": ((None, 8), "float32")}
    signatures = {"statistics": Signature(statistics, z, output="unused")}
    monkeypatch.setattr(type(trained), "signatures", lambda self: signatures)
    call = tf.saved_model.load(str(trained.export(tmp_path, verbose=False))).signatures
    assert set(call["statistics"].structured_outputs) == {"mean", "largest"}
    # Without "sample", the first signature is the one that a server calls unasked.
    assert set(call["serving_default"].structured_outputs) == {"mean", "largest"}


def test_what_does_not_fit_is_an_error_that_says_so(tmp_path):
    import tensorflow as tf

    model = zoo.VAE(image_shape=(4, 4, 1), latent_dim=2, hidden_units=(4,))
    call = tf.saved_model.load(str(model.export(tmp_path, verbose=False))).signatures
    seed = tf.constant([0], tf.int64)
    for n in ([5, 6], []):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Expected n, one number; got sh"):
            call["sample"](n=tf.constant(n, tf.int32), seed=seed)
    for n, of in ((0, 0), (-3, 0), (5, -1)):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Expected (n|seed) in"):
            call["sample"](n=tf.constant(n), seed=tf.constant(of, tf.int64))
    # Unchecked, two channels would pass for twice as many images.
    for shape in ([3, 4, 4, 2], [3, 4, 4], [3, 8, 8, 1]):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"expected shape \[\?,4,4,1\]"):
            call["encode"](images=tf.zeros(shape, tf.uint8))


def test_labels_that_do_not_exist_are_an_error(tmp_path):
    """Unchecked, a one-hot vector of such a label would be all zeros."""
    import tensorflow as tf

    model = zoo.CGAN(image_shape=(4, 4, 1), num_classes=3, latent_dim=2)
    call = tf.saved_model.load(str(model.export(tmp_path, verbose=False))).signatures
    z, seed = tf.zeros((2, 2)), tf.constant(0, tf.int64)
    assert call["decode"](z=z, labels=tf.constant([0, 2]))["images"].shape == (2, 4, 4, 1)
    for labels in ([0, 3], [-1, 0]):
        for name, inputs in (("decode", {"z": z}), ("sample_labels", {"seed": seed})):
            with pytest.raises(tf.errors.InvalidArgumentError, match="Expected labels in"):
                call[name](**inputs, labels=tf.constant(labels))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Expected as many labels as z"):
        call["decode"](z=z, labels=tf.constant([1]))


def test_the_model_still_trains(tmp_path, images):
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=8)
    model.compile()
    model.fit(images, batch_size=12, verbose=0)
    before = model.sample(4, seed=0)
    model.export(tmp_path, verbose=False)
    np.testing.assert_array_equal(model.sample(4, seed=0), before)
    model.fit(images, batch_size=12, verbose=0)
    assert (model.sample(4, seed=0) != before).any()
