"""Measure a descriptor: data sets, the metrics of the papers, one table."""
