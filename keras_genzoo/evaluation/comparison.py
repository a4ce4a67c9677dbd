"""The table of many models, and what may be said of who is better."""

import functools
import json
import math
import re
from dataclasses import dataclass, field

from keras_genzoo.metrics import Score


@dataclass(frozen=True)
class Column:
    """How a metric stands in a table.

    Args:
        metric: Its name.
        title: Its heading.
        better: "higher", "lower", or None where neither is.
    """

    metric: str
    title: str
    better: str | None


COLUMNS = (
    Column("log_likelihood", "log-likelihood (nats)", "higher"),
    Column("bits_per_dim", "bits/dim", "lower"),
    Column("frechet_distance", "Fréchet distance", "lower"),
    Column("kernel_distance", "kernel distance", "lower"),
    Column("inception_score", "inception score", "higher"),
    Column("precision", "precision", "higher"),
    Column("recall", "recall", "higher"),
    Column("density", "density", None),
    Column("coverage", "coverage", "higher"),
    Column("class_accuracy", "class accuracy", "higher"),
    Column("linear_probe_accuracy", "linear probe accuracy", "higher"),
    Column("parameters", "parameters", None),
    Column("training_examples_per_second", "training examples/s", "higher"),
    Column("seconds_per_sample", "seconds/sample", "lower"),
)
BY_METRIC = {column.metric: column for column in COLUMNS}
# Their log-likelihood is at most the true one: so many bits, or fewer.
LOWER_BOUNDS = ("elbo", "iwae", "ais")


