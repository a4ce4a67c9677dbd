"""The network of published FIDs and Inception scores: TensorFlow's Inception of 2015-12-05."""

import hashlib
from pathlib import Path

import keras
import numpy as np

from keras_genzoo.metrics.features.extractors import FeatureExtractor
from keras_genzoo.support.types import FilePath

GRAPH_FILE = "classify_image_graph_def.pb"
# The file of http://download.tensorflow.org/models/image/imagenet/inception-2015-12-05.tgz, by
# itself: what the evaluation program of arXiv:2105.05233 downloads.
GRAPH_URL = (
    f"https://openaipublic.blob.core.windows.net/diffusion/jul-2021/ref_batches/{GRAPH_FILE}"
)
# TensorFlow published none: this is what several public evaluation protocols state for that file
# of 95,673,916 bytes.
GRAPH_SHA256 = "009d6814d1bc560d4e7b236e170e9b2d5ca6f4b57bd8037f6db05776204415c6"

INPUT = "ExpandDims:0"  # float32 (batch, height, width, 3) in 0..255, before the graph's resize
FEATURES = "pool_3:0"  # (batch, 1, 1, 2048)
CLASSIFIER = "softmax/logits/MatMul"  # its second input is (2048, 1008)


class InceptionGraph(FeatureExtractor):
    """2048 features and 1008 class probabilities by the frozen graph that published FIDs are of.

    Images of any size go in as they are: the graph itself resizes them to 299x299, by TensorFlow
    1's bilinear interpolation, which is neither antialiased nor centred ("tensorflow1_bilinear").
    Resizing them before, or by any other method, gives other FIDs. Grey images are repeated in
    three channels. Probabilities are the softmax of the features times the classifier's matrix
    without its bias, as in the program of Salimans et al. (2016), arXiv:1606.03498, which published
    Inception scores come from; FID: Heusel et al. (2017), arXiv:1706.08500.

    The file has 96 MB. The tests run this class on a small graph of the same form and names, not
    on the file itself, which was not at hand: hold your first FID against a published one.

    Needs TensorFlow, beside whatever backend Keras runs on.

    ```python
    extractor = zoo.metrics.InceptionGraph("~/Downloads/classify_image_graph_def.pb")
    quality = zoo.metrics.SampleQuality(zoo.data.load("cifar10", "test"), extractor)
    ```

    Args:
        source: The file `classify_image_graph_def.pb`, or its URL, from which it is downloaded once
            into Keras's cache folder.
        sha256: What the file must have, checked before it is opened.

    Raises:
        FileNotFoundError: There is no such file.
        ConnectionError: The URL cannot be read.
        ValueError: Another checksum, or a graph without these tensors.
    """

    name = "inception-2015-12-05"
    resize = "tensorflow1_bilinear"
    batch_size = 50

    def __init__(self, source: FilePath = GRAPH_URL, sha256: str = GRAPH_SHA256):
        content = _read(source, sha256)
        self.sha256 = sha256.lower()
        self._session, self._images, self._outputs = _session(content, source)
        self.feature_dim, self.num_classes = (output.shape[1] for output in self._outputs)

    def extract(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        rgb = np.broadcast_to(images, (*images.shape[:3], 3))  # repeats grey, keeps colours
        return tuple(self._session.run(self._outputs, {self._images: rgb}))


def _read(source, sha256: str) -> bytes:
    name = str(source)
    if name.startswith(("http://", "https://")):
        try:
            name = keras.utils.get_file(GRAPH_FILE, name, cache_subdir="keras_genzoo")
        except Exception as error:  # Keras raises a bare Exception
            raise ConnectionError(
                f"{name} could not be downloaded: {str(error).rstrip('.')}. Download {GRAPH_FILE} "
                "elsewhere, and give its path."
            ) from error
    path = Path(name).expanduser()
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected {GRAPH_FILE}; there is no file {path}. It is in "
            "http://download.tensorflow.org/models/image/imagenet/inception-2015-12-05.tgz."
        )
    content = path.read_bytes()
    got = hashlib.sha256(content).hexdigest()
    if got != sha256.lower():
        raise ValueError(
            f"Expected {path} with SHA-256 {sha256}; it has {got} ({len(content):,} bytes). It is "
            "truncated or another file: delete it and download it again, or pass sha256=... of a "
            "file that you trust."
        )
    return content


def _session(content: bytes, source):
    """A session, its input uint8 (n, height, width, 3), and features (n, d), p (n, classes)."""
    import tensorflow as tf
    from google.protobuf.message import DecodeError

    graph_def = tf.compat.v1.GraphDef()
    # A graph and a session as of TensorFlow 1: inside a function of TensorFlow 2, the graph's batch
    # normalization is an operation that has been removed.
    with tf.Graph().as_default() as graph:
        images = tf.compat.v1.placeholder(tf.uint8, (None, None, None, 3))
        # In place of the decoder of one JPEG, so that the batch's size is free.
        inputs = {INPUT: tf.cast(images, tf.float32)}
        try:
            graph_def.ParseFromString(content)
            pool, product = tf.graph_util.import_graph_def(
                graph_def, inputs, [FEATURES, CLASSIFIER], name=""
            )
        except (DecodeError, ValueError) as error:
            raise ValueError(
                f"Expected a frozen TensorFlow graph with {INPUT}, {FEATURES} and {CLASSIFIER} in "
                f"{source}: {error}"
            ) from error
        features = tf.squeeze(pool, [1, 2])
        # The graph's own product takes one image at a time.
        probabilities = tf.nn.softmax(features @ product.inputs[1])
    # Decoders of JPEGs are for processors alone.
    config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
    return tf.compat.v1.Session(graph=graph, config=config), images, (features, probabilities)
