"""City packs: a folder of YAML and CSV becomes one typed City."""
