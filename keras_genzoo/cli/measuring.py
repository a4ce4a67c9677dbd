"""What `evaluate` and `compare` have in common: the options that make a ruler of them."""

from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli import settings, shell

Data = Annotated[
    str,
    typer.Option(
        help="A name of `list`, any image data set of tensorflow-datasets, or a path: a folder of "
        "images, idx, npz or npy files."
    ),
]
Split = Annotated[
    str,
    typer.Option(
        help="Likelihoods are of it, samples are held against it. A slice such as 'train[90%:]' "
        "is what training on 'train[:90%]' holds out."
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=1, help="Use no more of each split, evenly of all classes.", show_default="all"
    ),
]
Samples = Annotated[int, typer.Option(min=1, help="How many are drawn to judge their quality.")]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME,NAME",
        help="Only these, such as frechet_distance,recall. May be repeated.",
        show_default="all that apply",
    ),
]
Likelihood = Annotated[
    str | None,
    typer.Option(
        metavar="METHOD",
        help="exact, iwae, elbo or ais (annealed importance sampling).",
        show_default="the first of these that a model has",
    ),
]
LikelihoodSet = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=JSON",
        help="An option of that method, such as k=5000 for iwae, or observation_std=0.1, chains=16 "
        "or distributions=1000 for ais. May be repeated.",
        show_default="small ones",
    ),
]
Examples = Annotated[
    int | None,
    typer.Option(
        min=2,
        help="Likelihoods are the mean over the first so many.",
        show_default="all; 32 for ais",
    ),
]
Pixels = Annotated[
    str,
    typer.Option(
        help="256: as they are. binary: black or white, drawn once with probability pixel / 255."
    ),
]
Inception = Annotated[
    Path | None,
    typer.Option(
        help="The file classify_image_graph_def.pb: judge samples by Inception's features, for "
        "published FIDs and colour images.",
        show_default="the embedded network, for grey images",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        min=0, help="Of all that is drawn, samples and estimates: same seed, same scores."
    ),
]


def ruler(data, *, metrics, likelihood, likelihood_set, inception, **arguments):
    """A `Ruler` of the options; an unknown name is wrong usage."""
    from keras_genzoo.evaluation import METRICS, Ruler
    from keras_genzoo.evaluation.likelihoods import METHODS
    from keras_genzoo.evaluation.ruler import PIXELS
    from keras_genzoo.metrics import InceptionGraph
    from keras_genzoo.support.names import known

    names = [name.strip() for text in metrics or () for name in text.split(",") if name.strip()]
    for option, what, given, among in (
        *(("--metrics", "the name of a metric", name, METRICS) for name in names),
        ("--likelihood", "a likelihood method", likelihood or "exact", METHODS),
        ("--pixels", "pixels", arguments["pixels"], PIXELS),
    ):
        try:
            known(what, given, among)
        except ValueError as error:
            raise shell.usage(str(error), option) from None
    options = settings.parse(likelihood_set or [], "--likelihood-set")
    if options and not likelihood:
        raise shell.usage(
            "Expected --likelihood, the method that these belong to.", "--likelihood-set"
        )
    return Ruler(
        data,
        metrics=names or None,
        likelihood=likelihood,
        likelihood_options=options,
        extractor=InceptionGraph(inception) if inception else None,
        **arguments,
    )
