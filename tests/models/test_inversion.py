"""Codes of examples: against least squares in closed form, and what a user is promised."""

import math

import keras
import numpy as np
import pytest
from contract import assert_equal, close, state
from keras import ops
from zoo_cases import CASES, MECHANISMS, PIXELS, over

import keras_genzoo as zoo
from keras_genzoo.models import descent, inversion
from keras_genzoo.probability.priors import Logistic, Normal, Uniform
from keras_genzoo.support.abilities import Decodes

QUICK = {"starts": 2, "steps": 20}


def linear_gan(prior, latent_dim=3, num_features=6):
    """A generator z W + b, with W and b."""
    rng = np.random.default_rng(0)
    w, b = rng.normal(size=(latent_dim, num_features)), rng.normal(size=num_features)
    dense = keras.layers.Dense(num_features)
    model = zoo.WGANGP(
        num_features=num_features,
        latent_dim=latent_dim,
        generator=keras.Sequential([keras.Input((latent_dim,)), dense]),
        width=4,
    )
    dense.set_weights([w, b])
    model.prior = prior
    return model, w, b


@pytest.fixture(autouse=True)
def quickly_compiled(monkeypatch):
    monkeypatch.setattr(descent, "MEMORY", 4)


@pytest.fixture(scope="module")
def gan():
    """A DCGAN whose samples are unlike each other."""
    model = unlike(CASES["dcgan"].build())
    model.compile()
    return model


def unlike(model):
    """The model with large weights, so that its samples are unlike each other."""
    rng = np.random.default_rng(0)
    for v in model.generator.trainable_variables:
        v.assign(rng.normal(0, 0.7, v.shape))
    return model


# ---------------------------------------------------------------------- how near


@pytest.mark.parametrize("prior", [Normal(), Logistic()])
@pytest.mark.parametrize("counted", [6, 4])
def test_codes_of_a_linear_decoder_are_those_of_least_squares(prior, counted):
    model, w, b = linear_gan(prior)
    x = np.random.default_rng(1).normal(size=(5, 6)).astype("float32")
    found = model.invert(x, starts=3, steps=60, mask=np.arange(6) < counted)
    want, squares, *_ = np.linalg.lstsq(w.T[:counted], (x - b).T[:counted], rcond=None)
    np.testing.assert_allclose(found.codes, want.T, atol=1e-3)
    np.testing.assert_allclose(found.error, np.sqrt(squares / counted), rtol=1e-3)


@pytest.mark.parametrize("prior", [Uniform(-1.0, 1.0), Uniform(2.0, 3.0)])
def test_codes_are_such_as_the_prior_has(prior):
    model, w, b = linear_gan(prior)
    rng = np.random.default_rng(1)
    inside = rng.uniform(prior.low + 0.1, prior.high - 0.1, (5, 3))
    close(model.invert((inside @ w + b).astype("float32"), steps=60).codes, inside)
    far = 10 * rng.normal(size=(5, 6)).astype("float32")
    codes = model.invert(far, **QUICK).codes
    assert (codes >= prior.low).all() and (codes <= prior.high).all()


def test_a_models_own_samples_are_found_again(gan):
    x = gan.sample(4, seed=0)
    found = gan.invert(x, steps=50)
    assert found.codes.shape == (4, 6) and found.codes.dtype == np.float32
    assert found.error.shape == (4,) and (found.error < 2).all()
    assert (found.nearest, found.neighbors, found.distance) == (None, None, None)


def test_a_samples_own_code_is_no_start():
    """`sample` and `invert` draw apart, with equal seeds too."""
    model, _, _ = linear_gan(Normal())
    assert (model.invert(model.sample(64, seed=0), starts=1, steps=1).error > 1e-3).all()


def test_the_nearest_quarter_goes_on():
    assert descent.plan(8, 500) == [(8, 100), (2, 400)]
    assert descent.plan(1, 1) == [(1, 1), (1, 0)]


def test_a_descent_that_stands_still_ends(monkeypatch):
    model, _, _ = linear_gan(Normal())
    walks, calls = descent.Descent(model), []
    steps = walks.steps
    walks.steps = lambda number, *state: calls.append(int(number)) or steps(number, *state)
    monkeypatch.setattr(inversion, "Descent", lambda model: walks)
    model.invert(model.decode(np.eye(3)), steps=10_000)
    assert sum(calls) < 100


def test_what_has_ended_does_not_go_on(gan):
    walks = descent.Descent(gan)
    u = np.zeros((2, 6), "float32")
    target = [ops.convert_to_tensor(a.astype("float32")) for a in (PIXELS[:2], PIXELS[:2] > -1)]
    start, error, gradient, length, *memory = walks.begin(ops.convert_to_tensor(u), *target)
    length = ops.convert_to_tensor(np.float32([1, 0]))
    five = ops.convert_to_tensor(np.int32(5))
    ends = walks.steps(five, start, error, gradient, length, *memory, *target)
    moved = np.abs(ops.convert_to_numpy(ends[0])).max(axis=1)
    assert moved[0] > 0 and moved[1] == 0


