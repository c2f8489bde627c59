"""Labelled images → how well they are read. Works without TensorFlow."""
