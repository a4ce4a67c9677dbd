"""The models of a comparison: trained or loaded, measured stage by stage, each in its folder."""

import hashlib
import inspect
import json
import math
import os
from pathlib import Path

import keras
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from keras_genzoo import data as zoo_data
from keras_genzoo import registry
from keras_genzoo.callbacks import ResumeTraining
from keras_genzoo.evaluation.comparison import Entry
from keras_genzoo.evaluation.ruler import Measured, Ruler
from keras_genzoo.models import catalogue
from keras_genzoo.support.abilities import num_classes_of
from keras_genzoo.support.files import written_whole
from keras_genzoo.support.names import hint


def contestant(name, ruler, folder, epochs, settings, seed) -> "Contestant":
    """A model to be trained, of the zoo or as "module:Class", or a preset, by its name."""
    is_place = name.startswith(("hf://", ".", "~")) or os.sep in name or os.path.isdir(name)
    row = catalogue.find(name)
    if row or (registry.is_own(name) and not is_place):
        quick = row.quick if row else catalogue.Quick()
        cls = registry.model_class(name)
        return Trained(name, cls, quick, ruler, folder, epochs, settings or {}, seed)
    known = [*registry.MODELS, *registry.presets()]
    if not is_place and name not in known:
        raise ValueError(
            f"Expected a model or preset of the zoo, module:Class, or a preset's folder; got "
            f"{name!r}. {hint(name, known)}"
        )
    if settings:
        raise ValueError(f"{name!r} is a preset: it has its settings; got {settings}.")
    return Contestant(name, ruler, folder)


class Contestant:
    """A preset, and what is known of it in its folder of the comparison."""

    def __init__(self, name: str, ruler: Ruler, folder: Path):
        self.name, self.folder = name, folder
        self.model = registry.from_preset(name)
        ruler.check(self.model)

    @property
    def how(self) -> dict:
        """How it came about, as JSON values."""
        return {"preset": self.name}

    def make(self, ruler: Ruler, console: Console) -> keras.Model:
        """The finished model."""
        return self.model

    def entry(self, ruler: Ruler, console: Console) -> Entry:
        """The model's row, of which only what is missing is measured."""
        self.folder.mkdir(parents=True, exist_ok=True)
        model = self.make(ruler, console)
        weights = _digest(model)
        path = self.folder / "scores.json"
        stored = _read_json(path, {})
        everything = Measured()
        for stage in ruler.stages():
            request = {**ruler.request(stage), "weights": weights}
            done = stored.get(stage)
            if done is None or done["request"] != request:
                samples = self.samples(ruler, model, weights) if stage == "samples" else None
                with console.status("") as status:
                    measured = ruler.measure(
                        model,
                        [stage],
                        samples=samples,
                        say=lambda what: status.update(f"{self.name}: measuring {what} ..."),
                    )
                console.print(f"{self.name}: {stage} measured")
                stored[stage] = {"request": request, "measured": json.loads(measured.to_json())}
                write_text(path, json.dumps(stored, indent=2))
            measured = Measured.from_json(json.dumps(stored[stage]["measured"]))
            everything.scores.update(measured.scores)
            everything.absent.update(measured.absent)
        return Entry(
            type(model).__name__,
            model.family,
            self.how,
            everything.scores,
            everything.absent,
        )

    def samples(self, ruler: Ruler, model, weights: str) -> np.ndarray:
        """The samples that are measured, drawn once."""
        path, about = self.folder / "samples.npy", self.folder / "samples.json"
        request = {"weights": weights, "samples": ruler.num_samples, "seed": ruler.seed}
        request["pixels"] = ruler.pixels
        if _read_json(about, None) != request or not path.exists():
            about.unlink(missing_ok=True)
            x = ruler.draw(model)
            with written_whole(path) as temporary:
                np.save(temporary, x)
            write_text(about, json.dumps(request))
        return np.load(path)


