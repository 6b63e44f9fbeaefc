"""Real tables that packages bundle, as one would save them."""

import pandas as pd


def iris() -> pd.DataFrame:
    """150 flowers of three species (Fisher 1936)."""
    from sklearn.datasets import load_iris

    return _labelled(load_iris())


def wine() -> pd.DataFrame:
    """178 wines of three growers, by thirteen measurements (Forina et al.)."""
    from sklearn.datasets import load_wine

    return _labelled(load_wine())


def penguins() -> pd.DataFrame:
    """342 penguins with categories and gaps; the two that were not weighed are left out."""
    from palmerpenguins import load_penguins

    return load_penguins().dropna(subset="body_mass_g")


def affairs() -> pd.DataFrame:
    """6,366 women, and whether they had an affair (Fair 1978)."""
    from statsmodels.datasets import fair

    frame = fair.load_pandas().data
    return frame.assign(affairs=(frame["affairs"] > 0).map({True: "some", False: "none"}))


def travel() -> pd.DataFrame:
    """210 travellers by four ways each, of which one was chosen (Greene, Econometric Analysis)."""
    from statsmodels.datasets import modechoice

    frame = modechoice.load_pandas().data.astype(int)
    return frame.assign(choice=frame["choice"].map({0: "no", 1: "yes"}))


def cars() -> pd.DataFrame:
    """398 cars, how far they go with a gallon, and names of which there are nearly as many."""
    from vega_datasets import data

    return data.cars().dropna(subset="Miles_per_Gallon")


def weather() -> pd.DataFrame:
    """1,461 days in Seattle and what their weather was, day by day."""
    from vega_datasets import data

    return data.seattle_weather()


def _labelled(found) -> pd.DataFrame:
    """Scikit-learn's rows with their class by its name."""
    frame = pd.DataFrame(found.data, columns=[name.removesuffix(" (cm)") for name in found.feature_names])
    return frame.assign(kind=found.target_names[found.target])


BUNDLED = {make.__name__: make for make in (iris, wine, penguins, affairs, travel, cars, weather)}
