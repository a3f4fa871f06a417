"""What a loop is told to do wrong: the `inject` texts of case files, and what each stands for.

The texts are sentences, so each fault is known by a pattern; the first that fits decides. A text
that fits none is an error: a case must not run without the fault that its label is about.
"""

import re
from dataclasses import dataclass

SHARE, FACTOR = 1.0, 5.0  # amounts where the sentence gives none


class FaultError(ValueError):
    """An `inject` text that stands for no fault we know."""


@dataclass(frozen=True)
class Fault:
    """One of KINDS; `amount` is a share (of rows, labels) or a size, as KINDS says."""

    kind: str
    amount: float | None = None


# kind → (what it does, pattern of the texts). The order decides between texts that fit twice.
KINDS: dict[str, tuple[str, str]] = {
    "late_zero_grad": (
        "optimizer.zero_grad() between backward and step",
        r"zero_grad.*(between|after.*backward|before.*step)",
    ),
    "no_zero_grad": ("never call optimizer.zero_grad()", r"zero_grad|clear\w* the gradients?"),
    "no_step": ("never call optimizer.step()", r"(never|not|without|forget|skip|omit|miss).*step"),
    "stale_optimizer": (
        "the optimizer holds the parameters of another copy of the model",
        r"optimizer.*(another|other|old|stale|copy|before the model|previous)",
    ),
    "last_layer_only": (
        "the optimizer is given only the last layer's parameters",
        r"optimizer.*(only|just).*(last|head|output|classifier)|only.*(last|head).*optimizer",
    ),
    "first_layer_only": (
        "the optimizer is given only the first layer's parameters",
        r"optimizer.*(only|just).*first|optimizer.*(without|lacks|misses).*(last|head|output)",
    ),
    "biases_only": (
        "the optimizer is given only the biases",
        r"optimizer.*(only|just).*bias|optimizer.*(without|lacks|misses).*weights",
    ),
    "reset_model": (
        "the model is built anew at every epoch",
        r"(re-?(init|creat|buil)|reset|built anew|new model)\w*.*(epoch|model|weights)",
    ),
    "wrong_score": (
        "the score is computed against permuted targets",
        r"(score|metric|accuracy).*(permut|shuffl|wrong|misalign|against)",
    ),
    "no_eval_mode": (
        "validation runs in training mode",
        r"(never|not|without|forget\w*) (call\w* )?model\.eval|"
        r"(validat|evaluat)\w*.*train(ing)? mode|(left|stays?|kept|remains?) in train(ing)? mode",
    ),
    "no_train_mode": (
        "training runs in evaluation mode",
        r"eval(uation)? mode|model\.train|model\.eval",
    ),
    "shifted_validation": (
        "validation inputs are shifted by a number of standard deviations (default 5)",
        r"validation (inputs?|x|rows|images|data).*(shift|offset|plus|moved|added|differ)|"
        r"(shift|offset|move)\w* .*validation",
    ),
    "scaled_validation": (
        "validation inputs are multiplied (default by 5)",
        r"validation (inputs?|x|rows|images|data).*(scal|multipl|times|normali|divid)|"
        r"(scal|normali|multipl)\w* .*validation",
    ),
    "overlap": (
        "a share of the validation rows are training rows (default: all)",
        r"overlap|leak|validation.*(cop(y|ies)|taken|drawn|among|part of|same|are) .*train|"
        r"train\w* rows.*(in|among|into).*validation|validat\w* on (the )?train\w* (rows|set|data)",
    ),
    "inverted_training": (
        "training inputs are inverted, validation inputs are not",
        r"train\w* (inputs?|x|images).*(invert|negat|flip)|(invert|negat)\w* .*train",
    ),
    "noisy_training": (
        "training inputs get noise of a number of standard deviations (default 3) at every step",
        r"augment|noise.*(train|every step|each step)|train\w* .*noise",
    ),
    "misaligned": (
        "each epoch permute x but not y",
        r"(permut|shuffl)\w* (x|inputs?|images|rows).*(not|without|independent)|"
        r"(permut|shuffl)\w* x and y (separate|independent)|"
        r"(each|every) (epoch|step|batch).*(permut|shuffl)\w* (the )?(y|labels|targets)|"
        r"(permut|shuffl)\w* (the )?(y|labels|targets).*(each|every) (epoch|step|batch)",
    ),
    "sorted_rows": (
        "training rows come sorted by target and are never shuffled",
        r"sort|(never|no|not|without) shuffl|unshuffled",
    ),
    "flipped_labels": (
        "a share of the training labels are replaced by others (default 0.4)",
        r"(\d ?%|share|fraction|0?\.\d+|some|half).*(labels?|targets?)|"
        r"(flip|nois|corrupt)\w* .*(labels?|targets?)|label noise",
    ),
    "shifted_labels": ("every training label is off by one", r"off.by.one|shift\w* (the )?labels"),
    "shuffled_labels": (
        "the training labels are permuted once",
        r"(permut|shuffl|random)\w* .*(labels?|targets?|\by\b)|"
        r"(labels?|targets?).*(permut|shuffl|random|drawn)",
    ),
    "summed_loss": ("the loss is summed over the batch", r"\bsum|reduction"),
    "negated_loss": ("minimise minus the loss", r"(minus|negat\w*|-) ?(the )?loss|loss.*negat"),
    "ascent": (
        "maximise the loss: the gradients change their sign",
        r"maximi|ascen|uphill|sign|(add|plus).*(gradient|update)|negat\w* .*gradient",
    ),
    "detached": ("the last layer gets detached features", r"detach|no_grad"),
    "mixed_softmax": (
        "a softmax over the batch in place of the last layer's outputs",
        r"softmax.*(batch|dim ?= ?0|axis ?= ?0|wrong)",
    ),
    "double_softmax": ("a softmax before the loss", r"softmax.*(before|twice|again|probab|loss)"),
    "mixed_rows": (
        "features are reshaped across the batch before the last layer",
        r"(reshap|view|transpos|flatten)\w*.*(batch|wrong|order|axis|dim)|mix\w* (rows|samples)",
    ),
    "mixed_norm": (
        "hidden features are normalised over the batch axis, in evaluation too",
        r"normali\w*.*(batch|wrong|axis|dim)|batch.mixing|across the batch",
    ),
    "noise_inputs": (
        "noise in place of the inputs",
        r"noise|random (x|inputs?)|(x|inputs?).*random",
    ),
    "constant_inputs": (
        "zeros in place of the inputs",
        r"(zeros?|constant|ones|blank|empty|same).*(x\b|inputs?|images?|row)|"
        r"(x\b|inputs?|images?).*(zero|constant|blank|ones)",
    ),
    "nan_inputs": ("a row in a hundred has a NaN", r"\bnan\b|missing values?|not finite"),
    "same_batch": ("every step trains on the first batch", r"same (mini)?-?batch|first batch"),
    "tiny_clip": (
        "gradients are clipped to a norm (default 1e-4)",
        r"clip",
    ),
    "zero_lr": ("the learning rate is zero", r"(lr|learning rate).*(zero|\b0\b)"),
}  # fmt: skip
DEFAULTS = {
    "overlap": SHARE,
    "shifted_validation": FACTOR,
    "scaled_validation": FACTOR,
    "noisy_training": 3.0,
    "flipped_labels": 0.4,
    "nan_inputs": 0.01,
    "tiny_clip": 1e-4,
}


def fault_of(text: str) -> Fault:
    """The fault that a sentence stands for. Raises FaultError where there is none."""
    words = str(text).lower()
    for kind, (_, pattern) in KINDS.items():
        if re.search(pattern, words):
            return Fault(kind, _amount(words, kind))
    known = "; ".join(does for does, _ in KINDS.values())
    raise FaultError(f"inject {text!r} stands for no fault we know. These would: {known}")


def _amount(words: str, kind: str) -> float | None:
    """The number of the sentence, 20% as 0.2; None where this kind takes none."""
    if kind not in DEFAULTS:
        return None
    found = re.search(r"([-+]?\d*\.?\d+(?:e[-+]?\d+)?) ?(%?)", words)
    if found is None:
        return 0.5 if "half" in words else DEFAULTS[kind]
    return float(found[1]) / (100 if found[2] else 1)
