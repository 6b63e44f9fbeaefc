"""Tables drawn with a seed, each with troubles of its own."""

import numpy as np
import pandas as pd


def fraud(rows: int = 6000) -> pd.DataFrame:
    """Payments of which one in a hundred is a fraud; skewed amounts, gaps, a shop out of two hundred."""
    random = np.random.default_rng(1)
    amount, hour = random.lognormal(3, 1.2, rows), random.integers(24, size=rows)
    shop = random.integers(200, size=rows)
    risky = random.normal(size=200)[shop]
    country = random.choice(["DE", "FR", "PL", "US", "BR"], rows, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    age = random.normal(45, 15, rows).clip(18, 95).round()
    score = np.log(amount) + 1.2 * (hour < 6) + 0.8 * risky + (country == "BR") + random.gumbel(size=rows)
    found = pd.DataFrame({"amount": amount.round(2), "hour": hour, "country": country, "age": age})
    found["shop"] = [f"shop {number}" for number in shop]
    found.loc[random.random(rows) < 0.08, "age"] = np.nan
    return found.assign(fraud=np.where(score > np.quantile(score, 0.99), "yes", "no"))


def signs(classes: int = 29, each: int = 80) -> pd.DataFrame:
    """Hand signs of 29 kinds, each made in two ways, by twenty measurements."""
    random = np.random.default_rng(2)
    kind = np.repeat(np.arange(classes), each)
    centres = random.normal(size=(classes, 2, 20))
    x = centres[kind, random.integers(2, size=len(kind))] + 0.9 * random.normal(size=(len(kind), 20))
    found = pd.DataFrame(x.round(3), columns=[f"joint {number}" for number in range(1, 21)])
    return found.assign(sign=[f"sign {number + 1:02}" for number in kind])


def visits(patients: int = 220) -> pd.DataFrame:
    """Visits of patients, who come one to ten times and differ; a scale of pain in words, gaps."""
    random = np.random.default_rng(3)
    patient = np.repeat(np.arange(patients), random.integers(1, 11, patients))
    rows = len(patient)
    own, weight = random.normal(size=patients)[patient], random.normal(75, 12, patients).round(1)[patient]
    pressure = 120 + 12 * own + 8 * random.normal(size=rows)
    pain = np.digitize(0.7 * own + random.normal(size=rows), [-0.8, 0.2, 1.2])
    logit = 0.05 * (pressure - 120) + 0.8 * (pain - 1) + 1.5 * random.normal(size=patients)[patient]
    found = pd.DataFrame({"patient": patient, "weight": weight, "pressure": pressure.round()})
    found["age"], found["height"] = (
        random.normal(middle, spread, patients).round()[patient] for middle, spread in ((60, 15), (172, 9))
    )
    found["pulse"], found["fever"] = random.normal(80, 12, rows).round(), random.normal(37, 0.7, rows).round(1)
    found["pain"] = np.array(["none", "mild", "strong", "unbearable"])[pain]
    found.loc[random.random(rows) < 0.1, "pressure"] = np.nan
    return found.assign(kept=np.where(random.random(rows) < 1 / (1 + np.exp(-logit)), "ward", "home"))


def sales(rows: int = 1500) -> pd.DataFrame:
    """Houses sold in four years of rising prices: skewed areas, a hundred postcodes, conditions, the day of sale."""
    random = np.random.default_rng(4)
    day = np.sort(random.integers(4 * 365, size=rows))
    area, place = random.lognormal(4.6, 0.6, rows), random.integers(100, size=rows)
    condition = random.choice(4, rows, p=[0.1, 0.3, 0.4, 0.2])
    log_price = 7.5 + 0.9 * np.log(area) + 0.35 * random.normal(size=100)[place] + 0.12 * condition + 0.06 * day / 365
    found = pd.DataFrame({"sold": np.datetime64("2020-01-01") + day.astype("timedelta64[D]"), "area": area.round(1)})
    found["postcode"], found["offers"] = 10000 + 37 * place, random.poisson(1 + day / 400)
    found["condition"] = np.array(["ruin", "poor", "fair", "good"])[condition]
    return found.assign(price=np.exp(log_price + 0.15 * random.normal(size=rows)).round(-2))


def machines(rows: int = 1200) -> pd.DataFrame:
    """Machines that failed or did not; beside what was measured a number of the row, a constant column, one that is
    there twice, and what the repair cost."""
    random = np.random.default_rng(5)
    heat, hours = random.normal(70, 10, rows), random.gamma(2, 500, rows)
    failed = random.random(rows) < 1 / (1 + np.exp(-(0.1 * (heat - 75) + 0.001 * (hours - 900))))
    found = pd.DataFrame({"number": np.arange(1, rows + 1), "heat": heat.round(1), "hours": hours.round()})
    found["heat_again"], found["plant"] = found["heat"], "north"
    found["repair_cost"] = np.where(failed, random.gamma(3, 100, rows).round(2) + 1, 0)
    return found.assign(state=np.where(failed, "failed", "fine"))


MADE = {make.__name__: make for make in (fraud, signs, visits, sales, machines)}
