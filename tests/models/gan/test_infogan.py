"""InfoGAN's bound, the codes that it is taken of, and what reads and writes them."""

import functools

import keras
import numpy as np
import pytest
from contract import JIT_COMPILE, values
from keras import ops
from zoo_cases import CASES, PIXELS, VECTORS

import keras_genzoo as zoo
from keras_genzoo.models.gan.codes import Codes, Recognition

EAGERLY = keras.backend.backend() != "jax"


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def small(**arguments):
    of_vectors = {"num_features": 3, "latent_dim": 2, "categories": (3,), "width": 4}
    return zoo.InfoGAN(**of_vectors | arguments)


@functools.cache
def shared():
    return small()


# ---------------------------------------------------------------------- the bound


def test_the_papers_networks_for_mnist():
    """74 numbers -> 1024 -> 7x7x128 -> 14x14x64 -> 28x28; 64 and 128 maps -> 1024 -> 1, and
    through 128 units -> 10 logits and 2 means.
    """
    model = zoo.InfoGAN(image_shape=(28, 28, 1))
    norms = 2 * (1024 + 6272 + 64)
    generator = 74 * 1024 + 1024 + 1024 * 6272 + 6272 + 16 * 128 * 64 + 64 + 16 * 64 + 1
    assert sum(v.size for v in values(model.generator.trainable_variables)) == generator + norms
    body = 16 * 64 + 64 + 16 * 64 * 128 + 128 + 2 * 128 + 6272 * 1024 + 1024 + 2 * 1024
    heads = 1024 + 1 + 1024 * 128 + 128 + 2 * 128 + 128 * 12 + 12
    networks = model.networks()
    assert sum(v.size for v in values(networks["discriminator"])) == body + heads
    assert set(networks) == {"discriminator", "generator"}
    slopes = [la.negative_slope for la in model.discriminator.layers if "leaky" in la.name]
    assert slopes == pytest.approx([0.1] * 4)
    rates = {k: float(v.learning_rate) for k, v in model.default_optimizers().items()}
    assert rates == pytest.approx({"discriminator": 2e-4, "generator": 1e-3})


@pytest.mark.parametrize("std", [1.0, 0.5, None])
def test_the_bound_is_the_codes_entropy_and_their_log_probability(std):
    rng = np.random.default_rng(0)
    codes = Codes((3, 2), 2)
    q = Recognition(codes, std)
    output = rng.normal(size=(40, q.size)).astype("float32")
    drawn = ops.convert_to_numpy(codes.draw(40, keras.random.SeedGenerator(0)))
    bounds = q.information(ops.convert_to_tensor(output), ops.convert_to_tensor(drawn))

    def log_softmax(x):
        return x - np.log(np.exp(x).sum(1, keepdims=True))

    categorical = np.log(3) + np.log(2)
    for part in (slice(0, 3), slice(3, 5)):
        categorical = categorical + (log_softmax(output[:, part]) * drawn[:, part]).sum(1)
    s = std if std else np.exp(0.5 * output[:, 7:])
    squares = ((drawn[:, 5:] - output[:, 5:7]) / s) ** 2
    normal = -0.5 * (np.log(2 * np.pi) + 2 * np.log(s) + squares)
    for got, want in zip(bounds, (categorical, 2 * np.log(2) + normal.sum(1)), strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(got), want, rtol=1e-4, atol=1e-5)


def test_the_bound_is_the_entropy_where_codes_are_read_without_doubt():
    codes = Codes((10,), 2)
    q, drawn = Recognition(codes, 1.0), codes.draw(50, keras.random.SeedGenerator(0))
    sure = ops.concatenate([100.0 * drawn[:, :10], drawn[:, 10:]], axis=-1)
    categorical, continuous = map(ops.convert_to_numpy, q.information(sure, drawn))
    np.testing.assert_allclose(categorical, np.log(10), rtol=1e-5)
    np.testing.assert_allclose(continuous, 2 * np.log(2) - np.log(2 * np.pi), rtol=1e-5)
    doubtful, _ = q.information(ops.zeros_like(drawn), drawn)
    np.testing.assert_allclose(ops.convert_to_numpy(doubtful), 0, atol=1e-5)  # it tells nothing


