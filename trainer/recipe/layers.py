"""What models are built from: activations, norms and initialisations that a recipe can name."""

from typing import Annotated, Literal

from pydantic import Field

from trainer.recipe.ingredient import Ingredient

Epsilon = Annotated[float, Field(gt=0.0, le=1.0)]
Momentum = Annotated[float, Field(gt=0.0, le=1.0)]
Neighbours = Annotated[int, Field(ge=1, le=1024)]


class Activation(Ingredient):
    """The function between two layers."""


class Relu(Activation):
    """max(0, x) (Nair and Hinton 2010)."""

    name: Literal["relu"] = "relu"


class LeakyRelu(Activation):
    """x above zero, slope·x below: no unit is ever dead (Maas et al. 2013)."""

    name: Literal["leaky_relu"] = "leaky_relu"
    slope: float = Field(default=0.01, ge=0.0, le=1.0)
    per_trial = frozenset({"slope"})


class Prelu(Activation):
    """x above zero, a·x below; each layer learns its a, from 0.25 on (He et al. 2015, eq. 1)."""

    name: Literal["prelu"] = "prelu"


class Elu(Activation):
    """x above zero, α(eˣ − 1) below (Clevert et al. 2016, eq. 15)."""

    name: Literal["elu"] = "elu"
    alpha: float = Field(default=1.0, ge=0.0, le=10.0)
    per_trial = frozenset({"alpha"})


class Selu(Activation):
    """1.0507·x above zero, 1.7581(eˣ − 1) below: mean 0 and variance 1 attract.

    Klambauer et al. 2017, eq. 2. That holds with `lecun` weights; dropout is alpha dropout, which
    keeps both.
    """

    name: Literal["selu"] = "selu"


class Gelu(Activation):
    """x·Φ(x), Φ the normal distribution's (Hendrycks and Gimpel 2016)."""

    name: Literal["gelu"] = "gelu"


class Silu(Activation):
    """x / (1 + e⁻ˣ), also called swish (Elfwing et al. 2018, eq. 5)."""

    name: Literal["silu"] = "silu"


class Tanh(Activation):
    """tanh x, between −1 and 1."""

    name: Literal["tanh"] = "tanh"


class Sigmoid(Activation):
    """1 / (1 + e⁻ˣ), between 0 and 1."""

    name: Literal["sigmoid"] = "sigmoid"


class Norm(Ingredient):
    """Normalises what a layer puts out, before its activation."""


class None_(Norm):  # noqa: N801  # PEP 8's name for a keyword
    """Nothing is normalised."""

    name: Literal["none"] = "none"


class Batch(Norm):
    """Each channel over the batch (Ioffe and Szegedy 2015, algorithm 1).

    `momentum` is the share of the newest batch in the moving statistics, which evaluation uses.
    """

    name: Literal["batch"] = "batch"
    momentum: Momentum = 0.1
    eps: Epsilon = 1e-5


class BatchRenorm(Norm):
    """Batch norm corrected towards its moving statistics (Ioffe 2017): suits small batches.

    The correction r stays within 1/`r_max` and `r_max`, d within ±`d_max`. For `warm_up` steps
    both are off, which is batch norm; then the clips open evenly over `relax` steps. (The paper's
    runs are long: 5,000 steps, then 20,000 for d and 35,000 for r, and a momentum of 0.01.)
    """

    name: Literal["batch_renorm"] = "batch_renorm"
    momentum: Momentum = 0.1
    eps: Epsilon = 1e-5
    r_max: float = Field(default=3.0, ge=1.0, le=1e6)
    d_max: float = Field(default=5.0, ge=0.0, le=1e6)
    warm_up: int = Field(default=100, ge=0, le=10_000_000)
    relax: int = Field(default=500, ge=1, le=10_000_000)


class Layer(Norm):
    """Each sample over all its channels and pixels (Ba et al. 2016, eq. 3)."""

    name: Literal["layer"] = "layer"
    eps: Epsilon = 1e-5


class Instance(Norm):
    """Each channel of each image over its pixels (Ulyanov et al. 2016). Images only."""

    name: Literal["instance"] = "instance"
    eps: Epsilon = 1e-5


class Group(Norm):
    """Each sample over groups of channels and their pixels (Wu and He 2018, eq. 7).

    `groups` divides the number of channels of every layer that is normalised.
    """

    name: Literal["group"] = "group"
    groups: int = Field(default=8, ge=1, le=65_536)
    eps: Epsilon = 1e-5


class Lrn(Norm):
    """Local response normalisation between channels (Krizhevsky et al. 2012, §3.3).

    b = a / (k + α/n · Σ a²)^β over the `n` neighbouring channels: a mean, as in Caffe and torch.
    The paper has α · Σ a², so that its α = 1e-4 is 5e-4 here.
    """

    name: Literal["lrn"] = "lrn"
    k: float = Field(default=2.0, gt=0.0, le=1e6)
    alpha: float = Field(default=1e-4, ge=0.0, le=1e6)
    beta: float = Field(default=0.75, ge=0.0, le=100.0)
    n: Neighbours = 5


class LrnIntra(Norm):
    """Local response normalisation within a channel. Images only.

    b = a / (k + α/n² · Σ a²)^β over the `n`×`n` pixels around, as Caffe's WITHIN_CHANNEL.
    """

    name: Literal["lrn_intra"] = "lrn_intra"
    k: float = Field(default=2.0, gt=0.0, le=1e6)
    alpha: float = Field(default=1e-4, ge=0.0, le=1e6)
    beta: float = Field(default=0.75, ge=0.0, le=100.0)
    n: Neighbours = 5


class Init(Ingredient):
    """How weights begin; biases begin at zero. The gain is the activation's, 1 for an output."""


class Zeros(Init):
    """All zero: the units of a layer stay equal for ever."""

    name: Literal["zeros"] = "zeros"


class Constant(Init):
    """All `value`: the units of a layer stay equal for ever, whatever it is."""

    name: Literal["constant"] = "constant"
    value: float = Field(default=0.01, ge=-100.0, le=100.0)


class SmallNormal(Init):
    """Normal with a fixed std (0.01 in Krizhevsky et al. 2012, §5), however wide the layer."""

    name: Literal["small_normal"] = "small_normal"
    std: float = Field(default=0.01, gt=0.0, le=10.0)


class Xavier(Init):
    """Uniform within ± gain·√(6/(fan_in + fan_out)) (Glorot and Bengio 2010, eq. 16).

    The paper's `gain` is 1; where none is given it is the activation's.
    """

    name: Literal["xavier"] = "xavier"
    gain: float | None = Field(default=None, gt=0.0, le=100.0)


class He(Init):
    """Normal with std gain/√fan_in (He et al. 2015, eq. 10)."""

    name: Literal["he"] = "he"


class Lecun(Init):
    """Normal with std 1/√fan_in, whatever the activation (LeCun et al. 1998, eq. 16).

    What selu asks for (Klambauer et al. 2017).
    """

    name: Literal["lecun"] = "lecun"


class Orthogonal(Init):
    """gain times a matrix with orthonormal rows or columns: lengths are kept (Saxe et al. 2014).

    The matrix is the weight with all dimensions but the first made one.
    """

    name: Literal["orthogonal"] = "orthogonal"