@dataclass(frozen=True)
class Entry:
    """One model of a comparison.

    Args:
        class_name: Such as "DCGAN".
        family: Such as "adversarial".
        training: How it came about: settings, epochs, seconds, or its preset; JSON values.
        scores: By metric.
        absent: Why a metric was not measured, by metric.
    """

    class_name: str
    family: str
    training: dict = field(default_factory=dict)
    scores: dict[str, Score] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """Models measured by one ruler.

    Args:
        data: What they were measured on: name, split, pixels, counts; JSON values.
        models: By name, in the order of the table.
    """

    data: dict
    models: dict[str, Entry]

    def scores(self, metric: str) -> dict[str, Score]:
        """The scores of a metric by model, of those that have one."""
        found = {name: entry.scores.get(metric) for name, entry in self.models.items()}
        return {name: score for name, score in found.items() if score is not None}

    def ranking(self, metric: str) -> list[str]:
        """The models that have this metric, best first.

        Raises:
            ValueError: Scores of different protocols, such as a likelihood that is exact and one
                that is a bound; the entries that differ are named. A metric that is no better
                high or low.
        """
        better = BY_METRIC[metric].better if metric in BY_METRIC else None
        if better is None:
            raise ValueError(f"Expected a metric that ranks models; got {metric!r}.")
        scores = self.scores(metric)
        # Subtracting refuses what differs in protocol.

        def order(a: str, b: str) -> int:
            return round(math.copysign(1, scores[a] - scores[b]))

        return sorted(scores, key=functools.cmp_to_key(order), reverse=better == "higher")

    def leaders(self, metric: str) -> list[str]:
        """The best of each group of at least two models with the same protocol."""
        found = []
        for names in self.by_protocol(metric):
            group = Comparison(self.data, {name: self.models[name] for name in names})
            if len(names) > 1 and BY_METRIC[metric].better:
                ranking = group.ranking(metric)
                best = group.scores(metric)[ranking[0]].value
                found += [n for n in ranking if group.scores(metric)[n].value == best]
        return found

    def by_protocol(self, metric: str) -> list[list[str]]:
        """The models that have this metric, in groups whose scores compare with each other."""
        groups: list[list[str]] = []
        scores = self.scores(metric)
        for name, score in scores.items():
            for group in groups:
                if not score.differences(scores[group[0]]):
                    group.append(name)
                    break
            else:
                groups.append([name])
        return groups

    def metrics(self) -> list[str]:
        """Those that some model has, in the order of the table."""
        return [column.metric for column in COLUMNS if self.scores(column.metric)]

    # ------------------------------------------------------------------ as text

    def rows(self) -> tuple[list[str], list[list[str]], set[tuple[int, int]]]:
        """Header, cells, and which cells (row, column) lead their protocol."""
        metrics = self.metrics()
        header = ["model", "family", *(BY_METRIC[metric].title for metric in metrics)]
        if "log_likelihood" in metrics:
            header.insert(2, "likelihood")
        rows, leading = [], set()
        leaders = {metric: self.leaders(metric) for metric in metrics}
        for i, (name, entry) in enumerate(self.models.items()):
            row = [name, entry.family]
            if "log_likelihood" in metrics:
                row.append(likelihood_kind(entry.scores.get("log_likelihood")))
            for metric in metrics:
                if name in leaders[metric]:
                    leading.add((i, len(row)))
                row.append(cell(entry.scores.get(metric)))
            rows.append(row)
        return header, rows, leading

    def markdown(self) -> str:
        """The table, then the protocol of each figure, what was not measured, and the training."""
        header, rows, leading = self.rows()
        arrows = {"higher": " ↑", "lower": " ↓", None: ""}
        better = {column.title: arrows[column.better] for column in COLUMNS}
        lines = [
            f"# Generative models on {self.data['data']}",
            "",
            "| " + " | ".join(title + better.get(title, "") for title in header) + " |",
            "|" + "|".join(" --- " if i < 2 else " ---: " for i in range(len(header))) + "|",
        ]
        for i, row in enumerate(rows):
            cells = [f"**{text}**" if (i, j) in leading else text for j, text in enumerate(row)]
            lines.append("| " + " | ".join(cells) + " |")
        lines += [
            "",
            "Arrows: which way is better. Bold: the best of those measured by the same protocol. "
            "≥, ≤: the model's own value is bounded by the figure, not equal to it. ±: the error "
            "that the protocol names.",
            "",
            "## Protocols",
            "",
            *self.protocols(),
        ]
        absent = [
            f"- {name}, {metric}: {why}"
            for name, entry in self.models.items()
            for metric, why in entry.absent.items()
        ]
        if absent:
            lines += ["", "## Not measured", "", *absent]
        lines += ["", "## Models", ""]
        for name, entry in self.models.items():
            lines.append(f"- {name} ({entry.class_name}): {entries(entry.training)}")
        return "\n".join(lines) + "\n"

    def protocols(self) -> list[str]:
        """A line for the metrics of one protocol: what all models have in common, then where they
        differ.
        """
        metrics_of: dict[str, list[str]] = {}
        for metric in self.metrics():
            metrics_of.setdefault(self._protocol_of(metric), []).append(metric)
        return [f"- {', '.join(metrics)}: {text}" for text, metrics in metrics_of.items()]

    def _protocol_of(self, metric: str) -> str:
        scores = self.scores(metric)
        first, *others = (score.protocol for score in scores.values())
        shared = {
            key: value
            for key, value in first.items()
            if all(key in other and other[key] == value for other in others)
        }
        text, groups = entries(shared), self.by_protocol(metric)
        if len(groups) > 1:
            text += ". **Protocols differ: not to be ranked against each other.**"
            for names in groups:
                own = scores[names[0]].protocol
                own = {key: value for key, value in own.items() if key not in shared}
                text += f"\n  - {', '.join(names)}: {entries(own)}"
        return text

    # ------------------------------------------------------------------ as JSON

    def to_json(self) -> str:
        models = {}
        for name, entry in self.models.items():
            scores = [json.loads(score.to_json()) for score in entry.scores.values()]
            models[name] = {**vars(entry), "scores": scores}
        return json.dumps({"data": self.data, "models": models}, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Comparison":
        """The comparison of `to_json`.

        Raises:
            ValueError: Not JSON, or not of a comparison.
        """
        content = json.loads(text)
        if not isinstance(content, dict) or set(content) != {"data", "models"}:
            raise ValueError("Expected the JSON of a comparison: an object of data and models.")
        models = {}
        for name, entry in content["models"].items():
            scores = [Score.from_json(json.dumps(score)) for score in entry["scores"]]
            models[name] = Entry(**{**entry, "scores": {score.metric: score for score in scores}})
        return cls(content["data"], models)


# ---------------------------------------------------------------------- cells


def cell(score: Score | None) -> str:
    """A score's value as a table has it, such as "≥ -1234.5 ± 6.1"; "-" where there is none."""
    if score is None:
        return "-"
    text = number(score.value, 4 if score.metric in ("log_likelihood", "bits_per_dim") else 3)
    if score.error is not None:
        text += f" ± {number(score.error, 2)}"
    if score.protocol.get("method") in LOWER_BOUNDS:
        text = f"{'≤' if score.metric == 'bits_per_dim' else '≥'} {text}"
    return text


def number(value: float, digits: int) -> str:
    """With so many significant digits, but at least all of those before the point."""
    if value == int(value) and abs(value) >= 1:
        return f"{int(value):,}"
    if value == 0:
        return "0"
    if abs(value) < 1e-3:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}"


def likelihood_kind(score: Score | None) -> str:
    """Whose log-mass it is, and how it was had: "256-valued pixels, exact"."""
    if score is None:
        return "-"
    return ", ".join(
        str(score.protocol[key]) for key in ("of", "method") if score.protocol.get(key) is not None
    )


def entries(values: dict) -> str:
    """ "samples=1000, k=5"; of a SHA-256 its beginning, which is enough to tell two apart."""

    def text(value):
        if isinstance(value, dict | list):
            return json.dumps(value)
        is_hash = isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value)
        return f"{value[:12]}..." if is_hash else value

    return ", ".join(f"{key}={text(value)}" for key, value in values.items())