def test_both_networks_lower_the_same_bound():
    """lambda L stands in either loss, and of fakes alone."""
    x = ops.convert_to_tensor(VECTORS[:20])
    plain, weighed = (
        small(categorical_weight=c, continuous_weight=k) for c, k in ((0.0, 0.0), (3.0, 0.5))
    )
    weighed.set_weights(plain.get_weights())
    seen = []
    for model in (plain, weighed):
        model.compile()
        how = {"seed": model.seeded(1), "training": False}
        d = ops.convert_to_numpy(model.discriminator_loss(x, **how))
        g = {
            k: ops.convert_to_numpy(v)
            for k, v in model.generator_losses(x, seed=model.seeded(1), training=False).items()
        }
        seen.append((d, g))
    (d0, g0), (d, g) = seen
    bound = 3.0 * g0["categorical_information"] + 0.5 * g0["continuous_information"]
    assert np.abs(bound).min() > 1e-3
    np.testing.assert_allclose(d0 - d, bound, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(g0["loss"] - g["loss"], bound, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(not EAGERLY, reason="the same formulas, at ten times the time")
def test_the_bounds_gradient_reaches_the_generator_and_q():
    """Without the adversarial part, one step of either still raises the bound."""
    model = small(categorical_weight=1.0)

    def nothing(real, fake=None):
        return 0.0 * real[:, 0]

    model.compile(keras.optimizers.SGD(0.1), (nothing, nothing), run_eagerly=EAGERLY)
    head = model.discriminator.get_layer("recognition")
    before = values([head.kernel, *model.generator.trainable_variables])
    model.train_on_batch(VECTORS[:20])
    after = values([head.kernel, *model.generator.trainable_variables])
    moved = [np.abs(a - b).max() > 0 for a, b in zip(before, after, strict=True)]
    assert moved[0] and moved[1] and moved[-1]


@pytest.mark.skipif(not EAGERLY, reason="the same formulas, at ten times the time")
def test_codes_come_to_tell_kinds_of_examples_apart():
    """Of three clusters each place of the code makes one, and is read from it."""
    centers = np.array([[3, 0], [-2, 2], [-2, -2]], "float32")
    kinds = np.arange(600) % 3
    x = centers[kinds] + 0.2 * np.random.default_rng(0).normal(size=(600, 2)).astype("float32")
    model = small(num_features=2, num_continuous=0, width=8)
    model.compile(keras.optimizers.Adam(2e-3, beta_1=0.5), jit_compile=JIT_COMPILE)
    logs = model.fit(x, batch_size=60, epochs=20, verbose=0).history
    assert 0.9 * np.log(3) < logs["categorical_information"][-1] <= np.log(3)
    rows = np.repeat(np.arange(3), 50)
    made = model.sample(150, codes=model.codes(category=rows), seed=0)
    nearest = np.linalg.norm(made[:, None] - centers, axis=-1).argmin(1).reshape(3, 50)
    places = [np.bincount(row, minlength=3).argmax() for row in nearest]
    assert sorted(places) == [0, 1, 2]
    read = model.encode(made)
    np.testing.assert_allclose(read.sum(1), 1, rtol=1e-5)
    assert (read.argmax(1) == rows).mean() > 0.95


# ---------------------------------------------------------------------- codes


def test_codes_are_drawn_as_the_paper_has_them():
    codes = ops.convert_to_numpy(zoo.InfoGAN(num_features=2).draw_inputs(5000, 0)["codes"])
    assert codes.shape == (5000, 12)
    assert set(np.unique(codes[:, :10])) == {0, 1} and (codes[:, :10].sum(1) == 1).all()
    np.testing.assert_allclose(codes[:, :10].mean(0), 0.1, atol=0.02)
    c = codes[:, 10:]
    assert -1 <= c.min() < -0.99 and 0.99 < c.max() < 1 and abs(c.std() - 3**-0.5) < 0.02
    assert abs(np.corrcoef(c.T)[0, 1]) < 0.05


def test_a_code_that_is_set_changes_that_code_alone():
    model = CASES["infogan"].build()
    inputs = next(model.inputs_in_batches(5, 3, 5))
    first = model.sample(5, seed=3)
    np.testing.assert_array_equal(first, model.sample(5, seed=3, codes=inputs["codes"]))
    np.testing.assert_array_equal(first, model.decode(**inputs))
    rows = [model.codes(category=c) for c in (0, 1)]
    zeros, ones = (model.sample(5, seed=3, codes=row) for row in rows)
    np.testing.assert_array_equal(zeros, model.decode(inputs["z"], rows[0]))  # the noise stays
    assert not np.array_equal(zeros, ones)
    mixed = model.sample(2, seed=3, codes=np.concatenate(rows[::-1]))
    np.testing.assert_array_equal(mixed, [ones[0], zeros[1]])


def test_codes_are_written_in_words():
    one = zoo.InfoGAN(num_features=2).codes(category=3, continuous=[0.5, 0.0])
    assert one.shape == (1, 12) and one.dtype == np.float32
    np.testing.assert_array_equal(np.flatnonzero(one), [3, 10])
    several = small(categories=(3, 2)).codes([[2, 0], [0, 1]], [-2, 2])
    np.testing.assert_array_equal(several, [[0, 0, 1, 1, 0, -2, 2], [1, 0, 0, 0, 1, -2, 2]])
    column = small(num_continuous=1).codes(1, [[-1], [0], [1]])
    np.testing.assert_array_equal(column, [[0, 1, 0, -1], [0, 1, 0, 0], [0, 1, 0, 1]])
    without = small(categories=(), num_continuous=1)
    np.testing.assert_array_equal(without.codes(continuous=[0.5]), [[0.5]])
    assert without.sample(2, seed=0).shape == (2, 3)


def test_codes_are_read_from_examples():
    model = CASES["infogan"].build()
    read = model.encode(PIXELS[:4])
    assert read.shape == (4, 5) and read.dtype == np.float32
    x = ops.convert_to_tensor(PIXELS[:4].astype("float32") / 127.5 - 1)
    q = ops.convert_to_numpy(model.discriminator(x, training=False)[1])
    odds = np.exp(q[:, :3])
    np.testing.assert_allclose(read[:, :3], odds / odds.sum(1, keepdims=True), rtol=1e-4)
    np.testing.assert_allclose(read[:, 3:], q[:, 3:], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.predict(PIXELS[:4], verbose=0), read, rtol=1e-4)


def test_ways_through_the_noise_are_of_codes():
    model = small()
    z0, z1 = np.random.default_rng(0).uniform(-1, 1, (2, 3, 2)).astype("float32")
    codes = model.codes([0, 1, 2])
    path = model.interpolate(z0, z1, 4, codes=codes)
    np.testing.assert_allclose(path[:, 0], model.decode(z0, codes), rtol=1e-5)
    np.testing.assert_allclose(path[:, -1], model.decode(z1, codes), rtol=1e-5)


@pytest.mark.skipif(not EAGERLY, reason="the same formulas, at ten times the time")
def test_inversion_finds_the_noise_beside_the_codes():
    model = small()
    z = np.array([[0.3, -0.6], [-0.2, 0.5]], "float32")
    codes = model.codes([0, 2], [0.5, -0.5])
    x = model.decode(z, codes)
    found = model.invert(x, codes=codes, starts=4, steps=100)
    assert found.error.max() < 0.05 * x.std()
    other = model.invert(x, codes=codes[::-1], starts=4, steps=100)
    assert found.error.max() < 0.5 * other.error.max()
    np.testing.assert_allclose(found.images, model.decode(found.codes, codes), rtol=1e-5)
    assert model.invert(x, starts=1, steps=2).codes.shape == (2, 2)  # of codes that it reads
    read = np.array([[0.2, 0.7, 0.1, -0.5, 3.0]])
    np.testing.assert_array_equal(model.code_spec.nearest(read), [[0, 1, 0, -0.5, 2]])


@pytest.mark.skipif(not EAGERLY, reason="the same formulas, at ten times the time")
def test_what_steers_other_gans_steers_this_one(tmp_path):
    model = CASES["infogan"].build()
    model.compile(
        loss="relativistic",
        discriminator_augment="translation",
        ema_decay=0.9,
        penalties={"orthogonal": 1e-4},
        run_eagerly=EAGERLY,
    )
    told = zoo.callbacks.Diagnostics(PIXELS[:8], examples=8)
    logs = model.fit(PIXELS[:20], batch_size=10, verbose=0, callbacks=[told]).history
    assert np.isfinite(list(logs.values())).all()
    assert "generator_gradient_norm" in logs
    features = model.features(PIXELS[:3])
    kernel, bias = values(model.discriminator.get_layer("logits").weights)
    x = ops.convert_to_tensor(PIXELS[:3].astype("float32") / 127.5 - 1)
    logits = ops.convert_to_numpy(model.judge(x, training=False))
    np.testing.assert_allclose(features @ kernel + bias, logits, rtol=1e-3, atol=1e-5)


# ---------------------------------------------------------------------- bad input

WIDE = np.full((2, 5), 0.0, "float32")
SOFT = np.array([0.5, 0.5, 0, 0, 0], "float32")
BAD = {
    "not one-hot": (
        lambda m: m.sample(2, codes=SOFT),
        r"codes out of range: .*one-hot.*0\.5, 0\.5",
    ),
    "no place": (lambda m: m.sample(2, codes=WIDE), "codes out of range: expected categorical"),
    "too large": (
        lambda m: m.sample(1, codes=np.array([1, 0, 0, 0, 2.5])),
        r"codes out of range: expected continuous codes in \[-2, 2\].*got 2\.5",
    ),
    "too few": (lambda m: m.sample(3, codes=WIDE), r"codes of shape \(3, 5\), or \(5,\) for all"),
    "not finite": (lambda m: m.sample(1, codes=np.full(5, np.nan)), "finite codes; 5 of 5"),
    "none": (lambda m: m.decode(np.zeros((2, 2))), r"Expected codes beside z.*Write them by"),
    "a place too far": (lambda m: m.codes(3), r"codes out of range: expected category.*\[3\]"),
    "half a place": (lambda m: m.codes(0.5), "expected category, integers.*got 0.5"),
    "no category": (lambda m: m.codes(), "Expected category, of 1 categorical codes; got None"),
    "a category of none": (
        lambda m: small(categories=()).codes(1),
        "of 0 categorical codes; got 1. Leave it out",
    ),
    "three numbers": (lambda m: m.codes(1, [0, 0, 0]), "1 categories and 2 continuous codes"),
    "uneven": (lambda m: m.codes([0, 1], np.zeros((3, 2))), "as many continuous codes.*got 3 and"),
    "no codes": (lambda m: small(categories=(), num_continuous=0), "num_continuous above 0"),
    "one place": (lambda m: small(categories=(1,)), "each of categories, an integer of at least 2"),
    "a negative weight": (lambda m: small(continuous_weight=-1), "continuous_weight, a weight of"),
    "no deviation": (lambda m: small(continuous_std=0), "continuous_std, a number between 0 and"),
    "labels": (lambda m: m.sample(1, labels=3), "not conditional: expected no labels"),
    "one output": (
        lambda m: small(discriminator=keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])),
        r"maps \(batch, 3\) to \[\(batch, 1\), \(batch, 5\)\]; this one gives \(None, 1\)",
    ),
    "one input": (
        lambda m: small(generator=keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])),
        r"takes \[z \(batch, 2\), codes \(batch, 5\)\]; this one does not: it has 1 inputs",
    ),
}


@pytest.mark.parametrize("mistake, message", BAD.values(), ids=BAD)
def test_a_mistake_is_named(mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake(shared())


def test_there_is_no_likelihood():
    with pytest.raises(NotImplementedError, match="Expected a model with a likelihood.*InfoGAN"):
        small().log_likelihood(VECTORS[:2])
