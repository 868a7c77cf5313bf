"""The services of Seoul Open Data Plaza, by subject: their rows under the portal's own names."""
