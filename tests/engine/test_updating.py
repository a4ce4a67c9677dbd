"""What a training step is written with: `minimize` in parts, `when`, `state`."""

import time

import keras
import numpy as np
import pytest
from contract import values
from keras import ops

import keras_genzoo as zoo
from keras_genzoo.engine import DataSpec, GenerativeModel
from keras_genzoo.metrics import cost

BACKEND = keras.backend.backend()
JIT = {"tensorflow": [False, True], "jax": [True], "torch": [False]}[BACKEND]
X = np.random.default_rng(0).normal(size=(20, 2)).astype("float32")


class Toy(GenerativeModel):
    """Its step is a function that a test gives."""

    def __init__(self, step, **kwargs):
        super().__init__(DataSpec((2,)), **kwargs)
        self.step = step
        self.a = self.add_weight(shape=(2,), initializer="ones", name="a")
        self.b = self.add_weight(shape=(2,), initializer="ones", name="b")
        self.steps = self.state("steps", dtype="int32")
        self.taken = self.state("taken")
        self.track("loss", "error")

    def networks(self):
        return {"toy": [self.a, self.b]}

    def default_optimizers(self):
        return {"toy": keras.optimizers.Adam(0.1)}

    def objective(self, x):
        error = ops.sum((x * self.a - self.b) ** 2, axis=1)
        return {"loss": error, "error": ops.mean(error)}

    def train_step(self, data):
        return self.report(**self.step(self, ops.convert_to_tensor(self.batch(data))))


def toy(step, steps=1, x=X, *, run_eagerly=False, jit_compile=JIT[0], **compile_arguments):
    """A model after some steps, and their last logs."""
    model = Toy(step)
    model.compile(run_eagerly=run_eagerly, jit_compile=jit_compile, **compile_arguments)
    for _ in range(steps):
        logs = model.train_on_batch(x, return_dict=True)
    return model, logs


# ---------------------------------------------------------------------- accumulation


