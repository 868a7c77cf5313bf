"""Sentences for people who mend a delivery, one YAML file for each language, whose name is its tag."""
