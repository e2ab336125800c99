"""Convolution, batch normalisation, ReLU: the brick of the detectors, and how to melt the normalisation into the convolution."""

from keras import layers


def conv_bn(x, filters, kernel_size=3, strides=1, activation="relu", name=None, folded=False, use_bias=False):
    """`(batch, height, width, channels)` → `(batch, ⌈height / strides⌉, ⌈width / strides⌉, filters)`.

    folded: one convolution with a bias instead of convolution + normalisation; `fold_batch_norm` fills it for inference.
    use_bias: a bias before the normalisation, which takes it away again; published weights have some.
    """
    bias = folded or use_bias
    x = layers.Conv2D(filters, kernel_size, strides, "same", use_bias=bias, kernel_initializer="he_normal", name=f"{name}_conv")(x)
    if not folded:
        x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)
    return layers.Activation(activation, name=f"{name}_act")(x) if activation else x


def fold_batch_norm(trained, folded):
    """Copy the weights of `trained` into `folded`, the same network built with folded=True; layers pair by name.

    A convolution `x_conv` followed by `x_bn` becomes kernel · γ / √(variance + ε) and bias β + (bias − mean) · γ / √(variance + ε).
    Returns `folded`.
    """
    known = {layer.name: layer for layer in trained.layers}
    for layer in folded.layers:
        if not layer.weights:
            continue
        source = known.get(layer.name)
        if source is None:
            raise ValueError(f"Both networks have the same layers, normalisation apart. Received: {layer.name}, not in the trained one.")
        norm = known.get(layer.name.removesuffix("_conv") + "_bn")
        if norm is None:
            layer.set_weights(source.get_weights())
            continue
        gamma, beta, mean, variance = norm.get_weights()
        scale = gamma / (variance + norm.epsilon) ** 0.5
        kernel, *bias = source.get_weights()
        layer.set_weights([kernel * scale, beta + (sum(bias) - mean) * scale])
    return folded
