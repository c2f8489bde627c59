"""The pages for people: what to look at, and what they say of it."""
