"""The protocols of services: one file for each, named as contracts name it, with its PROTOCOL."""
