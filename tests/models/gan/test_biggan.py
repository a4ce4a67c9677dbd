"""BigGAN: truncation, the split of z, batch norm by class and z, and its penalty."""

import keras
import numpy as np
import pytest
from contract import JIT_COMPILE, close, values
from keras import ops
from zoo_cases import CASES, PIXELS

import keras_genzoo as zoo
from keras_genzoo.layers import ConditionalBatchNorm, SelfAttention, SpectralNorm


def layers_of(network, cls):
    return [layer for layer in network._flatten_layers() if isinstance(layer, cls)]


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return CASES["biggan"].build()


def drawn(model, n=200, **how):
    parts = list(model.inputs_in_batches(n, 3, n, **how))
    return parts[0]["z"], parts[0]["labels"]


# ---------------------------------------------------------------------- truncation


def test_what_is_far_is_drawn_anew_and_the_rest_stays(model):
    z, labels = drawn(model)
    near, same = drawn(model, truncation=0.7)
    far = np.abs(z) > 0.7
    np.testing.assert_array_equal(near[~far], z[~far])
    np.testing.assert_array_equal(same, labels)
    assert 0.4 < far.mean() < 0.6 and (near[far] != z[far]).all()
    assert np.abs(near).max() <= 0.7
    # Those drawn anew are normal between the ends: more of them near the middle.
    expected = 0.7 * 0.564  # the deviation of N(0, 1) inside of 0.7, by quadrature
    assert near.std() == pytest.approx(expected, rel=0.05)


def test_truncation_none_changes_nothing_and_a_wide_one_neither(model):
    plain = model.sample(5, seed=3, labels=1)
    np.testing.assert_array_equal(plain, model.sample(5, seed=3, labels=1, truncation=None))
    np.testing.assert_array_equal(plain, model.sample(5, seed=3, labels=1, truncation=100.0))
    narrow = model.sample(5, seed=3, labels=1, truncation=0.1)
    assert (plain != narrow).any()
    close(narrow[:2], model.sample(2, seed=3, labels=1, truncation=0.1))


def test_towards_zero_all_samples_of_a_class_are_one(model):
    samples = model.sample(6, seed=0, labels=[0, 1, 2, 0, 1, 2], truncation=1e-5)
    of_zero = model.decode(np.zeros((3, 6), "float32"), labels=[0, 1, 2])
    close(samples, np.concatenate([of_zero, of_zero]))


@pytest.mark.parametrize("truncation", [0.0, -1.0, float("nan")])
def test_a_truncation_that_cannot_be(model, truncation):
    with pytest.raises(ValueError, match="Expected truncation, a number between 0 and inf"):
        model.sample(2, truncation=truncation)


def test_other_models_have_no_truncation():
    with pytest.raises(ValueError, match="samples of DCGAN are not made to be truncated"):
        CASES["dcgan"].build().sample(2, truncation=0.5)


# ---------------------------------------------------------------------- networks


def test_each_level_gets_its_part_of_z():
    """16x16 has two blocks: of 7 numbers 3 go to 4x4 and 2 to each block."""
    model = zoo.BigGAN((16, 16, 1), 3, latent_dim=7, width=8, embedding_dim=4)
    norms = layers_of(model.generator, ConditionalBatchNorm)
    assert len(norms) == 4 and all(norm.num_classes is None for norm in norms)
    dense = next(layer for layer in model.generator.layers if isinstance(layer, SpectralNorm))
    assert dense.normalized.shape == (3, 4 * 4 * 8)
    for norm in norms:
        assert norm.gain.normalized.shape == (4 + 2, 8)
    with pytest.raises(ValueError, match="Expected latent_dim of 3 or more"):
        zoo.BigGAN((16, 16, 1), 3, latent_dim=2, width=8)


def test_gain_and_bias_follow_the_class_and_z(model):
    z = np.random.default_rng(0).normal(size=(1, 6)).astype("float32")
    last = z.copy()
    last[:, -1] += 1.0  # of the block's part
    plain, classes, moved = (
        ops.convert_to_numpy(model.generator([ops.convert_to_tensor(a), ops.convert_to_tensor(b)]))
        for a, b in ((z, [0]), (z, [1]), (last, [0]))
    )
    assert np.abs(plain - classes).max() > 1e-5 and np.abs(plain - moved).max() > 1e-5


def test_kernels_begin_orthogonal_and_the_shared_embedding_is_free():
    model = CASES["biggan"].build()
    (attention,) = layers_of(model.generator, SelfAttention)
    assert attention.pool
    inside = {id(layer.normalized) for layer in layers_of(model.generator, SpectralNorm)}
    free = [v for v in model.generator.trainable_variables if len(v.shape) > 1]
    assert [v.name for v in free if id(v) not in inside] == ["embeddings"]
    kernel = values([layers_of(model.discriminator, SpectralNorm)[1].normalized])[0]
    w = kernel.reshape(-1, kernel.shape[-1])
    np.testing.assert_allclose(w.T @ w, np.eye(w.shape[1]), atol=1e-5)


# ---------------------------------------------------------------------- training


def test_the_orthogonal_penalty_is_its_own_unless_left_out(model):
    x, y = ops.convert_to_tensor(PIXELS[:6] / 127.5 - 1.0, "float32"), ops.zeros((6,), "int32")
    found = []
    for given in (None, {}, {"orthogonal": 1e-4}, {"orthogonal": 1.0}):
        model.compile(penalties=given, jit_compile=JIT_COMPILE)
        loss = model.generator_loss(x, y, seed=model.seeded(1), training=False)
        found.append(ops.convert_to_numpy(loss).mean())
    paper, none, same, heavy = found
    assert paper == same and paper != none and heavy - none > 100 * abs(paper - none)
    assert "penalties" not in CASES["biggan"].build().get_config()


def test_samples_are_the_averages_with_statistics_of_their_own():
    model = CASES["biggan"].build()
    model.compile(jit_compile=JIT_COMPILE)
    assert model.average_settings() == {"ema_decay": 0.9999, "ema_statistics": "standing"}
    assert len(model.average.batch_norms()) == 3
    rates = [float(model.optimizer[n].learning_rate) for n in ("discriminator", "generator")]
    assert rates == pytest.approx([2e-4, 5e-5])


def test_a_batch_too_small_for_accumulation():
    case = CASES["biggan"]
    model = case.cls(**case.arguments | {"discriminator_steps": 2})
    model.compile(accumulation=4)
    assert model.smallest_step == 8
    with pytest.raises(ValueError, match="8"):
        model.train_on_batch(*case.data(0, 7))
