"""What a value stands for here may differ from city to city: a pack says it in its own words."""

from pathlib import Path

from assets.metrics.entries import platform_metrics
from assets.pack.chosen import chosen_metrics, read_choices


def test_a_pack_says_what_a_metric_stands_for_and_others_keep_their_words(tmp_path: Path) -> None:
    path = tmp_path / "metrics.yaml"
    path.write_text("metrics:\n  noise_leq: {proxy: Sensors on roofs}\n  living_population: {}\n", encoding="utf-8")
    chosen = chosen_metrics(read_choices(path, {}), {})
    assert chosen["noise_leq"].proxy == "Sensors on roofs"
    assert chosen["living_population"].proxy == platform_metrics()["living_population"].proxy
