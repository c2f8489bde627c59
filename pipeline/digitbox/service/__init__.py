"""The inbox service: everything about it that has an effect, in the steps of one protocol."""
