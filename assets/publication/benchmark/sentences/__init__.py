"""Why two cities are not comparable, one YAML file for each language, whose name is its tag."""
