"""What a ruler found of a model."""

import json
from dataclasses import dataclass, field

from keras_genzoo.metrics import Score


class Inapplicable(ValueError):
    """A metric does not apply to a model or to the data; the message says why."""


@dataclass(frozen=True)
class Measured:
    """Scores by metric, and why other metrics have none.

    Args:
        scores: Metric -> its score.
        absent: Metric -> why it has none.
    """

    scores: dict[str, Score] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Scores with their protocols, as JSON."""
        scores = [json.loads(score.to_json()) for score in self.scores.values()]
        return json.dumps({"scores": scores, "absent": self.absent}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> "Measured":
        """What `to_json` wrote."""
        content = json.loads(text)
        scores = [Score.from_json(json.dumps(score)) for score in content["scores"]]
        return cls({score.metric: score for score in scores}, content["absent"])