def test_more_starts_begin_with_fewer(gan, monkeypatch):
    monkeypatch.setattr(descent, "KEPT", 1)
    few, more = (gan.invert(PIXELS[:6], starts=n, steps=10).error for n in (1, 4))
    assert (more < few + 0.1).all() and (more < few - 0.1).any()


def test_where_a_descent_leads_astray_its_start_is_kept(gan, monkeypatch):
    monkeypatch.setattr(descent, "FIRST", math.inf)
    model = CASES["dcgan"].build()
    found = model.invert(PIXELS[:3], **QUICK)
    assert np.isfinite(found.codes).all()
    assert (np.abs(found.codes) < 1).all() and (found.codes != 0).all()


@pytest.mark.parametrize("name", ["vae", "nice"])
def test_a_model_that_encodes_starts_from_there_too(name):
    model = CASES[name].build()
    found = model.invert(PIXELS[:3], starts=1, steps=1)
    back = model.decode(model.encode(PIXELS[:3]))
    assert (found.error <= errors(PIXELS[:3], back) + 1e-6).all()
    if name == "nice":
        assert (found.error < 1).all()


# ---------------------------------------------------------------------- what counts


@pytest.mark.parametrize("name", ["dcgan", "vae"])
@pytest.mark.parametrize("each", [False, True])
def test_what_does_not_count_does_not_matter(name, each):
    model, x = CASES[name].build(), PIXELS[:3]
    shape = (3, 8, 8) if each else (8, 8)
    mask = np.random.default_rng(0).random(shape) < 0.5
    other = np.where(mask[..., None], x, 255 - x)
    found, again = (model.invert(y, mask=mask, **QUICK) for y in (x, other))
    np.testing.assert_array_equal(found.codes, again.codes)
    np.testing.assert_array_equal(found.error, again.error)
    nan = np.where(mask[..., None], x, np.nan)
    np.testing.assert_array_equal(found.codes, model.invert(nan, mask=mask, **QUICK).codes)
    assert np.abs(found.codes - model.invert(x, **QUICK).codes).max() > 1e-2


def test_one_mask_in_all_its_forms(gan):
    mask = np.arange(8) < 4
    mask = np.broadcast_to(mask, (8, 8))
    forms = [mask, mask[..., None], np.stack([mask] * 2), np.stack([mask[..., None]] * 2)]
    found = [
        gan.invert(PIXELS[:2], mask=form.astype(t), **QUICK)
        for form, t in zip(forms, "?ifB", strict=True)
    ]
    for other in found[1:]:
        np.testing.assert_array_equal(found[0].codes, other.codes)


@pytest.mark.parametrize("masked", [False, True])
def test_the_error_is_that_of_the_pixels_that_count(gan, masked):
    x = PIXELS[:3]
    mask = np.random.default_rng(0).random(x.shape) < (0.4 if masked else 1.1)
    found = gan.invert(x, mask=mask if masked else None, **QUICK)
    close(found.images, gan.decode(found.codes))
    np.testing.assert_allclose(found.error, errors(x, found.images, mask))


def errors(x, y, mask=True):
    off = (x.astype(float) - y) ** 2
    return np.array(
        [one[own].mean() ** 0.5 for one, own in zip(off, mask & (off > -1), strict=True)]
    )


@pytest.mark.parametrize("masked", [False, True])
def test_the_nearest_training_example_is_told(gan, masked, monkeypatch):
    monkeypatch.setattr(inversion, "VALUES_AT_ONCE", 1)  # 16 rows at once
    x, training = PIXELS[:20], PIXELS[20:]
    mask = np.random.default_rng(0).random((20, 8, 8, 1)) < (0.4 if masked else 1.1)
    found = gan.invert(x, nearest=training, mask=mask if masked else None, starts=1, steps=1)
    want = np.stack([errors(x, np.broadcast_to(one, x.shape), mask) for one in training], axis=1)
    np.testing.assert_array_equal(found.neighbors, want.argmin(1))
    np.testing.assert_allclose(found.distance, want.min(1))
    np.testing.assert_array_equal(found.nearest, training[want.argmin(1)])


def test_a_copy_is_at_no_distance(gan):
    found = gan.invert(PIXELS[3:5], nearest=PIXELS, starts=1, steps=1)
    assert found.neighbors.tolist() == [3, 4] and (found.distance == 0).all()


# ---------------------------------------------------------------------- what it depends on


def test_an_example_is_inverted_by_itself(gan):
    x = PIXELS[:5]
    whole = gan.invert(x, **QUICK)
    np.testing.assert_array_equal(whole.codes, gan.invert(x, **QUICK).codes)
    np.testing.assert_allclose(whole.codes[2:3], gan.invert(x[2:3], **QUICK).codes, atol=1e-3)
    np.testing.assert_allclose(whole.codes, gan.invert(x, batch_size=4, **QUICK).codes, atol=1e-3)
    assert np.abs(whole.codes - gan.invert(x, seed=1, **QUICK).codes).max() > 1e-2


def test_training_is_not_disturbed(gan):
    before = state(gan)
    gan.invert(PIXELS[:2], **QUICK)
    assert_equal(before, state(gan))


