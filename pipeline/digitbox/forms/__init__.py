"""Forms: a page and a template → what stands in its fields, checked against each other."""