class Trained(Contestant):
    """A model that is trained here."""

    def __init__(self, name, cls, quick, ruler, folder, epochs, settings, seed):
        self.name, self.cls, self.folder, self.seed = name, cls, folder, seed
        self.settings = quick.arguments(ruler.pixels if ruler.is_image else None) | settings
        shape = ruler.test.shape[1:]
        shape = {"image_shape": shape} if ruler.is_image else {"num_features": shape[0]}
        try:
            self.model = self._build(shape | self._classes(ruler))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{self.cls.__name__} cannot be made for examples of shape "
                f"{ruler.test.shape[1:]} with {self.settings}: {error}"
            ) from None
        self.batches = zoo_data.Batches(
            ruler.train,
            ruler.train_labels if num_classes_of(self.model) else None,
            batch_size=quick.batch_size * self.model.batches_per_step,
            seed=seed,
        )
        self.epochs = epochs or math.ceil(quick.steps / len(self.batches))
        about = ruler.describe()
        self.data = {key: about[key] for key in ("data", "pixels", "example")}
        self.trained_on = about["data"] + ruler.train_split.removeprefix("train")
        self._check_folder()

    def _classes(self, ruler) -> dict:
        """As many classes as the data have, for a model that has to be conditional."""
        takes = inspect.signature(self.cls).parameters.get("num_classes")
        if takes is None or takes.default is None or "num_classes" in self.settings:
            return {}
        if ruler.train_labels is None:
            raise ValueError(f"it is conditional, and {ruler.data} has no labels")
        return {"num_classes": int(ruler.train_labels.max()) + 1}

    def _build(self, arguments):
        keras.utils.set_random_seed(self.seed)
        return self.cls(**arguments, **self.settings)

    @property
    def how(self):
        return {
            "epochs": self.epochs,
            "steps": self.epochs * len(self.batches),
            "batch_size": self.batches.batch_size,
            "examples": self.batches.num_examples,
            "settings": self.settings,
            "seed": self.seed,
        }

    @property
    def _plan(self) -> dict:
        """What must be equal for training to go on."""
        plan = {key: value for key, value in self.how.items() if key not in ("epochs", "steps")}
        return json.loads(
            json.dumps({**plan, "data": self.trained_on, "pixels": self.data["pixels"]})
        )

    def _check_folder(self):
        found = _read_json(self.folder / "training.json", None)
        if found is None:
            return
        differs = [key for key in self._plan if found["plan"].get(key) != self._plan[key]]
        if differs:
            was, wanted = (
                {key: p.get(key) for key in differs} for p in (found["plan"], self._plan)
            )
            raise ValueError(
                f"{self.folder} holds a {self.name} trained with {was}; this one has {wanted}. "
                "Give another folder, or the same settings."
            )
        if (found["finished"] or 0) > self.epochs:
            raise ValueError(
                f"{self.folder} holds a {self.name} of {found['finished']} epochs; expected "
                f"{self.epochs}. Give another folder, or epochs={found['finished']}."
            )

    def make(self, ruler, console):
        finished, preset = self.folder / "training.json", self.folder / "preset"
        found = _read_json(finished, {"finished": None})
        if found["finished"] == self.epochs:
            console.print(f"{self.name}: trained already, {self.epochs} epochs")
            return registry.from_preset(str(preset))
        write_text(finished, json.dumps({"plan": self._plan, "finished": found["finished"]}))
        keras.utils.set_random_seed(self.seed)
        model = self.model
        model.compile()
        resume = ResumeTraining(self.folder)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
            model.fit(
                self.batches,
                epochs=self.epochs,
                verbose=0,
                callbacks=[
                    EpochBar(progress, f"{self.name}: training, epochs"),
                    keras.callbacks.CSVLogger(self.folder / "log.csv", append=True),
                    resume,
                ],
            )
        if resume.progress.epoch > self.epochs:
            raise ValueError(
                f"{self.folder} holds a {self.name} of {resume.progress.epoch} epochs; expected "
                f"{self.epochs}. Give another folder, or more epochs."
            )
        model.save_to_preset(preset, overwrite=True)
        write_text(finished, json.dumps({"plan": self._plan, "finished": self.epochs}))
        return model


class EpochBar(keras.callbacks.Callback):
    """One line of progress for a whole training, resumed ones from where they go on."""

    def __init__(self, progress: Progress, text: str):
        super().__init__()
        self.progress, self.text = progress, text

    def on_train_begin(self, logs=None):
        self.task = self.progress.add_task(self.text, total=self.params["epochs"])

    def on_epoch_begin(self, epoch, logs=None):
        self.progress.update(self.task, completed=epoch)

    def on_epoch_end(self, epoch, logs=None):
        self.progress.update(self.task, completed=epoch + 1)


def _digest(model) -> str:
    """SHA-256 of a model's class and weights."""
    digest = hashlib.sha256(type(model).__name__.encode())
    for value in model.get_weights():
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()


def _read_json(path: Path, default):
    if not path.exists():
        return default
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(
            f"Expected JSON as a comparison writes it in {path}: {error}. Remove the file to have "
            "what it held measured anew."
        ) from None


def write_text(path: Path, text: str) -> None:
    with written_whole(path) as temporary:
        Path(temporary).write_text(text)
