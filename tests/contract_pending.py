"""Checks that the engine does not pass yet; each moves to contract.py when it does.

Run: python -m pytest tests/contract_pending.py -m ''
"""

import contract
import keras
import numpy as np
import pytest
from contract import assert_equal, set_untrained, state, values
from keras import layers, ops
from test_contract import each_family, run, seeded, trained  # noqa: F401
from zoo_cases import CASES, IMAGE, VAE, Case

import keras_genzoo as zoo

# ---------------------------------------------------------------------- state of a model's own


@keras.saving.register_keras_serializable("tests")
class Remembering(zoo.VAE):
    """With state that neither training nor configuration knows: a mean, a counter, a pool."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        for name, shape, dtype in [("mean", (3,), "float32"), ("steps", (), "int32")]:
            self.add_weight(shape=shape, dtype=dtype, name=name, trainable=False)
        self.pool = self.add_weight(shape=(2, 8, 8, 1), name="pool", trainable=False)


def compiled(model):
    model.compile(run_eagerly=True)
    return model


OWN_STATE = CASES | {
    "remembering": Case(Remembering, IMAGE | {"latent_dim": 4, "hidden_units": (16,)}, **VAE)
}


def own_state(case, folder):
    """Every variable comes back from each kind of file, and from a checkpoint."""
    model = compiled(case.build())
    set_untrained(model)
    before = state(model)
    model.save(folder / "model.keras")
    assert_equal(before, state(keras.saving.load_model(folder / "model.keras")))
    model.save_weights(folder / "model.weights.h5")
    again = compiled(case.build())
    again.load_weights(folder / "model.weights.h5")
    assert_equal(before, state(again))
    model.save_to_preset(folder / "preset")
    assert_equal(before, state(type(model).from_preset(str(folder / "preset"))))
    # Training of no epochs writes one checkpoint, which another model begins from.
    for one in (model, compiled(case.build())):
        resume = zoo.callbacks.ResumeTraining(folder / "run")
        one.fit(case.x, batch_size=case.batch_size, epochs=0, verbose=0, callbacks=[resume])
        assert_equal(before, state(one))


@pytest.mark.parametrize("case", OWN_STATE.values(), ids=OWN_STATE)
def test_own_state(case, tmp_path):
    own_state(case, tmp_path)


# ---------------------------------------------------------------------- validation


def validation_changes_nothing(trained):  # noqa: F811
    """A run without validation ends in the bits of the run with it."""
    case = trained.case
    keras.utils.set_random_seed(1)
    model = case.build()
    model.compile(jit_compile=contract.JIT_COMPILE)
    model.fit(case.x, batch_size=case.batch_size, epochs=case.epochs, verbose=0)
    assert_equal(state(model), state(trained.model))


@each_family
def test_validation_changes_nothing(trained):  # noqa: F811
    validation_changes_nothing(trained)


def evaluation_after_load(trained, folder):  # noqa: F811
    """A saved model has the figures of the one that was saved, as often as they are asked for."""
    case, model = trained.case, trained.model
    model.save(folder / "model.keras")
    again = keras.saving.load_model(folder / "model.keras")
    x, size = case.x, case.batch_size
    figures = model.evaluate(x, batch_size=size, verbose=0, return_dict=True)
    assert again.evaluate(x, batch_size=size, verbose=0, return_dict=True) == figures
    assert model.evaluate(x, batch_size=size, verbose=0, return_dict=True) == figures


@each_family
def test_evaluation_after_load(trained, tmp_path):  # noqa: F811
    evaluation_after_load(trained, tmp_path)


def logs_have_a_loss(trained):  # noqa: F811
    """So that Keras's callbacks work by their defaults, which monitor `val_loss`."""
    assert {"loss", "val_loss"} <= set(trained.history)
    assert "loss" in trained.model.metrics_names


@each_family
def test_logs_have_a_loss(trained):  # noqa: F811
    logs_have_a_loss(trained)


# ---------------------------------------------------------------------- injected networks


def network(inputs, outputs, *head):
    """A network of one's own that behaves otherwise in training, in two ways."""
    units = int(np.prod(outputs))
    return keras.Sequential(
        [
            keras.Input(inputs),
            layers.Flatten(),
            layers.Dense(8),
            layers.BatchNormalization(),
            # Without a seed, Keras draws from PyTorch's own generator there.
            layers.Dropout(0.5, seed=1),
            layers.Dense(units),
            layers.Reshape(outputs),
            *head,
        ]
    )


IMAGES = {"image_shape": (8, 8, 1)}
INJECTED = {
    "dcgan": lambda: zoo.DCGAN(
        **IMAGES,
        latent_dim=6,
        generator=network((6,), (8, 8, 1)),
        discriminator=network((8, 8, 1), (1,)),
    ),
    "wgan_gp": lambda: zoo.WGANGP(
        **IMAGES,
        latent_dim=6,
        critic_steps=2,
        generator=network((6,), (8, 8, 1)),
        critic=network((8, 8, 1), (1,)),
    ),
    "vae": lambda: zoo.VAE(
        **IMAGES,
        latent_dim=4,
        encoder=network((8, 8, 1), (8,)),
        decoder=network((4,), (8, 8, 1)),
    ),
    "nice": lambda: zoo.NICE(
        **IMAGES, num_couplings=2, coupling_networks=[network((32,), (32,)) for _ in range(2)]
    ),
}


@pytest.mark.parametrize("build", INJECTED.values(), ids=INJECTED)
def test_injected_networks_are_trained_in_training_mode(build):
    """Batch norm's statistics and Dropout's draws move in a step, and in no evaluation."""
    model = compiled(build())
    of_layers = [
        v
        for layer in model._flatten_layers()
        if isinstance(layer, layers.BatchNormalization | layers.Dropout)
        for v in layer.non_trainable_variables
    ]
    assert len(of_layers) == 2 * (2 + 1)
    before = values(of_layers)
    x = CASES["dcgan"].x[:20]
    model.evaluate(x, batch_size=20, verbose=0)
    assert_equal(before, values(of_layers))
    model.train_on_batch(x)
    for variable, value in zip(of_layers, before, strict=True):
        moved = not np.array_equal(ops.convert_to_numpy(variable.value), value)
        assert moved, f"{variable.path} did not move"
