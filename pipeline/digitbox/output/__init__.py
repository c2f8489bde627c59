"""Rows → what is published: their bytes, the outbox, exports."""
