"""Tests of :mod:`digitbox.forms`."""
