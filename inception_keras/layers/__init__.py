"""Layers that Keras lacks or computes slowly."""