@pytest.mark.parametrize("jit_compile", JIT)
@pytest.mark.parametrize("parts", [3, 4])
def test_parts_make_the_step_of_the_whole(parts, jit_compile):
    def step(model, x):
        return model.minimize("toy", model.objective, x)

    whole, logs = toy(step, 3, optimizer="sgd", jit_compile=jit_compile)
    split, own = toy(step, 3, optimizer="sgd", jit_compile=jit_compile, accumulation=parts)
    for a, b in zip(values([whole.a, whole.b]), values([split.a, split.b]), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
    assert own == pytest.approx(logs, rel=1e-5)  # of the whole batch, scalars too
    assert int(split.optimizer["toy"].iterations) == 3


def test_a_subset_in_parts():
    def step(model, x):
        return model.minimize("toy", model.objective, x, variables=[model.b])

    whole, _ = toy(step, 3)
    split, _ = toy(step, 3, accumulation=2)
    assert (values([split.a])[0] == 1.0).all() and (values([split.b])[0] != 1.0).all()
    np.testing.assert_allclose(values([split.b])[0], values([whole.b])[0], rtol=1e-5)


def test_what_belongs_to_examples_is_split_with_them():
    seen = []

    def step(model, x):
        def loss(x, others):
            seen.append((x.shape[0], others["y"].shape[0]))
            return {"loss": ops.sum(others["y"] * model.a, axis=1), "error": ops.mean(x)}

        return model.minimize("toy", loss, x, {"y": 2.0 * x})

    toy(step, run_eagerly=True, accumulation=3)
    assert seen == [(6, 6), (7, 7), (7, 7)]


def test_the_engine_updates_a_model_of_the_zoo_in_parts():
    x = np.random.default_rng(1).normal(size=(60, 3)).astype("float32")
    ends = []
    for accumulation in (1, 4):
        keras.utils.set_random_seed(0)
        model = zoo.NICE(num_features=3, hidden_units=8, hidden_layers=1, num_couplings=2)
        model.compile(optimizer="sgd", accumulation=accumulation, jit_compile=JIT[0])
        model.fit(x, batch_size=20, verbose=0)
        ends.append(values(model.trainable_variables))
    for a, b in zip(*ends, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="elsewhere a graph knows its batches' length")
def test_parts_of_batches_of_unknown_length():
    import tensorflow as tf

    signature = tf.TensorSpec((None, 2), "float32")
    data = tf.data.Dataset.from_generator(lambda: iter([X, X[:7]]), output_signature=signature)
    data = data.apply(tf.data.experimental.assert_cardinality(2))
    ends = []
    for accumulation in (1, 3):
        model = Toy(lambda model, x: model.minimize("toy", model.objective, x))
        model.compile(optimizer="sgd", jit_compile=False, accumulation=accumulation)
        model.fit(data, verbose=0)
        ends.append(values(model.trainable_variables))
    for a, b in zip(*ends, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_a_step_that_gives_no_examples_cannot_be_split():
    def step(model, x):
        return model.minimize("toy", lambda: model.objective(x))

    with pytest.raises(ValueError, match="accumulation=2; train_step of Toy gives none. Write"):
        toy(step, accumulation=2)


def test_examples_of_two_numbers_cannot_be_split():
    def step(model, x):
        return model.minimize("toy", lambda x, y: model.objective(x), x, x[:5])

    with pytest.raises(ValueError, match=r"examples of one number.*got \[5, 20\]"):
        toy(step, accumulation=2)


def test_a_batch_smaller_than_the_parts():
    def step(model, x):
        return model.minimize("toy", model.objective, x)

    with pytest.raises(ValueError, match="Expected batches of at least 8 examples.*got one of 5"):
        toy(step, x=X[:5], accumulation=8)
    model = Toy(step)
    model.compile(accumulation=8)
    with pytest.raises(ValueError, match="batches of at least 8 examples; got 5"):
        model.fit(X, batch_size=5, verbose=0)


@pytest.mark.parametrize("wrong", [0, 1.5, True, "2"])
def test_accumulation_is_checked(wrong):
    with pytest.raises(ValueError, match="Expected accumulation, a positive integer"):
        Toy(None).compile(accumulation=wrong)


def test_accumulation_is_among_the_settings(tmp_path):
    model = zoo.NICE(num_features=3, hidden_units=8, hidden_layers=1, num_couplings=2)
    model.compile(accumulation=3)
    assert model.compiled_settings()["accumulation"] == 3
    model.save(tmp_path / "m.keras")
    assert keras.saving.load_model(tmp_path / "m.keras").accumulation == 3


# ---------------------------------------------------------------------- when


def alternating(model, x):
    """Moves a at every third step, b at the others; both draw and assign."""
    model.steps.assign(model.steps + 1)

    def first():
        model.taken.assign_add(1.0)
        noise = zoo.backends.normal((20, 2), model.noise)
        return model.minimize("toy", model.objective, x + 0.1 * noise, variables=[model.a])

    def second():
        return model.minimize("toy", model.objective, x, variables=[model.b])

    return model.when(model.steps % 3 == 0, first, second)


@pytest.mark.parametrize("jit_compile", JIT)
def test_either_branch_reads_assigns_draws_and_minimizes(jit_compile):
    model, logs = toy(alternating, 2, jit_compile=jit_compile)
    noise = values([model.noise.state])
    a, b = values([model.a, model.b])
    assert (a == 1.0).all() and (b != 1.0).all() and float(model.taken) == 0.0
    third = model.train_on_batch(X, return_dict=True)
    a_then, b_then = values([model.a, model.b])
    assert (a_then != a).all() and (b_then == b).all() and float(model.taken) == 1.0
    assert (values([model.noise.state])[0] != noise[0]).any()  # drawn from in this branch alone
    assert logs["loss"] > 0 and third["loss"] > 0
    assert int(model.optimizer["toy"].iterations) == 3


def test_compiled_branches_do_what_eager_ones_do():
    (a, _), (b, _) = (toy(alternating, 2, run_eagerly=eager) for eager in (True, False))
    for x, y in zip(values([a.a, a.b]), values([b.a, b.b]), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-5)


@pytest.mark.parametrize("jit_compile", JIT)
def test_the_branch_not_taken_is_not_computed(jit_compile):
    def step(model, x):
        model.steps.assign(model.steps + 1)

        def long():
            start = ops.ones((200, 200)) + model.a[0]
            end = ops.fori_loop(0, 100, lambda i, m: ops.matmul(m, m) * 1e-3, start)
            return {"loss": ops.sum(end), "error": ops.sum(x)}

        short = lambda: {"loss": ops.sum(x), "error": ops.sum(x)}  # noqa: E731
        return model.when(model.steps % 2 == 0, long, short)

    model, _ = toy(step, 2, jit_compile=jit_compile)
    seconds = {0: [], 1: []}
    for i in range(6):
        start = time.perf_counter()
        model.train_on_batch(X)
        seconds[i % 2].append(time.perf_counter() - start)
    assert min(seconds[1]) > 3 * min(seconds[0])


def test_branches_within_branches_and_within_losses():
    def step(model, x):
        model.steps.assign(model.steps + 1)

        def loss(x):
            far = model.when(model.steps > 1, lambda: 2.0 * model.a, lambda: model.a)
            return {"loss": ops.sum(x**2 * far, axis=1), "error": 0.0 * x[:, 0]}

        def inner():
            model.taken.assign(5.0)
            return model.when(
                model.steps > 1,
                lambda: model.minimize("toy", loss, x),
                lambda: {"loss": ops.zeros(20), "error": ops.zeros(20)},
            )

        return model.when(model.steps > 0, inner, lambda: model.minimize("toy", loss, x))

    model, _ = toy(step, 1, optimizer="sgd")
    np.testing.assert_array_equal(values([model.a])[0], 1.0)
    model, _ = toy(step, 2, optimizer="sgd")
    np.testing.assert_allclose(
        values([model.a])[0], 1.0 - 0.01 * 2.0 * (X**2).mean(axis=0), rtol=1e-5
    )
    assert float(model.taken) == 5.0


def test_a_python_boolean_chooses_at_once():
    model = Toy(None)
    assert float(model.when(True, lambda: 1.0, lambda: 1 / 0)) == 1.0
    assert model.when(False, lambda: 1 / 0, lambda: None) is None


def test_the_predicate_is_one_boolean():
    with pytest.raises(ValueError, match=r"one boolean; got a tensor of shape \(2,\)"):
        Toy(None).when(ops.convert_to_tensor([True, False]), lambda: 1.0, lambda: 2.0)


@pytest.mark.skipif(BACKEND == "torch", reason="PyTorch looks at one branch alone")
@pytest.mark.parametrize("other", [0.0, {"loss": 0.0}, {"loss": [0.0] * 19, "error": 0.0}])
def test_branches_of_two_kinds(other):
    def step(model, x):
        model.steps.assign(model.steps + 1)
        return model.when(model.steps > 0, lambda: model.objective(x), lambda: other)

    with pytest.raises(ValueError, match="Expected both functions of when to return one structure"):
        toy(step)


def test_several_replicas_have_no_branches(monkeypatch):
    monkeypatch.setattr(zoo.backends, "replicas", lambda: 2)
    with pytest.raises(ValueError, match="Expected one replica for Toy.when; got 2"):
        Toy(None).when(ops.convert_to_tensor(True), lambda: 1.0, lambda: 2.0)


# ---------------------------------------------------------------------- state


def test_state_is_no_parameter_and_no_optimizer_moves_it():
    model = Toy(None)
    assert model.count_params() == 4
    assert cost.parameters(model).value == 4
    assert [v.path for v in model.trainable_variables] == [model.a.path, model.b.path]
    assert (model.steps.dtype, model.taken.dtype) == ("int32", "float32")
    assert (model.steps.aggregation, model.taken.aggregation) == ("only_first_replica", "mean")


@pytest.mark.parametrize("name", ["state", "when", "average", "accumulation"])
def test_an_argument_that_would_hide_what_a_step_is_written_with(name):
    arguments = {"__init__": eval(f"lambda self, {name}=1, **kwargs: None")}
    with pytest.raises(ValueError, match=f"under names of their own; got '{name}'"):
        zoo.engine.arguments.check(type("Own", (GenerativeModel,), arguments), ())
