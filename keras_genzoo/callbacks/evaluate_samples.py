"""Sample quality while a model trains."""

from typing import Any

import keras

from keras_genzoo.metrics import SampleQuality, Score
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.undisturbed import undisturbed


class EvaluateSamples(keras.callbacks.Callback):
    """Measures the quality of a model's samples after epochs of `fit`, as one of its logs.

    Callbacks that come after it in the list see the figure as they see a loss: put it before
    `ModelCheckpoint`, `EarlyStopping` and `CSVLogger`, and `ResumeTraining` last. Keras knows no
    direction for the metric: give `mode="min"` for distances, `mode="max"` for the others.

    The first epoch is measured, every `every`-th, and the last. In those between, the last value
    stands in the logs again, so that no callback misses it; to `EarlyStopping` they are epochs
    without improvement, so give it a `patience` of several times `every`.

    Training is not disturbed: the samples are those of a seed of their own, and a run with this
    callback ends in the same bits as one without.

    Args:
        real: What samples are held against: data of `zoo.data.load` or uint8 images (n, height,
            width, channels), seen by the embedded extractor of grey images; or a
            `metrics.SampleQuality`, which has an extractor of its own.
        metric: One of the metrics of `SampleQuality`; the name that it has in the logs.
        every: Epochs between two measurements.
        samples: How many are drawn each time.
        seed: Of the samples; the same in each epoch.

    Attributes:
        scores: The `Score` of each measured epoch, with its protocol: {epoch from 1: score}.

    Raises:
        ValueError: A metric that is unknown, or that the given `SampleQuality` does not measure;
            `every` or `samples` is no positive integer; images that the extractor does not take.

    Example:
        ```python
        model.fit(
            train,
            epochs=50,
            callbacks=[
                zoo.callbacks.EvaluateSamples(test, "frechet_distance", every=5, samples=1000),
                keras.callbacks.ModelCheckpoint(
                    "best.keras", monitor="frechet_distance", mode="min", save_best_only=True
                ),
            ],
        )
        ```
    """

    def __init__(
        self,
        real: Any,
        metric: str = "frechet_distance",
        *,
        every: int = 1,
        samples: int = 1000,
        seed: int = 0,
    ):
        super().__init__()
        self.every = whole_number("every", every)
        self.samples = whole_number("samples", samples)
        self.metric, self.seed = metric, seed
        if isinstance(real, SampleQuality):
            self.quality = real
            if metric not in real.metrics:
                raise ValueError(
                    f"Expected a metric of this SampleQuality: {', '.join(real.metrics)}; got "
                    f"{metric!r}."
                )
        else:
            with undisturbed():
                self.quality = SampleQuality(real, metrics=(metric,))
        self.scores: dict[int, Score] = {}
        self._last: float | None = None

    @property
    def state(self) -> dict:
        """What a resumed run must know: the scores so far, and the value of the last."""
        scores = {number: score.to_json() for number, score in self.scores.items()}
        return {"scores": scores, "last": self._last}

    @state.setter
    def state(self, state: dict):
        self.scores = {number: Score.from_json(text) for number, text in state["scores"].items()}
        self._last = state["last"]

    def on_train_begin(self, logs=None):
        self._last = None

    def on_epoch_end(self, epoch, logs=None):
        number = epoch + 1
        if self._last is None or number % self.every == 0 or number == self.params.get("epochs"):
            with undisturbed():
                measured = self.quality.measure(self.model, samples=self.samples, seed=self.seed)
            self.scores[number] = measured[self.metric]
            self._last = self.scores[number].value
        if logs is not None:
            logs[self.metric] = self._last