def test_it_follows_the_weights(gan):
    model = CASES["vae"].build()
    before = model.invert(PIXELS[:2], **QUICK)
    for v in model.decoder.trainable_variables:
        v.assign(v + 0.5)
    after = model.invert(PIXELS[:2], **QUICK)
    assert np.abs(after.codes - before.codes).max() > 1e-2
    close(after.images, model.decode(after.codes))


def test_progress_is_shown(gan, capsys):
    gan.invert(PIXELS[:3], verbose=1, batch_size=2, starts=1, steps=12)
    assert "48/48" in capsys.readouterr().out
    gan.invert(PIXELS[:3], verbose=0, starts=1, steps=12)
    assert capsys.readouterr().out == ""


# ---------------------------------------------------------------------- labels


@pytest.fixture(scope="module")
def conditional():
    """A CGAN whose samples are unlike each other, also those of one code."""
    return unlike(CASES["cgan"].build())


def test_codes_are_found_for_the_labels_that_are_given(conditional):
    x, labels = conditional.sample(6, seed=0, labels=[0, 1, 2] * 2), [0, 1, 2] * 2
    found = conditional.invert(x, labels=labels, steps=60)
    assert (found.error < 2).all()
    close(found.images, conditional.decode(found.codes, labels))
    wrong = conditional.invert(x, labels=np.roll(labels, 1), steps=60)
    assert wrong.error.mean() > 2 * found.error.mean()
    one = conditional.invert(x[1:2], labels=1, steps=60)
    np.testing.assert_allclose(one.codes, found.codes[1:2], atol=1e-2)


def test_labels_that_are_missing_or_useless(gan, conditional):
    with pytest.raises(ValueError, match="is conditional: expected labels.*got None. Pass labels"):
        conditional.invert(PIXELS[:2])
    with pytest.raises(ValueError, match="labels in 0..2.*got 3"):
        conditional.invert(PIXELS[:2], labels=[0, 3])
    with pytest.raises(ValueError, match="Expected 2 labels, one for each example; got 3"):
        conditional.invert(PIXELS[:2], labels=[0, 1, 2])
    with pytest.raises(ValueError, match="DCGAN is not conditional: expected no labels"):
        gan.invert(PIXELS[:2], labels=[0, 1])


# ---------------------------------------------------------------------- which models, bad input


@pytest.mark.parametrize("name", over({name: name for name in CASES}, core=MECHANISMS))
def test_every_model_that_decodes_inverts(name):
    case = CASES[name]
    model, x = case.build(), case.x[:2]
    if not isinstance(model, Decodes):
        assert "invert" not in dir(model)
        return
    found = model.invert(x, starts=1, steps=2, **case.told(2))
    assert found.codes.shape == (2, model.latent_dim)
    assert found.images.shape == x.shape and found.images.dtype == x.dtype
    assert np.isfinite(found.error).all()


ONES = np.ones((8, 8))
BAD = {
    "another shape": ({"x": PIXELS[:2, :7]}, r"\(batch, 8, 8, 1\); got \(2, 7, 8, 1\)"),
    "no batch axis": ({"x": PIXELS[0]}, r"Add a batch axis: x\[None\]"),
    "rescaled": ({"x": PIXELS / 255}, r"rescaled to \[0, 1\]"),
    "rescaled, masked": ({"x": PIXELS / 255, "mask": ONES}, r"rescaled to \[0, 1\]"),
    "codes": ({"x": np.zeros((2, 6))}, r"\(batch, 8, 8, 1\); got \(2, 6\)"),
    "a mask's shape": ({"mask": ONES[1:]}, r"mask of shape \(8, 8, 1\) or \(8, 8\).*got \(7, 8\)"),
    "too few masks": ({"mask": np.ones((3, 8, 8))}, r"one of these for each of 2.*got \(3, 8, 8\)"),
    "a mask's values": ({"mask": ONES * 255}, "mask of 0 and 1.*Do mask > 0"),
    "an empty mask": ({"mask": ONES * 0}, "pixels that count, which are 1; got none"),
    "one empty mask": ({"mask": np.stack([ONES, 0 * ONES])}, "got none for example 1"),
    "no starts": ({"starts": 0}, "starts, a positive integer; got 0"),
    "no steps": ({"steps": 0}, "steps, a positive integer; got 0"),
    "half a step": ({"steps": 0.5}, "steps, a positive integer; got 0.5"),
    "a seed": ({"seed": -1}, "seed, an integer of at least 0; got -1"),
    "no batch": ({"batch_size": 0}, "batch_size, a positive integer; got 0"),
    "other training data": ({"nearest": PIXELS[:, :7]}, r"nearest of shape \(batch, 8, 8, 1\)"),
    "rescaled training data": ({"nearest": PIXELS / 255}, "nearest has .*rescaled"),
    "verbose": ({"verbose": "yes"}, 'verbose, "auto", 0 or 1'),
}


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_arguments(gan, arguments, message):
    with pytest.raises(ValueError, match=message):
        gan.invert(**{"x": PIXELS[:2], **arguments})
