"""Kinds of layers and activations, by the names that a trace gives them."""

RECTIFIERS = ("relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "prelu")
SQUASHERS = ("sigmoid", "tanh", "hardsigmoid", "hardtanh", "softsign")
SOFTMAX = ("softmax", "log_softmax", "gumbel_softmax")
OTHERS = ("exp", "max_pool1d", "max_pool2d", "scaled_dot_product_attention")
ACTIVATIONS = frozenset({*RECTIFIERS, *SQUASHERS, *SOFTMAX, *OTHERS})
WEIGHTED = frozenset({"linear", "conv1d", "conv2d", "conv3d", "lazylinear", "bilinear"})
NORMALISERS = ("batchnorm", "layernorm", "groupnorm", "instancenorm", "rmsnorm")
