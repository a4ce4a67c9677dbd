"""`keras-genzoo sample`."""

import re
from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli import shell

SUFFIXES = (".png", ".npy", ".npz", "")


@shell.app.command(
    epilog=(
        "Examples:\n\n"
        "keras-genzoo sample runs/dcgan_digits/preset -n 64 --out grid.png\n\n"
        "keras-genzoo sample runs/nice_digits/preset -n 1000 --seed 1 --out samples.npz\n\n"
        "keras-genzoo sample dcgan_digits -n 100 --out ./pictures\n\n"
        "keras-genzoo sample runs/cgan_digits/preset -n 100 --labels 0,1,2,3,4,5,6,7,8,9"
    )
)
def sample(
    preset: shell.Preset,
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="How many samples.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same samples.")] = 0,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="CLASS,CLASS",
            help="Of a conditional model: the classes of the samples, in turn, such as 3,7.",
            show_default="drawn by the seed",
        ),
    ] = None,
    truncation: Annotated[
        float | None,
        typer.Option(
            metavar="FLOAT",
            help="Of models that have it, BigGAN for one: above 0, the nearer the more typical.",
            show_default="none",
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            help="A .png: a grid of images, or vectors as points. A .npz: the array 'samples', "
            "uint8 images or float32 vectors, and 'labels' where they are given; a .npy: the "
            "samples alone. A name without a suffix: a folder with a .png for each image. Older "
            "files are replaced."
        ),
    ] = Path("samples.png"),
    debug: shell.Debug = False,
) -> None:
    """Draw samples of a trained model into a picture, a folder of pictures or an array.

    What is written is read back and compared before it takes its place.
    """
    if out.suffix not in SUFFIXES:
        raise shell.usage(
            "Expected a file name ending in .png, .npz or .npy, or a folder's without a suffix; "
            f"got {str(out)!r}.",
            "--out",
        )
    classes = _classes(labels)
    with shell.running(debug):
        zoo = shell.zoo()
        import numpy as np

        from keras_genzoo.support.files import check_writable

        check_writable(out.parent)
        _check_folder(out)
        given = {} if classes is None else {"labels": np.resize(np.array(classes, "int32"), n)}
        samples = zoo.from_preset(preset).sample(n, seed=seed, truncation=truncation, **given)
        write(out, {"samples": samples, **given})
        shell.say(f"{n} samples of {preset}, {samples.dtype} {samples.shape}: {out}")


def _classes(labels: str | None) -> list[int] | None:
    """ "3,7" -> [3, 7]."""
    if labels is None:
        return None
    words = [word.strip() for word in labels.split(",")]
    if not all(word.isdecimal() for word in words):
        raise shell.usage(f"Expected class numbers, such as 3,7; got {labels!r}.", "--labels")
    return [int(word) for word in words]


def write(path: Path, arrays: dict) -> None:
    """Writes samples, whole or not at all, and as they are read again.

    Args:
        path: Of a file or a folder, which its suffix tells apart.
        arrays: "samples", and what belongs to each of them; a .npz has all of it.

    Raises:
        ValueError: Vectors as a folder of pictures.
        OSError: What was read back is not what was written.
    """
    import numpy as np

    from keras_genzoo.plotting import picture
    from keras_genzoo.support.files import folder_written_whole, written_whole

    samples = arrays["samples"]
    if not path.suffix:
        if samples.ndim != 4:
            raise ValueError(
                f"Expected images for a folder of pictures; got vectors {samples.shape}. Write "
                "them to a .npz file."
            )
        with folder_written_whole(path) as folder:
            for i, image in enumerate(samples):
                _write_image(folder / f"{i:06d}.png", image)
        return
    with written_whole(path) as temporary:
        if path.suffix == ".png":
            _write_image(Path(temporary), np.asarray(picture(samples)))
        elif path.suffix == ".npy":
            np.save(temporary, samples)
            _same(path, samples, np.load(temporary))
        else:
            np.savez_compressed(temporary, **arrays)
            with np.load(temporary) as file:
                for name, array in arrays.items():
                    _same(path, array, file[name])


def _write_image(path: Path, image) -> None:
    """An image (height, width) or (height, width, channels), written and read back."""
    import numpy as np
    from PIL import Image

    pixels = image[..., 0] if image.shape[2:] == (1,) else image
    Image.fromarray(pixels).save(path)
    with Image.open(path) as file:
        _same(path, pixels, np.asarray(file))


def _same(path: Path, written, read) -> None:
    import numpy as np

    if written.dtype != read.dtype or not np.array_equal(written, read):
        raise OSError(
            f"{path} was not written: what was read back is not what was drawn. Look at the disk, "
            "or give another folder."
        )


def _check_folder(path: Path) -> None:
    """Raises ValueError where a folder has more in it than pictures of samples."""
    if path.suffix or not path.exists():
        return
    others = [file for file in path.iterdir()] if path.is_dir() else [path]
    others = [file for file in others if not re.fullmatch(r"\d{6}\.png", file.name)]
    if others:
        raise ValueError(
            f"Expected a new folder, or one of samples, which are replaced; {path} has "
            f"{others[0].name}. Give another one."
        )
