"""The frozen-graph extractor, on a small graph of the Inception graph's form and names."""

import hashlib

import numpy as np
import pytest

from keras_genzoo.metrics import InceptionGraph
from keras_genzoo.metrics.features import inception

RNG = np.random.default_rng(0)
KERNEL = RNG.normal(size=(3, 3, 3, 6)).astype("float32")
CLASSIFIER = RNG.normal(size=(6, 5)).astype("float32")
BIAS = np.float32([9, 0, 0, 0, 0])
MEAN, VARIANCE, SHIFT, SCALE = RNG.uniform(0.5, 2, (4, 6)).astype("float32")


def frozen_graph() -> bytes:
    """One JPEG in; resize to 299, a convolution and a pool; a classifier for one image alone."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph:
        contents = tf.constant(b"", name="DecodeJpeg/contents")
        image = tf.cast(tf.io.decode_jpeg(contents, channels=3), tf.float32, name="Cast")
        x = tf.expand_dims(image, tf.constant(0, name="ExpandDims/dim"), name="ExpandDims")
        x = v1.image.resize_bilinear(x, tf.constant([299, 299]), name="ResizeBilinear")
        x = tf.multiply(tf.subtract(x, 128.0, name="Sub"), 1 / 128, name="Mul")
        x = tf.nn.conv2d(x, tf.constant(KERNEL), 37, "VALID", name="conv/Conv2D")
        for name, value in zip("mvbg", (MEAN, VARIANCE, SHIFT, SCALE), strict=True):
            tf.constant(value, name=f"conv/{name}")
        x = tf.nn.relu(x, name="conv")
        x = tf.nn.avg_pool2d(x, 9, 1, "VALID", name="pool_3")
        x = tf.reshape(x, [1, 6], name="pool_3/_reshape")
        logits = tf.matmul(x, tf.constant(CLASSIFIER), name="softmax/logits/MatMul")
        tf.nn.softmax(tf.nn.bias_add(logits, BIAS, name="softmax/logits"), name="softmax")
    graph = graph.as_graph_def()
    # The graph is of version 8, which had this operation.
    graph.versions.producer = 8
    normalized = graph.node.add(
        name="conv/batchnorm",
        op="BatchNormWithGlobalNormalization",
        input=["conv/Conv2D", "conv/m", "conv/v", "conv/b", "conv/g"],
    )
    normalized.attr["T"].type = tf.float32.as_datatype_enum
    normalized.attr["variance_epsilon"].f = 0.001
    normalized.attr["scale_after_normalization"].b = True
    (relu,) = (node for node in graph.node if node.name == "conv")
    relu.input[0] = "conv/batchnorm"
    return graph.SerializeToString()


@pytest.fixture(scope="module")
def graph_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("graph") / "classify_image_graph_def.pb"
    path.write_bytes(frozen_graph())
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def extractor(graph_file):
    return InceptionGraph(*graph_file)


def tensorflow1_bilinear(x, size=299):
    """By hand: source = target * scale, of the two nearest pixels, whatever the scale."""
    for axis in (1, 2):
        source = np.arange(size) * (x.shape[axis] / size)
        low = np.floor(source).astype(int)
        high = np.minimum(low + 1, x.shape[axis] - 1)
        share = (source - low).reshape(-1, *[1] * (3 - axis))
        x = x.take(low, axis) * (1 - share) + x.take(high, axis) * share
    return x


def by_hand(images):
    x = (tensorflow1_bilinear(images.astype(float)) - 128) / 128
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))[:, ::37, ::37]
    x = np.einsum("nhwcij,ijco->nhwo", windows, KERNEL)
    x = np.maximum((x - MEAN) / np.sqrt(VARIANCE + 0.001) * SCALE + SHIFT, 0)
    assert x.shape[1:3] == (9, 9)
    features = x.mean(axis=(1, 2))
    e = np.exp(features @ CLASSIFIER)
    return features, e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("shape", [(7, 32, 32, 3), (2, 20, 31, 3), (1, 400, 320, 3)])
def test_features_and_probabilities_are_the_graphs(extractor, shape):
    images = RNG.integers(0, 256, shape, dtype=np.uint8)
    features, probabilities = by_hand(images)
    np.testing.assert_allclose(extractor.features(images), features, rtol=1e-3, atol=1e-4)
    # Without the bias, which would make the first class certain.
    np.testing.assert_allclose(extractor.probabilities(images), probabilities, atol=1e-3)
    assert (extractor.feature_dim, extractor.num_classes) == (6, 5)


def test_grey_is_repeated(extractor):
    images = RNG.integers(0, 256, (3, 28, 28, 1), dtype=np.uint8)
    np.testing.assert_array_equal(
        extractor.features(images), extractor.features(images.repeat(3, axis=-1))
    )


def test_every_image_whatever_the_batches(extractor, monkeypatch):
    images = RNG.integers(0, 256, (11, 28, 28, 3), dtype=np.uint8)
    whole = extractor.features(images)
    monkeypatch.setattr(extractor, "batch_size", 4)
    np.testing.assert_allclose(extractor.features(images), whole, rtol=1e-5, atol=1e-6)
    assert whole.shape == (11, 6)


def test_says_what_it_is(extractor, graph_file):
    assert extractor.name == "inception-2015-12-05"
    assert extractor.resize == "tensorflow1_bilinear"
    assert extractor.sha256 == graph_file[1]
    assert len(inception.GRAPH_SHA256) == 64


def test_another_file_is_not_opened(graph_file, tmp_path):
    path, _ = graph_file
    with pytest.raises(ValueError, match="with SHA-256 009d6814.*delete it and download it again"):
        InceptionGraph(path)
    with pytest.raises(FileNotFoundError, match="inception-2015-12-05.tgz"):
        InceptionGraph(tmp_path / "absent.pb")


@pytest.mark.parametrize("content", [b"no graph at all", b""])
def test_a_file_that_is_no_such_graph(tmp_path, content):
    path = tmp_path / "graph.pb"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="frozen TensorFlow graph with ExpandDims:0, pool_3:0"):
        InceptionGraph(path, hashlib.sha256(content).hexdigest())


def test_from_a_url_it_is_fetched_once_and_checked(graph_file, tmp_path, monkeypatch):
    path, digest = graph_file
    asked = []

    def get_file(name, url, **arguments):
        asked.append((name, url))
        return str(path)

    monkeypatch.setattr(inception.keras.utils, "get_file", get_file)
    assert InceptionGraph("https://example.com/graph.pb", digest).feature_dim == 6
    assert asked == [("classify_image_graph_def.pb", "https://example.com/graph.pb")]
    with pytest.raises(ValueError, match="with SHA-256 009d6814"):
        InceptionGraph()

    def fail(*arguments, **more):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(inception.keras.utils, "get_file", fail)
    with pytest.raises(ConnectionError, match="URL fetch failure. Download classify_image"):
        InceptionGraph()
