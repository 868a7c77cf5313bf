"""What is said of a name that nobody knows: the nearest, or which there are, and never a list of hundreds."""

from quality.contract.nearest import what_to_write


def test_the_nearest_name_is_proposed_and_of_few_names_all():
    assert what_to_write("pm2", ["pm25", "ozone"]) == "write pm25"
    assert what_to_write("xyz", ["pm25", "ozone"]) == "there are: ozone, pm25"
    assert what_to_write("xyz", []) == "there are none"


def test_of_many_names_those_most_like_it_are_shown():
    names = [f"metric_of_subject_{number}" for number in range(400)] + ["rain_xyz"]
    said = what_to_write("xyz", names)
    assert said.startswith("there are: rain_xyz, ")
    assert len(said) <= 340
    shown = said.removeprefix("there are: ").split(", ")
    assert shown[-1] == f"and {len(names) - len(shown) + 1} others"
    assert set(shown[:-1]) <= set(names)
