"""Data sets that come with scikit-learn."""

from typing import Literal

from trainer.recipe.data.data import Data


class Digits(Data):
    """1,797 scanned digits, 8×8 grey, 10 classes; comes with scikit-learn.

    Source: Alpaydin and Kaynak, *Optical Recognition of Handwritten Digits*, UCI (1998).
    """

    name: Literal["digits"] = "digits"
    always = "classification"


class Iris(Data):
    """150 flowers of 3 kinds by 4 lengths in cm; comes with scikit-learn.

    Source: Fisher, *The use of multiple measurements in taxonomic problems* (1936).
    """

    name: Literal["iris"] = "iris"
    always = "classification"


class Wine(Data):
    """178 wines of 3 growers by 13 chemical measurements; comes with scikit-learn.

    Source: Aeberhard and Forina, *Wine*, UCI (1991).
    """

    name: Literal["wine"] = "wine"
    always = "classification"


class BreastCancer(Data):
    """569 tumours, 212 malignant, by 30 measures of cell nuclei; comes with scikit-learn.

    Source: Wolberg, Mangasarian, Street and Street, *Breast Cancer Wisconsin (Diagnostic)*,
    UCI (1995).
    """

    name: Literal["breast_cancer"] = "breast_cancer"
    always = "classification"
