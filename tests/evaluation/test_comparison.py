import json

import pytest

from keras_genzoo.evaluation import METRICS, Comparison, Entry, comparison_pictures
from keras_genzoo.evaluation.comparison import BY_METRIC, cell, number
from keras_genzoo.metrics import Score

DATA = {"data": "digits", "split": "test"}


def nats(value, **protocol):
    protocol = {"data": "digits", "of": "256-valued pixels", **protocol}
    return Score("log_likelihood", value, protocol, 12.5)


def frechet(value, **protocol):
    return Score("frechet_distance", value, {"samples": 100, **protocol})


@pytest.fixture
def comparison():
    """Two exact likelihoods and one bound; one model with samples of another count."""
    return Comparison(
        DATA,
        {
            "nice": Entry(
                "NICE",
                "flow",
                {"epochs": 3},
                {
                    "log_likelihood": nats(-2000.25, method="exact"),
                    "frechet_distance": frechet(4.5),
                },
            ),
            "pixel_cnn": Entry(
                "PixelCNN",
                "autoregressive",
                {"preset": "p"},
                {
                    "log_likelihood": nats(-1000.0, method="exact"),
                    "frechet_distance": frechet(2.5),
                },
                {"linear_probe_accuracy": "it has no codes"},
            ),
            "vae": Entry(
                "VAE",
                "autoencoder",
                {},
                {
                    "log_likelihood": nats(-900.0, method="iwae", k=500),
                    "frechet_distance": frechet(1.5, samples=7),
                },
            ),
        },
    )


def test_every_metric_of_a_ruler_has_a_column():
    assert list(BY_METRIC) == list(METRICS)


def test_ranking_of_one_protocol(comparison):
    two = Comparison(DATA, {n: comparison.models[n] for n in ("nice", "pixel_cnn")})
    assert two.ranking("log_likelihood") == ["pixel_cnn", "nice"]  # higher is better
    assert two.ranking("frechet_distance") == ["pixel_cnn", "nice"]  # lower is better


def test_ranking_refuses_other_protocols_and_names_them(comparison):
    with pytest.raises(ValueError, match="method: 'iwae' and 'exact'|method: 'exact' and 'iwae'"):
        comparison.ranking("log_likelihood")
    with pytest.raises(ValueError, match="samples"):
        comparison.ranking("frechet_distance")
    with pytest.raises(ValueError, match="'density'"):
        comparison.ranking("density")


def test_leaders_are_of_those_that_compare(comparison):
    """Not the VAE, whose figures are the best, but of another protocol."""
    assert comparison.by_protocol("log_likelihood") == [["nice", "pixel_cnn"], ["vae"]]
    assert comparison.leaders("log_likelihood") == ["pixel_cnn"]
    assert comparison.leaders("frechet_distance") == ["pixel_cnn"]


def test_equal_figures_lead_together():
    models = {name: Entry("VAE", "f", {}, {"recall": Score("recall", 1, DATA)}) for name in "ab"}
    assert Comparison(DATA, models).leaders("recall") == ["a", "b"]


def test_json_round_trip(comparison):
    text = comparison.to_json()
    assert Comparison.from_json(text) == comparison
    assert json.loads(text)["models"]["vae"]["scores"][0]["protocol"]["k"] == 500
    with pytest.raises(ValueError, match="JSON of a comparison"):
        Comparison.from_json('{"models": {}}')


def test_markdown_has_each_figure_and_its_protocol(comparison):
    text = comparison.markdown()
    table = [line for line in text.splitlines() if line.startswith("|")]
    titles = [cell.strip() for cell in table[0].strip("|").split("|")]
    assert titles == [
        "model",
        "family",
        "likelihood",
        "log-likelihood (nats) ↑",
        "Fréchet distance ↓",
    ]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
    exact, bound = "256-valued pixels, exact", "256-valued pixels, iwae"
    assert rows == [
        ["nice", "flow", exact, "-2,000 ± 12", "4.50"],
        ["pixel_cnn", "autoregressive", exact, "**-1,000 ± 12**", "**2.50**"],
        ["vae", "autoencoder", bound, "≥ -900 ± 12", "1.50"],
    ]
    for name, entry in comparison.models.items():
        for score in entry.scores.values():
            line = next(p for p in comparison.protocols() if score.metric in p.partition(":")[0])
            assert line in text
            shared, *groups = line.split("\n")
            own = next(group for group in groups if name in group)
            for key, value in score.protocol.items():
                assert f"{key}={value}" in shared or f"{key}={value}" in own
    assert "pixel_cnn, linear_probe_accuracy: it has no codes" in text
    assert "nice (NICE): epochs=3" in text


def test_differing_protocols_are_marked_in_the_text_and_only_they(comparison):
    marked = [p for p in comparison.protocols() if "not to be ranked" in p]
    assert len(marked) == 2
    two = Comparison(DATA, {n: comparison.models[n] for n in ("nice", "pixel_cnn")})
    assert not any("not to be ranked" in p for p in two.protocols())


def test_metrics_of_one_protocol_share_a_line():
    protocol = {"extractor_sha256": "0123456789abcdef" * 4, "k": 3}
    scores = {name: Score(name, 0.5, protocol) for name in ("precision", "recall")}
    scores["coverage"] = Score("coverage", 0.5, {**protocol, "k": 5})
    comparison = Comparison(DATA, {"vae": Entry("VAE", "f", {}, scores)})
    assert comparison.protocols() == [
        "- precision, recall: extractor_sha256=0123456789ab..., k=3",
        "- coverage: extractor_sha256=0123456789ab..., k=5",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (19158352.0, "19,158,352"),
        (-1234.567, "-1,235"),
        (4.35612, "4.356"),
        (0.0123456, "0.01235"),
        (0.00001234, "1.234e-05"),
        (0.0, "0"),
        (1.0, "1"),
    ],
)
def test_numbers(value, text):
    assert number(value, 4) == text


@pytest.mark.parametrize("method", ["elbo", "iwae", "ais"])
def test_bounds_are_shown_as_bounds(method):
    assert cell(nats(-90.5, method=method)).startswith("≥ ")
    assert cell(Score("bits_per_dim", 4.5, {"method": method})).startswith("≤ ")
    assert cell(nats(-90.5, method="exact")).startswith("-90.5")
    assert cell(None) == "-"


@pytest.mark.parametrize(
    ("values", "scale"), [((1.54e-4, 1.93e-4), "linear"), ((2e-4, 0.3), "log"), ((5, 5e9), "log")]
)
def test_figures_are_read_off_an_axis_with_ticks(values, scale, monkeypatch):
    figures = []
    monkeypatch.setattr(comparison_pictures, "rendered", figures.append)
    models = {
        name: Entry(
            "VAE",
            "autoencoder",
            {},
            {"seconds_per_sample": Score("seconds", value, {"machine": "this"})},
        )
        for name, value in zip("ab", values, strict=True)
    }
    comparison_pictures.bars(Comparison(DATA, models))
    (ax,) = figures[0].axes
    low, high = ax.get_xlim()
    ticks = [x for x in ax.get_xticks() if low <= x <= high]
    assert ax.get_xscale() == scale and 2 <= len(ticks) <= 6
    # A bar begins at zero; a point lies between two ticks.
    assert low == 0 if scale == "linear" else ticks[0] <= min(values) < max(values) <= ticks[-1]
