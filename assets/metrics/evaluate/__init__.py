"""From observed rows to measured values of metrics: pure, by the declared steps of each entry."""
