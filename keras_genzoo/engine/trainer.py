"""How a user trains a model and tries it: Keras's `fit`, `evaluate`, `predict` and their kin."""

import contextlib
from collections.abc import Iterator

import keras

from keras_genzoo.data.augment import names_of
from keras_genzoo.data.batches import Batches
from keras_genzoo.engine import fitting
from keras_genzoo.engine.checked import Checks, Watch, concrete
from keras_genzoo.engine.data_spec import DataSpec
from keras_genzoo.engine.labels import Labels
from keras_genzoo.engine.numbered import TrainingData, one_pass, split, to_validate
from keras_genzoo.support.checks import whole_number

FIGURES_OF_AUGMENTED = (
    "the figures are of examples changed like that. Leave augment= out for those of the data."
)


class Trainer:
    """Keras's entry points, with the data checked first; a mixin that stands before `keras.Model`.

    The model sets what stands here.
    """

    spec: DataSpec
    label_spec: Labels | None
    _running: str | None  # the method that the model is busy with
    _watches: dict[str, Watch]
    # What training on data that `augment=` changes comes to; a line that `fit` prints.
    of_augmented_data = "the model learns examples changed like that, and draws them."

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Trains as `keras.Model.fit` does; NumPy arrays and `zoo.data` resume exactly.

        The order of arrays is a function of a seed and the epoch alone, and every batch of a
        shuffled epoch is full: XLA compiles once, and no batch norm sees a stub. The few examples
        left over change from epoch to epoch.

        Raises:
            ValueError: Data of another shape, rescaled pixels, NaN, an empty set, labels or
                weights that the model does not use, labels that a conditional model misses;
                batches with fewer examples than a step deals out to its updates.
        """
        if not self.compiled:
            raise ValueError(f"Expected a compiled {type(self).__name__}; call compile() first.")
        self._refuse_weights(sample_weight, class_weight)
        if batch_size is not None:
            whole_number("batch_size", batch_size)
        if validation_split and validation_data is not None:
            raise ValueError("Expected validation_split or validation_data, not both.")
        checks = self.checks()
        x, y = checks.take(x, y, least=self.smallest_step)
        held_out, held_out_size = (None, None), validation_batch_size or batch_size
        if validation_split:
            (x, y), held_out = split(x, y, validation_split, held_out_size)
        elif validation_data is not None:
            held_out = checks.take(*keras.utils.unpack_x_y_sample_weight(validation_data))
        if verbose:
            tell_of_augmentation(x, self.of_augmented_data)
            tell_of_augmentation(held_out[0], FIGURES_OF_AUGMENTED)
        with checks, self.running("fit"):
            return fitting.fit(
                self,
                super().fit,
                TrainingData(
                    x, y, batch_size=batch_size, shuffle=shuffle, steps_per_epoch=steps_per_epoch
                ),
                epochs=epochs,
                initial_epoch=initial_epoch,
                verbose=verbose,
                callbacks=callbacks,
                validation={
                    **to_validate(*held_out, held_out_size),
                    "validation_steps": validation_steps,
                    "validation_freq": validation_freq,
                },
            )

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, **kw):
        """Means of the logged figures over `x`, as `keras.Model.evaluate` gives them.

        Where a model draws noise (latents, dequantization), that is one draw for each example, the
        same in each call with the same data and batches. Training is not disturbed.
        """
        if kw.get("_use_cached_eval_dataset"):  # that of `fit`, which has checked it
            return super().evaluate(x, y, batch_size, verbose, sample_weight, **kw)
        checks = self.checks()
        x, y = checks.take(x, y, sample_weight)
        if verbose:
            tell_of_augmentation(x, FIGURES_OF_AUGMENTED)
        with checks, self.running("evaluate"):
            if y is not None:
                x, y, batch_size = (
                    Batches(x, y, batch_size=batch_size or 32, shuffle=False),
                    None,
                    None,
                )
            return super().evaluate(one_pass(x), y, batch_size, verbose, sample_weight, **kw)

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """What `call` gives for `x`, as `keras.Model.predict` does.

        Raises:
            ValueError: Bad data; a conditional model, which needs labels as well.
        """
        if self.label_spec is not None:
            raise ValueError(
                f"{type(self).__name__} is conditional, and predict has no place for labels: "
                "expected a method that takes labels=...; got predict. Do sample(n, labels=...), "
                "or call the model on (x, labels)."
            )
        checks = Checks(self.call_spec, lambda y, sample_weight: None)
        x, _ = checks.take(x)
        if isinstance(x, Batches):  # each example, in its place
            x, batch_size = x.x, batch_size or x.batch_size
        with checks, self.running("predict"):
            return super().predict(x, batch_size, verbose, steps, callbacks)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One training step, as `keras.Model.train_on_batch` does it.

        Raises:
            ValueError: Fewer examples than a step deals out; see `fit`.
        """
        self._refuse(y, sample_weight, class_weight)
        watch = self._watch("train_on_batch", self.spec, self.label_spec)
        watch.least = self.smallest_step  # as the last `compile` has it
        watch((x, y))
        with self.running("train_on_batch"):
            return super().train_on_batch(x, y, return_dict=return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """The logged figures of one batch, as `keras.Model.test_on_batch` gives them."""
        self._refuse(y, sample_weight)
        self._watch("test_on_batch", self.spec, self.label_spec)((x, y))
        with self.running("test_on_batch"):
            return super().test_on_batch(x, y, return_dict=return_dict)

    def __call__(self, x, *args, **kwargs):
        # A model's own steps may call it on what they like.
        if self._running is None and concrete(x):
            self._watch("call", self.call_spec)(x)
        return super().__call__(x, *args, **kwargs)

    @contextlib.contextmanager
    def running(self, method: str) -> Iterator[None]:
        """Inside, the model is busy with one of its methods."""
        before, self._running = self._running, method
        try:
            yield
        finally:
            self._running = before

    @property
    def call_spec(self) -> DataSpec:
        """What `call`, and so `predict`, takes one of."""
        return self.spec

    def checks(self) -> Checks:
        """The checks of one call's data: shape, range, finiteness, labels."""
        return Checks(self.spec, self._refuse, self.label_spec)

    def _watch(self, name, spec, labels=None):
        """The checks of what one method is given, call after call."""
        return self._watches.setdefault(name, Watch(spec, labels))

    def _refuse(self, y, sample_weight, class_weight=None):
        if y is not None and self.label_spec is None:
            raise ValueError(
                f"{type(self).__name__} is not conditional: expected examples alone; got labels "
                "or targets with them. Pass x alone, or load the data with labels=False."
            )
        if y is None and self.label_spec is not None:
            raise ValueError(
                f"{type(self).__name__} is conditional: expected labels in "
                f"0..{self.label_spec.num_classes - 1} with the examples; got none. Pass x and "
                "labels, or load the data with labels=True."
            )
        self._refuse_weights(sample_weight, class_weight)

    def _refuse_weights(self, sample_weight, class_weight):
        if sample_weight is not None or class_weight is not None:
            raise ValueError(
                f"{type(self).__name__} weighs all examples alike; expected no sample_weight and "
                "no class_weight."
            )


def tell_of_augmentation(data, what: str) -> None:
    """Prints what it means that data come augmented, of others nothing.

    A line and no warning: it is no fault, and who asked for it knows it the second time.
    """
    if isinstance(data, Batches) and data.augment is not None:
        print(f"{data.name or 'The data'}, augmented by {names_of(data.augment)!r}: {what}")
